"""The customer beside the conversation: name, note, and what they are known by."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from kefu.conversations.views.common import find, is_fragment, one_line, page, show_again, without_nul
from kefu.people import customers, reveals
from kefu.people.access import StaffRequest
from kefu.people.models import Identity
from kefu.people.roles import Can
from kefu.web.addresses import client_address


@page(Can.SEE_CONTACT, "POST")
def reveal(request: StaffRequest, conversation_id: UUID, identity_id: UUID) -> HttpResponse:
    """An address or number in full; that someone looked is kept, and counted with their looks at orders. Why needs no
    saying: it is the customer who talks with them.
    """
    conversation = find(request, conversation_id)
    identity = get_object_or_404(Identity, pk=identity_id, customer=conversation.customer_id)
    identity.customer = conversation.customer
    address = client_address(request) or None
    reveals.count(identity, by=request.agent, address=address)
    value = customers.reveal(identity, by=request.agent, address=address)
    if not is_fragment(request):
        return show_again(request, conversation, value)
    return render(request, "conversations/revealed.html", {"value": value})


@page(Can.EDIT_CUSTOMERS, "POST")
def customer(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """``name`` and ``note``, as many as are given."""
    conversation = find(request, conversation_id)
    given = {name: request.POST[name] for name in ("name", "note") if name in request.POST}
    if "name" in given:
        given["name"] = one_line(given["name"])[:80]
    if "note" in given:
        given["note"] = without_nul(given["note"]).strip()[:5000]
    customers.describe(conversation.customer, by=request.agent, **given)
    return show_again(request, conversation, _("Saved."))
