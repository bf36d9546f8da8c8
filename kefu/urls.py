"""Every address that Django serves. The live path is beside it, in ``kefu.asgi``."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from kefu import reactions
from kefu.people.access import public_route, staff_route
from kefu.people.roles import Can
from kefu.web import views

reactions.stand_beside()
urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", public_route(views.healthz), name="healthz"),
    path("readyz", public_route(views.readyz), name="readyz"),
    path("metrics", public_route(views.metrics_text), name="metrics"),
    path("favicon.ico", public_route(views.favicon), name="favicon"),
    path(".well-known/security.txt", public_route(views.security_txt), name="security_txt"),
    path("-/parts", staff_route(Can.OWN_ACCOUNT)(views.parts), name="parts"),
    path("-/language", public_route(views.language), name="language"),
    path("-/theme", public_route(views.theme), name="theme"),
    path("", include("kefu.people.urls")),
    path("", include("kefu.people.settings_urls")),
    path("", include("kefu.hours.urls")),
    path("", include("kefu.conversations.urls")),
    path("", include("kefu.articles.urls")),
    path("", include("kefu.orders.urls")),
    path("", include("kefu.orders.settings_urls")),
    path("", include("kefu.orders.hook_urls")),
    path("", include("kefu.claims.urls")),
    path("", include("kefu.answers.urls")),
    path("", include("kefu.inboxes.urls")),
    path("", include("kefu.inboxes.chat.urls")),
    path("", include("kefu.inboxes.form.urls")),
    path("", include("kefu.inboxes.email.console_urls")),
    path("", include("kefu.inboxes.email.urls")),
    path("", include("kefu.portal.urls")),
    path("", include("kefu.widget.urls")),
    path("", include("kefu.demo.urls")),
    path("api/v1/", include("kefu.api")),
]
handler400 = "kefu.web.errors.bad_request"
handler403 = "kefu.web.errors.forbidden"
handler404 = "kefu.web.errors.not_found"
handler500 = "kefu.web.errors.server_error"
