"""The addresses of this room."""

from __future__ import annotations

from django.urls import path

from kefu.claims import notices

urlpatterns = [
    path("-/providers/<uuid:account_id>", notices.provider_door, name="provider_door"),
]
