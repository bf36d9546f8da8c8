"""The addresses of the web room, and a few that misbehave."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from kefu.web import errors, views

SWAPS = """{% extends "bare.html" %}{% block card %}
<h1>Swaps</h1><div id="target"></div>
{% button "Get" hx_get="/swapped" hx_target="#target" %}
{% button "Post" hx_post="/swapped" hx_target="#target" %}
{% button "Remove" kind="danger" hx_delete="/swapped" hx_target="#target" hx_confirm="The note is gone." %}
{% button "Offer" hx_post="/offers" hx_target="#target" %}
{% button "Break" hx_post="/breaks/x" hx_target="#target" %}
{% endblock %}"""
SECRET = "lin@example.com 138 0013 8000"


def breaks(request: HttpRequest, token: str = "") -> HttpResponse:
    raise ValueError(SECRET)


def refuses(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied(SECRET)


def suspects(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation(SECRET)


def framed(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("chat")
    response.frame_ancestors = ["https://shop.example"]  # type: ignore[attr-defined]
    return response


def signs_out(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("bye")
    response.delete_cookie(settings.SESSION_COOKIE_NAME)
    return response


def writes(request: HttpRequest) -> HttpResponse:
    return HttpResponse("written")


@csrf_exempt
def listens(request: HttpRequest) -> HttpResponse:
    return HttpResponse("heard")


listens.for_other_sites = True  # type: ignore[attr-defined]


def swaps(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(SWAPS).render({}, request))


def swapped(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f'<p id="swapped">{request.method}</p>')


def offers(request: HttpRequest) -> HttpResponse:
    toast = '{% toast "Solved." undo_url="/undoes" undo_label="Undo" oob=True %}'
    return HttpResponse(engines["django"].from_string(toast).render({}, request))


def undoes(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string('{% toast "Undone" oob=True %}').render({}, request))


def tells(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Saved.")
    page = '{% extends "bare.html" %}{% block card %}<h1>Told</h1>{% endblock %}'
    return HttpResponse(engines["django"].from_string(page).render({}, request))


handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

urlpatterns = [
    path("-/parts", views.parts),
    path("-/language", views.language),
    path("-/theme", views.theme),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
    path("metrics", views.metrics_text),
    path(".well-known/security.txt", views.security_txt),
    path("favicon.ico", views.favicon),
    path("breaks/<str:token>", breaks),
    path("api/v1/breaks", breaks),
    path("refuses", refuses),
    path("suspects", suspects),
    path("framed", framed),
    path("signs-out", signs_out),
    path("writes", writes),
    path("listens", listens),
    path("swaps", swaps),
    path("swapped", swapped),
    path("busy", lambda request: errors.unavailable(request, seconds=7)),
    path("often", lambda request: errors.too_many(request, seconds=60)),
    path("offers", offers),
    path("undoes", undoes),
    path("tells", tells),
]
