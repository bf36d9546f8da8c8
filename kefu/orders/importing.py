"""An import: a file, a mapping, and how far it is. It may stop anywhere and goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kefu.events import log
from kefu.events.actors import SYSTEM, Actor
from kefu.lib.ids import secret_token
from kefu.lib.storable import storable
from kefu.orders.files import MOST_BYTES, BadFile, Record, records
from kefu.orders.incoming import Incoming, IncomingCustomer, IncomingOrder
from kefu.orders.mapping import BadMapping, MappingOf, mapping_of
from kefu.orders.models import BadRow, ImportRun, OrderSource, RunState, What
from kefu.orders.taking import AT_ONCE, Taken, rehearse, take
from kefu.people.models import Refused, Staff

KEPT = timedelta(days=7)
LONGEST_REASON = 300


def begin(
    source: OrderSource, *, what: str, content: bytes, file_name: str, dry: bool, by: Staff
) -> ImportRun:
    """Keep the file and let a worker read it. Raises ``Refused``."""
    if len(content) > MOST_BYTES:
        raise Refused(_("The file is larger than %d MB.") % (MOST_BYTES // 1024**2))
    if what not in source.mapping:
        raise Refused(_("The mapping does not say how %s are read.") % What(what).label)
    name = secret_token()
    stored = default_storage.save(f"imports/{name[:2].lower()}/{name}", ContentFile(content))
    return _queued(ImportRun(source=source, what=what, file=stored, file_name=file_name[:200], dry=dry), by)


def take_for_good(rehearsed: ImportRun, *, by: Staff) -> ImportRun:
    """The file of a dry run, this time stored."""
    with transaction.atomic():
        its = ImportRun.objects.filter(pk=rehearsed.pk, dry=True, state=RunState.DONE).exclude(file="")
        if not its.update(file=""):
            raise Refused(_("Only a completed dry run can be imported, and only once."))
        same = {name: getattr(rehearsed, name) for name in ("source", "what", "file", "file_name")}
        return _queued(ImportRun(**same), by)


def go_on_later(run: ImportRun, *, by: Actor) -> None:
    """Again from where it stopped. Raises ``Refused`` when there is nothing to go on with."""
    if run.state != RunState.STOPPED or not run.file:
        raise Refused(_("This import has ended."))
    with transaction.atomic():
        ImportRun.objects.filter(pk=run.pk, state=RunState.STOPPED).update(state=RunState.WAITING, problem="")
        log.record("import.resumed", run, by=by)
        _defer(run)


def _queued(run: ImportRun, by: Staff) -> ImportRun:
    with transaction.atomic():
        run.started_by = by
        run.save()
        log.record("import.begun", run, by=by, what=run.what, dry=run.dry)
        _defer(run)
    return run


def _defer(run: ImportRun) -> None:
    from kefu.orders.tasks import go_on_with_import

    go_on_with_import.configure(lock=f"import {run.source_id}").defer(run=str(run.pk))


# -- reading it


def go_on(run: ImportRun) -> None:
    """Read what has not been read. A worker that dies leaves it to the next, which goes on after the last commit."""
    if not run.is_going:
        return
    language = run.started_by.language if run.started_by else "en"
    with translation.override(language):
        try:
            _read(run)
        except (BadFile, BadMapping, OSError) as problem:
            _end(run, RunState.STOPPED, problem=storable(str(problem))[:300])
        except OperationalError:
            raise  # the job is tried again, and goes on
        except Exception:
            _end(run, RunState.STOPPED, problem=_("Something went wrong on our side."))
            raise


def _read(run: ImportRun) -> None:
    mapping = mapping_of(run.source.mapping)
    with default_storage.open(run.file) as opened:
        found = records(opened.read(), mapping.rows[run.what])
    run.state, run.total = RunState.RUNNING, len(found)
    run.save(update_fields=["state", "total"])
    for start in range(run.done, len(found), AT_ONCE):
        _take_some(run, mapping, found[start : start + AT_ONCE])
    _end(run, RunState.DONE)
    if not run.dry:
        forget_file(run)


@transaction.atomic
def _take_some(run: ImportRun, mapping: MappingOf, some: Sequence[Record]) -> None:
    """The rows and how far the run is are one commit: nothing is counted twice."""
    good: list[tuple[Record, Incoming]] = []
    bad: list[BadRow] = []
    for record in some:
        row = _mapped(run, mapping, record)
        if isinstance(row, list):
            bad += [_bad(run, line, record.key, reason) for line, reason in row]
        else:
            good.append((record, row))
    work = rehearse if run.dry else take
    taken = work(run.source, [row for _record, row in good], by=run.started_by or SYSTEM)
    bad += [_bad(run, good[one.place][0].line, _key(*good[one.place]), one.reason) for one in taken.bad]
    BadRow.objects.bulk_create(bad)
    _count(run, taken, rows=len(some), bad=len(some) - len(good) + len(taken.bad))


def _mapped(run: ImportRun, mapping: MappingOf, record: Record) -> Incoming | list[tuple[int, str]]:
    if record.problem:
        return [(record.line, record.problem)]
    return mapping.read(run.what, record.value, line=record.line, key=record.key)


def _key(record: Record, row: Any) -> str:
    if isinstance(row, IncomingOrder):
        return row.external_no
    return str(row.user_id if isinstance(row, IncomingCustomer) else row.external_id or row.model_no)


def _bad(run: ImportRun, line: int, key: Any, reason: str) -> BadRow:
    named = "" if key is None else storable(str(key))[:80]
    return BadRow(run=run, line=line, key=named, reason=storable(reason)[:LONGEST_REASON])


def _count(run: ImportRun, taken: Taken, *, rows: int, bad: int) -> None:
    counted = {"done": rows, "created": taken.created, "changed": taken.changed, "unchanged": taken.unchanged}
    for name, more in {**counted, "bad": bad}.items():
        setattr(run, name, getattr(run, name) + more)
    run.save(update_fields=[*counted, "bad"])


def _end(run: ImportRun, state: RunState, *, problem: str = "") -> None:
    with transaction.atomic():
        run.state, run.problem, run.ended_at = state, problem, timezone.now()
        run.save(update_fields=["state", "problem", "ended_at"])
        log.record(
            "import.ended",
            run,
            by=SYSTEM,
            state=str(state),
            created=run.created,
            changed=run.changed,
            bad=run.bad,
        )


# -- what is kept of it


def bad_rows(run: ImportRun) -> Iterator[Sequence[object]]:
    """As a table, with its header."""
    yield [_("Line"), _("Row"), _("Reason")]
    for bad in run.bad_rows.order_by("line", "id").iterator(chunk_size=1000):
        yield [bad.line, bad.key, bad.reason]


def forget_file(run: ImportRun) -> None:
    """It names customers, and has served."""
    if run.file:
        default_storage.delete(run.file)
        ImportRun.objects.filter(pk=run.pk).update(file="")
        run.file = ""


def sweep(older_than: timedelta = KEPT) -> int:
    """Take away the files of dry runs and stopped runs that nobody came back to; answers how many."""
    going = Q(state__in=[RunState.WAITING, RunState.RUNNING])
    old = Q(created_at__lt=timezone.now() - older_than)
    left = list(ImportRun.objects.filter(old & ~going).exclude(file=""))
    for run in left:
        forget_file(run)
    return len(left)
