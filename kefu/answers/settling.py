"""What an admin decides about the assistant and the model that may phrase for it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.answers import collecting
from kefu.answers.models import Assistant, Band, Endpoint, Turn
from kefu.conversations.models import FieldDefinition, Inbox, InboxKind
from kefu.events import log
from kefu.lib import http
from kefu.people.models import Refused, Staff
from kefu.people.reach import brands_of

WITH_ASSISTANT = (InboxKind.CHAT, InboxKind.FORM)
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
MOST_TURNS = 5_000


def inboxes_of(staff: Staff) -> list[Inbox]:
    """Those that can have an assistant, each with its own (``its``) or one that is off."""
    found = Inbox.objects.filter(kind__in=WITH_ASSISTANT, is_active=True, brand__in=brands_of(staff))
    inboxes = list(found.select_related("brand", "assistant").order_by("brand__name", "name"))
    for inbox in inboxes:
        inbox.its = assistant_of(inbox)  # type: ignore[attr-defined]
    return inboxes


def assistant_of(inbox: Inbox) -> Assistant:
    found: Assistant | None = getattr(inbox, "assistant", None)
    return found or Assistant(inbox=inbox)


@transaction.atomic
def decide(inbox: Inbox, given: dict[str, Any], *, by: Staff) -> Assistant:
    """Switched on or off, its thresholds and what it may do. The fields it collects are those of the brand."""
    known = set(FieldDefinition.objects.filter(brand=inbox.brand_id).values_list("key", flat=True))
    if given["answer_from"] < given["offer_from"]:
        raise Refused(_("It cannot answer with less confidence than it offers articles with."))
    if strange := set(given["collects"]) - known:
        raise Refused(_("There is no field named %(name)s.") % {"name": min(strange)})
    if set(given.get("topics", {}).values()) - {topic for topic, _name in collecting.topics_of(inbox.brand)}:
        raise Refused(_("This form no longer has that topic."))
    before = Assistant.objects.select_for_update().filter(inbox=inbox, is_on=True).first()
    on_since = before.on_since if before else timezone.now()
    assistant = Assistant.objects.update_or_create(inbox=inbox, defaults=given | {"on_since": on_since})[0]
    log.audit("assistant.decided", assistant, by=by, **given)
    return assistant


def endpoint() -> Endpoint:
    return Endpoint.objects.first() or Endpoint()


@transaction.atomic
def point_to(given: dict[str, Any], *, key: str, by: Staff) -> Endpoint:
    """``key`` "" keeps the one that is saved, unless the address changes: a key is never sent to another place."""
    one = Endpoint.objects.select_for_update().first() or Endpoint()
    moved = bool(one.address) and given["address"] != one.address
    if given["is_on"] and not (given["address"] and given["model"]):
        raise Refused(_("To switch it on, give its address and the model's name."))
    if given["address"]:
        _check(given["address"])
    for name, value in given.items():
        setattr(one, name, value)
    if key or moved:
        one.key = key or None
    one.save()
    told = {name: value for name, value in given.items() if name != "address"}
    log.audit("endpoint.changed", one, by=by, endpoint=one.address, key_changed=bool(key or moved), **told)
    return one


def _check(address: str) -> None:
    try:
        http.check(address)
    except http.Refused as problem:
        raise Refused(_("This address cannot be used: %(why)s") % {"why": problem}) from problem


def curve(staff: Staff) -> list[dict[str, Any]]:
    """By threshold: how many of the latest questions would have been answered, and of those on which customers said
    something, how many helped.
    """
    turns = Turn.objects.filter(
        talk__conversation__brand__in=brands_of(staff),
        band__in=[Band.ANSWERED, Band.OFFERED, Band.HANDED_OVER],
    )
    latest = turns.exclude(found=[]).order_by("-id").values_list("found", "helped", "band")[:MOST_TURNS]
    sure = [
        (found[0]["confidence"], helped if band == Band.ANSWERED else None) for found, helped, band in latest
    ]
    return [_at(threshold, sure) for threshold in THRESHOLDS] if sure else []


def _at(threshold: float, sure: list[tuple[float, bool | None]]) -> dict[str, Any]:
    answered = [helped for confidence, helped in sure if confidence >= threshold]
    said = [helped for helped in answered if helped is not None]
    return {
        "threshold": threshold,
        "answered": round(100 * len(answered) / len(sure)),
        "said": len(said),
        "helped": round(100 * sum(said) / len(said)) if said else None,
    }
