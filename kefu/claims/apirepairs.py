"""What happens to goods under warranty, for programs: of the workshop and of the customer."""

from __future__ import annotations

from typing import Annotated

from django.http.response import HttpResponseBase
from ninja import Router
from pydantic import Field, StringConstraints, WithJsonSchema

from kefu.claims import covering, repairing
from kefu.claims.api import Ref, step, stepping, stepping_or_own
from kefu.claims.apigiven import ReasonGiven
from kefu.claims.apigoods import ParcelGiven, ReferenceGiven, Serial
from kefu.claims.apishapes import ClaimShown
from kefu.claims.machines import Status
from kefu.people.api import EitherCall, StaffCall
from kefu.people.roles import Can
from kefu.web.rest import NO_NUL, Count, Given, Line, Prose

router = Router(tags=["Claims"])
COVER = [Status.COVERED, Status.OUT_OF_WARRANTY, Status.NOT_COVERED, Status.AWAITING_CUSTOMER]


class CoverGiven(Given):
    answer: Annotated[Status, WithJsonSchema({"type": "string", "enum": COVER})]
    words: Prose = Field("", description="To the customer; needed unless it is covered.")


class SerialGiven(Given):
    serial: Serial = Field("", description="As it is read from the unit.")


class DiagnosisGiven(Given):
    defect: bool = Field(description="Of material or workmanship.")
    finding: Prose = Field(pattern=r"\S")
    code: Annotated[str, StringConstraints(max_length=20, pattern=NO_NUL)] = ""


class QuoteGiven(Given):
    amount_minor: Count
    finding: Prose = Field(pattern=r"\S")


class RepairGiven(Given):
    parts: list[Line] = Field([], max_length=50)


class TestGiven(Given):
    result: Line = ""


class ReturnGiven(ParcelGiven):
    new_serial: Serial = Field("", description="Of the unit that replaces the old one.")


@router.post(
    "/claims/{ref}/cover", response=ClaimShown, summary="Decide on the cover", **stepping(Can.HANDLE_CLAIMS)
)
def check_cover(request: StaffCall, ref: Ref, given: CoverGiven) -> HttpResponseBase:
    """Where the dates alone do not say."""
    by, told = request.auth.staff, given.model_dump()
    return step(request, ref, lambda claim: covering.check_cover(claim, by=by, **told))


@router.post(
    "/claims/{ref}/goods-request",
    response=ClaimShown,
    summary="Ask for a unit that is not covered",
    **stepping(Can.HANDLE_CLAIMS),
)
def ask_for_unit(request: StaffCall, ref: Ref) -> HttpResponseBase:
    """For a paid repair, or to find out."""
    return step(request, ref, lambda claim: covering.ask_for_goods(claim, by=request.auth.staff))


@router.post(
    "/claims/{ref}/diagnosis-start",
    response=ClaimShown,
    summary="Start the diagnosis",
    **stepping(Can.REPAIR_GOODS),
)
def start_diagnosis(request: StaffCall, ref: Ref, given: SerialGiven) -> HttpResponseBase:
    """With the serial number where the claim does not know it."""
    by = request.auth.staff
    return step(request, ref, lambda claim: repairing.start_diagnosis(claim, by=by, serial=given.serial))


@router.post(
    "/claims/{ref}/diagnosis", response=ClaimShown, summary="Diagnose it", **stepping(Can.REPAIR_GOODS)
)
def diagnose_unit(request: StaffCall, ref: Ref, given: DiagnosisGiven) -> HttpResponseBase:
    """Damage by the customer is answered with a quote instead."""
    by, told = request.auth.staff, given.model_dump()
    return step(request, ref, lambda claim: repairing.diagnose(claim, by=by, **told))


@router.post(
    "/claims/{ref}/quote", response=ClaimShown, summary="Quote for a repair", **stepping(Can.REPAIR_GOODS)
)
def quote_repair(request: StaffCall, ref: Ref, given: QuoteGiven) -> HttpResponseBase:
    """For what the warranty does not cover."""
    by, told = request.auth.staff, given.model_dump()
    return step(request, ref, lambda claim: repairing.quote(claim, by=by, **told))


@router.post(
    "/claims/{ref}/quote-acceptance",
    response=ClaimShown,
    summary="Accept the quote",
    **stepping_or_own(Can.HANDLE_CLAIMS),
)
def accept_quote(request: EitherCall, ref: Ref) -> HttpResponseBase:
    """The customer's to say."""
    return step(request, ref, lambda claim: repairing.accept_quote(claim, by=request.auth.actor))


@router.post(
    "/claims/{ref}/quote-refusal",
    response=ClaimShown,
    summary="Decline the quote",
    **stepping_or_own(Can.HANDLE_CLAIMS),
)
def decline_quote(request: EitherCall, ref: Ref) -> HttpResponseBase:
    """The customer's to say; the unit goes back."""
    return step(request, ref, lambda claim: repairing.decline_quote(claim, by=request.auth.actor))


@router.post(
    "/claims/{ref}/quote-payment",
    response=ClaimShown,
    summary="The repair was paid",
    **stepping(Can.MOVE_MONEY),
)
def pay_quote(request: StaffCall, ref: Ref, given: ReferenceGiven) -> HttpResponseBase:
    """As finance has seen it arrive."""
    by = request.auth.staff
    return step(request, ref, lambda claim: repairing.quote_paid(claim, by=by, reference=given.reference))


@router.post("/claims/{ref}/repair", response=ClaimShown, summary="Repair it", **stepping(Can.REPAIR_GOODS))
def repair_unit(request: StaffCall, ref: Ref, given: RepairGiven) -> HttpResponseBase:
    """Again after a test that failed."""
    by = request.auth.staff
    return step(request, ref, lambda claim: repairing.repair(claim, by=by, parts=given.parts))


@router.post("/claims/{ref}/test", response=ClaimShown, summary="Test it", **stepping(Can.REPAIR_GOODS))
def test_unit(request: StaffCall, ref: Ref, given: TestGiven) -> HttpResponseBase:
    """After the repair."""
    by = request.auth.staff
    return step(request, ref, lambda claim: repairing.test(claim, by=by, result=given.result))


@router.post(
    "/claims/{ref}/unit-replacement",
    response=ClaimShown,
    summary="Give another unit",
    **stepping(Can.HANDLE_CLAIMS),
)
def replace_unit(request: StaffCall, ref: Ref, given: ReasonGiven) -> HttpResponseBase:
    """By an agent where the right to it is there, else by a supervisor."""
    by = request.auth.staff
    return step(request, ref, lambda claim: repairing.replace(claim, by=by, words=given.words))


@router.post(
    "/claims/{ref}/unit-refund",
    response=ClaimShown,
    summary="Refund the price",
    **stepping(Can.SEE_ORDERS),
)
def refund_unit(request: StaffCall, ref: Ref, given: ReasonGiven) -> HttpResponseBase:
    """By a supervisor or finance; nothing off for use."""
    by = request.auth.staff
    return step(request, ref, lambda claim: repairing.refund(claim, by=by, words=given.words))


@router.post(
    "/claims/{ref}/return-shipment",
    response=ClaimShown,
    summary="Send the unit back",
    **stepping(Can.SEE_ORDERS),
)
def ship_unit_back(request: StaffCall, ref: Ref, given: ReturnGiven) -> HttpResponseBase:
    """By the workshop or the warehouse; with the new unit's serial number where it was replaced."""
    by, told = request.auth.staff, given.model_dump()
    return step(request, ref, lambda claim: repairing.ship_back(claim, by=by, **told))
