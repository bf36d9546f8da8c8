from django.apps import AppConfig


class EventsRoom(AppConfig):
    name = "kefu.events"
    label = "events"
