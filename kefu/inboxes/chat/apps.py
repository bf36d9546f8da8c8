from django.apps import AppConfig


class ChatInbox(AppConfig):
    name = "kefu.inboxes.chat"
    label = "chat"
