from django.apps import AppConfig


class WidgetRoom(AppConfig):
    name = "kefu.widget"
    label = "widget"
