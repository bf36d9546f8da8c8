"""What customers see on the web, and the folder of mails while there is no mail server."""

from __future__ import annotations

from django.urls import path, register_converter

from kefu.portal import (
    changing,
    claims,
    contact,
    entrance,
    follow,
    help,
    lookup,
    mail,
    my,
    phrase,
    policies,
    views,
    warranty,
)
from kefu.portal.languages import LanguageConverter

register_converter(LanguageConverter, "lang")

HELP = "b/<slug:brand>/<lang:language>/"

urlpatterns = [
    path("", views.home, name="portal"),
    path("b/<slug:brand>/", views.brand_home, name="portal_brand"),
    path("b/<slug:brand>/colours.css", views.colours, name="brand_colours"),
    path(HELP, help.home, name="help_home"),
    path(f"{HELP}search", help.search, name="help_search"),
    path(f"{HELP}c/<slug:category>/", help.category, name="help_category"),
    path(f"{HELP}a/<str:slug>/", help.article, name="help_article"),
    path(f"{HELP}news/", help.news, name="help_news"),
    path("b/<slug:brand>/files/<uuid:file>/<str:name>", help.file, name="help_file"),
    path("policies/<slug:brand>/", policies.policies, name="portal_policies"),
    path("policies/<slug:brand>/<uuid:policy>/", policies.policy, name="portal_policy"),
    path("my/", my.my, name="my"),
    path("my/phrase", phrase.phrase, name="my_phrase"),
    path("my/sign-in", entrance.sign_in, name="my_sign_in"),
    path("my/code", entrance.code, name="my_code"),
    path("my/sign-out", entrance.sign_out, name="my_sign_out"),
    path("my/orders/<uuid:order_id>", lookup.own_order, name="my_order"),
    path("my/orders/<uuid:order_id>/claims/<str:kind>", claims.apply_for, name="my_apply"),
    path("my/orders/<uuid:order_id>/change", changing.change, name="my_change"),
    path("my/orders/<uuid:order_id>/address", changing.address, name="my_change_address"),
    path("my/orders/<uuid:order_id>/items", changing.items, name="my_change_items"),
    path("my/orders/<uuid:order_id>/payment", changing.payment, name="my_change_payment"),
    path("my/units/<uuid:unit_id>", warranty.unit, name="my_unit"),
    path("b/<slug:brand>/warranty/", warranty.look_up, name="warranty"),
    path("b/<slug:brand>/warranty/registration", warranty.register, name="my_register"),
    path("warranty/", warranty.look_up, name="warranty"),
    path("my/claims/<uuid:claim_id>", claims.claim, name="my_claim"),
    path("my/claims/<uuid:claim_id>/change", claims.change, name="my_claim_change"),
    path("my/claims/<uuid:claim_id>/evidence", claims.add_evidence, name="my_claim_evidence"),
    path("my/claims/<uuid:claim_id>/submission", claims.hand_in, name="my_claim_submission"),
    path("my/claims/<uuid:claim_id>/withdrawal", claims.withdraw, name="my_claim_withdrawal"),
    path("my/claims/<uuid:claim_id>/answer", claims.answer, name="my_claim_answer"),
    path("my/claims/<uuid:claim_id>/appeal", claims.appeal, name="my_claim_appeal"),
    path("my/claims/<uuid:claim_id>/messages", claims.say, name="my_claim_messages"),
    path("my/claims/<uuid:claim_id>/shipment", claims.ship, name="my_claim_shipment"),
    path("my/claims/<uuid:claim_id>/decision", claims.decide, name="my_claim_decision"),
    path("my/claims/<uuid:claim_id>/quote", claims.quote, name="my_claim_quote"),
    path("my/claims/<uuid:claim_id>/arrival", claims.arrive, name="my_claim_arrival"),
    path("my/claims/<uuid:claim_id>/slip", claims.slip, name="my_claim_slip"),
    path("my/claims/<uuid:claim_id>/files/<uuid:evidence_id>", claims.evidence_file, name="my_claim_file"),
    path("orders/", lookup.look_up, name="look-up"),
    path("orders/found", lookup.found, name="looked-up"),
    path("b/<slug:brand>/orders/", lookup.look_up, name="look-up"),
    path("b/<slug:brand>/orders/found", lookup.found, name="looked-up"),
    path("contact/followed/<str:token>", follow.follow, name="contact_follow"),
    path("contact/conversations/<uuid:submission>", follow.conversation, name="contact_conversation"),
    path("contact/conversations/<uuid:submission>/receipt", follow.receipt, name="contact_receipt"),
    path("contact/conversations/<uuid:submission>/files/<uuid:file>", follow.file, name="contact_file"),
    path("contact/conversations/<uuid:submission>/end", follow.put_away, name="contact_put_away"),
    path("contact/<slug:key>.js", contact.script, name="contact_script"),
    path("contact/<slug:key>/", contact.form, name="contact"),
    path("contact/<slug:key>/embedded", contact.embedded, name="contact_embedded"),
    path("-/mail", mail.mails, name="mail_folder"),
    path("-/mail/<str:name>", mail.mail, name="mail"),
    path("-/mail/<str:name>/html", mail.html, name="mail_html"),
]
