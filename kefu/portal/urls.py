"""What customers see on the web, and the folder of mails while there is no mail server."""

from __future__ import annotations

from django.urls import path

from kefu.portal import mail, views

urlpatterns = [
    path("", views.home, name="portal"),
    path("b/<slug:brand>/", views.brand_home, name="portal_brand"),
    path("b/<slug:brand>/colours.css", views.colours, name="brand_colours"),
    path("-/mail", mail.mails, name="mail_folder"),
    path("-/mail/<str:name>", mail.mail, name="mail"),
    path("-/mail/<str:name>/html", mail.html, name="mail_html"),
]
