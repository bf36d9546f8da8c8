from django.apps import AppConfig


class DemoRoom(AppConfig):
    name = "kefu.demo"
    label = "demo"
