from django.apps import AppConfig


class HoursRoom(AppConfig):
    name = "kefu.hours"
    label = "hours"
