from django.apps import AppConfig


class PeopleRoom(AppConfig):
    name = "kefu.people"
    label = "people"
