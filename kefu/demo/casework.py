"""How the demo's claims are worked on: each step by its proper actor, through the verb that every door calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kefu.claims import (
    covering,
    evidencing,
    exchanging,
    filing,
    finance,
    goods,
    owed,
    parcels,
    refunding,
    repairing,
    reviewing,
    sending,
)
from kefu.claims.goods import Counted, Finding
from kefu.claims.machines import Status
from kefu.claims.models import Claim, ClaimLine, ClaimShipment, Refund, RefundState
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.providers.contract import Answer, State
from kefu.claims.terms import Terms
from kefu.demo.photos import photo
from kefu.demo.shop import CARRIER
from kefu.events.actors import SYSTEM
from kefu.inboxes.stored import Words
from kefu.people.models import Staff

SAID = {
    "asks": Words(
        "麻烦您再拍一张外箱和面单的照片，我们好向仓库核对。",
        "Please add a photo of the outer box with its label, so that we can check with the warehouse.",
    ),
    "refuses": Words(
        "承运商有您本人签收的记录和照片，我们无法按未收到退款。",
        "The carrier has a signature and a photo of the delivery, so we cannot refund it as never arrived.",
    ),
    "appeals": Words(
        "出差一个多月，回来才拆开，请再看一下。",
        "I was away for weeks and opened it only now. Please look again.",
    ),
    "scratched": Words(
        "外壳有明显划痕，应该是使用造成的。", "The casing is clearly scratched, which comes from use."
    ),
    "defect": Words(
        "主板供电芯片失效，属于元件问题。", "The power chip on the main board has failed. A faulty part."
    ),
    "liquid": Words(
        "内部有进水痕迹，光机需要更换，不在保修范围内。",
        "There are traces of liquid inside; the light engine has to be replaced, which no warranty covers.",
    ),
    "swaps": Words(
        "同批次问题，直接换新。", "A fault that this batch is known for: the customer gets a new one."
    ),
    "courtesy": Words("补偿壶盖的不便。", "For the trouble with the lid."),
}
IN_ORDER = {"unused": True, "original_packaging": True, "accessories": True}


@dataclass(frozen=True, slots=True)
class Crew:
    """Who takes the steps at a brand, in a customer's language."""

    agent: Staff
    supervisor: Staff
    warehouse: Staff
    technician: Staff
    finance: Staff


@dataclass(slots=True)
class Work:
    claim: Claim
    crew: Crew
    shows: str  # on the picture that is handed in with it; "" for none
    random: Random

    def words(self, name: str) -> str:
        return SAID[name].said_in(self.claim.customer.language)

    def parcel(self) -> dict[str, str]:
        return {"carrier": CARRIER, "tracking_no": f"SX{self.random.randrange(10**8):08}CN"}

    def lines(self) -> list[ClaimLine]:
        return list(self.claim.lines.all())

    def refund(self) -> Refund:
        return refunding.standing(self.claim)[-1]


def take(work: Work, step: str) -> None:
    """One of those that a case's path names."""
    STEPS[step](work)


def _filed(work: Work) -> None:
    if work.shows:
        file = SimpleUploadedFile("photo.jpg", photo(work.shows))
        line = work.lines()[0].pk
        evidencing.upload(work.claim, file, EvidenceKind.PHOTO, by=work.claim.customer, line_id=line)
    filing.submit(work.claim, by=work.claim.entered_by or work.claim.customer)


# -- review


def _asked(work: Work) -> None:
    reviewing.request_info(work.claim, by=work.crew.agent, words=work.words("asks"))


def _approved(work: Work) -> None:
    """By the policy alone, or else by an agent as far as they may."""
    claim = work.claim
    if claim.status == Status.UNDER_REVIEW:
        theirs = Terms.read(claim.terms).approval.by_an_agent(owed.value(claim))
        reviewing.approve(claim, by=work.crew.agent if theirs else work.crew.supervisor)


def _granted(work: Work) -> None:
    """A tenth of the price, as a courtesy."""
    bought = work.lines()[0].order_line
    assert bought is not None
    reviewing.approve(work.claim, by=work.crew.supervisor, amount_minor=bought.paid_minor // 10)


def _refused(work: Work) -> None:
    reviewing.reject(work.claim, by=work.crew.agent, words=work.words("refuses"))


def _appealed(work: Work) -> None:
    reviewing.appeal(work.claim, by=work.claim.customer, words=work.words("appeals"))


def _withdrawn(work: Work) -> None:
    reviewing.withdraw(work.claim, by=work.claim.customer)


# -- goods


def _shipped(work: Work) -> None:
    goods.mark_shipped(work.claim, by=work.claim.customer, **work.parcel())


def _received(work: Work) -> None:
    goods.receive(work.claim, {line.pk: Counted(line.qty) for line in work.lines()}, by=work.crew.warehouse)


def _inspecting(work: Work) -> None:
    goods.inspect(work.claim, by=work.crew.warehouse)


def _accepted(work: Work) -> None:
    _found(work, lambda line: Finding(line.qty_received, IN_ORDER, disposition="restock"))


def _lessened(work: Work) -> None:
    """Accepted, with something taken off, which finance still has to release."""
    _found(
        work,
        lambda line: Finding(
            line.qty_received,
            {**IN_ORDER, "unused": False},
            deduction_minor=line.amount_minor // 5,
            deduction_reason=work.words("scratched"),
            disposition="refurbish",
        ),
    )


def _not_accepted(work: Work) -> None:
    _found(
        work,
        lambda line: Finding(
            0,
            {**IN_ORDER, "unused": False},
            deduction_minor=line.amount_minor // 4,
            deduction_reason=work.words("scratched"),
            note=work.words("scratched"),
        ),
    )


def _found(work: Work, finding: Callable[[ClaimLine], Finding]) -> None:
    for line in work.lines():
        goods.find(work.claim, line.pk, finding(line), by=work.crew.warehouse)
    goods.conclude(work.claim, by=work.crew.warehouse)


def _replaced(work: Work) -> None:
    why = ClaimShipment.Why.REPLACEMENT
    parcels.send(work.claim, why, by=work.crew.warehouse, **work.parcel())


def _delivered(work: Work) -> None:
    exchanging.deliver(work.claim, by=work.crew.warehouse)


def _completed(work: Work) -> None:
    exchanging.complete(work.claim, by=work.claim.customer)


# -- money


def _sent(work: Work) -> None:
    """To the bank, by hand: finance notes when it has left."""
    sending.send(work.refund().pk)


def _booked(work: Work) -> None:
    finance.paid_by_hand(work.refund(), f"BK{work.random.randrange(10**8):08}", by=work.crew.finance)


def _bounced(work: Work) -> None:
    finance.not_paid_by_hand(work.refund(), by=work.crew.finance)


def _paid(work: Work) -> None:
    _heard(work, State.SUCCEEDED, "")


def _stranded(work: Work) -> None:
    _heard(work, State.ABNORMAL, "account_closed")


def _heard(work: Work, state: State, code: str) -> None:
    """What the provider that pretends to pay says; it is not really spoken to."""
    refund = work.refund()
    refunding.move(refund, RefundState.SENT, by=SYSTEM, attempts=1, sent_at=timezone.now())
    sending.hear(refund.pk, Answer(state, f"sr_{refund.pk.hex[-16:]}", code), asked=True)


# -- warranty


def _called_in(work: Work) -> None:
    covering.ask_for_goods(work.claim, by=work.crew.agent)


def _diagnosing(work: Work) -> None:
    repairing.start_diagnosis(work.claim, by=work.crew.technician)


def _defect(work: Work) -> None:
    repairing.diagnose(work.claim, by=work.crew.technician, defect=True, finding=work.words("defect"))


def _quoted(work: Work) -> None:
    finding = work.words("liquid")
    repairing.quote(work.claim, by=work.crew.technician, amount_minor=68_000, finding=finding)


def _repairing(work: Work) -> None:
    repairing.repair(work.claim, by=work.crew.technician, parts=["PMIC-3"])


def _tested(work: Work) -> None:
    repairing.test(work.claim, by=work.crew.technician, result="24 h")


def _swapped(work: Work) -> None:
    repairing.replace(work.claim, by=work.crew.supervisor, words=work.words("swaps"))


def _sent_back(work: Work) -> None:
    """The unit, or another under a number of its own."""
    serial = f"N{work.random.randrange(10**7):07}"
    repairing.ship_back(work.claim, by=work.crew.warehouse, new_serial=serial, **work.parcel())


def _home(work: Work) -> None:
    repairing.complete(work.claim, by=work.claim.customer)


STEPS: dict[str, Callable[[Work], None]] = {
    step.__name__.strip("_"): step
    for step in (
        _filed,
        _asked,
        _approved,
        _granted,
        _refused,
        _appealed,
        _withdrawn,
        _shipped,
        _received,
        _inspecting,
        _accepted,
        _lessened,
        _not_accepted,
        _replaced,
        _delivered,
        _completed,
        _sent,
        _booked,
        _bounced,
        _paid,
        _stranded,
        _called_in,
        _diagnosing,
        _defect,
        _quoted,
        _repairing,
        _tested,
        _swapped,
        _sent_back,
        _home,
    )
}
