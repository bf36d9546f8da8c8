"""A desk of some years: conversations, messages and their search words, by COPY, the indexes made afterwards.

Everything is drawn from one seeded source, so that two runs measure the same desk. It stays for the next
run, until a migration changes, or EDITION.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from bench import indexes, texts
from bench.ground import ROOT, Ground, ground
from kefu.database import cluster

EDITION = 1  # to be raised when what is loaded changes
CONVERSATIONS = 1_000_000
LONGEST = 5_000
TEAMS, AGENTS = 20, 120
DAYS = 730
FIRST_NUMBER = 10_001
LENGTHS = [1, 2, 3, 4, 5, 6, 8, 12, 20]
LENGTH_WEIGHTS = [10, 17, 17, 16, 12, 10, 8, 5, 5]
ORDER_EACH = 25  # one message in so many names an order
TABLES = (
    "people_customer",
    "people_identity",
    "conversations_conversation",
    "conversations_message",
    "conversations_messagewords",
)


@dataclass(frozen=True)
class Desk:
    """Who measures, and what they look at."""

    where: Ground
    size: int
    cookies: dict[str, str]  # by role
    conversations: list[str]
    longest: str
    customers: int


@contextmanager
def desk(size: int) -> Iterator[Desk]:
    with ground(f"desk_{size}", keep=True) as where:
        if not _is_current(where):
            where.make_anew()
            where.adopt()
            _seed(where, size)
        where.adopt()
        chance = random.Random(11)  # noqa: S311
        drawn = [_address(number) for number in chance.sample(range(size), min(size, 400))]
        yield Desk(where, size, _cookies(), drawn, _address(size - 1), _customers(size))


def _address(number: int) -> str:
    return str(UUID(int=conversation_id(number)))


# -- what is kept


def _print_of_the_desk() -> str:
    """Of all migrations and of what is loaded: when either changes, the kept desk is another one."""
    migrations = sorted((ROOT / "kefu").glob("**/migrations/*.py"))
    return f"{EDITION} {sha256(b''.join(one.read_bytes() for one in migrations)).hexdigest()}"


def _is_current(where: Ground) -> bool:
    with psycopg.connect(where.url(cluster.OWNER)) as db:
        row = db.execute("SELECT to_regclass('bench_seeded')").fetchone()
        if row is None or row[0] is None:
            return False
        return db.execute("SELECT seed FROM bench_seeded").fetchone() == (_print_of_the_desk(),)


# -- loading


def _seed(where: Ground, size: int) -> None:
    began, seed = time.monotonic(), _print_of_the_desk()
    crew = _make_crew()
    with psycopg.connect(where.url(cluster.OWNER), autocommit=True) as db:
        db.execute("SET maintenance_work_mem = '1GB'")
        db.execute("SET synchronous_commit = off")
        with _step("taking the indexes away"):
            back = indexes.take_away(db, TABLES)
        with _step("loading customers"):
            _load(where, CUSTOMER_TABLES, zip(_customer_rows(size), _identity_rows(size), strict=True))
        with _step("loading conversations, messages, words"):
            _load(where, STORY_TABLES, map(_story_rows, stories(crew, size)))
        for statement in back:
            with _step(statement[:90]):
                db.execute(statement)  # as the catalogue gave it
        with _step("looking at what there is"):
            _finish(db, size)
        db.execute("CREATE TABLE bench_seeded (seed text)")
        db.execute("INSERT INTO bench_seeded VALUES (%s)", [seed])
    _say(f"seeded {size:,} conversations in {time.monotonic() - began:.0f} s")


def _load(where: Ground, tables: dict[str, str], items: Iterator[tuple[str, ...]]) -> None:
    """Everything is drawn once: each table is filled over its own connection, by a column of ``items``."""
    with ExitStack() as open_:
        writes = [open_.enter_context(_filling(where, *table)) for table in tables.items()]
        while chunk := list(islice(items, 500)):
            for write, rows in zip(writes, zip(*chunk, strict=True), strict=True):
                write("".join(rows))


@contextmanager
def _filling(where: Ground, table: str, columns: str) -> Iterator[Callable[[str], None]]:
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(columns))
    with psycopg.connect(where.url(cluster.OWNER)) as db, db.cursor() as cursor, cursor.copy(into) as copy:
        yield copy.write


def _finish(db: psycopg.Connection[Any], size: int) -> None:
    db.execute("SELECT setval('conversations_number', %s)", [FIRST_NUMBER + size])
    last = "SELECT setval(pg_get_serial_sequence('conversations_message', 'id'), max(id)) FROM {}"
    db.execute(sql.SQL(last).format(sql.Identifier("conversations_message")))
    for table in (*TABLES, "events_event", "conversations_reading"):
        db.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))


@contextmanager
def _step(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    if (took := time.monotonic() - began) > 2:
        _say(f"{what}: {took:.0f} s")


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


# -- who is there


@dataclass(frozen=True)
class Crew:
    teams: list[tuple[str, str, str]]  # id, brand, inbox
    agents: list[list[str]]  # by team


def _make_crew() -> Crew:
    from kefu.conversations.models import Inbox
    from kefu.people.models import Brand, Membership, Staff, Team

    brands = [
        Brand.objects.create(slug=f"brand-{n}", name=f"Brand {n}", language=language)
        for n, language in enumerate(("zh-hans", "en"))
    ]
    teams = [Team.objects.create(brand=brands[n % 2], name=f"Team {n + 1}") for n in range(TEAMS)]
    inboxes = [Inbox.objects.create(brand=one.brand, name=f"Website {one.name}", team=one) for one in teams]
    staff = [
        Staff(email=f"agent{n}@bench.test", name=texts.name(n * 3 + 1), alias=f"A{n}", role=_role(n))
        for n in range(AGENTS)
    ]
    for one in staff:
        one.set_unusable_password()
    Staff.objects.bulk_create(staff)
    Membership.objects.bulk_create(
        [Membership(staff=one, team=teams[n % TEAMS]) for n, one in enumerate(staff)]
    )
    return Crew(
        [
            (str(team.pk), str(team.brand_id), str(inbox.pk))
            for team, inbox in zip(teams, inboxes, strict=True)
        ],
        [[str(one.pk) for one in staff[place::TEAMS]] for place in range(TEAMS)],
    )


def _role(number: int) -> str:
    return {0: "supervisor", 1: "admin"}.get(number, "agent")


def _cookies() -> dict[str, str]:
    """A supervisor of the first brand, an admin, an agent of a large team and one of the smallest."""
    from bench.cast import make_session
    from kefu.people.models import Staff

    who = {"supervisor": 0, "admin": 1, "agent": TEAMS + 2, "agent of a small team": TEAMS - 1}
    people = {role: Staff.objects.get(email=f"agent{n}@bench.test") for role, n in who.items()}
    return {role: "=".join(make_session(staff)) for role, staff in people.items()}


# -- rows, as lines of COPY's text format


CUSTOMER_TABLES = {
    "people_customer": "id, name, language, wrapped_key, fields, note, created_at",
    "people_identity": "id, customer_id, kind, value, index, created_at",
}
STORY_TABLES = {
    "conversations_conversation": (
        "id, number, brand_id, inbox_id, customer_id, team_id, assignee_id, subject, topic, status, priority,"
        " fields, created_at, waiting_since, first_reply_at, solved_at, last_seq, last_reply_seq,"
        " last_message_at, last_text, last_author, customer_delivered_seq, customer_read_seq,"
        " staff_delivered_seq, staff_read_seq"
    ),
    "conversations_message": (
        "id, conversation_id, seq, reply_seq, client_id, inbox_id, kind, author_kind, author_id, text,"
        " masked, has_files, salt, commitment, created_at"
    ),
    "conversations_messagewords": "message_id, conversation_id, words",
    "events_event": "era, at, kind, subject_kind, subject_id, actor_kind, actor_id, data",
    "conversations_reading": "staff_id, conversation_id, seq",
}


def _story_rows(one: Story) -> tuple[str, ...]:
    """In the order of ``STORY_TABLES``."""
    return (
        _conversation_row(one),
        "".join(_message_rows(one)),
        "".join(_words_rows(one)),
        "".join(_event_rows(one)) if one.is_logged else "",
        f"{one.assignee}\t{one.id}\t{one.count}\n" if one.is_read else "",
    )


@dataclass(slots=True)
class Story:
    """One conversation, drawn."""

    id: str
    number: int
    customer: str
    team: tuple[str, str, str]
    assignee: str | None
    agent: str
    status: str
    priority: int
    began: datetime
    first_message: int
    said: list[texts.Said]
    ended_by_customer: bool

    @property
    def count(self) -> int:
        return len(self.said)

    @property
    def ended(self) -> datetime:
        return self.began + timedelta(minutes=3 * self.count)

    @property
    def is_live(self) -> bool:
        return self.status in {"open", "pending", "hold"}

    @property
    def is_logged(self) -> bool:
        """Older months of the log were let go."""
        return self.is_live or self.count == LONGEST

    @property
    def is_read(self) -> bool:
        return self.is_live and self.assignee is not None and self.number % 3 == 0

    def author(self, place: int) -> str:
        from_the_end = self.count - 1 - place
        by_customer = place == 0 or (from_the_end % 2 == 0) == self.ended_by_customer
        return "customer" if by_customer else "staff"


def stories(crew: Crew, size: int) -> Iterator[Story]:
    """The same ones in every run."""
    pool = texts.sayings(random.Random(3))  # noqa: S311
    chance = random.Random(size)  # noqa: S311
    lengths = chance.choices(LENGTHS, LENGTH_WEIGHTS, k=size)
    lengths[-1] = min(LONGEST, size)
    skewed = [1 / (place + 2) for place in range(TEAMS)]
    teams = chance.choices(range(TEAMS), skewed, k=size)
    customers, first, many = _customers(size), 1, len(pool)
    for number, (length, place) in enumerate(zip(lengths, teams, strict=True)):
        luck, other = chance.random(), chance.random()
        agent = crew.agents[place][int(other * 1000) % len(crew.agents[place])]
        status = _status(luck, recent=number > size * 0.97) if number < size - 1 else "open"
        live = status in {"open", "pending", "hold"}
        drawn = [pool[int(many * chance.random() ** 2)] for _ in range(length)]
        if number * 7 % ORDER_EACH < 5:
            drawn[0] = texts.said(f"{drawn[0].text} {texts.order_number(number)}")
        yield Story(
            id=f"{conversation_id(number):032x}",
            number=FIRST_NUMBER + number,
            customer=f"{_customer_id(number * 7919 % customers):032x}",
            team=crew.teams[place],
            assignee=None if live and other < 0.2 else agent,
            agent=agent,
            status=status,
            priority=3 if other > 0.99 else 2 if other > 0.95 else 1,
            began=_moment(number, size),
            first_message=first,
            said=drawn,
            ended_by_customer=status == "open" and luck < 0.9,
        )
        first += length


def _status(luck: float, *, recent: bool) -> str:
    live = 0.5 if recent else 0.005
    if luck > live:
        return "solved" if luck < 0.6 else "closed"
    return "open" if luck < live * 0.6 else "pending" if luck < live * 0.9 else "hold"


def _customers(size: int) -> int:
    return max(10, size * 2 // 5)


NOW = datetime.now(UTC)


def _moment(number: int, size: int) -> datetime:
    return NOW - timedelta(days=DAYS) * ((size - number) / size) - timedelta(hours=1)


def conversation_id(number: int) -> int:
    return _uuid(0x19000000000, number)


def _customer_id(number: int) -> int:
    return _uuid(0x18000000000, number)


def _uuid(epoch: int, number: int) -> int:
    """In order of time, like those that the desk makes; the same in every run."""
    return (epoch + number * 60_000) << 80 | 7 << 76 | 2 << 62 | (number * 0x9E3779B97F4A7C15) % 2**62


def _customer_rows(size: int) -> Iterator[str]:
    from kefu.people.models.customers import new_wrapped_key

    keys = [new_wrapped_key().hex() for _ in range(64)]
    for number in range(_customers(size)):
        at = _moment(number, _customers(size))
        language = "zh-hans" if number % 2 else "en"
        id_, key = _customer_id(number), keys[number % 64]
        yield f"{id_:032x}\t{texts.name(number)}\t{language}\t\\\\x{key}\t{{}}\t\t{at}\n"


def _identity_rows(size: int) -> Iterator[str]:
    """One customer in three left an address."""
    from kefu.people.models import Identity

    value = "00" * 60
    for number in range(_customers(size)):
        index = Identity.index_of("email", email_of(number)).hex()
        id_, owner = _customer_id(number + 2**30), _customer_id(number)
        row = f"{id_:032x}\t{owner:032x}\temail\t\\\\x{value}\t\\\\x{index}\t{NOW}\n"
        yield row if number % 3 == 0 else ""


def email_of(number: int) -> str:
    return f"customer{number}@mail.example"


def _conversation_row(one: Story) -> str:
    team, brand, inbox = one.team
    solved = one.ended if one.status in {"solved", "closed"} else None
    author = one.author(one.count - 1)
    waiting = one.ended if one.status == "open" and author == "customer" else None
    read = one.count if one.is_read else max(0, one.count - 1)
    return _line(
        *(one.id, one.number, brand, inbox, one.customer, team, one.assignee),
        *(one.said[0].text[:60], "", one.status, one.priority, "{}"),
        *(one.began, waiting, one.began + timedelta(minutes=3), solved, one.count, one.count),
        *(one.ended, one.said[-1].text[:140], author, one.count, read, one.count, read),
    )


_PROOF = sha256(b"bench").hexdigest()


def _message_rows(one: Story) -> Iterator[str]:
    inbox = one.team[2]
    for place, said in enumerate(one.said):
        author = one.author(place)
        who = one.customer if author == "customer" else one.agent
        id_, at = one.first_message + place, one.began + timedelta(minutes=3 * (place + 1))
        client_id = f"{id_ * 0x9E3779B97F4A7C15 % 2**128:032x}"
        yield (
            f"{id_}\t{one.id}\t{place + 1}\t{place + 1}\t{client_id}\t{inbox}\treply\t{author}\t{who}"
            f"\t{said.text}\t[]\tf\t\\\\x{_PROOF[:32]}\t\\\\x{_PROOF}\t{at}\n"
        )


def _words_rows(one: Story) -> Iterator[str]:
    for place, said in enumerate(one.said):
        yield f"{one.first_message + place}\t{one.id}\t{said.words}\n"


def _event_rows(one: Story) -> Iterator[str]:
    team, brand, inbox = one.team
    scope = f'"brand": "{brand}", "inbox": "{inbox}", "team": "{team}", "customer": "{UUID(one.customer)}"'
    yield _event(one, one.began, "conversation.started", ("customer", one.customer), f"{{{scope}}}")
    for place in range(one.count):
        at, author = one.began + timedelta(minutes=3 * (place + 1)), one.author(place)
        who = author, one.customer if author == "customer" else one.agent
        message = f'"message": {one.first_message + place}, "seq": {place + 1}, "kind": "reply"'
        yield _event(one, at, "message.posted", who, f"{{{message}, {scope}}}")


def _event(one: Story, at: datetime, kind: str, by: tuple[str, str], data: str) -> str:
    return _line(1, at, kind, "conversation", one.id, *by, data)


def _line(*values: object) -> str:
    return "\t".join("\\N" if value is None else str(value) for value in values) + "\n"
