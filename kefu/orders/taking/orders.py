"""Orders as their source reports them: new ones are stored, known ones are brought up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from kefu.events import log
from kefu.events.actors import Actor
from kefu.orders.incoming import BadRow, IncomingCustomer, IncomingOrder
from kefu.orders.models import Order, OrderSource, OrderStatus, number_key
from kefu.orders.moving import later_order
from kefu.orders.taking import lines, payments, shipments
from kefu.orders.taking.case import Case
from kefu.orders.taking.customers import recognise
from kefu.orders.taking.merging import Outcome, digest, rewrite, to_write

ALL = "all"
REWRITTEN = ["status", "cancelled_at", "cancel_reason", "shipping_minor", "placed_at", "channel", "country"]
REWRITTEN += ["address_text", "email", "phone", "email_index", "tail_index", "phone_index"]
REWRITTEN += ["version", "reported", "reported_at"]
Part = tuple[str, Any, Callable[[], Any], Callable[[], None]]


def store(source: OrderSource, rows: Sequence[IncomingOrder], *, by: Actor) -> list[Outcome]:
    held = _held(source, rows)
    news = [row for row in rows if row.external_no not in held]
    known = [Case(held[row.external_no], row) for row in rows if row.external_no in held]
    cases = [*_placed(source, news, by), *(case for case in known if _is_news(case))]
    for case in cases:
        if not case.is_new:
            _merge(case)
    for room in (lines, payments, shipments):
        room.store(cases)
    _write(cases)
    _tell(cases, by)
    outcomes = {case.row.external_no: _outcome(case) for case in cases}
    return [outcomes.get(row.external_no, Outcome.UNCHANGED) for row in rows]


def _held(source: OrderSource, rows: Sequence[IncomingOrder]) -> dict[str, Order]:
    numbered = source.orders.filter(external_no__in=[row.external_no for row in rows])
    locked = numbered.select_related("customer").order_by("pk").select_for_update(no_key=True, of=("self",))
    return {order.external_no: order for order in locked}


def _is_news(case: Case) -> bool:
    """Not what was told last time, nor what the source itself dates before it."""
    last, now = case.order.reported_at, case.row.reported_at
    if last is not None and now is not None and now < last:
        return False
    return case.order.reported.get(ALL) != _whole(case.row)


def _whole(row: IncomingOrder) -> str:
    return digest(repr(replace(row, reported_at=None)))


# -- new ones


def _placed(source: OrderSource, rows: Sequence[IncomingOrder], by: Actor) -> list[Case]:
    customers, _new = recognise(source, [_whose(row) for row in rows], by=by)
    cases = [
        Case(_made(source, row, customer), row, is_new=True)
        for row, customer in zip(rows, customers, strict=True)
    ]
    Order.objects.bulk_create([case.order for case in cases])
    return cases


def _whose(row: IncomingOrder) -> IncomingCustomer:
    customer = row.customer
    return replace(
        customer,
        name=customer.name or row.address.get("name", ""),
        email=customer.email or row.email,
        phone=customer.phone or row.phone,
    )


def _made(source: OrderSource, row: IncomingOrder, customer: Any) -> Order:
    order = Order(
        brand=source.brand,
        source=source,
        external_no=row.external_no,
        number_key=number_key(row.external_no),
        customer=customer,
        status=row.status,
        currency=row.currency,
        shipping_minor=row.shipping_minor,
        placed_at=row.placed_at,
        cancelled_at=row.cancelled_at,
        cancel_reason=row.cancel_reason,
        channel=row.channel,
        country=_country(row),
        reported_at=row.reported_at,
    )
    order.address = dict(row.address)
    order.reach_by(email=_email(row), phone=_phone(row))
    order.reported = {part: digest(told) for part, told, _held, _set in _parts(Case(order, row))}
    order.reported |= {lines.PART: digest(lines.told(row)), ALL: _whole(row)}
    return order


# -- known ones


def _merge(case: Case) -> None:
    order, row = case.order, case.row
    if row.currency != order.currency:
        raise BadRow(_("The order is in %s; its currency does not change.") % order.currency)
    for part, told, held, write in _parts(case):
        if to_write(order.reported, part, told, held):
            write()
            case.changed.add(part)
    _move_on(case)
    order.reported[ALL] = _whole(row)
    order.reported_at = row.reported_at or order.reported_at


def _parts(case: Case) -> Iterable[Part]:
    """What the source says of each part, what is held of it, and how to write it; lines are merged in ``lines``."""
    order, row = case.order, case.row
    yield (
        "head",
        _head(row, _country(row)),
        lambda: _head(order, order.country),
        lambda: _set_head(order, row),
    )
    yield "address", dict(row.address), lambda: order.address, lambda: _set_address(order, row)
    contact = [_email(row), _phone(row)]
    yield (
        "contact",
        contact,
        lambda: [order.email, order.phone],
        lambda: order.reach_by(email=contact[0], phone=contact[1]),
    )


def _head(of: Order | IncomingOrder, country: str) -> list[Any]:
    return [of.shipping_minor, of.placed_at, of.channel, country]


def _set_head(order: Order, row: IncomingOrder) -> None:
    order.shipping_minor, order.placed_at = row.shipping_minor, row.placed_at
    order.channel, order.country = row.channel, _country(row)


def _set_address(order: Order, row: IncomingOrder) -> None:
    order.address = dict(row.address)


def _move_on(case: Case) -> None:
    order, row = case.order, case.row
    status = later_order(order.status, row.status)
    if status != order.status:
        order.status = status
        case.changed.add("status")
    if status == OrderStatus.CANCELLED and row.status == status and not order.cancelled_at:
        told = (row.cancelled_at, row.cancel_reason or order.cancel_reason)
        if told != (order.cancelled_at, order.cancel_reason):
            order.cancelled_at, order.cancel_reason = told
            case.changed.add("status")


def _country(row: IncomingOrder) -> str:
    country = row.country or row.address.get("country", "")
    return country.upper() if len(country) == 2 else ""


def _email(row: IncomingOrder) -> str:
    return row.email or row.customer.email


def _phone(row: IncomingOrder) -> str:
    return row.phone or row.customer.phone or row.address.get("phone", "")


# -- all of them


def _write(cases: Sequence[Case]) -> None:
    for case in cases:
        case.order.version += bool(case.changed and not case.is_new)
    rewrite([case.order for case in cases if not case.is_new], REWRITTEN)


def _tell(cases: Sequence[Case], by: Actor) -> None:
    placed: list[Any] = [
        (case.order, {"status": case.order.status, **case.order.scope()}) for case in cases if case.is_new
    ]
    log.record_each("order.placed", placed, by=by)
    changed: list[Any] = [
        (case.order, {"what": sorted(case.changed), "status": case.order.status, **case.order.scope()})
        for case in cases
        if case.changed and not case.is_new
    ]
    log.record_each("order.changed", changed, by=by)


def _outcome(case: Case) -> Outcome:
    if case.is_new:
        return Outcome.CREATED
    return Outcome.CHANGED if case.changed else Outcome.UNCHANGED
