"""One click that ends mails nobody asked for (RFC 8058): in the mail program, or on a page of ours."""

from __future__ import annotations

from uuid import UUID

from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.inboxes.email.models import index_of
from kefu.inboxes.models import AnswerByMail, MailRefusal, PromiseState
from kefu.people.access import token_route
from kefu.web.addresses import absolute

SALT = "kefu.inboxes.email.refusing"


def address_of(promise: AnswerByMail) -> str:
    """Lasts as long as the mail lies somewhere. It names the address as well: the promise may get another one."""
    named = [promise.conversation_id.hex, str(promise.address_id)]
    return absolute(reverse("mail_refusal", args=[signing.dumps(named, salt=SALT, compress=False)]))


@csrf_exempt  # a mail program has no cookie of ours, and the address is the proof
@token_route
@require_http_methods(["GET", "POST"])
def no_more(request: HttpRequest, token: str) -> HttpResponse:
    """Looking does nothing: mail scanners follow every link."""
    promise = _named(token)
    if request.method == "POST":
        refuse(promise)
    is_ended = promise.state == PromiseState.ENDED
    return render(request, "email/no_more.html", {"brand": promise.conversation.brand, "is_ended": is_ended})


@transaction.atomic
def refuse(promise: AnswerByMail) -> None:
    """Nothing more of this conversation goes there, nor of the brand's other chats. Twice is once."""
    brand, index = promise.conversation.brand, index_of(promise.address.value or "")
    refusal, made = MailRefusal.objects.get_or_create(brand=brand, index=index)
    AnswerByMail.objects.filter(pk=promise.pk, address=promise.address).update(state=PromiseState.ENDED)
    promise.state = PromiseState.ENDED
    if made:
        log.record("mail.refused", refusal, by=SYSTEM, brand=brand.pk, conversation=promise.conversation_id)


def is_refused(brand: UUID, address: str) -> bool:
    return MailRefusal.objects.filter(brand=brand, index=index_of(address)).exists()


def _named(token: str) -> AnswerByMail:
    try:
        conversation, address = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError) as problem:
        raise Http404 from problem
    promise = AnswerByMail.objects.filter(conversation=UUID(conversation), address=address)
    found = promise.select_related("conversation__brand", "address__customer").first()
    if found is None:
        raise Http404
    return found
