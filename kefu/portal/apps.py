from django.apps import AppConfig


class PortalRoom(AppConfig):
    name = "kefu.portal"
    label = "portal"
