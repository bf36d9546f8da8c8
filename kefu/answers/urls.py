"""The addresses of answers: in the console and among the settings."""

from __future__ import annotations

from django.urls import path

from kefu.answers import assistant_views, destination_views, gap_views, settings_views, views

GAPS = "console/articles/gaps"
INTENTS = "console/settings/intents/"
ASSISTANTS = "console/settings/assistants/"
ENDPOINT = "console/settings/model/"

urlpatterns = [
    path("console/c/<uuid:conversation_id>/intent", views.intent, name="conversation-intent"),
    path(GAPS, gap_views.gaps, name="article-gaps"),
    path(f"{GAPS}/<uuid:gap>/draft", gap_views.draft, name="article-gap-draft"),
    path(f"{GAPS}/<uuid:gap>/dismissal", gap_views.dismissal, name="article-gap-dismissal"),
    path(ASSISTANTS, assistant_views.assistants, name="settings_assistants"),
    path(f"{ASSISTANTS}<uuid:inbox>/", assistant_views.assistant, name="settings_assistant"),
    path(ENDPOINT, assistant_views.endpoint, name="settings_endpoint"),
    path(f"{ENDPOINT}calls/<uuid:phrasing>/", assistant_views.phrasing, name="settings_phrasing"),
    path(INTENTS, settings_views.intents, name="settings_intents"),
    path(f"{INTENTS}brands/<uuid:brand>/", destination_views.destinations, name="settings_destinations"),
    path(f"{INTENTS}lessons", settings_views.lessons, name="settings_lessons"),
    path(f"{INTENTS}lessons/<uuid:lesson>/use", settings_views.lesson_in_use, name="settings_lesson_in_use"),
    path(f"{INTENTS}shipped/use", settings_views.shipped_in_use, name="settings_shipped_in_use"),
]
