from django.urls import path

from kefu.inboxes.form import beside
from kefu.inboxes.form import settings_views as views

FORM = "console/settings/forms/<uuid:inbox>/"

urlpatterns = [
    path("console/settings/forms/new/", views.new_form, name="settings_new_form"),
    path(FORM, views.form, name="settings_form"),
    path(f"{FORM}topics/", views.topics, name="settings_form_topics"),
    path(f"{FORM}topics/new/", views.new_topic, name="settings_form_new_topic"),
    path(f"{FORM}topics/<slug:key>/", views.topic, name="settings_form_topic"),
    path(f"{FORM}topics/<slug:key>/removal", views.topic_removal, name="settings_form_topic_removal"),
    path(f"{FORM}look/", views.preview, name="settings_form_preview"),
    path(f"{FORM}install/", views.install, name="settings_form_install"),
    path("console/c/<uuid:conversation_id>/form/end", beside.links_end, name="conversation-form-links"),
]
