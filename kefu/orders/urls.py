"""The console's pages of orders, and their part of the pane beside a conversation."""

from __future__ import annotations

from django.urls import path

from kefu.orders import parcel_views, views

ORDER = "console/orders/<uuid:order_id>"
BESIDE = "console/c/<uuid:conversation_id>/orders"

urlpatterns = [
    path("console/orders/", views.orders, name="console-orders"),
    path(ORDER, views.order, name="console-order"),
    path(f"{ORDER}/contact", views.contact, name="console-order-contact"),
    path(f"{ORDER}/shipments", parcel_views.shipments, name="console-order-shipments"),
    path(f"{ORDER}/shipments/<uuid:shipment_id>/events", parcel_views.events, name="console-shipment-events"),
    path(BESIDE, views.search_beside, name="conversation-orders"),
    path(f"{BESIDE}/<uuid:order_id>", views.beside, name="conversation-order"),
    path(f"{BESIDE}/<uuid:order_id>/link", views.link, name="conversation-order-link"),
]
