"""The desk's settings of inboxes, and of what conversations are labelled with."""

from __future__ import annotations

from django.urls import path

from kefu.inboxes import labels_views as labels
from kefu.inboxes import settings_views as views
from kefu.inboxes.email import refusing

INBOX = "console/settings/inboxes/<uuid:inbox>/"

urlpatterns = [
    path("console/settings/inboxes/", views.inboxes, name="settings_inboxes"),
    path("console/settings/inboxes/new/", views.new_inbox, name="settings_new_inbox"),
    path(INBOX, views.inbox, name="settings_inbox"),
    path(f"{INBOX}service", views.service, name="settings_inbox_service"),
    path(f"{INBOX}topics/", views.topics, name="settings_topics"),
    path(f"{INBOX}topics/new/", views.new_topic, name="settings_new_topic"),
    path(f"{INBOX}topics/<slug:key>/", views.topic, name="settings_topic"),
    path(f"{INBOX}topics/<slug:key>/removal", views.topic_removal, name="settings_topic_removal"),
    path(f"{INBOX}identity/", views.identity, name="settings_identity"),
    path(f"{INBOX}identity/<slug:purpose>/keys", views.new_key, name="settings_new_key"),
    path(f"{INBOX}identity/<slug:purpose>/<str:kid>/end", views.key_end, name="settings_key_end"),
    path(f"{INBOX}install/", views.install, name="settings_inbox_install"),
    path("mail/no-more/<str:token>", refusing.no_more, name="mail_refusal"),
    path("console/settings/tags/", labels.tags, name="settings_tags"),
    path("console/settings/tags/<uuid:tag>/", labels.tag, name="settings_tag"),
    path("console/settings/tags/<uuid:tag>/removal", labels.tag_removal, name="settings_tag_removal"),
    path("console/settings/fields/", labels.fields, name="settings_fields"),
    path("console/settings/fields/new/", labels.new_field, name="settings_new_field"),
    path("console/settings/fields/<uuid:field>/", labels.field, name="settings_field"),
    path("console/settings/fields/<uuid:field>/removal", labels.field_removal, name="settings_field_removal"),
]
