from django.apps import AppConfig


class ConversationsRoom(AppConfig):
    name = "kefu.conversations"
    label = "conversations"
