"""What customers change about an order before it is sent, for programs that act as them and for colleagues."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http.response import HttpResponseBase
from ninja import Router
from ninja.responses import Status as Answer
from pydantic import BaseModel, Field, StringConstraints

from kefu.claims import cancelling, changes
from kefu.claims.apishapes import ClaimStatus
from kefu.claims.machines import Status
from kefu.claims.models import Changed, Claim, OrderChange, Refund, RefundState
from kefu.orders.api import Ref, order_of
from kefu.orders.apicustomers import AddressGiven
from kefu.orders.apishapes import OrderShown
from kefu.people.api import Caller, CustomerCaller, EitherCall, needs_or_own
from kefu.people.models import Customer
from kefu.people.roles import Can
from kefu.web.contract import VERSIONED
from kefu.web.rest import NO_NUL, Given, answered
from kefu.web.versions import seen_version, tagged

router = Router(tags=["Orders"])

Sku = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=NO_NUL)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=NO_NUL)]
MOST_LINES = 100


def changing(capability: Can) -> dict[str, Any]:
    """For the decorator: who may call it, and that it takes the version that was seen."""
    access = needs_or_own(capability)
    return access | {"openapi_extra": access["openapi_extra"] | VERSIONED}


# -- what is given


class SwapGiven(Given):
    order_line: UUID = Field(description="A row of the order; all of it is changed.")
    new_sku: Sku = Field(description="Another variant of the same product.")


class ItemChangeGiven(Given):
    lines: list[SwapGiven] = Field(min_length=1, max_length=MOST_LINES)
    settle_with: UUID = Field(
        description="One of the customer's payment methods: what it costs more is paid with it, what it costs less "
        "goes back to it."
    )


class PaymentChangeGiven(Given):
    payment_method: UUID


class CancellationGiven(Given):
    reason: Reason = Field(description="One that the policy offers.", examples=["no_longer_needed"])


# -- what is shown


class RefundShown(BaseModel):
    id: UUID
    payment: UUID
    amount_minor: int
    currency: str
    destination: str
    method: UUID | None = Field(description="Where it goes, if not to the method that was paid with.")
    state: RefundState

    @classmethod
    def of(cls, refund: Refund) -> RefundShown:
        return cls(
            id=refund.pk,
            payment=refund.payment_id,
            amount_minor=refund.amount_minor,
            currency=refund.currency,
            destination=refund.destination,
            method=refund.to_method_id,
            state=RefundState(refund.state),
        )


class ChangeShown(BaseModel):
    id: UUID
    order: UUID
    what: Changed
    version: int = Field(description="Of the order after it; also sent as ETag.")
    amount_minor: int = Field(description="What the customer pays on account of it; less than 0: gets back.")
    currency: str
    method: UUID | None
    refunds: list[RefundShown]
    at: datetime

    @classmethod
    def of(cls, change: OrderChange) -> ChangeShown:
        refunds = Refund.objects.filter(pk__in=change.after.get("refunds", [])).order_by("id")
        return cls(
            id=change.pk,
            order=change.order_id,
            what=Changed(change.what),
            version=change.version,
            amount_minor=change.amount_minor,
            currency=change.currency,
            method=change.method_id,
            refunds=[RefundShown.of(refund) for refund in refunds],
            at=change.at,
        )


class CancellationShown(BaseModel):
    claim: UUID
    number: str = Field(examples=["A-1042"])
    status: ClaimStatus = Field(description="Of the claim; “refunding” once the order is cancelled.")
    refunds: list[RefundShown]

    @classmethod
    def of(cls, claim: Claim) -> CancellationShown:
        refunds = claim.refunds.order_by("id")
        return cls(
            claim=claim.pk,
            number=claim.public_number,
            status=Status(claim.status),
            refunds=[RefundShown.of(refund) for refund in refunds],
        )


# -- operations


@router.put(
    "/orders/{ref}/shipping-address",
    response=OrderShown,
    summary="Change where an order goes",
    **changing(Can.HANDLE_CLAIMS),
)
def change_shipping_address(request: EitherCall, ref: Ref, given: AddressGiven) -> HttpResponseBase:
    """As a whole; recipient and telephone stay as they are unless they are named."""
    order = order_of(request, ref)
    changes.change_address(order, given.parts(), by=request.auth.actor, version=seen_version(request))
    shown = OrderShown.of(order_of(request, str(order.pk)))
    return tagged(answered(shown), shown.version)


@router.post(
    "/orders/{ref}/item-changes",
    response={201: ChangeShown},
    summary="Change items for other variants",
    **changing(Can.HANDLE_CLAIMS),
)
def change_items(request: EitherCall, ref: Ref, given: ItemChangeGiven) -> HttpResponseBase:
    """All at once: the policy may allow it a single time."""
    change = changes.change_items(
        order_of(request, ref),
        [changes.Swap(line=one.order_line, sku=one.new_sku) for one in given.lines],
        settle_with=given.settle_with,
        by=request.auth.actor,
        version=seen_version(request),
    )
    return _told(change)


@router.post(
    "/orders/{ref}/payment-change",
    response={201: ChangeShown},
    summary="Pay an order with something else",
    **changing(Can.HANDLE_CLAIMS),
)
def change_payment(request: EitherCall, ref: Ref, given: PaymentChangeGiven) -> HttpResponseBase:
    """All of it by one method; what was paid goes back to where it came from."""
    order, version = order_of(request, ref), seen_version(request)
    return _told(changes.change_payment(order, given.payment_method, by=request.auth.actor, version=version))


@router.post(
    "/orders/{ref}/cancellations",
    response={201: CancellationShown},
    summary="Cancel an order",
    **changing(Can.HANDLE_CLAIMS),
)
def cancel_order(request: EitherCall, ref: Ref, given: CancellationGiven) -> Answer[CancellationShown]:
    """A claim for all of it: approved at once where the policy says so, else looked at by a person."""
    order = order_of(request, ref)
    claim = cancelling.cancel(
        order,
        reason=given.reason,
        customer=_for_whom(request.auth, order.customer),
        channel="api",
        by=request.auth.actor,
        version=seen_version(request),
    )
    return Answer(201, CancellationShown.of(claim))


def _for_whom(caller: Caller | CustomerCaller, whose: Customer) -> Customer:
    """Customers ask for themselves, colleagues for whoever placed the order."""
    return caller.customer if isinstance(caller, CustomerCaller) else whose


def _told(change: OrderChange) -> HttpResponseBase:
    return tagged(answered(Answer(201, ChangeShown.of(change))), change.version)
