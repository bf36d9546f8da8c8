"""The console's pages of orders, and their part of the pane beside a conversation."""

from __future__ import annotations

from django.urls import path

from kefu.orders import views

BESIDE = "console/c/<uuid:conversation_id>/orders"

urlpatterns = [
    path("console/orders/", views.orders, name="console-orders"),
    path("console/orders/<uuid:order_id>", views.order, name="console-order"),
    path("console/orders/<uuid:order_id>/contact", views.contact, name="console-order-contact"),
    path(BESIDE, views.search_beside, name="conversation-orders"),
    path(f"{BESIDE}/<uuid:order_id>", views.beside, name="conversation-order"),
    path(f"{BESIDE}/<uuid:order_id>/link", views.link, name="conversation-order-link"),
]
