"""The lists of claims at the desk: by what there is to do, by deadline, all. Paged by key, counted to 99."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import DateTimeField
from django.db.models.expressions import RawSQL
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.claims.clocks import WAITING_FOR_THEM
from kefu.claims.machines import ENDED, Kind, Status
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
        _("Claims appear here as soon as a person has to look at them."),
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
        _("What was counted in appears here until it has been looked at."),
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
        _("Claims appear here when finance has to release, settle or repair a payment."),
    ),
    View.CUSTOMER: Matter(
        _("Waiting for customers"),
        "hourglass",
        ASKED,
        (Can.HANDLE_CLAIMS,),
        _("Claims appear here when a customer has been asked something."),
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
    View.OVERDUE: (_("Nothing is overdue"), _("What we have not done in time appears here.")),
    View.ALL: (_("No claims here"), _("They begin when a customer asks for something after a sale.")),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Narrows any view; "" is all."""

    kind: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """``promised`` is until when we have to act, if it is our turn."""

    claim: Claim
    lines: Sequence[ClaimLine]
    promised: datetime | None

    @property
    def turn(self) -> Turn | None:
        return turn(self.claim, promised=self.promised)


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


def page(view: View, staff: Staff, narrowed: Filter = Filter(), before: str = "") -> Listing:
    """Five queries, however many claims there are."""
    found = _ids(view, staff, narrowed, before, PAGE + 1)
    shown, more = found[:PAGE], found[PAGE:]
    rows = rows_of([id_ for id_, _place in shown])
    older = key_text(*shown[-1]) if more else ""
    return Listing(view, rows, older)


def rows_of(ids: Sequence[UUID]) -> list[Row]:
    """In the order given; three queries. Terms are long, and only their days are needed here."""
    around = Claim.objects.select_related("customer", "order", "assignee", "brand").defer("terms")
    promised = RawSQL(_PROMISED, [], output_field=DateTimeField())  # noqa: S611 - constant
    claims = around.in_bulk(ids)
    marks = dict(Claim.objects.filter(pk__in=ids).annotate(mark=promised).values_list("pk", "mark"))
    lines: defaultdict[UUID, list[ClaimLine]] = defaultdict(list)
    for line in ClaimLine.objects.filter(claim__in=ids).select_related("order_line", "registered__product"):
        lines[line.claim_id].append(line)
    return [Row(claims[id_], lines[id_], marks[id_]) for id_ in ids if id_ in claims]


def counts(staff: Staff, views: Sequence[View]) -> dict[View, int]:
    """Of every view but all of them, to ``COUNTED`` at most; two queries."""
    counted = [view for view in views if view != View.ALL]
    params: dict[str, Any] = {"brands": _brands(staff), "limit": COUNTED}
    parts = []
    for view in counted:
        part, given = _walk(view, Filter(), mark=view.value)
        parts.append(f"(SELECT count(*) FROM ({part}) counted)")  # noqa: S608 - constant queries
        params |= given
    with connection.cursor() as db:
        db.execute("SELECT " + ", ".join(parts), params)
        return dict(zip(counted, db.fetchone(), strict=True))


def count_shown(number: int) -> str:
    return str(number) if number < COUNTED else "99+"


# -- the walks over the indexes

_AT_STATUSES = """
SELECT found.* FROM unnest(%(brands)s::uuid[]) AS of_brand(id)
CROSS JOIN unnest(%(statuses{mark})s::text[]) AS at_status(name)
CROSS JOIN LATERAL (
    SELECT id, opened_at AS place FROM claims_claim
    WHERE brand_id = of_brand.id AND status = at_status.name AND kind = ANY(%(kinds{mark})s::text[])
      AND (opened_at, id) {beyond} (%(at{mark})s::timestamptz, %(id{mark})s::uuid){late}
    ORDER BY opened_at {order}, id {order} LIMIT %(limit)s
) found ORDER BY place {order}, id {order} LIMIT %(limit)s
"""
_LATEST = """
SELECT found.* FROM unnest(%(brands)s::uuid[]) AS of_brand(id)
CROSS JOIN LATERAL (
    SELECT id, opened_at AS place FROM claims_claim
    WHERE brand_id = of_brand.id AND kind = ANY(%(kinds{mark})s::text[])
      AND (opened_at, id) {beyond} (%(at{mark})s::timestamptz, %(id{mark})s::uuid)
    ORDER BY opened_at {order}, id {order} LIMIT %(limit)s
) found ORDER BY place {order}, id {order} LIMIT %(limit)s
"""
# What ``clocks.next_mark`` promises first, reckoned where the rows are: a test holds the two together.
_PROMISED = """coalesce(claims_claim.received_at, claims_claim.opened_at) + make_interval(days => least(10, CASE
    WHEN claims_claim.received_at IS NULL THEN 10
    WHEN claims_claim.status IN ('received', 'inspecting')
        THEN (claims_claim.terms #>> '{clocks,inspect_within_days}')::int
    ELSE (claims_claim.terms #>> '{clocks,refund_within_days}')::int END))"""
_LATE = f" AND {_PROMISED} <= now()"
OURS = tuple(status for status in Status if status not in ENDED | WAITING_FOR_THEM)


def _ids(view: View, staff: Staff, narrowed: Filter, before: str, limit: int) -> list[tuple[UUID, datetime]]:
    query, params = _walk(view, narrowed, before=before)
    with connection.cursor() as db:
        db.execute(query, {**params, "brands": _brands(staff), "limit": limit})
        return list(db.fetchall())


def _walk(view: View, narrowed: Filter, *, before: str = "", mark: str = "") -> tuple[str, dict[str, Any]]:
    """The query and its parameters, whose names end in ``mark`` so that several walks fit into one query."""
    matter = MATTERS.get(view)
    offered = matter.statuses if matter else OURS if view == View.OVERDUE else tuple(Status)
    statuses = [status for status in offered if narrowed.status in ("", status)]
    kinds = [kind for kind in (matter.kinds if matter else Kind) if narrowed.kind in ("", kind)]
    newest_first = view == View.ALL
    at, id_ = key_of(before) or _edge(newest_first)
    params = {"statuses": statuses, "kinds": kinds, "at": at, "id": id_}
    query = _LATEST if newest_first and not narrowed.status else _AT_STATUSES
    words = {"order": "DESC", "beyond": "<"} if newest_first else {"order": "ASC", "beyond": ">"}
    words |= {"mark": mark, "late": _LATE if view == View.OVERDUE else ""}
    return query.format(**words), {name + mark: value for name, value in params.items()}


def _brands(staff: Staff) -> list[UUID]:
    return list(brands_of(staff).values_list("pk", flat=True)) if staff.can(Can.SEE_ORDERS) else []


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
