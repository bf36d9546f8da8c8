"""Entering a claim for a customer: the form, what would be answered, and then the claim."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims import amounts, law, sentences
from kefu.claims.asked import Preview
from kefu.claims.entering import (
    MOST_FILES,
    NOT_FOR_CUSTOMERS,
    Entry,
    EntryForm,
    digest_of,
    enter,
    kinds_to_enter,
)
from kefu.claims.machines import Kind
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.preview import preview
from kefu.claims.views.common import desk_page
from kefu.claims.wording import status_word
from kefu.conversations.files import NotKept
from kefu.conversations.models import Conversation
from kefu.orders.models import Order
from kefu.people.access import StaffRequest
from kefu.people.models import Customer, Refused


def for_order(request: StaffRequest) -> HttpResponse:
    """``order``, and if wanted ``kind line conversation``."""
    order = _order(request)
    kinds = kinds_to_enter(order)
    if not kinds:
        messages.error(request, _("This order was cancelled, so no more claims can be entered for it."))
        return HttpResponseRedirect(reverse("console-order", args=[order.pk]))
    asked = request.GET.get("kind", "")
    kind = Kind(asked) if asked in kinds else kinds[0]
    form = EntryForm(request.POST or None, kind=kind, order=order, initial=_first_values(request, order))
    return answered(request, form, {"order": order, "kinds": _kinds(request, form)})


def answered(request: StaffRequest, form: Entry, around: dict[str, Any]) -> HttpResponse:
    """A form that is sent is answered with what would follow; with the digest of just that answer it becomes a claim.
    ``around`` is what the page shows beside the form.
    """
    if request.method != "POST" or not form.is_valid():
        return _entry_page(request, form, around)
    seen = preview(form.asked(), at=timezone.now())
    if request.POST.get("seen") != digest_of(form):
        return _entry_page(request, form, around, seen=seen)
    conversation = conversation_with(request, form.customer)
    try:
        claim = enter(form, _files(request), by=request.agent, conversation=conversation)
    except (Refused, NotKept) as refusal:
        return _entry_page(request, form, around, seen=seen, refusal=str(refusal))
    stands = _("%(number)s: %(status)s") % {"number": claim, "status": status_word(claim.status)}
    messages.success(request, stands)
    return HttpResponseRedirect(reverse("claim", args=[claim.pk]))


def conversation_with(request: StaffRequest, customer: Customer) -> Conversation | None:
    """The one that one came from, if it is this customer's and one sees it."""
    found = conversation_of(request)
    return found if found is not None and found.customer_id == customer.pk else None


def conversation_of(request: StaffRequest) -> Conversation | None:
    asked = uuid_of(request.GET.get("conversation", ""))
    visible = Conversation.objects.visible_to(request.agent).select_related("customer", "inbox__brand")
    return visible.filter(pk=asked).first() if asked else None


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _entry_page(
    request: StaffRequest,
    form: Entry,
    around: dict[str, Any],
    *,
    seen: Preview | None = None,
    refusal: str = "",
) -> HttpResponse:
    context = {
        **around,
        "form": form,
        "conversation": conversation_with(request, form.customer),
        "refusal": refusal,
        "seen": seen,
        **(_answer(form, seen) if seen else {}),
    }
    return desk_page(request, "claims/new_claim.html", context, status=409 if refusal else 200)


def _answer(form: Entry, seen: Preview) -> dict[str, Any]:
    needed = {kind for kinds in seen.evidence for kind in kinds}
    impossible = [one for one in seen.refused_by if one.basis == "data"]
    return {
        "digest": digest_of(form),
        "verdicts": [_worded(form, seen, place) for place, _one in enumerate(seen.verdicts)],
        "prepare": [words for key in seen.prepare if (words := sentences.to_prepare(key))],
        "parts": amounts.parts(seen.money),
        "evidence": [
            (kind, kind in needed)
            for kind in EvidenceKind
            if kind not in NOT_FOR_CUSTOMERS and (kind in needed or kind == EvidenceKind.PHOTO)
        ],
        "impossible": bool(impossible),
    }


def _worded(form: Entry, seen: Preview, place: int) -> dict[str, Any]:
    one, lines = seen.verdicts[place], form.asked().lines
    line = lines[one.line_index].order_line if one.line_index is not None else None
    return {
        "meaning": {"pass": "good", "fail": "bad"}.get(one.outcome, "warn"),
        "sentence": sentences.sentence(one),
        "article": law.cited(one.article) if one.article else "",
        "rule": one.rule,
        "line": line.name if line and len(lines) > 1 else "",
    }


def _kinds(request: StaffRequest, form: EntryForm) -> list[dict[str, Any]]:
    kept = {name: request.GET[name] for name in ("order", "line", "conversation") if name in request.GET}
    return [
        {
            "label": kind.label,
            "href": f"?{urlencode(kept | {'kind': kind.value})}",
            "current": kind == form.kind,
        }
        for kind in kinds_to_enter(form.order)
    ]


def _first_values(request: StaffRequest, order: Order) -> dict[str, int]:
    """The item that one came from; the only one there is."""
    lines = list(order.lines.all())
    wanted = request.GET.get("line", str(lines[0].pk) if len(lines) == 1 else "")
    return {f"qty_{place}": 1 for place, line in enumerate(lines) if str(line.pk) == wanted}


def _files(request: StaffRequest) -> dict[str, list[Any]]:
    return {kind: request.FILES.getlist(f"evidence-{kind}")[:MOST_FILES] for kind in EvidenceKind.values}


def _order(request: StaffRequest) -> Order:
    visible = Order.objects.visible_to(request.agent).select_related("customer", "brand")
    found: Order = get_object_or_404(visible, pk=uuid_of(request.GET["order"]))
    return found
