"""The claims of the demo as they went: filed and worked on step by step, and dated back.

That takes seconds: they are planned when the demo is loaded, and told by a job while the desk is serving already.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from kefu.claims import filing
from kefu.claims.asked import Asked, AskedLine
from kefu.claims.machines import Kind
from kefu.claims.models import Claim
from kefu.conversations.models import Conversation
from kefu.demo.cases import CASES, Case
from kefu.demo.casework import IN_ORDER, Crew, Work, take
from kefu.demo.cast import DOMAIN, KETTLEMOTH
from kefu.demo.chronicle import Chronicle
from kefu.demo.planning import Plan
from kefu.events.models import Event, Reader
from kefu.orders import registering
from kefu.orders.models import MethodKind, Order, OrderLine, PaymentMethod, Product, Variant
from kefu.people.models import Brand, Customer, Staff

SEED = 20261122
HOURS = {"filed": 0.0, "shipped": 28.0, "received": 50.0, "sent_back": 40.0, "home": 60.0, "booked": 26.0}
USUAL_HOURS = 6.0
TYPING = timedelta(minutes=2)
LETTERS = "letters about claims"


@transaction.atomic
def tell(plans: Iterable[dict[str, Any]]) -> None:
    """All of them or none; told again, nothing happens."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('demo'))")
    if Claim.objects.filter(opened_at__lt=timezone.now() - timedelta(days=1)).exists():
        return
    random, chronicle = Random(SEED), Chronicle()  # noqa: S311 - the same demo everywhere, nothing secret
    for plan in plans:
        _tell(Plan(**plan), chronicle, random)
    chronicle.date_back()
    _write_no_letters()


def _write_no_letters() -> None:
    """About what is long past: whoever writes them goes on behind it. This transaction's number is the newest that it
    will have passed.
    """
    latest = Event.objects.order_by("-id").first()
    if latest is not None:
        place = {"era": latest.era, "xid": latest.xid, "last_id": latest.id}
        Reader.objects.update_or_create(name=LETTERS, defaults=place)


def _tell(plan: Plan, chronicle: Chronicle, random: Random) -> None:
    case = CASES[plan.case]
    path = case.path.split()
    moments = _moments(datetime.fromisoformat(plan.began), path, timezone.now(), random)
    chronicle.tell(moments[0] - TYPING)
    crew = _crew(case)
    work = Work(_drafted(plan, case, crew), crew, case.shows, random)
    for moment, step in zip(moments, path, strict=True):
        chronicle.tell(moment)
        take(work, step)


def _crew(case: Case) -> Crew:
    is_kitchen = case.brand == KETTLEMOTH
    agent = "yutong" if is_kitchen else "yining" if case.language == "zh-hans" else "freya"
    return Crew(
        agent=_colleague(agent),
        supervisor=_colleague("admin" if is_kitchen else "supervisor"),
        warehouse=_colleague("warehouse"),
        technician=_colleague("technician"),
        finance=_colleague("finance"),
    )


def _colleague(login: str) -> Staff:
    return Staff.objects.get(email=f"{login}@{DOMAIN}")


def _moments(began: datetime, path: list[str], now: datetime, random: Random) -> list[datetime]:
    """As long as such steps take, or shorter where they would not be over yet."""
    hours = [HOURS.get(step, USUAL_HOURS) * random.uniform(0.7, 1.3) for step in path]
    room = (now - began) / timedelta(hours=1) - 0.2
    scale = min(1.0, max(room, 0.0) / (sum(hours) or 1.0))
    return [began + timedelta(hours=scale * sum(hours[: place + 1])) for place in range(len(path))]


# -- what is asked


def _drafted(plan: Plan, case: Case, crew: Crew) -> Claim:
    customer = Customer.objects.get(pk=plan.customer)
    order = Order.objects.select_related("brand", "customer").get(pk=plan.order) if plan.order else None
    brand = Brand.objects.get(slug=case.brand)
    if order is not None and case.pays:
        _pay_by_card(order, case.pays)
    asked = Asked(
        kind=case.kind,
        brand=brand,
        customer=customer,
        order=order,
        lines=(_bought(case, order) if order else _owned(plan, case, brand, customer),),
        destination=case.to,
        channel="chat" if plan.conversation else "portal",
    )
    talk = Conversation.objects.get(pk=plan.conversation) if plan.conversation else None
    by = crew.agent if case.by_agent else customer
    return filing.draft(asked, by=by, texts=[case.said], conversation=talk)


def _bought(case: Case, order: Order) -> AskedLine:
    line = order.lines.select_related("variant").get()
    is_exchange = case.kind == Kind.EXCHANGE
    return AskedLine(
        order_line=line,
        qty=line.qty,
        reason=case.reason,
        condition=IN_ORDER if case.kind == Kind.RETURN else {},
        wanted="exchange" if is_exchange else "repair" if case.kind == Kind.WARRANTY else "refund",
        new_variant=_rather(case, line) if is_exchange else None,
    )


def _rather(case: Case, line: OrderLine) -> Variant | None:
    """The one that they would rather have; else the one that they should have had."""
    if not case.new_sku:
        return line.variant
    return Variant.objects.get(brand__slug=case.brand, sku=case.new_sku)


def _owned(plan: Plan, case: Case, brand: Brand, customer: Customer) -> AskedLine:
    """A unit that is registered without an order."""
    assert case.owned is not None
    product = Product.objects.select_related("brand").get(brand=brand, model_no=plan.model)
    day = datetime.fromisoformat(plan.began).date() - timedelta(days=30 * case.owned)
    serial = f"{plan.model}-{day:%y%m}{plan.case:03}"
    unit = registering.register(customer, product, serial, purchased_at=day, by=customer)
    return AskedLine(registered=unit, reason=case.reason, wanted="repair")


def _pay_by_card(order: Order, provider: str) -> None:
    """One of a provider that can be asked, where the demo's other payments go back by hand."""
    card = PaymentMethod.objects.create(
        customer=order.customer, kind=MethodKind.CARD, provider=provider, display_tail="0341"
    )
    order.payments.update(method=card)
