"""The cast and the database that all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID

import psycopg
import pytest
from django.core.cache import cache
from django.db import connections
from django.utils import translation
from psycopg import sql
from pytest_django import DjangoDbBlocker, Settings

from kefu.conversations import flows, posting
from kefu.conversations.models import Conversation, Inbox
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Customer, Membership, Staff, Team
from kefu.people.roles import Role

PASSWORD = "correct horse battery staple 9"  # noqa: S105


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """The database is made by ``tests.early`` before Django starts."""


@pytest.fixture
def committed(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """For tests that need real commits, several connections or several processes. Everything is emptied afterwards."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()
        empty_everything()
        connections.close_all()


def empty_everything() -> None:
    # A worker that runs on would fall if its row were gone.
    kept = ("django_migrations", "events_era", "django_content_type", "procrastinate_workers")
    with psycopg.connect(os.environ["KEFU_DATABASE_OWNER_URL"], autocommit=True) as db:
        rows = db.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND c.relnamespace = 'public'::regnamespace AND c.relname <> ALL(%s)",
            [list(kept)],
        ).fetchall()
        names = sql.SQL(", ").join(sql.Identifier(row[0]) for row in rows)
        for _ in range(20):
            with suppress(psycopg.errors.DeadlockDetected):  # with a desk that runs on and reads
                db.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names))
                return
        raise AssertionError("the tables could not be emptied")


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """What is said outside a request; a request speaks the language it asks for."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Settings) -> None:
    """Pages are drawn without collecting files first; real desks of the tests collect their own."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture(autouse=True)
def _no_limits_left_over(request: pytest.FixtureRequest) -> None:
    for name in ("committed", "db"):
        if name in request.fixturenames:
            request.getfixturevalue(name)
            cache.clear()
            return


def make_staff(name: str, role: Role, *teams: Team, password: str | None = None) -> Staff:
    staff = Staff(email=f"{name}@desk.test", name=name.title(), alias=name.title(), role=role, language="en")
    if password:
        staff.set_password(password)
    else:
        staff.set_unusable_password()
    staff.save()
    for team in teams:
        Membership.objects.create(staff=staff, team=team)
    return staff


@pytest.fixture
def brand(request: pytest.FixtureRequest) -> Brand:
    _need_database(request)
    return Brand.objects.create(name="Lumo", slug="lumo", language="en")


@pytest.fixture
def other_brand(request: pytest.FixtureRequest) -> Brand:
    _need_database(request)
    return Brand.objects.create(name="Other", slug="other", language="en")


def _need_database(request: pytest.FixtureRequest) -> None:
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")


@pytest.fixture
def support(brand: Brand) -> Team:
    return Team.objects.create(brand=brand, name="Support")


@pytest.fixture
def returns(brand: Brand) -> Team:
    return Team.objects.create(brand=brand, name="Returns")


@pytest.fixture
def foreign_team(other_brand: Brand) -> Team:
    return Team.objects.create(brand=other_brand, name="Elsewhere")


@pytest.fixture
def inbox(brand: Brand, support: Team) -> Inbox:
    return Inbox.objects.create(brand=brand, team=support, name="Website", language="en")


@pytest.fixture
def other_inbox(other_brand: Brand, foreign_team: Team) -> Inbox:
    return Inbox.objects.create(brand=other_brand, team=foreign_team, name="Other site", language="en")


@pytest.fixture
def mei(support: Team) -> Staff:
    """Answers, in Support."""
    return make_staff("mei", Role.AGENT, support, password=PASSWORD)


@pytest.fixture
def omar(returns: Team) -> Staff:
    """Answers, in Returns."""
    return make_staff("omar", Role.AGENT, returns, password=PASSWORD)


@pytest.fixture
def charlie(foreign_team: Team) -> Staff:
    """An agent of another brand, who has no business here."""
    return make_staff("charlie", Role.AGENT, foreign_team, password=PASSWORD)


@pytest.fixture
def senior(support: Team) -> Staff:
    return make_staff("senior", Role.SENIOR, support, password=PASSWORD)


@pytest.fixture
def supervisor(support: Team) -> Staff:
    return make_staff("supervisor", Role.SUPERVISOR, support, password=PASSWORD)


@pytest.fixture
def admin(request: pytest.FixtureRequest) -> Staff:
    _need_database(request)
    return make_staff("admin", Role.ADMIN, password=PASSWORD)


@pytest.fixture
def auditor(request: pytest.FixtureRequest) -> Staff:
    _need_database(request)
    return make_staff("auditor", Role.AUDITOR, password=PASSWORD)


@pytest.fixture
def lin(request: pytest.FixtureRequest) -> Customer:
    """Buys."""
    _need_database(request)
    return Customer.objects.create(name="Lin", language="en")


def begin(customer: Customer, inbox: Inbox, text: str = "Where is my parcel?") -> Conversation:
    return flows.start(customer, inbox, flows.Opening(start_id=uuid7(), text=text))[0]


@pytest.fixture
def parcel_question(lin: Customer, inbox: Inbox) -> Conversation:
    return begin(lin, inbox)


def draft(
    conversation: Conversation,
    author: Customer | Staff,
    text: str,
    *,
    client_id: UUID | None = None,
    kind: str = "reply",
) -> posting.Draft:
    return posting.Draft(
        conversation_id=conversation.pk,
        client_id=client_id or uuid7(),
        author_kind=author.actor_kind,
        author_id=author.pk,
        text=text,
        may=posting.anyone,
        kind=kind,
    )


def says(author: Customer | Staff, text: str, in_: Conversation) -> posting.Posted:
    return posting.post_one(draft(in_, author, text))
