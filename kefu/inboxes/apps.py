from django.apps import AppConfig


class InboxesRoom(AppConfig):
    name = "kefu.inboxes"
    label = "inboxes"
