"""The addresses of answers: in the console and among the settings."""

from __future__ import annotations

from django.urls import path

from kefu.answers import settings_views, views

INTENTS = "console/settings/intents/"

urlpatterns = [
    path("console/c/<uuid:conversation_id>/intent", views.intent, name="conversation-intent"),
    path(INTENTS, settings_views.intents, name="settings_intents"),
    path(f"{INTENTS}lessons", settings_views.lessons, name="settings_lessons"),
    path(f"{INTENTS}lessons/<uuid:lesson>/use", settings_views.lesson_in_use, name="settings_lesson_in_use"),
    path(f"{INTENTS}shipped/use", settings_views.shipped_in_use, name="settings_shipped_in_use"),
]
