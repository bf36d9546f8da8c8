"""What the chat asks the desk for. Sending messages and the stream are in ``live``, beside Django."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kefu.articles import leading
from kefu.conversations import bubbles, files, posting
from kefu.conversations.models import Conversation, File, Inbox, InboxKind, Status, Tag
from kefu.conversations.reach import are_sendable
from kefu.inboxes.chat import enquiries, identity, orders, recognition, site, standing, transcripts, visitors
from kefu.inboxes.chat.door import (
    Refusal,
    VisitorRequest,
    given,
    slow_down,
    slow_down_address,
    text,
    uuid,
    uuids,
    visitor_door,
)
from kefu.inboxes.chat.models import Visitor
from kefu.inboxes.chat.recognition import AnotherPerson, Claim
from kefu.inboxes.chat.settings import ChatSettings
from kefu.lib.files import LARGEST
from kefu.orders import networks
from kefu.people import codes
from kefu.people.models import IdentityKind
from kefu.web.addresses import client_address

PAGE = 50
MOST_LABELS = 20
LONGEST_READ = 1000
FORM_AROUND_FILE = 64 * 1024


@visitor_door("POST", known=False)
def start(request: HttpRequest, key: str) -> HttpResponse:
    visitor: Visitor | None = getattr(request, "visitor", None)
    if visitor is not None:
        visitors.renew(visitor, language=_language())
        return JsonResponse(_arrived(visitor))
    inbox = _inbox(key)
    if ChatSettings.of(inbox).enforce_identity:
        raise Refusal(403, _("Please sign in on our website first, then open the chat there."))
    slow_down_address("start", request, limit=60, per=600)
    return JsonResponse(_arrived(*visitors.welcome(inbox, language=_language())))


@visitor_door("GET")
def state(request: VisitorRequest, key: str) -> HttpResponse:
    return JsonResponse(standing.state_for(request.visitor))


@visitor_door("GET")
def day(request: VisitorRequest, key: str) -> HttpResponse:
    """Asked for while a chat stays open, and when the desk opens or closes."""
    return JsonResponse(standing.day_at(request.visitor.inbox))


@visitor_door("POST")
def about(request: VisitorRequest, key: str) -> HttpResponse:
    """Where on the brand's site they are, and what it says of them; agents see it, nothing trusts it."""
    slow_down("about", request.visitor.pk, limit=60, per=60)
    found = given(request)
    page, said = _object(found.get("page")), _object(found.get("attributes"))
    site.note(request.visitor, page=text(page, "address", most=2000, default=""), said=said)
    if isinstance(labels := found.get("labels"), list):
        _label(request.visitor, [name for name in labels[:MOST_LABELS] if isinstance(name, str)])
    return HttpResponse(status=204)


# -- who it is


@visitor_door("POST", known=False)
def identify(request: HttpRequest, key: str) -> HttpResponse:
    slow_down_address("identify", request, limit=60, per=60)
    visitor: Visitor | None = getattr(request, "visitor", None)
    inbox = visitor.inbox if visitor else _inbox(key)
    try:
        proved = identity.proved(inbox, given(request))
    except identity.Unproved as wrong:
        raise Refusal(403, _("This proof of identity is not valid. The chat goes on without it.")) from wrong
    claim = recognition.vouched_for(inbox, proved)
    return JsonResponse(_arrived(*recognition.recognise(inbox, visitor, claim, language=_language())))


@visitor_door("POST")
def code(request: VisitorRequest, key: str) -> HttpResponse:
    email = _email(given(request))
    slow_down_address("code", request, limit=20, per=3600)
    sent = codes.send(
        email,
        asked_by=request.visitor.pk,
        language=_language(),
        template="mail/chat_code",
        context={"brand_name": request.visitor.inbox.brand.name},
    )
    if not sent:
        sentence = _("Too many codes were asked for. Please wait ten minutes and try again.")
        raise Refusal(429, sentence, retry_after=600)
    return JsonResponse({}, status=202)


@visitor_door("POST")
def check_code(request: VisitorRequest, key: str) -> HttpResponse:
    found = given(request)
    email, digits = _email(found), text(found, "code", most=12).strip()
    slow_down("check", request.visitor.pk, limit=20, per=600)
    if not codes.check(email, digits, asked_by=request.visitor.pk):
        raise Refusal(422, _("This code is wrong or no longer valid. Please check it, or ask for a new one."))
    visitor, claim = request.visitor, Claim(IdentityKind.EMAIL, email)
    try:
        return JsonResponse(
            _arrived(*recognition.recognise(visitor.inbox, visitor, claim, language=_language()))
        )
    except AnotherPerson as other:
        raise Refusal(
            409,
            _("This address belongs to another account. Please tell us in the chat, and we look into it."),
        ) from other


@visitor_door("POST")
def logout(request: VisitorRequest, key: str) -> HttpResponse:
    visitors.dismiss(request.visitor)
    return HttpResponse(status=204)


# -- conversations


@visitor_door("POST")
def conversations(request: VisitorRequest, key: str) -> HttpResponse:
    found = given(request)
    slow_down("open", request.visitor.pk, limit=10, per=600)
    slow_down_address("open", request, limit=60, per=600)
    answers = found.get("fields") or {}
    if not isinstance(answers, dict):
        raise Refusal(422, _("This could not be read. Nothing was changed."))
    about = found.get("order") or {}
    if not isinstance(about, dict):
        raise Refusal(422, _("This could not be read. Nothing was changed."))
    start_id = uuid(found.get("client_id"))
    file_ids = uuids(found.get("files") or [], most=posting.MOST_FILES)
    if not are_sendable(file_ids, by=request.visitor.customer_id, client_id=start_id):
        raise Refusal(422, _("A file of this message is no longer there. Please add it again."))
    conversation = enquiries.open_conversation(
        request.visitor,
        start_id=start_id,
        topic_key=text(found, "topic", most=40, default=""),
        answers=answers,
        text=text(found, "text", most=posting.LONGEST_TEXT),
        file_ids=file_ids,
        order=orders.named_in(request.visitor, about) if about else None,
    )
    networks.note(conversation.pk, client_address(request))
    leading.note(conversation, text(found, "read", most=LONGEST_READ, default=""))
    conversation.refresh_from_db()
    return JsonResponse(standing.shown(conversation), status=201)


@visitor_door("GET")
def messages(request: VisitorRequest, key: str, conversation: UUID) -> HttpResponse:
    own = _own(request, conversation)
    if "before" in request.GET:
        found = bubbles.replies_before(own.pk, _number(request, "before"), PAGE + 1)
        return _page(found[-PAGE:], more=len(found) > PAGE)
    found = bubbles.replies_after(own.pk, _number(request, "after"), PAGE + 1)
    return _page(found[:PAGE], more=len(found) > PAGE)


@visitor_door("POST")
def end(request: VisitorRequest, key: str, conversation: UUID) -> HttpResponse:
    own = _own(request, conversation)
    if own.status != Status.CLOSED:
        own.solve(by=request.visitor.customer)
    return JsonResponse(standing.shown(own))


@visitor_door("GET", "POST")
def transcript(request: VisitorRequest, key: str, conversation: UUID) -> HttpResponseBase:
    own = _own(request, conversation)
    slow_down("transcript", request.visitor.pk, limit=10, per=3600)
    if request.method == "GET":
        return _download(transcripts.as_text(own), f"{own.public_number}.txt")
    try:
        transcripts.mail(own, request.visitor, language=_language())
    except transcripts.NoAddress as unknown:
        raise Refusal(
            409,
            _("We send it only to an address that you have confirmed. Confirm yours first, or download it."),
        ) from unknown
    return HttpResponse(status=204)


# -- files


@visitor_door("POST")
def add_file(request: VisitorRequest, key: str) -> HttpResponse:
    """Kept for a day; it is the customer's own until a message carries it."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST + FORM_AROUND_FILE:
        raise Refusal(413, _("This file is larger than 25 MB. It was not sent."))
    slow_down("file", request.visitor.pk, limit=40, per=600)
    slow_down_address("file", request, limit=200, per=600)
    upload = request.FILES.get("file")
    if upload is None:
        raise Refusal(422, _("This could not be read. Nothing was changed."))
    try:
        kept = files.keep(upload, by=request.visitor.customer, conversation=None)
    except files.NotKept as refused:
        raise Refusal(422, str(refused)) from refused
    return JsonResponse(_file(kept), status=201)


@visitor_door("GET")
def file(request: VisitorRequest, key: str, file: UUID) -> HttpResponseBase:
    """One's own uploads, and what came with replies in one's conversations."""
    visitor = request.visitor
    own = Q(uploader_id=visitor.customer_id, message__isnull=True)
    replied = files.for_customers() & Q(message__conversation__in=standing.of_visitor(visitor))
    return files.answer(
        get_object_or_404(File.objects.filter(own | replied), pk=file), thumb="thumb" in request.GET
    )


def _file(kept: File) -> dict[str, Any]:
    return {
        "id": str(kept.pk),
        "name": kept.name,
        "type": kept.type,
        "size": kept.size,
        "width": kept.width,
        "height": kept.height,
        "image": kept.is_image,
    }


def _inbox(key: str) -> Inbox:
    return get_object_or_404(
        Inbox.objects.select_related("brand", "schedule"), key=key, kind=InboxKind.CHAT, is_active=True
    )


def _own(request: VisitorRequest, conversation: UUID) -> Conversation:
    own: Conversation = get_object_or_404(
        standing.of_visitor(request.visitor).select_related("brand"), pk=conversation
    )
    return own


def _arrived(visitor: Visitor, token: str | None = None) -> dict[str, Any]:
    known = {"name": visitor.customer.name, "verified": visitor.verified_at is not None}
    answer = {"visitor": known, "state": standing.state_for(visitor)}
    return {**answer, "token": token} if token else answer


def _language() -> str:
    return "zh-hans" if (get_language() or "").startswith("zh") else "en"


def _email(found: dict[str, Any]) -> str:
    email = text(found, "email", most=254).strip()
    try:
        validate_email(email)
    except ValidationError as problem:
        raise Refusal(
            422, _("This does not look like an e-mail address, such as name@example.com.")
        ) from problem
    return email


def _number(request: HttpRequest, name: str) -> int:
    value = request.GET.get(name, "0")
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise Refusal(422, _("This could not be read. Nothing was changed."))
    return int(value)


def _page(found: list[bubbles.Bubble], *, more: bool) -> JsonResponse:
    return JsonResponse({"messages": [bubble.for_customer() for bubble in found], "more": more})


def _download(words: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(words, content_type="text/plain; charset=utf-8", headers=headers)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _label(visitor: Visitor, names: list[str]) -> None:
    """Only labels that the brand has; on the conversation that is going on."""
    latest = standing.of_visitor(visitor).live().order_by("-last_message_at").first()
    if latest is not None:
        for tag in Tag.objects.filter(brand=visitor.inbox.brand_id, name__in=names):
            latest.tag(tag, by=visitor.customer)
