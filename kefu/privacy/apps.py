from django.apps import AppConfig


class PrivacyRoom(AppConfig):
    name = "kefu.privacy"
    label = "privacy"
