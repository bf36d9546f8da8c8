"""A desk after two years of claims: three brands, of which the last is small; nearly all have ended, as at a real desk.

They stay for the next run, until a migration changes, or EDITION. What is drawn from another room's table is a row
that the program made, again and again with other numbers, so that a column that comes later needs no word here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg

from bench.ground import ROOT, Ground, ground
from kefu.database import cluster

if TYPE_CHECKING:
    from kefu.people.models import Brand

EDITION = 2  # to be raised when what is loaded changes
EVERYWHERE = ("supervisor", "warehouse", "technician", "finance", "admin")
OF_THE_SMALL_BRAND = "agent"
CLAIMS_OF_AN_ORDER = 4
# What is under way at each kind, in equal parts.
UNDER_WAY = {
    "cancellation": ["under_review", "awaiting_customer", "refunding", "refund_problem"],
    "refund_only": ["under_review", "awaiting_customer", "refunding", "refund_problem"],
    "return": ["under_review", "approved", "in_transit", "received", "inspecting", "accepted", "refunding"],
    "exchange": ["under_review", "approved", "in_transit", "received", "settling_difference", "replacing"],
    "warranty": ["submitted", "covered", "in_transit", "received", "diagnosing", "quote_sent", "repairing"],
}
_ORDERS = """
INSERT INTO orders_order SELECT made.* FROM generate_series(1, %(size)s / %(each)s) n
JOIN somebody ON somebody.place = (n::bigint * 7919) %% (%(size)s / 20)
JOIN orders_order pattern ON pattern.brand_id
    = (%(brands)s::uuid[])[CASE WHEN n %% 1000 = 0 THEN 3 ELSE 1 + n %% 2 END]
CROSS JOIN LATERAL jsonb_populate_record(pattern, jsonb_build_object('id', uuidv7(), 'external_no', 'B' || n,
    'number_key', 'B' || n, 'customer_id', somebody.id)) made"""
_ORDER_LINES = """
INSERT INTO orders_orderline SELECT made.* FROM orders_orderline pattern
JOIN orders_order ON orders_order.id <> pattern.order_id
CROSS JOIN LATERAL jsonb_populate_record(pattern, jsonb_build_object('id', uuidv7(), 'order_id', orders_order.id,
    'name', 'Kettle no. ' || orders_order.external_no)) made"""
_CLAIMS = """
INSERT INTO claims_claim (id, kind, brand_id, customer_id, order_id, channel, status, terms, destination, currency,
    reckoning, opened_at, received_at, promised_at, due_at, answer_by, closed_at, close_reason, said_why, appealed,
    steps_taken, version, created_at)
SELECT uuidv7(), kind, bought.brand_id, bought.customer_id, bought.id, 'portal', status, %(terms)s, 'original', 'CNY',
    jsonb_build_object('items', worth, 'lines', jsonb_build_array(jsonb_build_object('items', worth, 'tax', 0))),
    opened,
    CASE WHEN status IN ('received', 'inspecting', 'accepted', 'diagnosing', 'repairing')
        THEN least(now(), opened + '3 days'::interval) END,
    CASE WHEN is_ours THEN opened + '10 days'::interval END,
    CASE WHEN is_ours THEN opened + '10 days'::interval END,
    CASE WHEN live AND NOT is_ours THEN opened + '20 days'::interval END,
    CASE WHEN NOT live THEN opened + '5 days'::interval END, '', '', drawn.n %% 50 = 0, 4, 5, opened
FROM (
    SELECT *, live AND status <> ALL(%(theirs)s) AS is_ours FROM (
        SELECT *, CASE WHEN live
            THEN %(under_way)s::jsonb -> kind ->> (n / 5 %% jsonb_array_length(%(under_way)s::jsonb -> kind))
            WHEN kind = 'cancellation' THEN (ARRAY['completed', 'completed', 'withdrawn'])[1 + n / 5 %% 3]
            ELSE (ARRAY['completed', 'completed', 'completed', 'rejected', 'withdrawn'])[1 + n / 5 %% 5]
            END AS status
        FROM (
            SELECT n, (%(kinds)s::text[])[1 + n %% 5] AS kind, 900 + n::bigint * 37 %% 90000 AS worth,
                now() - '2 years'::interval * ((%(size)s - n)::float / %(size)s) AS opened,
                n > %(size)s * 0.985 OR n %% 997 = 0 AS live
            FROM generate_series(1, %(size)s) n
        ) counted
    ) standing
) drawn JOIN bought ON bought.n = 1 + drawn.n %% (%(size)s / %(each)s)"""
_PARCELS = """
INSERT INTO orders_shipment SELECT made.* FROM orders_shipment pattern
JOIN (SELECT order_id, id, row_number() OVER () AS n FROM claims_claim
    WHERE status IN ('in_transit', 'received', 'inspecting') OR number % 10 = 0) sent ON pattern.order_id IS NULL
CROSS JOIN LATERAL jsonb_populate_record(pattern, jsonb_build_object('id', sent.id, 'order_id', sent.order_id,
    'tracking_no', 'SF' || (sent.n + 1) / 2)) made"""
STATEMENTS = (
    """INSERT INTO people_customer (id, name, language, wrapped_key, fields, note, created_at)
    SELECT uuidv7(), 'Customer ' || n, 'en', %(key)s, '{}', '', now() FROM generate_series(1, %(size)s / 20) n""",
    """CREATE TEMP TABLE somebody AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM people_customer""",
    _ORDERS,
    _ORDER_LINES,
    """CREATE TEMP TABLE bought AS SELECT orders_order.id, brand_id, customer_id, orders_orderline.id AS line_id,
        substr(external_no, 2)::int AS n
    FROM orders_order JOIN orders_orderline ON order_id = orders_order.id WHERE external_no ~ '^B[0-9]+$'""",
    "ANALYZE bought",
    _CLAIMS,
    """INSERT INTO claims_claimline (id, claim_id, position, order_line_id, qty, reason, reason_text, condition, wanted,
        amount_minor, reception, acceptance, disposition, qty_received, qty_damaged, qty_wrong, qty_accepted,
        deduction_minor, deduction_reason)
    SELECT uuidv7(), claims_claim.id, 0, line_id, 1 + number % 2, 'changed_mind', '', '{}', 'refund', 9900,
        'awaiting', 'pending', '', 0, 0, 0, 0, 0, ''
    FROM claims_claim JOIN bought ON bought.id = order_id""",
    """INSERT INTO claims_claimstep (claim_id, seq, action, before, after, at, actor_kind, actor_as, reason)
    SELECT id, 1, 'submit', 'draft', 'submitted', opened_at, 'customer', 'customer', '' FROM claims_claim""",
    _PARCELS,
    """INSERT INTO claims_claimshipment (claim_id, shipment_id, why, paid_by)
    SELECT id, id, 'return', 'customer' FROM orders_shipment WHERE order_id IS NOT NULL""",
    "VACUUM (ANALYZE)",
)


@contextmanager
def desk(size: int) -> Iterator[Ground]:
    with ground(f"claims_{size}", keep=True) as where:
        if not _is_current(where):
            where.make_anew()
            where.adopt()
            _seed(where, size)
        where.adopt()
        yield where


def latest() -> list[UUID]:
    """Claims to open."""
    from kefu.claims.models import Claim

    return list(Claim.objects.order_by("-opened_at").values_list("pk", flat=True)[:300])


# -- what is kept


def _print_of_the_desk() -> str:
    migrations = sorted((ROOT / "kefu").glob("**/migrations/*.py"))
    return f"{EDITION} {sha256(b''.join(one.read_bytes() for one in migrations)).hexdigest()}"


def _is_current(where: Ground) -> bool:
    with psycopg.connect(where.url(cluster.OWNER)) as db:
        row = db.execute("SELECT to_regclass('bench_seeded')").fetchone()
        if row is None or row[0] is None:
            return False
        return db.execute("SELECT seed FROM bench_seeded").fetchone() == (_print_of_the_desk(),)


# -- what is loaded


def _seed(where: Ground, size: int) -> None:
    from kefu.people.models import Brand

    brands = [Brand.objects.create(slug=f"brand-{n}", name=f"Brand {n}", language="en") for n in range(3)]
    _colleagues(brands)
    _patterns(brands)
    given = _given(size, [brand.pk for brand in brands])
    with psycopg.connect(where.url(cluster.OWNER), autocommit=True) as db:
        for statement in STATEMENTS:
            db.execute(statement, given if "%(" in statement else None)
        _seal_addresses()
        db.execute("CREATE TABLE bench_seeded (seed text)")
        db.execute("INSERT INTO bench_seeded VALUES (%s)", [_print_of_the_desk()])


def _colleagues(brands: Sequence[Brand]) -> None:
    from kefu.people.models import Membership, Staff, Team

    teams = [Team.objects.create(brand=brand, name="Support") for brand in brands]
    for role in (*EVERYWHERE, OF_THE_SMALL_BRAND):
        staff = Staff(email=f"{role}@bench.test", name=role.title(), alias=role.title(), role=role)
        staff.set_unusable_password()
        staff.save()
        theirs = teams if role in EVERYWHERE else teams[-1:]
        Membership.objects.bulk_create(Membership(staff=staff, team=team) for team in theirs)


def _patterns(brands: Sequence[Brand]) -> None:
    """An order of each brand, a line and a parcel."""
    from django.utils import timezone

    from kefu.orders.models import Order, OrderLine, OrderSource, Shipment
    from kefu.people.models import Customer

    customer = Customer.objects.create(name="Pattern")
    for brand in brands:
        source = OrderSource.objects.create(brand=brand, kind="file", name="Shop")
        around = {"brand": brand, "source": source, "customer": customer, "placed_at": timezone.now()}
        order = Order.objects.create(**around, external_no="pattern", number_key="pattern", currency="CNY")
    OrderLine.objects.create(order=order, position=0, name="Kettle", unit_price_minor=9900)
    Shipment.objects.create(brand=brand, direction="inbound", carrier="sf", tracking_no="pattern")


def _seal_addresses() -> None:
    """Of the orders whose claims are opened: what is sealed for one row cannot be read in another."""
    from kefu.orders.models import Order

    for order in Order.objects.filter(claims__in=latest()).select_related("customer"):
        order.address = {"name": order.customer.name, "line1": "1 Long Street", "city": "Hangzhou"}
        order.email = order.phone = ""
        order.save()


def _given(size: int, brands: Sequence[UUID]) -> dict[str, Any]:
    from kefu.claims.clocks import WAITING_FOR_THEM
    from kefu.claims.presets import CN_LAW
    from kefu.people.models.customers import new_wrapped_key

    return {
        "size": size,
        "each": CLAIMS_OF_AN_ORDER,
        "key": new_wrapped_key(),
        "brands": list(brands),
        "terms": psycopg.types.json.Jsonb(CN_LAW.as_dict()),
        "kinds": list(UNDER_WAY),
        "under_way": psycopg.types.json.Jsonb(UNDER_WAY),
        "theirs": [status.value for status in WAITING_FOR_THEM],
    }
