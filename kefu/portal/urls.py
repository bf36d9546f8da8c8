"""What customers see on the web, and the folder of mails while there is no mail server."""

from __future__ import annotations

from django.urls import path

from kefu.portal import changing, claims, entrance, lookup, mail, my, policies, views, warranty

urlpatterns = [
    path("", views.home, name="portal"),
    path("b/<slug:brand>/", views.brand_home, name="portal_brand"),
    path("b/<slug:brand>/colours.css", views.colours, name="brand_colours"),
    path("policies/<slug:brand>/", policies.policies, name="portal_policies"),
    path("policies/<slug:brand>/<uuid:policy>/", policies.policy, name="portal_policy"),
    path("my/", my.my, name="my"),
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
    path("my/claims/<uuid:claim_id>/slip", claims.slip, name="my_claim_slip"),
    path("my/claims/<uuid:claim_id>/files/<uuid:evidence_id>", claims.evidence_file, name="my_claim_file"),
    path("orders/", lookup.look_up, name="look-up"),
    path("orders/found", lookup.found, name="looked-up"),
    path("b/<slug:brand>/orders/", lookup.look_up, name="look-up"),
    path("b/<slug:brand>/orders/found", lookup.found, name="looked-up"),
    path("-/mail", mail.mails, name="mail_folder"),
    path("-/mail/<str:name>", mail.mail, name="mail"),
    path("-/mail/<str:name>/html", mail.html, name="mail_html"),
]
