"""The desk's settings that belong to no other room: brands, outgoing mail, failures."""

from __future__ import annotations

from django.urls import path

from kefu.people import settings_nav
from kefu.people.views import brands, upkeep

SETTINGS = "console/settings/"

urlpatterns = [
    path(SETTINGS, settings_nav.first_page, name="settings"),
    path(f"{SETTINGS}brands/", brands.brands, name="settings_brands"),
    path(f"{SETTINGS}brands/new/", brands.new_brand, name="settings_new_brand"),
    path(f"{SETTINGS}brands/<uuid:brand>/", brands.brand, name="settings_brand"),
    path(f"{SETTINGS}deliveries/", upkeep.deliveries, name="settings_deliveries"),
    path(
        f"{SETTINGS}deliveries/<uuid:delivery>/retry", upkeep.delivery_retry, name="settings_delivery_retry"
    ),
    path(f"{SETTINGS}outbound", upkeep.outbound, name="settings_outbound"),
    path(f"{SETTINGS}failures/", upkeep.failed, name="settings_failures"),
    path(f"{SETTINGS}failures/jobs/<int:job>", upkeep.failed_job, name="settings_failed_job"),
    path(f"{SETTINGS}failures/events/<int:parked>", upkeep.parked_event, name="settings_parked_event"),
]
