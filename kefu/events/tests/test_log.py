from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from kefu.database.plain import plain_connection
from kefu.events import era, log, readers
from kefu.events.actors import SYSTEM
from kefu.events.log import Cursor, Entry
from kefu.events.models import Parked, SubjectId
from kefu.events.readers import Reader
from kefu.lib.ids import uuid7


def settled(after: Cursor, count: int, seconds: float = 20) -> list[str]:
    """The kinds of what is settled, once there are so many: other databases of the cluster may hold the horizon back."""
    until = time.monotonic() + seconds
    while len(found := log.settled_after(after, 10)) < count and time.monotonic() < until:
        time.sleep(0.02)
    return [entry.kind for entry in found]


def read(reader: Reader, until: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        if not readers.step(reader, at_once=3):
            time.sleep(0.02)


def happens(kind: str = "test.happened", **data: object) -> SubjectId:
    subject = SubjectId("test", uuid7())
    log.record(kind, subject, by=SYSTEM, **data)
    return subject


@pytest.mark.parametrize("change", ["UPDATE events_event SET kind = 'x'", "DELETE FROM events_event"])
@pytest.mark.parametrize("table", ["events_event", "events_audit"])
def test_nobody_changes_what_has_happened(db: None, change: str, table: str) -> None:
    happens()
    log.audit("test.looked", None, by=SYSTEM)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.replace("events_event", table))


@pytest.mark.usefixtures("committed")
def test_not_even_the_owner_changes_what_has_happened() -> None:
    happens()
    with psycopg.connect(os.environ["KEFU_DATABASE_OWNER_URL"]) as owner, pytest.raises(psycopg.Error):
        owner.execute("UPDATE events_event SET kind = 'x'")


def test_the_web_role_cannot_empty_the_log(db: None) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE events_event")


def test_an_event_of_a_month_without_a_partition_is_kept_all_the_same(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_event (era, at, kind, subject_kind, subject_id, actor_kind)"
            " VALUES (1, '2001-05-05', 'test.old', 'test', gen_random_uuid(), 'system') RETURNING tableoid::regclass::text"
        )
        assert cursor.fetchone() == ("events_event_rest",)


@pytest.fixture
def slow_writer(committed: None) -> Iterator[psycopg.Connection]:
    """Somebody whose transaction began before ours and commits after it."""
    with plain_connection() as other:
        other.execute("SELECT pg_current_xact_id()")
        yield other
        other.rollback()


def _write(other: psycopg.Connection, kind: str) -> None:
    other.execute(
        "INSERT INTO events_event (era, kind, subject_kind, subject_id, actor_kind)"
        " VALUES ((SELECT max(number) FROM events_era), %s, 'test', gen_random_uuid(), 'system')",
        [kind],
    )


def test_a_late_commit_is_never_skipped(slow_writer: psycopg.Connection) -> None:
    begin = log.horizon()
    _write(slow_writer, "test.early_but_late")
    happens("test.quick")
    assert log.settled_after(begin, 10) == []
    slow_writer.commit()
    assert settled(begin, 2) == ["test.early_but_late", "test.quick"]


def test_what_was_rolled_back_never_happened(slow_writer: psycopg.Connection) -> None:
    begin = log.horizon()
    _write(slow_writer, "test.never")
    happens("test.quick")
    slow_writer.rollback()
    assert settled(begin, 1) == ["test.quick"]


@pytest.mark.usefixtures("committed")
def test_a_reader_reads_everything_once_and_keeps_its_place() -> None:
    heard: list[int] = []
    reader = Reader("test", {"test.happened"}, lambda entries: heard.extend(e.data["n"] for e in entries))
    for n in range(7):
        happens(n=n)
    happens("test.other")
    read(reader, lambda: len(heard) == 7)
    happens(n=7)
    read(reader, lambda: len(heard) == 8)
    assert heard == list(range(8))


@pytest.mark.usefixtures("committed")
def test_a_poisonous_event_is_set_aside_and_the_next_goes_on() -> None:
    heard: list[int] = []

    def react(entries: list[Entry]) -> None:
        if any(entry.data["n"] == 1 for entry in entries):
            raise ValueError("cannot digest this")
        heard.extend(entry.data["n"] for entry in entries)

    reader = Reader("test", {"test.happened"}, react)
    for n in range(3):
        happens(n=n)
    read(reader, lambda: 2 in heard)
    assert heard == [0, 2]
    parked = Parked.objects.get()
    assert "cannot digest this" in parked.error


@pytest.mark.usefixtures("committed")
def test_a_parked_event_can_be_tried_again() -> None:
    works = False

    def react(entries: list[Entry]) -> None:
        if not works:
            raise ValueError("not yet")

    reader = Reader("test again", {"test.happened"}, react)
    readers.introduce([reader])
    happens()
    read(reader, Parked.objects.exists)
    assert not readers.try_again(Parked.objects.get())
    assert Parked.objects.get().attempts == 2
    works = True
    assert readers.try_again(Parked.objects.get())
    assert not Parked.objects.exists()
    del readers.known["test again"]


@pytest.mark.usefixtures("committed")
def test_rows_of_an_older_era_lie_below_the_horizon() -> None:
    """A restored cluster's transaction ids begin low: what was written before must still come first, and all of it."""
    from kefu.events.models import Era

    begin = Cursor(1, 0, 0)
    happens("test.before")
    with plain_connection(autocommit=True) as db:
        # What a dump brings from a cluster that had counted further than this one.
        db.execute(
            "INSERT INTO events_event (era, xid, kind, subject_kind, subject_id, actor_kind)"
            " VALUES (1, '99999999999', 'test.far', 'test', gen_random_uuid(), 'system')"
        )
    assert settled(begin, 1) == ["test.before"]
    raised = era.raise_era("restored")
    happens("test.after")
    assert settled(begin, 3) == ["test.before", "test.far", "test.after"]
    assert not era.may_send()
    Era.objects.filter(number=raised.number).delete()


@pytest.mark.parametrize(
    "text", ["", "1", "1-2", "1-2-3-4", "a-b-c", "-1-2-3", "1-2-٣", "1-2-99999999999999999999"]
)
def test_a_cursor_that_nobody_handed_out_is_not_understood(text: str) -> None:
    assert Cursor.parse(text) is None


def test_a_cursor_comes_back_as_it_went() -> None:
    assert Cursor.parse(str(Cursor(3, 12345, 678))) == Cursor(3, 12345, 678)
