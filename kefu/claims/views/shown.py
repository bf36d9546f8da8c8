"""One claim as its page shows it: read once, in a number of queries that does not grow with its lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kefu.claims import owed, parcels, sentences, steps
from kefu.claims.acts import Act, open_acts
from kefu.claims.floors import ARTICLES
from kefu.claims.forms import ActForm, FindingForm, ParcelForm, carriers, line_name, lines_of
from kefu.claims.machines import Kind, Who
from kefu.claims.models import (
    Adjustment,
    Claim,
    ClaimLine,
    ClaimShipment,
    ClaimStep,
    Evidence,
    Inspection,
    Refund,
    Repair,
    Verdict,
)
from kefu.claims.telling import pill, settled_words
from kefu.claims.terms import Terms
from kefu.claims.wording import CHECKLIST, STEPS, Turn, status_word, turn
from kefu.conversations.context import Known, masked
from kefu.conversations.models import Conversation
from kefu.orders import showing
from kefu.orders.models import Carrier
from kefu.people.models import Staff

Text = str | Promise
OWING = (Kind.EXCHANGE, Kind.WARRANTY)  # where sums are to be settled beside refunds
RECEPTION = {"received": "good", "short": "warn", "wrong_item": "warn", "lost": "bad"}
ACCEPTANCE = {"accepted": "good", "accepted_with_deduction": "warn", "rejected": "bad"}


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    verdict: Verdict
    sentence: str
    article: Text

    @property
    def meaning(self) -> str:
        return {"pass": "good", "fail": "bad"}.get(self.verdict.outcome, "warn")


@dataclass(frozen=True, slots=True)
class ShownLine:
    """``finding`` is the form of the inspection while it is open; ``told`` the money as it was told."""

    line: ClaimLine
    verdicts: list[ShownVerdict]
    evidence: list[Evidence]
    inspections: list[Inspection]
    reason: str
    told: dict[str, int]
    finding: FindingForm | None

    @property
    def name(self) -> str:
        """Its serial number stands below."""
        unit = self.line.registered
        return unit.product.name if unit and not self.line.order_line else line_name(self.line)

    @property
    def options(self) -> str:
        bought = self.line.order_line
        return " · ".join(str(value) for value in bought.options.values()) if bought else ""

    @property
    def declared(self) -> list[tuple[Text, bool]]:
        return [(CHECKLIST[name], said) for name, said in self.line.condition.items() if name in CHECKLIST]

    @property
    def reception_kind(self) -> str:
        return RECEPTION.get(self.line.reception, "")

    @property
    def acceptance_kind(self) -> str:
        return ACCEPTANCE.get(self.line.acceptance, "")

    @property
    def passed(self) -> list[ShownVerdict]:
        return [one for one in self.verdicts if one.meaning == "good"]

    @property
    def in_question(self) -> list[ShownVerdict]:
        return [one for one in self.verdicts if one.meaning != "good"]


@dataclass(frozen=True, slots=True)
class OpenAct:
    act: Act
    form: ActForm
    is_tried: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """``seen_as`` is as what the colleague who looks at it may act."""

    claim: Claim
    seen_as: frozenset[Who]
    lines: list[ShownLine]
    verdicts: list[ShownVerdict]
    evidence: list[Evidence]
    money: list[tuple[Text, int]]
    total: int
    adjustments: list[Adjustment]
    refunds: list[Refund]
    parcels: list[ClaimShipment]
    repair: Repair | None
    steps: list[dict[str, Any]]
    acts: list[OpenAct]
    known: list[Known]
    talk: Conversation | None  # as far as one may see it

    @property
    def turn(self) -> Turn | None:
        return turn(self.claim)

    @property
    def carriers(self) -> list[Carrier]:
        """To choose from, where a form asks for one."""
        return carriers() if any(issubclass(one.act.asks, ParcelForm) for one in self.acts) else []


def show(
    claim: Claim, staff: Staff, *, tried: OpenAct | None = None, found: FindingForm | None = None
) -> Shown:
    """Of a claim that was found through ``staff``. ``tried`` and ``found`` are forms that were refused: they stand in
    the page as they were filled in.

    What cannot be there is not asked for: a page of a claim is many small questions, and each waits for its turn.
    """
    seen_as = steps.roles_of(staff)
    _read_parts(claim)
    verdicts = _by_line(claim.verdicts.order_by("line_id", "position"))
    evidence = _by_line(claim.evidence.select_related("file"))
    acts = _acts(claim, staff, seen_as, tried)
    inspecting = any(one.act.noun == "conclusion" for one in acts)
    return Shown(
        claim=claim,
        seen_as=seen_as,
        lines=_lines(claim, verdicts, evidence, found, inspecting=inspecting),
        verdicts=_shown(verdicts[None]),
        evidence=evidence[None],
        money=[
            (label, claim.reckoning.get(part, 0)) for part, label in _parts() if claim.reckoning.get(part)
        ],
        total=sum(claim.reckoning.get(part, 0) for part in owed.PARTS),
        adjustments=_sums(claim),
        refunds=list(
            claim.refunds.select_related("replaced_by", "to_method", "payment__method").order_by("id")
        ),
        parcels=list(claim.shipments.all()) if claim.kind not in owed.WITHOUT_GOODS else [],
        repair=_repair(claim),
        steps=_steps(claim, staff),
        acts=acts,
        known=_known(claim),
        talk=_talk(claim, staff),
    )


def _read_parts(claim: Claim) -> None:
    """Once for what is shown, the forms and what is open to whom."""
    parts: list[Prefetch[Any, Any, Any]] = []
    if claim.kind not in owed.WITHOUT_GOODS:
        parts.append(Prefetch("shipments", parcels.named()))
    if claim.kind in OWING:
        parts.append(Prefetch("adjustments", Adjustment.objects.order_by("created_at")))
    prefetch_related_objects([claim], *parts)


def _sums(claim: Claim) -> list[Adjustment]:
    return list(claim.adjustments.all()) if claim.kind in OWING else []


def _acts(claim: Claim, staff: Staff, seen_as: frozenset[Who], tried: OpenAct | None) -> list[OpenAct]:
    """What was tried stays in the page even if it is open no longer: nothing that was written is lost."""
    found = [
        OpenAct(act, act.asks(claim=claim, noun=act.noun)) for act in open_acts(claim, staff, as_=seen_as)
    ]
    if tried is None:
        return found
    return [tried, *(one for one in found if one.act.noun != tried.act.noun)]


# -- lines and what was judged, shown and found about them


def _lines(
    claim: Claim,
    verdicts: dict[UUID | None, list[Verdict]],
    evidence: dict[UUID | None, list[Evidence]],
    found: FindingForm | None,
    *,
    inspecting: bool,
) -> list[ShownLine]:
    terms = Terms.read(claim.terms) if claim.terms else Terms()
    lines = lines_of(claim)
    inspections: defaultdict[UUID, list[Inspection]] = defaultdict(list)
    inspected = Inspection.objects.filter(line__in=lines if claim.received_at else [])
    for one in inspected.select_related("inspector").order_by("-at"):
        inspections[one.line_id].append(one)
    told = claim.reckoning.get("lines", [])
    return [
        ShownLine(
            line=line,
            verdicts=_shown(verdicts[line.pk]),
            evidence=evidence[line.pk],
            inspections=inspections[line.pk],
            reason=_reason(line, terms),
            told=told[line.position] if line.position < len(told) else {},
            finding=_finding(claim, line, found) if inspecting and line.qty_received else None,
        )
        for line in lines
    ]


def _reason(line: ClaimLine, terms: Terms) -> str:
    known = terms.reason(line.reason)
    return known.label if known else line.reason


def _finding(claim: Claim, line: ClaimLine, found: FindingForm | None) -> FindingForm:
    if found is not None and found.line.pk == line.pk:
        return found
    return FindingForm(claim=claim, line=line, noun=f"finding-{line.pk}")


def _by_line(things: Iterable[Any]) -> defaultdict[UUID | None, list[Any]]:
    found: defaultdict[UUID | None, list[Any]] = defaultdict(list)
    for one in things:
        found[one.line_id].append(one)
    return found


def _shown(verdicts: Sequence[Verdict]) -> list[ShownVerdict]:
    """What has no words needs none."""
    worded = [
        ShownVerdict(one, sentences.sentence(one), ARTICLES.get(one.article, one.article)) for one in verdicts
    ]
    return [one for one in worded if one.sentence]


def _parts() -> tuple[tuple[str, Text], ...]:
    return (
        ("items", _("Items")),
        ("tax", _("Tax")),
        ("shipping", _("Shipping")),
        ("deduction", _("Restocking fee")),
        ("freight", _("Return shipping")),
    )


# -- the goods and the order


def _repair(claim: Claim) -> Repair | None:
    if claim.kind != Kind.WARRANTY:
        return None
    return Repair.objects.filter(claim=claim).select_related("technician").first()


def order_of(claim: Claim) -> showing.Shown | None:
    order = claim.order
    if order is None:
        return None
    if order.customer_id == claim.customer_id:
        order.customer = claim.customer  # whose key opens the address
    return showing.masked([order])[0]


# -- who and when


def _talk(claim: Claim, staff: Staff) -> Conversation | None:
    if claim.conversation_id is None:
        return None
    return Conversation.objects.visible_to(staff).filter(pk=claim.conversation_id).first()


def _steps(claim: Claim, staff: Staff) -> list[dict[str, Any]]:
    """The latest first, and among them when the customer paid what they owed."""
    taken = list(claim.steps.order_by("-seq"))
    paid = [one for one in _sums(claim) if one.amount_minor < 0 and one.settled_at]
    names = {one.pk: one.name for one in (staff, claim.entered_by) if one is not None}
    others = {step.actor_id for step in taken if step.actor_kind == "staff"}
    others |= {one.settled_by_id for one in paid if one.settled_by_id}
    names |= dict(Staff.objects.filter(pk__in=others - set(names)).values_list("pk", "name"))
    told = [_step(step, claim, names, is_latest=place == 0) for place, step in enumerate(taken)]
    told += [_payment(one, claim, names) for one in paid]
    return sorted(told, key=lambda entry: entry["when"], reverse=True)


def _payment(paid: Adjustment, claim: Claim, names: dict[Any, str]) -> dict[str, Any]:
    by = names.get(paid.settled_by_id, _("A former colleague"))
    return {
        "text": settled_words(paid, claim.currency),
        "when": paid.settled_at,
        "by": by if paid.settled_by_id else str(Who.SYSTEM.label),
        "note": paid.waived_why or paid.reference,
        "kind": "good",
    }


def _step(step: ClaimStep, claim: Claim, names: dict[Any, str], *, is_latest: bool) -> dict[str, Any]:
    return {
        "text": STEPS.get(step.action, step.action),
        "after": status_word(step.after),
        "when": step.at,
        "by": _who(step, claim, names),
        "note": step.reason,
        "kind": "now" if is_latest else pill(step.after),
    }


def _who(step: ClaimStep, claim: Claim, names: dict[Any, str]) -> str:
    if step.actor_kind == "staff":
        name = names.get(step.actor_id, _("A former colleague"))
        return f"{name}, {Who(step.actor_as).label}"
    if step.actor_kind == "customer":
        return claim.customer.name or _("Customer")
    return str(Who(step.actor_as).label)


def _known(claim: Claim) -> list[Known]:
    identities = list(claim.customer.identities.order_by("created_at"))
    for identity in identities:
        identity.customer = claim.customer
    return [Known(identity, masked(identity)) for identity in identities]
