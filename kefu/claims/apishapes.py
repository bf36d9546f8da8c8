"""What programs are shown of claims and refunds, field by field. Amounts are whole minor units."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, WithJsonSchema

from kefu.claims import steps
from kefu.claims.asked import Judged, Outcome, Preview
from kefu.claims.machines import Kind, Status, Who
from kefu.claims.models import (
    Adjustment,
    Claim,
    ClaimLine,
    ClaimShipment,
    ClaimStep,
    Refund,
    RefundState,
    Verdict,
)
from kefu.claims.models.claims import Destination, Wanted
from kefu.claims.sentences import sentence
from kefu.events.actors import Actor
from kefu.orders.models import ShipmentStatus
from kefu.web.paging import Page

# Conversations have a Status as well, and previews an Outcome; in the description shapes go by their bare names.
ClaimStatus = Annotated[
    Status, WithJsonSchema({"title": "Claim status", "type": "string", "enum": Status.values})
]
VerdictOutcome = Annotated[
    Verdict.Outcome,
    WithJsonSchema({"title": "Verdict outcome", "type": "string", "enum": Verdict.Outcome.values}),
]


class VerdictShown(BaseModel):
    rule: str = Field(examples=["within_the_window"])
    outcome: VerdictOutcome
    basis: Verdict.Basis = Field(description="What it stands on: the law, the brand's policy, or the order.")
    article: str = Field(description="Of the law, where it stands on one.")
    line: int | None = Field(description="The place of the line that it is about, from 0.")
    facts: dict[str, Any]
    sentence: str = Field(description="For people, in the language asked for; empty where none is needed.")

    @classmethod
    def of(cls, one: Judged) -> VerdictShown:
        return cls._told(one, one.line_index)

    @classmethod
    def kept(cls, one: Verdict) -> VerdictShown:
        return cls._told(one, one.line.position if one.line else None)

    @classmethod
    def _told(cls, one: Judged | Verdict, line: int | None) -> VerdictShown:
        return cls(
            rule=one.rule,
            outcome=Verdict.Outcome(one.outcome),
            basis=Verdict.Basis(one.basis),
            article=one.article,
            line=line,
            facts=one.facts,
            sentence=sentence(one),
        )


class MoneyShown(BaseModel):
    """``items + tax + shipping + deduction + freight`` is what goes back; the last two are 0 or less."""

    currency: str
    items: int
    tax: int
    shipping: int
    deduction: int
    freight: int
    total: int
    difference: int = Field(description="Of an exchange: more than 0 is paid by the customer.")


class LineMoneyShown(BaseModel):
    amount_minor: int = Field(description="What was paid for this quantity.")
    new_price_minor: int | None
    difference_minor: int


class DatesShown(BaseModel):
    window_last_day: date | None
    ship_by: datetime | None
    refund_by: datetime | None
    refund_within_days: int | None = Field(description="Counted from when the goods are here.")
    arrival: str = Field(description="How long the bank takes then, in words.")


class PreviewShown(BaseModel):
    outcome: Outcome
    automatic: bool = Field(description="Would be approved at once, without a person.")
    verdicts: list[VerdictShown]
    money: MoneyShown
    lines: list[LineMoneyShown]
    destinations: list[Destination]
    evidence: list[list[str]] = Field(description="By line, what has to be handed in.")
    prepare: list[str]
    dates: DatesShown
    freight_payer: str = Field(description="customer, merchant, or empty where nothing is sent.")
    policy: UUID | None

    @classmethod
    def of(cls, seen: Preview) -> PreviewShown:
        money, dates = seen.money, seen.dates
        return cls(
            outcome=seen.outcome,
            automatic=seen.automatic,
            verdicts=[VerdictShown.of(one) for one in seen.verdicts],
            money=MoneyShown(
                currency=money.currency, total=money.total, difference=money.difference, **money.as_dict()
            ),
            lines=[
                LineMoneyShown(
                    amount_minor=line.amount,
                    new_price_minor=line.new_price,
                    difference_minor=line.difference,
                )
                for line in seen.lines
            ],
            destinations=[Destination(one) for one in seen.destinations],
            evidence=[list(kinds) for kinds in seen.evidence],
            prepare=seen.prepare,
            dates=DatesShown(
                window_last_day=dates.window_last_day,
                ship_by=dates.ship_by,
                refund_by=dates.refund_by,
                refund_within_days=dates.refund_within_days,
                arrival=str(dates.arrival_text),
            ),
            freight_payer=str(seen.freight_payer),
            policy=seen.policy.pk if seen.policy else None,
        )


class ClaimLineShown(BaseModel):
    id: UUID
    position: int
    order_line: UUID | None
    registered: UUID | None
    qty: int
    reason: str
    reason_text: str
    condition: dict[str, bool]
    wanted: Wanted
    new_sku: str | None
    new_price_minor: int | None
    amount_minor: int
    reception: ClaimLine.Reception
    acceptance: ClaimLine.Acceptance
    disposition: str
    qty_received: int
    qty_damaged: int
    qty_wrong: int
    qty_accepted: int
    deduction_minor: int
    deduction_reason: str

    @classmethod
    def of(cls, line: ClaimLine) -> ClaimLineShown:
        same = {name: getattr(line, name) for name in cls.model_fields if name not in _OF_OTHERS}
        return cls(
            order_line=line.order_line_id,
            registered=line.registered_id,
            new_sku=line.new_variant.sku if line.new_variant else None,
            **same,
        )


_OF_OTHERS = {"order_line", "registered", "new_sku"}


class StepShown(BaseModel):
    seq: int
    action: str
    before: ClaimStatus
    after: ClaimStatus
    at: datetime
    taken_as: Who
    reason: str

    @classmethod
    def of(cls, step: ClaimStep) -> StepShown:
        return cls(
            seq=step.seq,
            action=step.action,
            before=Status(step.before),
            after=Status(step.after),
            at=step.at,
            taken_as=Who(step.actor_as),
            reason=step.reason,
        )


class ParcelShown(BaseModel):
    why: ClaimShipment.Why
    paid_by: ClaimShipment.PaidBy
    carrier: str
    tracking_no: str
    status: ShipmentStatus
    shipped_at: datetime | None
    delivered_at: datetime | None

    @classmethod
    def of(cls, parcel: ClaimShipment) -> ParcelShown:
        sent = parcel.shipment
        return cls(
            why=ClaimShipment.Why(parcel.why),
            paid_by=ClaimShipment.PaidBy(parcel.paid_by),
            carrier=sent.carrier,
            tracking_no=sent.tracking_no,
            status=ShipmentStatus(sent.status),
            shipped_at=sent.shipped_at,
            delivered_at=sent.delivered_at,
        )


class ClaimRefundShown(BaseModel):
    id: UUID
    number: str = Field(examples=["R-1042"])
    amount_minor: int
    currency: str
    breakdown: dict[str, int]
    destination: Destination
    state: RefundState
    settled_at: datetime | None

    @classmethod
    def of(cls, refund: Refund) -> ClaimRefundShown:
        return cls(
            id=refund.pk,
            number=str(refund),
            amount_minor=refund.amount_minor,
            currency=refund.currency,
            breakdown=refund.breakdown,
            destination=Destination(refund.destination),
            state=RefundState(refund.state),
            settled_at=refund.settled_at,
        )


class AdjustmentShown(BaseModel):
    id: UUID
    why: Adjustment.Cause
    amount_minor: int = Field(description="More than 0 is owed to the customer, less than 0 by them.")
    state: Adjustment.State = Field(description="An open one is still to be paid.")
    settled_at: datetime | None

    @classmethod
    def of(cls, sum_: Adjustment) -> AdjustmentShown:
        return cls(
            id=sum_.pk,
            why=Adjustment.Cause(sum_.why),
            amount_minor=sum_.amount_minor,
            state=sum_.state,
            settled_at=sum_.settled_at,
        )


class ClaimBrief(BaseModel):
    id: UUID
    number: str = Field(examples=["A-1042"])
    kind: Kind
    status: ClaimStatus
    brand: UUID
    customer: UUID
    order: UUID | None
    currency: str
    destination: Destination
    opened_at: datetime | None
    due_at: datetime | None = Field(description="Our next deadline.")
    answer_by: datetime | None = Field(description="Until when the customer's next step is awaited.")
    closed_at: datetime | None
    version: int = Field(description="Also sent as ETag.")

    @classmethod
    def of(cls, claim: Claim) -> ClaimBrief:
        return cls(**_brief(claim))


_SAME = ("kind", "status", "currency", "destination", "opened_at", "due_at", "answer_by", "closed_at")
# What a list reads of each: the terms and the reckoning are far longer than all of it.
BRIEFLY = (*_SAME, "id", "number", "brand", "customer", "order", "version")


def _brief(claim: Claim) -> dict[str, Any]:
    return {name: getattr(claim, name) for name in _SAME} | {
        "id": claim.pk,
        "number": claim.public_number,
        "brand": claim.brand_id,
        "customer": claim.customer_id,
        "order": claim.order_id,
        "version": claim.version,
    }


class ClaimShown(ClaimBrief):
    said_why: str = Field(description="The words that the customer reads with a refusal or a question.")
    ship_by: datetime | None
    lines: list[ClaimLineShown]
    verdicts: list[VerdictShown]
    steps: list[StepShown]
    parcels: list[ParcelShown]
    refunds: list[ClaimRefundShown]
    adjustments: list[AdjustmentShown] = Field(description="What is paid beside the refunds, either way.")
    actions: list[str] = Field(description="The steps that the one asking may take now.")

    @classmethod
    def seen_by(cls, actor: Actor, claim: Claim) -> ClaimShown:
        lines = claim.lines.select_related("new_variant")
        parcels = claim.shipments.select_related("shipment").order_by("id")
        return cls(
            **_brief(claim),
            said_why=claim.said_why,
            ship_by=claim.ship_by,
            lines=[ClaimLineShown.of(line) for line in lines],
            verdicts=[VerdictShown.kept(one) for one in claim.verdicts.select_related("line")],
            steps=[StepShown.of(step) for step in claim.steps.all()],
            parcels=[ParcelShown.of(parcel) for parcel in parcels],
            refunds=[ClaimRefundShown.of(refund) for refund in claim.refunds.order_by("id")],
            adjustments=[AdjustmentShown.of(one) for one in claim.adjustments.order_by("id")],
            actions=steps.open_to(actor, claim),
        )


class RefundRowShown(ClaimRefundShown):
    """As finance sees it."""

    claim: UUID | None
    order: UUID
    payment: UUID
    why: str
    provider: str
    request_no: str
    provider_refund_id: str
    bank_reference: str
    failure_code: str
    attempts: int
    requested_by: UUID | None
    approved_by: UUID | None
    replaces: UUID | None
    created_at: datetime
    sent_at: datetime | None

    @classmethod
    def of(cls, refund: Refund) -> RefundRowShown:
        same = "why provider request_no provider_refund_id bank_reference failure_code attempts created_at sent_at"
        return cls(
            **ClaimRefundShown.of(refund).model_dump(),
            **{name: getattr(refund, name) for name in same.split()},
            claim=refund.claim_id,
            order=refund.order_id,
            payment=refund.payment_id,
            requested_by=refund.requested_by_id,
            approved_by=refund.approved_by_id,
            replaces=refund.replaces_id,
        )


class AdjustmentRowShown(AdjustmentShown):
    """As finance sees it."""

    claim: UUID
    order: UUID | None
    currency: str
    reference: str = Field(description="The bank's or the shop's, of what was paid.")
    waived_why: str
    settled_by: UUID | None = Field(description="None where it came out of a balance.")
    created_at: datetime

    @classmethod
    def of(cls, sum_: Adjustment) -> AdjustmentRowShown:
        """Comes with ``claim``."""
        return cls(
            **AdjustmentShown.of(sum_).model_dump(),
            claim=sum_.claim_id,
            order=sum_.claim.order_id,
            currency=sum_.claim.currency,
            reference=sum_.reference,
            waived_why=sum_.waived_why,
            settled_by=sum_.settled_by_id,
            created_at=sum_.created_at,
        )


class AdjustmentPage(Page[AdjustmentRowShown]):
    pass


class ClaimPage(Page[ClaimBrief]):
    pass


class RefundPage(Page[RefundRowShown]):
    pass
