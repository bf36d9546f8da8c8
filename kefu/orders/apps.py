from django.apps import AppConfig


class OrdersRoom(AppConfig):
    name = "kefu.orders"
    label = "orders"
