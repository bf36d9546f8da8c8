from django.apps import AppConfig


class WebRoom(AppConfig):
    name = "kefu.web"
    label = "web"
