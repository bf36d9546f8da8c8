"""Service hours in the desk's settings."""

from __future__ import annotations

from django.urls import path

from kefu.hours import special_views, views

urlpatterns = [
    path("console/settings/hours/", views.schedules, name="settings_hours"),
    path("console/settings/hours/new/", views.new_schedule, name="settings_new_schedule"),
    path("console/settings/hours/preview", views.preview, name="settings_hours_preview"),
    path("console/settings/hours/days/new/", special_views.new_special_day, name="settings_new_special_day"),
    path(
        "console/settings/hours/days/<uuid:special_day>/",
        special_views.special_day,
        name="settings_special_day",
    ),
    path(
        "console/settings/hours/days/<uuid:special_day>/removal",
        special_views.special_day_removal,
        name="settings_special_day_removal",
    ),
    path("console/settings/hours/<uuid:schedule>/", views.schedule, name="settings_schedule"),
    path(
        "console/settings/hours/<uuid:schedule>/removal",
        views.schedule_removal,
        name="settings_schedule_removal",
    ),
]
