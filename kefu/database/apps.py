from django.apps import AppConfig


class DatabaseRoom(AppConfig):
    name = "kefu.database"
    label = "database"
