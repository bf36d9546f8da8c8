"""The console's lists of claims and the API's at a million claims, for four kinds of colleagues.

Two years of claims of three brands, of which the last one is small; nearly all of them have ended, as at a real desk.
They stay for the next run, until a migration changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import cycle
from typing import Any

import psycopg

from bench.asking import Ask, as_figure, ask, ask_all
from bench.cast import make_session
from bench.figure import Figure
from bench.ground import ROOT, Ground, ground, web
from kefu.database import cluster

CLAIMS = 1_000_000
EDITION = 1  # to be raised when what is loaded changes
ROUNDS, WARM_ROUNDS = 25, 2
VIEWS = {
    "supervisor": ("review", "overdue", "customer", "all"),
    "warehouse": ("coming", "inspect", "all"),
    "finance": ("money", "overdue", "all"),
    "admin": ("review", "overdue", "all"),
}
STATEMENTS = (
    """INSERT INTO people_customer (id, name, language, wrapped_key, fields, note, created_at)
    SELECT uuidv7(), 'Customer ' || n, 'en', %(key)s, '{}', '', now() FROM generate_series(1, %(size)s / 20) n""",
    """CREATE TEMP TABLE somebody AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM people_customer""",
    """INSERT INTO claims_claim (id, kind, brand_id, customer_id, channel, status, terms, destination, currency,
        reckoning, opened_at, received_at, due_at, answer_by, closed_at, close_reason, said_why, appealed,
        steps_taken, version, created_at)
    SELECT uuidv7(), kinds[1 + n %% 5],
        (%(brands)s::uuid[])[CASE WHEN n %% 1000 = 0 THEN 3 ELSE 1 + n %% 2 END],
        somebody.id, 'portal', status, %(terms)s, 'original', 'CNY', '{}', opened,
        CASE WHEN status IN ('received', 'inspecting', 'accepted', 'refunding') THEN opened + '3 days'::interval END,
        CASE WHEN live THEN opened + '10 days'::interval END, NULL,
        CASE WHEN NOT live THEN opened + '5 days'::interval END, '', '', false, 4, 5, opened
    FROM (
        SELECT n, now() - '2 years'::interval * ((%(size)s - n)::float / %(size)s) AS opened,
            n > %(size)s * 0.985 OR n %% 997 = 0 AS live,
            ARRAY['cancellation', 'refund_only', 'return', 'exchange', 'warranty'] AS kinds,
            CASE WHEN n > %(size)s * 0.985 OR n %% 997 = 0 THEN (ARRAY['under_review', 'approved', 'in_transit',
                'received', 'inspecting', 'awaiting_customer', 'refunding', 'partially_accepted'])[1 + n %% 8]
            ELSE (ARRAY['completed', 'completed', 'completed', 'rejected', 'withdrawn'])[1 + n %% 5] END AS status
        FROM generate_series(1, %(size)s) n
    ) drawn JOIN somebody ON somebody.place = (n::bigint * 7919) %% (%(size)s / 20)""",
    """INSERT INTO claims_claimline (id, claim_id, position, qty, reason, reason_text, condition, wanted, amount_minor,
        reception, acceptance, disposition, qty_received, qty_damaged, qty_wrong, qty_accepted, deduction_minor,
        deduction_reason)
    SELECT uuidv7(), id, 0, 1, 'changed_mind', '', '{}', 'refund', 9900, 'awaiting', 'pending', '', 0, 0, 0, 0, 0, ''
    FROM claims_claim""",
    """INSERT INTO claims_claimstep (claim_id, seq, action, before, after, at, actor_kind, actor_as, reason)
    SELECT id, 1, 'submit', 'draft', 'submitted', opened_at, 'customer', 'customer', '' FROM claims_claim""",
    "VACUUM (ANALYZE) claims_claim",
    "VACUUM (ANALYZE) claims_claimline",
    "VACUUM (ANALYZE) claims_claimstep",
    "VACUUM (ANALYZE) people_customer",
)


def measure(size: int = CLAIMS) -> Figure:
    with ground(f"claims_{size}", keep=True) as where:
        if not _is_current(where):
            where.make_anew()
            where.adopt()
            _seed(where, size)
        where.adopt()
        cookies, token, drawn = _who(), _token(), cycle(_some())
        with web(where) as (port, _pid):
            older = {role: _deeper(port, cookie) for role, cookie in cookies.items()}
            asks = [list(_round(cookies, older, token, drawn)) for _ in range(ROUNDS + WARM_ROUNDS)]
            answers = ask_all(port, [one for each in asks for one in each], warm=WARM_ROUNDS * len(asks[0]))
    return as_figure("claims", answers, size)


def _round(cookies: dict[str, str], older: dict[str, str], token: str, drawn: Iterator[str]) -> Iterator[Ask]:
    for role, views in VIEWS.items():
        for view in views:
            yield Ask(f"{view}, {role}", f"/console/claims/?view={view}", cookies[role])
        yield Ask(f"scrolled on, {role}", older[role], cookies[role])
    yield Ask("one claim", f"/console/claims/{next(drawn)}", cookies["supervisor"])
    yield Ask("API, latest", "/api/v1/claims?limit=50", "", fragment=False, token=token)
    path = "/api/v1/claims?limit=50&status=under_review"
    yield Ask("API, of one status", path, "", fragment=False, token=token)


def _deeper(port: int, cookie: str) -> str:
    """The second page of everything, as the first names it."""
    path = "/console/claims/?view=all"
    before = re.search(r"before=([^\"&]+)", ask(port, Ask("", path, cookie)).decode())
    return f"{path}&before={before[1]}" if before else path


# -- what is looked at, kept between runs


def _print_of_the_desk() -> str:
    migrations = sorted((ROOT / "kefu").glob("**/migrations/*.py"))
    return f"{EDITION} {sha256(b''.join(one.read_bytes() for one in migrations)).hexdigest()}"


def _is_current(where: Ground) -> bool:
    with psycopg.connect(where.url(cluster.OWNER)) as db:
        row = db.execute("SELECT to_regclass('bench_seeded')").fetchone()
        if row is None or row[0] is None:
            return False
        return db.execute("SELECT seed FROM bench_seeded").fetchone() == (_print_of_the_desk(),)


def _seed(where: Ground, size: int) -> None:
    from kefu.claims.presets import CN_LAW
    from kefu.people.models import Brand, Membership, Staff, Team
    from kefu.people.models.customers import new_wrapped_key

    brands = [Brand.objects.create(slug=f"brand-{n}", name=f"Brand {n}", language="en") for n in range(3)]
    teams = [Team.objects.create(brand=brand, name="Support") for brand in brands]
    for role in VIEWS:
        staff = Staff(email=f"{role}@bench.test", name=role.title(), alias=role.title(), role=role)
        staff.set_unusable_password()
        staff.save()
        Membership.objects.bulk_create(Membership(staff=staff, team=team) for team in teams)
    given: dict[str, Any] = {
        "size": size,
        "key": new_wrapped_key(),
        "brands": [brand.pk for brand in brands],
        "terms": psycopg.types.json.Jsonb(CN_LAW.as_dict()),
    }
    with psycopg.connect(where.url(cluster.OWNER), autocommit=True) as db:
        for statement in STATEMENTS:
            db.execute(statement, given if "%(" in statement else None)
        db.execute("CREATE TABLE bench_seeded (seed text)")
        db.execute("INSERT INTO bench_seeded VALUES (%s)", [_print_of_the_desk()])


def _who() -> dict[str, str]:
    from kefu.people.models import Staff

    return {role: "=".join(make_session(Staff.objects.get(email=f"{role}@bench.test"))) for role in VIEWS}


def _token() -> str:
    from datetime import timedelta

    from kefu.people.models import Staff, StaffToken
    from kefu.people.roles import Can

    admin = Staff.objects.get(email="admin@bench.test")
    day = timedelta(days=1)
    return StaffToken.issue(staff=admin, name="bench", scopes=[can.value for can in Can], lasts=day)[1]


def _some() -> list[str]:
    from kefu.claims.models import Claim

    return [str(pk) for pk in Claim.objects.order_by("-opened_at").values_list("pk", flat=True)[:300]]
