"""The settings of mailboxes, and where providers hand mail in."""

from __future__ import annotations

from django.urls import path

from kefu.inboxes.email import hooks
from kefu.inboxes.email import mailbox_views as views
from kefu.inboxes.email import stuck_views as stuck

BOX = "console/settings/mailboxes/<uuid:inbox>/"

urlpatterns = [
    path("console/settings/mailboxes/new/", views.new_mailbox, name="settings_new_mailbox"),
    path("console/settings/mailboxes/oauth/back", views.oauth_back, name="settings_mailbox_oauth_back"),
    path(BOX, views.mailbox, name="settings_mailbox"),
    path(f"{BOX}in/", views.way_in, name="settings_mailbox_in"),
    path(f"{BOX}in/test", views.way_in_test, name="settings_mailbox_in_test"),
    path(f"{BOX}in/secret", views.webhook_secret, name="settings_mailbox_secret"),
    path(f"{BOX}out/", views.way_out, name="settings_mailbox_out"),
    path(f"{BOX}out/test", views.way_out_test, name="settings_mailbox_out_test"),
    path(f"{BOX}oauth/", views.oauth, name="settings_mailbox_oauth"),
    path(f"{BOX}oauth/sign-in", views.oauth_sign_in, name="settings_mailbox_oauth_sign_in"),
    path(f"{BOX}words/", views.words, name="settings_mailbox_words"),
    path(f"{BOX}words/<slug:mail_kind>/<slug:language>/html", views.look, name="settings_mailbox_look"),
    path(f"{BOX}state/", stuck.state, name="settings_mailbox_state"),
    path(f"{BOX}mails/", stuck.mails, name="settings_mailbox_mails"),
    path(f"{BOX}mails/<uuid:received>/again", stuck.mail_again, name="settings_mailbox_mail_again"),
    path(f"{BOX}mails/<uuid:received>/original", stuck.original, name="settings_mailbox_original"),
    path(f"{BOX}lost/", stuck.lost, name="settings_mailbox_lost"),
    path(f"{BOX}lost/<uuid:outgoing>/again", stuck.lost_again, name="settings_mailbox_lost_again"),
    path("hooks/mail/<slug:key>", hooks.mail, name="hook_mail"),
    path("hooks/mail/<slug:key>/events", hooks.delivery_event, name="hook_mail_events"),
]
