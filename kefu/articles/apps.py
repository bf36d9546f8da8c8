from django.apps import AppConfig


class ArticlesRoom(AppConfig):
    name = "kefu.articles"
    label = "articles"
