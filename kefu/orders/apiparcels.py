"""Parcels by hand, for programs: what the order's page in the console offers, with the same verbs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router
from ninja.responses import Status as Answer
from pydantic import Field, StringConstraints

from kefu.orders import parcels
from kefu.orders.api import Moment, Ref, order_of
from kefu.orders.apiparcelshapes import ShipmentShown, ShipmentsShown
from kefu.orders.models import Order, Shipment, ShipmentStatus
from kefu.orders.refusals import NotFromHere, OrderMovedOn, Unfit
from kefu.people.api import EitherCall, needs
from kefu.people.models import Refused
from kefu.people.roles import Can
from kefu.web.contract import VERSIONED
from kefu.web.rest import NO_NUL, Fault, Given, Refusal, Whole, answered
from kefu.web.versions import seen_version, tagged

router = Router(tags=["Orders"])

MOST_LINES = 100
REFUSALS: tuple[type[Refused], ...] = (NotFromHere, OrderMovedOn, Unfit)

CarrierNamed = Annotated[str, StringConstraints(max_length=80, pattern=NO_NUL)]
TrackingNumber = Annotated[str, StringConstraints(max_length=80, pattern=NO_NUL)]
Quantity = Annotated[Whole, Field(ge=1, le=1_000_000)]
Told = Annotated[str, StringConstraints(max_length=400, pattern=NO_NUL)]


class FirstStep(StrEnum):
    CREATED = "created"
    LABEL_READY = "label_ready"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"


class PackedGiven(Given):
    line: UUID = Field(description="An item of the order.")
    qty: Quantity


class ShipmentGiven(Given):
    carrier: CarrierNamed = Field("", description="Its code or any name that it goes by; empty for none.")
    tracking_no: TrackingNumber = ""
    lines: list[PackedGiven] | None = Field(
        None, min_length=1, max_length=MOST_LINES, description="What is in it; all that is in none yet."
    )
    status: FirstStep = FirstStep.CREATED


class MarkGiven(Given):
    status: ShipmentStatus = Field(examples=["delivered"])
    at: Moment | None = Field(None, description="When that was; now, unless it is said.", examples=[None])
    text: Told = Field("", description="The customer reads it.")


def sending() -> dict[str, Any]:
    """For the decorator: who may call it, and that it takes the version that was seen."""
    access = needs(Can.SEND_PARCELS)
    return access | {"openapi_extra": access["openapi_extra"] | VERSIONED}


@router.get(
    "/orders/{ref}/shipments", response=ShipmentsShown, summary="Parcels of an order", **needs(Can.SEE_ORDERS)
)
def list_shipments(request: EitherCall, ref: Ref) -> HttpResponseBase:
    """The earliest first. The ETag is the order's."""
    return _all(order_of(request, ref))


@router.post(
    "/orders/{ref}/shipments", response={201: ShipmentShown}, summary="Add a parcel by hand", **sending()
)
def add_shipment(request: EitherCall, ref: Ref, given: ShipmentGiven) -> HttpResponseBase:
    """The same number again is the same parcel. The shop is not told; if it tells of this number later, it means this
    parcel.
    """
    order = _order(request, ref)
    sent = parcels.send(
        order,
        by=request.auth.staff,
        carrier=given.carrier,
        tracking_no=given.tracking_no,
        contents=_contents(given.lines),
        status=given.status,
        version=seen_version(request),
    )
    return _told(order, sent)


@router.post(
    "/orders/{ref}/shipments/{uuid:shipment_id}/events",
    response={201: ShipmentShown},
    summary="Say where a parcel is",
    **sending(),
)
def mark_shipment(request: EitherCall, ref: Ref, shipment_id: UUID, given: MarkGiven) -> HttpResponseBase:
    """One of the steps that `allowed` names. “delivered” again corrects the day, from which windows are counted."""
    order = _order(request, ref)
    shipment = get_object_or_404(order.shipments.select_related("order"), pk=shipment_id)
    parcels.mark(
        shipment,
        given.status,
        by=request.auth.staff,
        at=given.at,
        text=given.text,
        version=seen_version(request),
    )
    return _told(order, shipment)


def refusal_of(problem: Refused) -> Refusal:
    if isinstance(problem, NotFromHere):
        return Refusal(409, str(problem), allowed=problem.allowed)
    if isinstance(problem, Unfit):
        fault = Fault(at="body", field=problem.field, code="unfit", message=str(problem))
        return Refusal(422, str(problem), faults=[fault])
    return Refusal(412, str(problem))


def _order(request: EitherCall, ref: str) -> Order:
    if not request.auth.staff.can(Can.SEE_ORDERS):
        raise Refusal(403, _("This token, or its owner, is not allowed to do that."))
    return order_of(request, ref)


def _contents(lines: list[PackedGiven] | None) -> dict[UUID, int] | None:
    """An item that is named twice is in it with both quantities."""
    if lines is None:
        return None
    packed: dict[UUID, int] = {}
    for one in lines:
        packed[one.line] = packed.get(one.line, 0) + one.qty
    return packed


def _told(order: Order, shipment: Shipment) -> HttpResponseBase:
    fresh = Shipment.objects.prefetch_related("lines", "events").get(pk=shipment.pk)
    order.refresh_from_db(fields=["version"])
    return tagged(answered(Answer(201, ShipmentShown.of(fresh))), order.version)


def _all(order: Order) -> HttpResponseBase:
    rows = sorted(order.shipments.all(), key=lambda one: one.pk)
    shown = ShipmentsShown(items=[ShipmentShown.of(one) for one in rows])
    return tagged(answered(shown), order.version)
