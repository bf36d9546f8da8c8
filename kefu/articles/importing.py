"""An import of articles: an upload, and how far it is. It may stop anywhere and goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kefu.articles.exchange import chatwoot, folders, tables, zendesk
from kefu.articles.exchange.shapes import MOST_ARTICLES, MOST_BYTES, Bad, BadUpload, Incoming
from kefu.articles.exchange.taking import Taken, rehearse, take
from kefu.articles.models import ArticleImport, BadArticle, Format, ImportState
from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.lib.ids import secret_token
from kefu.lib.storable import storable
from kefu.people.models import Brand, Refused, Staff

KEPT = timedelta(days=7)
AT_ONCE = 20  # a commit each; a long one would hold up every reader of the log
LONGEST_REASON = 300
READERS: dict[str, Callable[..., list[Incoming | Bad]]] = {
    Format.MARKDOWN: folders.read,
    Format.ZENDESK: zendesk.read,
    Format.CHATWOOT: chatwoot.read,
    Format.CSV: tables.read,
}


def begin(
    brand: Brand, *, shape: Format, content: bytes, file_name: str, publish: bool, dry: bool, by: Staff
) -> ArticleImport:
    """Keep the upload and let a worker read it. ``publish``: what is published there is published here as well."""
    if len(content) > MOST_BYTES:
        raise Refused(_("The file is larger than %d MB.") % (MOST_BYTES // 1024**2))
    name = secret_token()
    stored = default_storage.save(f"imports/{name[:2].lower()}/{name}", ContentFile(content))
    run = ArticleImport(
        brand=brand, format=shape, publish=publish, file=stored, file_name=file_name[:200], dry=dry
    )
    return _queued(run, by)


def take_for_good(rehearsed: ArticleImport, *, by: Staff) -> ArticleImport:
    """The upload of a dry run, this time stored."""
    with transaction.atomic():
        its = ArticleImport.objects.filter(pk=rehearsed.pk, dry=True, state=ImportState.DONE).exclude(file="")
        if not its.update(file=""):
            raise Refused(_("Only a completed dry run can be imported, and only once."))
        same = {
            name: getattr(rehearsed, name) for name in ("brand", "format", "publish", "file", "file_name")
        }
        return _queued(ArticleImport(**same), by)


def go_on_later(run: ArticleImport, *, by: Staff) -> ArticleImport:
    """Again from where it stopped. Raises ``Refused`` when there is nothing to go on with."""
    with transaction.atomic():
        stopped = ArticleImport.objects.filter(pk=run.pk, state=ImportState.STOPPED).exclude(file="")
        if not stopped.update(state=ImportState.WAITING, problem=""):
            raise Refused(_("This import has ended."))
        log.record("article_import.resumed", run, by=by)
        _defer(run)
    return run


def _queued(run: ArticleImport, by: Staff) -> ArticleImport:
    with transaction.atomic():
        run.started_by = by
        run.save()
        log.record("article_import.begun", run, by=by, format=run.format, dry=run.dry)
        _defer(run)
    return run


def _defer(run: ArticleImport) -> None:
    from kefu.articles.tasks import go_on_with_article_import

    go_on_with_article_import.configure(lock=f"articles of {run.brand_id}").defer(run=str(run.pk))


# -- reading it


def go_on(run: ArticleImport) -> None:
    """Read what has not been read. A worker that dies leaves it to the next, which goes on after the last commit."""
    by = run.started_by
    if not run.is_going or by is None:
        return
    with translation.override(by.language):
        try:
            _read(run, by)
        except (BadUpload, OSError) as problem:
            _end(run, ImportState.STOPPED, problem=storable(str(problem))[:LONGEST_REASON])
        except OperationalError:
            raise  # the job is tried again, and goes on
        except Exception:
            _end(run, ImportState.STOPPED, problem=_("Something went wrong on our side."))
            raise


def _read(run: ArticleImport, by: Staff) -> None:
    with default_storage.open(run.file) as opened:
        found = READERS[run.format](opened.read(), language=run.brand.language)
    if len(found) > MOST_ARTICLES:
        raise BadUpload(_("There are more than %d articles in it.") % MOST_ARTICLES)
    run.state, run.total = ImportState.RUNNING, len(found)
    run.save(update_fields=["state", "total"])
    for start in range(run.done, len(found), AT_ONCE):
        _take_some(run, found[start : start + AT_ONCE], by)
    _end(run, ImportState.DONE)
    if not run.dry:
        forget_file(run)


@transaction.atomic
def _take_some(run: ArticleImport, some: Sequence[Incoming | Bad], by: Staff) -> None:
    """The articles and how far the run is are one commit: nothing is counted twice."""
    taken: list[Taken] = []
    bad: list[BadArticle] = []
    for one in some:
        outcome = one if isinstance(one, Bad) else _outcome(run, one, by)
        if isinstance(outcome, Bad):
            bad.append(_bad(run, outcome))
        else:
            taken.append(outcome)
    BadArticle.objects.bulk_create(bad)
    for name in Taken:
        setattr(run, name, getattr(run, name) + taken.count(name))
    run.done, run.bad = run.done + len(some), run.bad + len(bad)
    run.save(update_fields=["done", "bad", *map(str, Taken)])


def _outcome(run: ArticleImport, incoming: Incoming, by: Staff) -> Taken | Bad:
    work = rehearse if run.dry else take
    try:
        return work(run.brand, incoming, source=run.format, publish=run.publish, by=by)
    except Refused as problem:
        return Bad(incoming.place, incoming.key, str(problem))


def _bad(run: ArticleImport, bad: Bad) -> BadArticle:
    reason = storable(bad.reason)[:LONGEST_REASON]
    return BadArticle(run=run, place=storable(bad.place)[:200], key=storable(bad.key)[:200], reason=reason)


def _end(run: ArticleImport, state: ImportState, *, problem: str = "") -> None:
    with transaction.atomic():
        run.state, run.problem, run.ended_at = state, problem, timezone.now()
        run.save(update_fields=["state", "problem", "ended_at"])
        counts = {"created": run.created, "changed": run.changed, "bad": run.bad}
        log.record("article_import.ended", run, by=SYSTEM, state=str(state), **counts)


# -- what is kept of it


def bad_articles(run: ArticleImport) -> Iterator[Sequence[object]]:
    """As a table, with its header."""
    yield [pgettext("article import", "Place"), pgettext("article import", "Key"), _("Reason")]
    for bad in run.bad_articles.order_by("id").iterator(chunk_size=1000):
        yield [bad.place, bad.key, bad.reason]


def forget_file(run: ArticleImport) -> None:
    if run.file:
        default_storage.delete(run.file)
        ArticleImport.objects.filter(pk=run.pk).update(file="")
        run.file = ""


def sweep(older_than: timedelta = KEPT) -> int:
    """Take away the uploads of dry and stopped runs that nobody came back to; answers how many."""
    old = ArticleImport.objects.filter(created_at__lt=timezone.now() - older_than).exclude(file="")
    left = list(old.exclude(state__in=[ImportState.WAITING, ImportState.RUNNING]))
    for run in left:
        forget_file(run)
    return len(left)
