"""What happens to goods that come back, for programs: of the warehouse and of the customer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http.response import HttpResponseBase
from ninja import Router
from pydantic import Field, StringConstraints

from kefu.claims import exchanging, goods, parcels, repairing
from kefu.claims.api import Ref, step, stepping, stepping_or_own
from kefu.claims.apigiven import Code, ReasonGiven
from kefu.claims.apishapes import ClaimShown
from kefu.claims.goods import Counted, Finding
from kefu.claims.machines import Kind
from kefu.claims.models import Claim, ClaimLine, ClaimShipment
from kefu.people.api import EitherCall, StaffCall
from kefu.people.roles import Can
from kefu.web.rest import NO_NUL, Count, Given, Line, Prose

router = Router(tags=["Claims"])
Serial = Annotated[str, StringConstraints(max_length=80, pattern=NO_NUL)]


class ParcelGiven(Given):
    carrier: Code = ""
    tracking_no: Serial = Field(min_length=1)


class OutboundGiven(ParcelGiven):
    why: ClaimShipment.Why


class CountGiven(Given):
    line: UUID
    qty: Count = Field(description="How many of the announced item came.")
    damaged: Count = Field(0, description="How many of these are damaged.")
    wrong: Count = Field(0, description="How many other things came instead.")


class ReceiptGiven(Given):
    lines: list[CountGiven] = Field(
        min_length=1, max_length=100, description="What is not named did not come."
    )


class FindingGiven(Given):
    line: UUID
    accepted: Count
    checklist: dict[Code, bool] = Field({}, max_length=30, description="What was looked at: is it in order?")
    deduction_minor: Count = 0
    deduction_reason: Line = ""
    disposition: ClaimLine.Disposition | None = None
    diagnosis: Annotated[str, StringConstraints(max_length=20, pattern=NO_NUL)] = ""
    note: Prose = ""

    def finding(self) -> Finding:
        told = self.model_dump(exclude={"line", "disposition"})
        return Finding(**told, disposition=self.disposition or "")


class OwnReasonGiven(Given):
    words: Prose = Field(min_length=1, pattern=r"\S", description="Only colleagues see them.")


class ReferenceGiven(Given):
    reference: Serial = Field(min_length=1)


# -- on the way, and counted


@router.post(
    "/claims/{ref}/inbound-shipment",
    response=ClaimShown,
    summary="Say that the goods were sent",
    **stepping_or_own(Can.HANDLE_CLAIMS),
)
def mark_goods_shipped(request: EitherCall, ref: Ref, given: ParcelGiven) -> HttpResponseBase:
    """By the customer, or by a colleague for them."""
    by, parcel = request.auth.actor, given.model_dump()
    return step(request, ref, lambda claim: goods.mark_shipped(claim, by=by, **parcel))


@router.post(
    "/claims/{ref}/receipt", response=ClaimShown, summary="Count what arrived", **stepping(Can.RECEIVE_GOODS)
)
def receive_goods(request: StaffCall, ref: Ref, given: ReceiptGiven) -> HttpResponseBase:
    """Line by line: short, damaged, or something else."""
    by = request.auth.staff
    counted = {one.line: Counted(one.qty, one.damaged, one.wrong) for one in given.lines}
    return step(request, ref, lambda claim: goods.receive(claim, counted, by=by))


@router.post(
    "/claims/{ref}/inspection",
    response=ClaimShown,
    summary="Begin to inspect",
    **stepping(Can.RECEIVE_GOODS),
)
def begin_inspection(request: StaffCall, ref: Ref) -> HttpResponseBase:
    """Then a finding for each line, and the conclusion."""
    return step(request, ref, lambda claim: goods.inspect(claim, by=request.auth.staff))


@router.post(
    "/claims/{ref}/findings",
    response=ClaimShown,
    summary="Say what was found of a line",
    **stepping(Can.RECEIVE_GOODS),
)
def find_of_line(request: StaffCall, ref: Ref, given: FindingGiven) -> HttpResponseBase:
    """Said again, the later one counts."""
    by = request.auth.staff
    return step(request, ref, lambda claim: goods.find(claim, given.line, given.finding(), by=by))


@router.post(
    "/claims/{ref}/conclusion",
    response=ClaimShown,
    summary="Finish the inspection",
    **stepping(Can.RECEIVE_GOODS),
)
def conclude_inspection(request: StaffCall, ref: Ref) -> HttpResponseBase:
    """What follows by itself follows: money, a replacement, or the customer's decision."""
    return step(request, ref, lambda claim: goods.conclude(claim, by=request.auth.staff))


@router.post(
    "/claims/{ref}/release", response=ClaimShown, summary="Release the money", **stepping(Can.MOVE_MONEY)
)
def release_money(request: StaffCall, ref: Ref) -> HttpResponseBase:
    """For what was accepted, less what was taken off."""
    return step(request, ref, lambda claim: goods.release(claim, by=request.auth.staff))


# -- what was not accepted


@router.post(
    "/claims/{ref}/return-to-customer",
    response=ClaimShown,
    summary="Have it sent back",
    **stepping_or_own(Can.HANDLE_CLAIMS),
)
def ask_for_return(request: EitherCall, ref: Ref) -> HttpResponseBase:
    """The customer wants what was not accepted."""
    return step(request, ref, lambda claim: goods.send_back(claim, by=request.auth.actor))


@router.post(
    "/claims/{ref}/deduction-consent",
    response=ClaimShown,
    summary="Agree to the deduction",
    **stepping_or_own(Can.HANDLE_CLAIMS),
)
def accept_the_deduction(request: EitherCall, ref: Ref) -> HttpResponseBase:
    """The customer's to say."""
    return step(request, ref, lambda claim: goods.accept_deduction(claim, by=request.auth.actor))


@router.post(
    "/claims/{ref}/dispute",
    response=ClaimShown,
    summary="Disagree with the findings",
    **stepping_or_own(Can.HANDLE_CLAIMS),
)
def dispute_findings(request: EitherCall, ref: Ref, given: ReasonGiven) -> HttpResponseBase:
    """The customer's to say, once; a supervisor looks at it."""
    by = request.auth.actor
    return step(request, ref, lambda claim: goods.dispute(claim, by=by, words=given.words))


@router.post(
    "/claims/{ref}/overruling",
    response=ClaimShown,
    summary="Side with the customer",
    **stepping(Can.DECIDE_CLAIMS),
)
def overrule_findings(request: StaffCall, ref: Ref, given: ReasonGiven) -> HttpResponseBase:
    """Everything received is accepted as if no fault had been found."""
    by = request.auth.staff
    return step(request, ref, lambda claim: goods.uphold(claim, by=by, words=given.words))


@router.post(
    "/claims/{ref}/confirmation",
    response=ClaimShown,
    summary="Side with the inspection",
    **stepping(Can.DECIDE_CLAIMS),
)
def confirm_the_findings(request: StaffCall, ref: Ref, given: ReasonGiven) -> HttpResponseBase:
    """The customer decides between what is left."""
    by = request.auth.staff
    return step(request, ref, lambda claim: goods.confirm_findings(claim, by=by, words=given.words))


@router.post(
    "/claims/{ref}/loss", response=ClaimShown, summary="Give lost goods up", **stepping(Can.DECIDE_CLAIMS)
)
def give_goods_up(request: StaffCall, ref: Ref, given: ReasonGiven) -> HttpResponseBase:
    """They were sent and never came."""
    by = request.auth.staff
    return step(request, ref, lambda claim: goods.give_up(claim, by=by, words=given.words))


@router.post(
    "/claims/{ref}/closing",
    response=ClaimShown,
    summary="What was sent back has arrived",
    **stepping(Can.RECEIVE_GOODS),
)
def close_claim(request: StaffCall, ref: Ref) -> HttpResponseBase:
    """The claim ends without money."""
    return step(request, ref, lambda claim: goods.close(claim, by=request.auth.staff))


# -- sent by us


@router.post(
    "/claims/{ref}/outbound-shipments",
    response=ClaimShown,
    summary="Say that a parcel of ours has left",
    **stepping(Can.RECEIVE_GOODS),
)
def send_parcel(request: StaffCall, ref: Ref, given: OutboundGiven) -> HttpResponseBase:
    """The replacement, or what goes back."""
    by, told = request.auth.staff, given.model_dump(exclude={"why"})
    return step(request, ref, lambda claim: parcels.send(claim, given.why, by=by, **told))


@router.post(
    "/claims/{ref}/delivery",
    response=ClaimShown,
    summary="The replacement has arrived",
    **stepping(Can.RECEIVE_GOODS),
)
def deliver_replacement(request: StaffCall, ref: Ref) -> HttpResponseBase:
    """As the carrier says."""
    return step(request, ref, lambda claim: exchanging.deliver(claim, by=request.auth.staff))


@router.post(
    "/claims/{ref}/completion",
    response=ClaimShown,
    summary="It has arrived, and all is well",
    **stepping_or_own(Can.SEE_ORDERS),
)
def complete_claim(request: EitherCall, ref: Ref) -> HttpResponseBase:
    """Of an exchange by the customer or an agent, of a repair by the customer or the warehouse."""
    by = request.auth.actor

    def complete(claim: Claim) -> None:
        verb = repairing.complete if claim.kind == Kind.WARRANTY else exchanging.complete
        verb(claim, by=by)

    return step(request, ref, complete)


@router.post(
    "/claims/{ref}/difference-payment",
    response=ClaimShown,
    summary="The difference was paid",
    **stepping(Can.MOVE_MONEY),
)
def pay_difference(request: StaffCall, ref: Ref, given: ReferenceGiven) -> HttpResponseBase:
    """As finance has seen it arrive."""
    by = request.auth.staff
    return step(
        request, ref, lambda claim: exchanging.difference_paid(claim, by=by, reference=given.reference)
    )


@router.post(
    "/claims/{ref}/advance-payment",
    response=ClaimShown,
    summary="A replacement that the customer kept was paid",
    **stepping(Can.MOVE_MONEY),
)
def pay_advance(request: StaffCall, ref: Ref, given: ReferenceGiven) -> HttpResponseBase:
    """It went ahead, and the goods that it was for never came. As finance has seen it arrive; the claim stays ended."""
    by = request.auth.staff
    return step(request, ref, lambda claim: exchanging.advance_paid(claim, by=by, reference=given.reference))


@router.post(
    "/claims/{ref}/advance-waiver",
    response=ClaimShown,
    summary="Waive what a replacement that the customer kept costs",
    **stepping(Can.DECIDE_CLAIMS),
)
def waive_advance(request: StaffCall, ref: Ref, given: OwnReasonGiven) -> HttpResponseBase:
    """The words are for colleagues."""
    by = request.auth.staff
    return step(request, ref, lambda claim: exchanging.waive_advance(claim, by=by, words=given.words))


@router.post(
    "/claims/{ref}/replacement", response=ClaimShown, summary="Replace it", **stepping(Can.MOVE_MONEY)
)
def replace_item(request: StaffCall, ref: Ref) -> HttpResponseBase:
    """Once the item is to be had again."""
    return step(request, ref, lambda claim: exchanging.replace(claim, by=request.auth.staff))


@router.post(
    "/claims/{ref}/refund-instead",
    response=ClaimShown,
    summary="Pay back instead of replacing",
    **stepping(Can.SEE_ORDERS),
)
def refund_instead(request: StaffCall, ref: Ref, given: ReasonGiven) -> HttpResponseBase:
    """By a supervisor or finance, with what the customer paid on top."""
    by = request.auth.staff
    return step(request, ref, lambda claim: exchanging.refund_instead(claim, by=by, words=given.words))
