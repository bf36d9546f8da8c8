from django.apps import AppConfig


class ClaimsRoom(AppConfig):
    name = "kefu.claims"
    label = "claims"
