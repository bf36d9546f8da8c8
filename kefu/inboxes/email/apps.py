from django.apps import AppConfig


class EmailInbox(AppConfig):
    name = "kefu.inboxes.email"
    label = "email"
