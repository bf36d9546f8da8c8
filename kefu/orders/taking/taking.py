"""Takes a batch: in transactions of a few hundred rows each, and a bad row never spoils its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from kefu.events.actors import Actor
from kefu.orders.incoming import BadRow, Incoming, IncomingCustomer, IncomingOrder, IncomingProduct, checked
from kefu.orders.models import OrderSource
from kefu.orders.taking import customers, orders, products
from kefu.orders.taking.merging import Outcome

AT_ONCE = 200
UNFIT = (BadRow, IntegrityError, DataError, ProtectedError)
Placed = tuple[int, Any]
Store = Callable[..., list[Outcome]]


@dataclass(frozen=True, slots=True)
class Bad:
    """The row at ``place`` of the batch was not taken, and why, as a sentence."""

    place: int
    reason: str


@dataclass(slots=True)
class Taken:
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: list[Bad] = field(default_factory=list)

    def count(self, outcomes: Sequence[Outcome]) -> None:
        self.created += outcomes.count(Outcome.CREATED)
        self.changed += outcomes.count(Outcome.CHANGED)
        self.unchanged += outcomes.count(Outcome.UNCHANGED)


def take(source: OrderSource, batch: Sequence[Incoming], *, by: Actor) -> Taken:
    """Store it all, committing every ``AT_ONCE`` rows; says what became of them. Raises for a broken database only."""
    taken = Taken()
    for start in range(0, len(batch), AT_ONCE):
        good = list(_checked(enumerate(batch[start : start + AT_ONCE], start), taken))
        for store, rows in _in_order(good):
            _take(store, source, rows, by, taken)
    taken.bad.sort(key=lambda bad: bad.place)
    return taken


def rehearse(source: OrderSource, batch: Sequence[Incoming], *, by: Actor) -> Taken:
    """What ``take`` would answer; nothing stays."""
    with transaction.atomic():
        taken = take(source, batch, by=by)
        transaction.set_rollback(True)
    return taken


def _checked(rows: Iterable[Placed], taken: Taken) -> Iterator[Placed]:
    for place, row in rows:
        try:
            yield place, checked(row)
        except BadRow as problem:
            taken.bad.append(Bad(place, str(problem)))


def _in_order(rows: list[Placed]) -> Iterator[tuple[Store, list[Placed]]]:
    """Products first, since lines name them; then customers; then orders. What is told twice takes two turns."""
    for kind, store in STORES:
        waiting = [(place, row) for place, row in rows if isinstance(row, kind)]
        while waiting:
            turn: dict[object, Placed] = {}
            again = []
            for place, row in waiting:
                if turn.setdefault(_key(row), (place, row))[0] != place:
                    again.append((place, row))
            yield store, list(turn.values())
            waiting = again


def _key(row: Any) -> object:
    if isinstance(row, IncomingOrder):
        return row.external_no
    return (row.external_id or row.model_no) if isinstance(row, IncomingProduct) else row.user_id.lower()


def _take(store: Store, source: OrderSource, rows: list[Placed], by: Actor, taken: Taken) -> None:
    """All together; when one of them cannot be stored, each half for itself until it is alone."""
    try:
        taken.count(_stored(store, source, rows, by))
    except UNFIT as problem:
        if len(rows) == 1:
            _take_alone(store, source, rows[0], by, taken, problem)
        else:
            half = len(rows) // 2
            _take(store, source, rows[:half], by, taken)
            _take(store, source, rows[half:], by, taken)


def _take_alone(
    store: Store, source: OrderSource, row: Placed, by: Actor, taken: Taken, problem: Exception
) -> None:
    """Once more if it collided with something that was stored at the same moment elsewhere."""
    if isinstance(problem, IntegrityError):
        try:
            taken.count(_stored(store, source, [row], by))
        except UNFIT as again:
            problem = again
        else:
            return
    taken.bad.append(Bad(row[0], _reason(problem)))


def _stored(store: Store, source: OrderSource, rows: list[Placed], by: Actor) -> list[Outcome]:
    with transaction.atomic():
        # Two reports of one source take turns: neither finds half of what the other makes.
        locked = OrderSource.objects.select_for_update(no_key=True, of=("self",)).select_related("brand")
        return store(locked.get(pk=source.pk), [row for _place, row in rows], by=by)


def _reason(problem: Exception) -> str:
    if isinstance(problem, BadRow):
        return str(problem)
    if isinstance(problem, ProtectedError):
        return _("The source removed something that is in use here.")
    return _("It contradicts what is already stored.")


STORES: tuple[tuple[type, Store], ...] = (
    (IncomingProduct, products.store),
    (IncomingCustomer, customers.store),
    (IncomingOrder, orders.store),
)
