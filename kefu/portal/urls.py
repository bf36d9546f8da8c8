"""What customers see on the web, and the folder of mails while there is no mail server."""

from __future__ import annotations

from django.urls import path

from kefu.portal import entrance, lookup, mail, my, views

urlpatterns = [
    path("", views.home, name="portal"),
    path("b/<slug:brand>/", views.brand_home, name="portal_brand"),
    path("b/<slug:brand>/colours.css", views.colours, name="brand_colours"),
    path("my/", my.my, name="my"),
    path("my/sign-in", entrance.sign_in, name="my_sign_in"),
    path("my/code", entrance.code, name="my_code"),
    path("my/sign-out", entrance.sign_out, name="my_sign_out"),
    path("my/orders/<uuid:order_id>", lookup.own_order, name="my_order"),
    path("orders/", lookup.look_up, name="look-up"),
    path("orders/found", lookup.found, name="looked-up"),
    path("b/<slug:brand>/orders/", lookup.look_up, name="look-up"),
    path("b/<slug:brand>/orders/found", lookup.found, name="looked-up"),
    path("-/mail", mail.mails, name="mail_folder"),
    path("-/mail/<str:name>", mail.mail, name="mail"),
    path("-/mail/<str:name>/html", mail.html, name="mail_html"),
]
