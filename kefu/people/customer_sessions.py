"""Customers who are signed in on the web pages: by a code sent to their address, in one browser each.

Apart from the sessions of staff, so that nobody is both by accident.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kefu.events import log
from kefu.events.actors import Actor
from kefu.lib.ids import secret_token, token_hash
from kefu.people import codes, customers
from kefu.people.models import Customer, CustomerSession, IdentityKind

LASTS = timedelta(days=14)
RECENT = timedelta(minutes=30)


def prove(email: str, code: str, *, asked_by: UUID, by: Actor, language: str) -> Customer | None:
    """Who has this address, now that the code says that it is theirs; somebody new if nobody had."""
    if not codes.check(email, code, asked_by=asked_by):
        return None
    return customers.find(IdentityKind.EMAIL, email) or _new(email, by, language)


def _new(email: str, by: Actor, language: str) -> Customer:
    try:
        with transaction.atomic():
            customer = customers.enter(by=by, language=language)
            customers.verify(customer, IdentityKind.EMAIL, email, by=by)
            return customer
    except customers.HeldByAnother as meanwhile:
        return meanwhile.customer


@transaction.atomic
def begin(customer: Customer, response: HttpResponse) -> None:
    token = secret_token()
    session = CustomerSession.objects.create(
        customer=customer, token_hash=token_hash(token), expires_at=timezone.now() + LASTS
    )
    log.audit("customer.signed_in", session, by=customer, customer=customer.pk)
    response.set_cookie(
        settings.KEFU_CUSTOMER_COOKIE,
        token,
        max_age=LASTS,
        httponly=True,
        samesite="Lax",
        secure=settings.KEFU_SECURE,
    )


def customer_of(request: HttpRequest) -> Customer | None:
    session = _session_of(request)
    return session.customer if session else None


def is_recent(request: HttpRequest) -> bool:
    """They proved their address a moment ago: asked before what a lost device must not give away."""
    session = _session_of(request)
    return session is not None and session.created_at > timezone.now() - RECENT


def end(request: HttpRequest, response: HttpResponse) -> None:
    if session := _session_of(request):
        CustomerSession.objects.filter(pk=session.pk).update(ended_at=timezone.now())
    response.delete_cookie(settings.KEFU_CUSTOMER_COOKIE, samesite="Lax")


def _session_of(request: HttpRequest) -> CustomerSession | None:
    token = request.COOKIES.get(settings.KEFU_CUSTOMER_COOKIE, "")
    if not token:
        return None
    living = CustomerSession.objects.filter(
        token_hash=token_hash(token), ended_at=None, expires_at__gt=timezone.now()
    )
    session = living.select_related("customer__merged_into").first()
    if session is not None and session.customer.merged_into is not None:
        session.customer = session.customer.merged_into
    return session
