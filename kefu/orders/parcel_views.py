"""Parcels by hand: on the order's page, and in a dialog beside a conversation."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from kefu.conversations.models import Conversation
from kefu.conversations.views.common import find, is_fragment, page
from kefu.orders import parcels, showing
from kefu.orders.models import Order, Shipment
from kefu.orders.parcel_forms import MarkForm, ParcelForm
from kefu.orders.refusals import Unfit
from kefu.orders.views import brief, desk_page, visible
from kefu.people.access import StaffRequest
from kefu.people.models import Refused
from kefu.people.roles import Can
from kefu.web.templatetags.parts import toast


@page(Can.SEND_PARCELS, "GET", "HEAD", "POST")
def shipments(request: StaffRequest, order_id: UUID) -> HttpResponse:
    order, beside = visible(request, order_id), _beside(request)
    form = ParcelForm(request.POST or None, order=order)
    if form.is_valid() and _done(form, lambda: parcels.send(order, by=request.agent, **form.given())):
        return _shown_again(request, order, beside, _("The parcel has been added."))
    return _ask(request, order, beside, form, title=_("Add a parcel"), label=_("Add"))


@page(Can.SEND_PARCELS, "GET", "HEAD", "POST")
def events(request: StaffRequest, order_id: UUID, shipment_id: UUID) -> HttpResponse:
    order, beside = visible(request, order_id), _beside(request)
    shipment = get_object_or_404(order.shipments.select_related("order"), pk=shipment_id)
    form = MarkForm(request.POST or None, shipment=shipment)
    if form.is_valid() and _done(form, lambda: parcels.mark(shipment, by=request.agent, **form.cleaned_data)):
        return _shown_again(request, order, beside, _("The parcel has been marked."))
    return _ask(request, order, beside, form, title=_("Update by hand"), label=_("Save"), shipment=shipment)


def _beside(request: StaffRequest) -> Conversation | None:
    """The conversation beside which it was asked for."""
    named = request.GET.get("conversation")
    if named is None:
        return None
    try:
        return find(request, UUID(named))
    except ValueError as problem:
        raise Http404 from problem


def _done(form: forms.Form, act: Any) -> bool:
    """What is refused stands at its field."""
    try:
        act()
    except Unfit as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
    except Refused as problem:
        form.add_error(None, str(problem))
    return form.is_valid()


def _ask(
    request: StaffRequest,
    order: Order,
    beside: Conversation | None,
    form: forms.Form,
    *,
    title: str,
    label: str,
    shipment: Shipment | None = None,
) -> HttpResponse:
    is_dialog = is_fragment(request) and beside is not None
    query = f"?{urlencode({'conversation': beside.pk})}" if beside and is_dialog else ""
    around = {"order": order, "form": form, "label": label, "is_dialog": is_dialog}
    parcel = showing.parcel(shipment) if shipment else None
    ended = shipment is not None and not parcels.steps(shipment)
    context = around | {"action": request.path + query, "parcel": parcel, "nothing_to_say": ended}
    asked = render_to_string("orders/by_hand.html", context, request)
    if is_dialog and request.method == "POST":
        return HttpResponse(asked)
    shown = {"form": asked, "dialog_title": title, "dialog_id": "dialog-parcel", "order": order}
    if is_dialog:
        return render(request, "conversations/dialogs/dialog.html", shown)
    return desk_page(request, "orders/by_hand_page.html", shown)


def _shown_again(request: StaffRequest, order: Order, beside: Conversation | None, said: str) -> HttpResponse:
    """Beside a conversation the order is drawn anew where it stands."""
    if beside is None or not is_fragment(request):
        messages.success(request, said)
        return redirect("console-order", order.pk)
    fresh = visible(request, order.pk)
    html = render_to_string("orders/brief_again.html", brief(request, beside, fresh), request)
    return HttpResponse(html + toast(said, oob=True), headers={"HX-Trigger": "dialog-close"})
