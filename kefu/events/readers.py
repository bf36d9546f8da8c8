"""Functions that must miss nothing: each reads the log in commit order and keeps its place in the table.

What a function changes and its cursor are one transaction, so a crash repeats the step or not at all. An event that a
function fails on is parked with its reason and the next goes on; a broken database is nobody's fault and parks nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection, transaction

from kefu.events import log
from kefu.events.log import COLUMNS, Cursor, Entry
from kefu.events.models import Parked
from kefu.events.models import Reader as Place

AT_ONCE = 500

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    """``react`` is given events of the kinds it ``hears``, in order, at least once: its effect is idempotent."""

    name: str
    hears: Set[str]
    react: Callable[[list[Entry]], None]


known: dict[str, Reader] = {}


def introduce(readers: Iterable[Reader]) -> None:
    """At start: who reads, so that a parked event finds its function again."""
    known.update({reader.name: reader for reader in readers})


def read_all() -> None:
    """Until nobody finds anything new. Another worker's reader is left to it."""
    found = True
    while found:
        found = sum(step(reader) for reader in known.values()) > 0


def step(reader: Reader, at_once: int = AT_ONCE) -> int:
    """Read on by up to ``at_once`` events; answers how many there were."""
    Place.objects.bulk_create([Place(name=reader.name)], ignore_conflicts=True)
    with transaction.atomic():
        place = Place.objects.select_for_update(skip_locked=True).filter(name=reader.name).first()
        if place is None:
            return 0
        found = log.settled_after(Cursor(place.era, place.xid, place.last_id), at_once)
        if found:
            _tell(reader, [entry for entry in found if entry.kind in reader.hears])
            place.era, place.xid, place.last_id = found[-1].era, found[-1].xid, found[-1].id
            place.save()
    return len(found)


def _tell(reader: Reader, entries: list[Entry]) -> None:
    if not entries:
        return
    try:
        with transaction.atomic():
            reader.react(entries)
    except (OperationalError, InterfaceError):
        raise
    except Exception as problem:
        if len(entries) > 1:
            for entry in entries:
                _tell(reader, [entry])
        else:
            _park(reader, entries[0], problem)


def _park(reader: Reader, entry: Entry, problem: Exception) -> None:
    logger.exception("an event was set aside", extra={"reader": reader.name, "event": entry.id})
    Parked.objects.update_or_create(
        reader=reader.name,
        event_id=entry.id,
        defaults={"kind": entry.kind, "error": f"{type(problem).__name__}: {problem}"[:2000]},
    )


def try_again(parked: Parked) -> bool:
    """One more attempt at an event that was set aside; True when it worked and the entry is gone, by whomever."""
    with transaction.atomic():
        locked = Parked.objects.select_for_update().filter(pk=parked.pk).first()
        if locked is None:
            return True
        parked = locked
        entry, reader = _entry(parked.event_id), known.get(parked.reader)
        if entry is None or reader is None:
            parked.error = "the event or its reader is no longer there"
            parked.save(update_fields=["error"])
            return False
        try:
            with transaction.atomic():
                reader.react([entry])
        except Exception as problem:
            parked.attempts += 1
            parked.error = f"{type(problem).__name__}: {problem}"[:2000]
            parked.save(update_fields=["attempts", "error"])
            return False
        parked.delete()
        return True


def _entry(event_id: int) -> Entry | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM events_event WHERE id = %s", [event_id])  # noqa: S608
        return next(iter(log.entries(cursor.fetchall())), None)
