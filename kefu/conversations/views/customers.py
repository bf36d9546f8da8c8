"""The customer beside the conversation: name, note, and what they are known by."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from kefu.conversations.models import Conversation
from kefu.conversations.views.common import find, is_fragment, one_line, page, show_again, without_nul
from kefu.events import log
from kefu.people.access import StaffRequest
from kefu.people.models import Customer, Identity
from kefu.people.roles import Can
from kefu.web.addresses import client_address


@page(Can.SEE_CONTACT, "POST")
def reveal(request: StaffRequest, conversation_id: UUID, identity_id: UUID) -> HttpResponse:
    """An address or number in full, with the asking on record before the answer."""
    conversation = find(request, conversation_id)
    identity = get_object_or_404(Identity, pk=identity_id, customer=conversation.customer_id)
    identity.customer = conversation.customer
    address = client_address(request) or None
    log.audit("identity.revealed", identity, by=request.agent, address=address, conversation=conversation.pk)
    if not is_fragment(request):
        return show_again(request, conversation, identity.value or "")
    return render(request, "conversations/revealed.html", {"identity": identity})


@page(Can.EDIT_CUSTOMERS, "POST")
def customer(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    conversation = find(request, conversation_id)
    _edit(conversation, request.POST.get("name"), request.POST.get("note"), request)
    return show_again(request, conversation, _("Saved."))


@transaction.atomic
def _edit(conversation: Conversation, name: str | None, note: str | None, request: StaffRequest) -> None:
    known = Customer.objects.select_for_update(no_key=True).get(pk=conversation.customer_id)
    before = (known.name, known.note)
    known.name = known.name if name is None else one_line(name)[:80]
    known.note = known.note if note is None else without_nul(note).strip()[:5000]
    if before != (known.name, known.note):
        known.save(update_fields=["name", "note"])
        log.record("customer.edited", known, by=request.agent)
