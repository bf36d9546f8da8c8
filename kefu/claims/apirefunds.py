"""Refunds, for programs of finance: listed to be reconciled, approved, retried, redirected, settled by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.responses import Status as Answer
from pydantic import Field, StringConstraints

from kefu.claims import finance, refunding
from kefu.claims.apifaults import refusal_of
from kefu.claims.apigoods import ReferenceGiven
from kefu.claims.apishapes import AdjustmentPage, AdjustmentRowShown, RefundPage, RefundRowShown
from kefu.claims.models import Adjustment, Refund, RefundState
from kefu.claims.models.claims import Destination
from kefu.claims.refusals import AboveLimit, Incomplete
from kefu.lib.money import Money
from kefu.orders.models import Order, PaymentMethod
from kefu.people.api import StaffCall, needs
from kefu.people.roles import Can
from kefu.web.paging import Order as Sorting
from kefu.web.paging import PageAsked, cut
from kefu.web.rest import NO_NUL, Count, Given, Prose, answered, refused

router = Router(tags=["Refunds"])
LATEST = Sorting("refunds", ("-created_at", "-id"))
ADJUSTMENTS = Sorting("adjustments", ("-created_at", "-id"))


class RefundsAsked(PageAsked):
    state: list[RefundState] = Field([], description="One or several.", max_length=12)
    provider: Annotated[str, StringConstraints(max_length=20, pattern=NO_NUL)] | None = None
    order: UUID | None = None
    claim: UUID | None = None


class AdjustmentsAsked(PageAsked):
    state: list[Adjustment.State] = Field([], description="One or several.", max_length=3)
    why: list[Adjustment.Cause] = Field([], description="One or several.", max_length=10)
    order: UUID | None = None
    claim: UUID | None = None


class RefundGiven(Given):
    """Outside any claim; a second person decides on it."""

    order: UUID
    amount_minor: Count
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(examples=["CNY"])
    destination: Destination = Destination.ORIGINAL


class RedirectionGiven(Given):
    destination: Destination
    method: UUID | None = Field(None, description="One of the customer's gift cards.")
    consent: Prose = Field(pattern=r"\S", description="How and when the customer agreed.")


@router.get("/refunds", response=RefundPage, summary="List refunds", **needs(Can.MOVE_MONEY))
def list_refunds(request: StaffCall, asked: Query[RefundsAsked]) -> RefundPage:
    """Those of one's brands, the latest first."""
    wanted: dict[str, Any] = {
        "state__in": asked.state,
        "provider": asked.provider,
        "order": asked.order,
        "claim": asked.claim,
    }
    visible = Refund.objects.visible_to(request.auth.staff)
    rows = visible.filter(**{name: value for name, value in wanted.items() if value not in (None, [])})
    found = cut(rows, LATEST, asked)
    return RefundPage(items=[RefundRowShown.of(refund) for refund in found.rows], next=found.next)


@router.get(
    "/adjustments",
    response=AdjustmentPage,
    summary="List what is paid beside refunds",
    **needs(Can.MOVE_MONEY),
)
def list_adjustments(request: StaffCall, asked: Query[AdjustmentsAsked]) -> AdjustmentPage:
    """Of claims of one's brands, the latest first; with `state=open` what is still to be paid. Each is settled at its
    claim.
    """
    wanted = {"why__in": asked.why, "claim__order": asked.order, "claim": asked.claim}
    rows = Adjustment.objects.visible_to(request.auth.staff).at(asked.state).select_related("claim")
    rows = rows.filter(**{name: value for name, value in wanted.items() if value not in (None, [])})
    found = cut(rows, ADJUSTMENTS, asked)
    return AdjustmentPage(items=[AdjustmentRowShown.of(one) for one in found.rows], next=found.next)


@router.get(
    "/refunds/{uuid:refund_id}", response=RefundRowShown, summary="One refund", **needs(Can.MOVE_MONEY)
)
def get_refund(request: StaffCall, refund_id: UUID) -> RefundRowShown:
    return RefundRowShown.of(_of(request, refund_id))


@router.post("/refunds", response={201: RefundRowShown}, summary="Give back", **needs(Can.MOVE_MONEY))
def give_back(request: StaffCall, given: RefundGiven) -> Answer[RefundRowShown]:
    """From the oldest payment that has something left; the first of several rows is shown."""
    order = get_object_or_404(Order.objects.visible_to(request.auth.staff), pk=given.order)
    amount = Money(given.amount_minor, given.currency)
    refunds = refunding.give(order, amount, by=request.auth.staff, destination=given.destination)
    return Answer(201, RefundRowShown.of(refunds[0]))


@router.post(
    "/refunds/{uuid:refund_id}/approval",
    response=RefundRowShown,
    summary="Approve it as the second person",
    **needs(Can.SEE_ORDERS),
)
def approve_refund(request: StaffCall, refund_id: UUID) -> HttpResponseBase:
    """By finance or a supervisor, who has not asked for it: else 403, and kept."""
    return _step(request, refund_id, lambda refund: finance.approve(refund, by=request.auth.staff))


@router.post(
    "/refunds/{uuid:refund_id}/cancellation",
    response=RefundRowShown,
    summary="Cancel the refund",
    **needs(Can.MOVE_MONEY),
)
def call_refund_off(request: StaffCall, refund_id: UUID) -> HttpResponseBase:
    """Before it has left."""
    return _step(request, refund_id, lambda refund: finance.call_off(refund, by=request.auth.staff))


@router.post(
    "/refunds/{uuid:refund_id}/retry",
    response=RefundRowShown,
    summary="Try it again",
    **needs(Can.MOVE_MONEY),
)
def retry_refund(request: StaffCall, refund_id: UUID) -> HttpResponseBase:
    """Under its own number; under a new one only where the provider has ended the old."""
    return _step(request, refund_id, lambda refund: finance.retry(refund, by=request.auth.staff))


@router.post(
    "/refunds/{uuid:refund_id}/redirection",
    response=RefundRowShown,
    summary="Send it elsewhere",
    **needs(Can.MOVE_MONEY),
)
def redirect_refund(request: StaffCall, refund_id: UUID, given: RedirectionGiven) -> HttpResponseBase:
    """As the customer has agreed. The new refund is shown."""
    by = request.auth.staff
    method = PaymentMethod.objects.filter(pk=given.method).first() if given.method else None
    _of(request, refund_id)
    if given.method and method is None:
        raise Incomplete({"method": _("This is not one of the customer's payment methods.")})

    def change(refund: Refund) -> Refund:
        return finance.change_destination(
            refund, given.destination, by=by, consent=given.consent, method=method
        )

    return _step(request, refund_id, change)


@router.post(
    "/refunds/{uuid:refund_id}/bank-reference",
    response=RefundRowShown,
    summary="It was paid by hand",
    **needs(Can.MOVE_MONEY),
)
def settle_by_hand(request: StaffCall, refund_id: UUID, given: ReferenceGiven) -> HttpResponseBase:
    """With the reference that the bank's statement has."""
    by = request.auth.staff
    return _step(request, refund_id, lambda refund: finance.paid_by_hand(refund, given.reference, by=by))


@router.post(
    "/refunds/{uuid:refund_id}/bank-refusal",
    response=RefundRowShown,
    summary="The bank rejected it",
    **needs(Can.MOVE_MONEY),
)
def refuse_by_hand(request: StaffCall, refund_id: UUID) -> HttpResponseBase:
    """It can be tried again, or sent elsewhere."""
    return _step(request, refund_id, lambda refund: finance.not_paid_by_hand(refund, by=request.auth.staff))


def _of(request: StaffCall, refund_id: UUID) -> Refund:
    visible = Refund.objects.visible_to(request.auth.staff).select_related("order", "claim", "payment")
    return get_object_or_404(visible, pk=refund_id)


def _step(request: StaffCall, refund_id: UUID, act: Callable[[Refund], Refund | None]) -> HttpResponseBase:
    """What is above their limit is answered, not raised: the audit row that was written is to stay."""
    refund = _of(request, refund_id)
    try:
        after = act(refund) or refund
    except AboveLimit as problem:
        return refused(refusal_of(problem))
    return answered(RefundRowShown.of(Refund.objects.get(pk=after.pk)))
