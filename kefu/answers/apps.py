from django.apps import AppConfig


class AnswersRoom(AppConfig):
    name = "kefu.answers"
    label = "answers"
