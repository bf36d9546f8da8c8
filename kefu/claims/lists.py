"""The lists of claims at the desk: by what there is to do, by deadline, all. Paged by key, counted to 99."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import prefetch_related_objects
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.claims.machines import Kind, Status
from kefu.claims.models import Claim, ClaimLine
from kefu.claims.wording import Turn, turn
from kefu.people.models import Staff
from kefu.people.reach import brands_of
from kefu.people.roles import Can

PAGE = 30
COUNTED = 100
GOODS = (Kind.RETURN, Kind.EXCHANGE)
Text = str | Promise


class View(StrEnum):
    REVIEW = "review"
    COMING = "coming"
    INSPECT = "inspect"
    WORKSHOP = "workshop"
    SEND = "send"
    MONEY = "money"
    CUSTOMER = "customer"
    OVERDUE = "overdue"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Matter:
    """What a view holds: claims at one of these, and for whom it is the first thing to look at."""

    label: Text
    icon: str
    statuses: tuple[Status, ...]
    for_those_who: tuple[Can, ...]
    empty: Text
    kinds: tuple[Kind, ...] = tuple(Kind)


TO_REVIEW = (
    Status.SUBMITTED,
    Status.UNDER_REVIEW,
    Status.COVERED,
    Status.OUT_OF_WARRANTY,
    Status.NOT_COVERED,
)
ON_THE_BENCH = (
    Status.RECEIVED,
    Status.DIAGNOSING,
    Status.DEFECT_CONFIRMED,
    Status.QUOTE_ACCEPTED,
    Status.REPAIRING,
    Status.TESTING,
)
TO_SEND = (Status.REPLACING, Status.NO_FAULT_FOUND, Status.QUOTE_DECLINED, Status.RETURNED_TO_CUSTOMER)
MONEY = (Status.ACCEPTED, Status.PARTIALLY_ACCEPTED, Status.SETTLING_DIFFERENCE, Status.REFUND_PROBLEM)
ASKED = (Status.AWAITING_CUSTOMER, Status.AWAITING_DECISION, Status.QUOTE_SENT)

MATTERS: Mapping[View, Matter] = {
    View.REVIEW: Matter(
        _("To review"),
        "scale",
        TO_REVIEW,
        (Can.HANDLE_CLAIMS,),
        _("Claims that need a person's review appear here."),
    ),
    View.COMING: Matter(
        _("On their way to us"),
        "truck",
        (Status.IN_TRANSIT, Status.APPROVED, Status.AWAITING_SHIPMENT),
        (Can.RECEIVE_GOODS,),
        _("Approved returns appear here until the goods are counted in."),
    ),
    View.INSPECT: Matter(
        _("To inspect"),
        "clipboard-check",
        (Status.RECEIVED, Status.INSPECTING),
        (Can.RECEIVE_GOODS,),
        _("Goods that were counted in appear here until they are inspected."),
        kinds=GOODS,
    ),
    View.WORKSHOP: Matter(
        _("Workshop"),
        "wrench",
        ON_THE_BENCH,
        (Can.REPAIR_GOODS,),
        _("Units under warranty appear here once they have been counted in."),
        kinds=(Kind.WARRANTY,),
    ),
    View.SEND: Matter(
        _("To send"),
        "package-check",
        TO_SEND,
        (Can.RECEIVE_GOODS, Can.REPAIR_GOODS),
        _("Replacements, and what goes back to customers, appear here."),
    ),
    View.MONEY: Matter(
        _("Money"),
        "banknote",
        MONEY,
        (Can.MOVE_MONEY,),
        _("Claims appear here when finance has to release, settle or fix a payment."),
    ),
    View.CUSTOMER: Matter(
        _("Waiting for customers"),
        "hourglass",
        ASKED,
        (Can.HANDLE_CLAIMS,),
        _("Claims waiting for a customer's answer appear here."),
    ),
}
LABELS: Mapping[View, Text] = {
    **{view: matter.label for view, matter in MATTERS.items()},
    View.OVERDUE: _("Overdue"),
    View.ALL: _("All"),
}
ICONS = {
    **{view: matter.icon for view, matter in MATTERS.items()},
    View.OVERDUE: "clock-alert",
    View.ALL: "layers",
}
EMPTY: Mapping[View, tuple[Text, Text]] = {
    **{view: (_("Nothing to do here"), matter.empty) for view, matter in MATTERS.items()},
    View.OVERDUE: (_("Nothing is overdue"), _("Claims that we are late with appear here.")),
    View.ALL: (_("No claims here"), _("A claim starts when a customer asks for something after a purchase.")),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Narrows any view; "" is all."""

    kind: str = ""
    status: str = ""


class Item(NamedTuple):
    """What is claimed in one line, by the name it was sold under."""

    name: str
    qty: int


@dataclass(frozen=True, slots=True)
class Row:
    """``claim`` has only what a row shows of it."""

    claim: Claim
    customer: str
    items: Sequence[Item]

    @property
    def kind(self) -> Text:
        return Kind(self.claim.kind).label

    @property
    def who(self) -> Text:
        return self.customer or _("Visitor")

    @property
    def turn(self) -> Turn | None:
        return turn(self.claim)


@dataclass(frozen=True, slots=True)
class Listing:
    """``older`` is the key of the next page, "" on the last."""

    view: View
    rows: list[Row]
    older: str


def views_for(staff: Staff) -> list[View]:
    """Their own work first; everybody may look at what is late and at everything."""
    mine = [view for view, matter in MATTERS.items() if any(map(staff.can, matter.for_those_who))]
    return [*mine, View.OVERDUE, View.ALL]


def brands_seen(staff: Staff) -> list[UUID]:
    """Those whose claims they see."""
    return list(brands_of(staff).values_list("pk", flat=True)) if staff.can(Can.SEE_ORDERS) else []


def page(view: View, brands: Sequence[UUID], narrowed: Filter = Filter(), before: str = "") -> Listing:
    """Three queries, however many claims there are."""
    found = _found(view, brands, narrowed, before)
    shown, more = found[:PAGE], found[PAGE:]
    older = key_text(*shown[-1]) if more else ""
    return Listing(view, rows_of([claim for claim, _place in shown]), older)


def rows_of(ids: Sequence[UUID]) -> list[Row]:
    """In the order given; two queries. What they show and nothing else, for terms and the rest of a claim are long."""
    found = Claim.objects.select_related("customer").only(*_SHOWN).in_bulk(ids)
    claims = [found[pk] for pk in ids if pk in found]
    items: defaultdict[UUID, list[Item]] = defaultdict(list)
    lines = ClaimLine.objects.filter(claim__in=list(found))
    for claim, qty, bought, unit, serial in lines.values_list("claim", "qty", *_NAMES):
        items[claim].append(Item(_name(bought, unit, serial), qty))
    # Whose turn it is depends there on whether the repair is paid.
    prefetch_related_objects([one for one in claims if one.status == Status.QUOTE_ACCEPTED], "adjustments")
    return [Row(claim, claim.customer.name, items[claim.pk]) for claim in claims]


def counts(brands: Sequence[UUID], views: Sequence[View]) -> dict[View, int]:
    """Of every view but all of them, to ``COUNTED`` at most; one query."""
    counted = [view for view in views if view != View.ALL]
    parts: list[str] = []
    params: dict[str, Any] = {"brands": list(brands), "most": COUNTED}
    for view in counted:
        among = _among(view, Filter(), mark=view.value)
        parts.append(_COUNT.format(among=among.tables, which=among.which))
        params |= among.params
    with connection.cursor() as db:
        db.execute("SELECT " + ", ".join(parts), params)
        return dict(zip(counted, db.fetchone(), strict=True))


def count_shown(number: int) -> str:
    return str(number) if number < COUNTED else "99+"


def _name(bought: str | None, unit: str | None, serial: str | None) -> str:
    """That of the line of the order, else of the registered unit, as ``forms.line_name`` has it."""
    if bought is not None:
        return bought
    return f"{unit} · {serial}" if unit is not None else "–"


_NAMES = ("order_line__name", "registered__product__name", "registered__serial")
_SHOWN = (
    "number",
    "kind",
    "status",
    "appealed",
    "currency",
    "reckoning",
    "promised_at",
    "answer_by",
    "closed_at",
    "customer__name",
)

# -- the walks: one over an index for each brand, status and kind that is asked for, merged


class Among(NamedTuple):
    """Which claims: what is walked beside the brands, and the conditions. Names of parameters end in a mark of the
    view, so that several fit into one query."""

    tables: str
    which: str
    params: dict[str, Any]


_WALK = """
SELECT found.id, found.place FROM unnest(%(brands)s::uuid[]) AS of_brand(id){among}
CROSS JOIN LATERAL (
    SELECT id, {place} AS place FROM claims_claim
    WHERE brand_id = of_brand.id{which} AND ({place}, id) {beyond} (%(at)s::timestamptz, %(id)s::uuid)
    ORDER BY {place} {order}, id {order} LIMIT %(limit)s
) found ORDER BY place {order}, id {order} LIMIT %(limit)s
"""
_COUNT = """(SELECT count(*) FROM (
    SELECT FROM unnest(%(brands)s::uuid[]) AS of_brand(id){among}
    CROSS JOIN LATERAL (
        SELECT FROM claims_claim WHERE brand_id = of_brand.id{which} LIMIT %(most)s
    ) found LIMIT %(most)s
) counted)"""
_STATUSES = " CROSS JOIN unnest(%(statuses{mark})s::text[]) AS at_status(name)"
_KINDS = " CROSS JOIN unnest(%(kinds{mark})s::text[]) AS of_kind(name)"
_AT_STATUS = " AND status = at_status.name"
_OF_KIND = " AND kind = of_kind.name"
_LATE = " AND promised_at <= now()"
_LATE_AND_NARROWED = (
    f"{_LATE} AND status = ANY(%(statuses{{mark}})s::text[]) AND kind = ANY(%(kinds{{mark}})s::text[])"
)


def _found(view: View, brands: Sequence[UUID], narrowed: Filter, before: str) -> list[tuple[UUID, datetime]]:
    """A page and one more, each with its place in the list."""
    among = _among(view, narrowed)
    newest_first = view == View.ALL
    order, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
    place = "promised_at" if view == View.OVERDUE else "opened_at"
    walk = _WALK.format(among=among.tables, which=among.which, place=place, order=order, beyond=beyond)
    at, id_ = key_of(before) or _edge(newest_first)
    params = among.params | {"brands": list(brands), "at": at, "id": id_, "limit": PAGE + 1}
    with connection.cursor() as db:
        db.execute(walk, params)
        return [(id_, place) for id_, place in db.fetchall()]


def _among(view: View, narrowed: Filter, *, mark: str = "") -> Among:
    matter = MATTERS.get(view)
    statuses = [one for one in (matter.statuses if matter else Status) if narrowed.status in ("", one)]
    kinds = [one for one in (matter.kinds if matter else Kind) if narrowed.kind in ("", one)]
    tables, which = _conditions(
        view, any_status=len(statuses) == len(Status), any_kind=len(kinds) == len(Kind)
    )
    params = {f"statuses{mark}": statuses, f"kinds{mark}": kinds}
    return Among(tables.format(mark=mark), which.format(mark=mark), params)


def _conditions(view: View, *, any_status: bool, any_kind: bool) -> tuple[str, str]:
    """A kind is asked for together with statuses: so is the index, and no rare pair of them is looked for in vain."""
    if view == View.OVERDUE:
        return "", _LATE if any_status and any_kind else _LATE_AND_NARROWED
    if not any_kind:
        return _KINDS + _STATUSES, _OF_KIND + _AT_STATUS
    return ("", "") if any_status else (_STATUSES, _AT_STATUS)


def _edge(newest_first: bool) -> tuple[str, str]:
    return ("infinity", str(UUID(int=2**128 - 1))) if newest_first else ("-infinity", str(UUID(int=0)))


def key_text(id_: UUID, place: datetime) -> str:
    return f"{place.isoformat()}_{id_}"


def key_of(text: str) -> tuple[str, str] | None:
    """None for anything that we never handed out."""
    moment, _sep, id_ = text.partition("_")
    try:
        found = parse_datetime(moment)
        return (found.astimezone(UTC).isoformat(), str(UUID(id_))) if found and found.tzinfo else None
    except (ValueError, OverflowError):  # an offset can lead out of all years
        return None
