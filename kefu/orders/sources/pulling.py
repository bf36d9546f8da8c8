"""Pulling from a shop: page after page, each stored in one commit with the place where the next begins."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate.exceptions import AlreadyEnqueued

from kefu.events.actors import SYSTEM
from kefu.lib import http
from kefu.orders.incoming import Incoming
from kefu.orders.models import BadRow, ImportRun, OrderSource, RunState
from kefu.orders.taking import take

SECONDS = 30.0
MOST_BYTES = 16 * 1024 * 1024
KEYS = {"Authorization", "X-Shopify-Access-Token"}
MOST_PAGES = 200  # of one pull; the next goes on


class ShopFailed(Exception):
    """The shop did not give what it was asked for; the text is a sentence for the settings page."""


@dataclass(frozen=True, slots=True)
class Found:
    """A row of a page: in the normal form, or what is wrong with it."""

    key: str
    row: Incoming | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """``cursor`` is where the next page, or the next pull, begins."""

    found: Sequence[Found]
    cursor: dict[str, Any]
    more: bool


PageOf = Callable[[OrderSource, dict[str, Any]], Page]


@dataclass(slots=True)
class _Progress:
    """The run is written down with the first row: a pull that finds nothing leaves no trace."""

    source: OrderSource
    what: str
    run: ImportRun | None = field(default=None)

    def of(self) -> ImportRun:
        if self.run is None:
            self.run = ImportRun.objects.create(source=self.source, what=self.what, state=RunState.RUNNING)
        return self.run


def pull(source: OrderSource, what: str, page_of: PageOf) -> ImportRun | None:
    """Until the shop has no more. What went wrong is kept with the run, and the next pull begins where this ended."""
    progress = _Progress(source, what)
    with translation.override(source.brand.language):
        _close_left_over(source)
        try:
            for _number in range(MOST_PAGES):
                page = page_of(source, source.cursor.get(what, {}))
                _take(progress, page)
                if not page.more:
                    break
        except ShopFailed as problem:
            _fail(progress, str(problem))
        else:
            _end(progress.run, RunState.DONE)
    return progress.run


@transaction.atomic
def _take(progress: _Progress, page: Page) -> None:
    source = progress.source
    if page.found:
        store(progress.of(), page.found)
    if page.cursor != source.cursor.get(progress.what):
        source.cursor = {**source.cursor, progress.what: page.cursor}
        source.save(update_fields=["cursor"])


def store(run: ImportRun, found: Sequence[Found]) -> None:
    """Take rows and note with the run what became of them."""
    good = [one for one in found if one.row is not None]
    taken = take(run.source, [one.row for one in good if one.row is not None], by=SYSTEM)
    bad = [(one.key, reason) for one in found for reason in one.problems]
    bad += [(good[one.place].key, one.reason) for one in taken.bad]
    BadRow.objects.bulk_create(
        BadRow(run=run, line=0, key=key.replace("\0", "")[:80], reason=reason.replace("\0", "")[:300])
        for key, reason in bad
    )
    run.done += len(found)
    run.created, run.changed = run.created + taken.created, run.changed + taken.changed
    run.unchanged += taken.unchanged
    run.bad += len(found) - len(good) + len(taken.bad)
    run.save(update_fields=["done", "created", "changed", "unchanged", "bad"])


def _close_left_over(source: OrderSource) -> None:
    """Of a worker that died in the middle: its rows are stored, and this pull goes on behind them."""
    left = source.runs.filter(file="", state=RunState.RUNNING)
    left.update(
        state=RunState.STOPPED,
        problem=_("It was interrupted; the next one continued."),
        ended_at=timezone.now(),
    )


def _fail(progress: _Progress, problem: str) -> None:
    """A shop that is away for hours is one line in the list, not one every few minutes."""
    latest = progress.source.runs.order_by("-created_at").first()
    if progress.run is None and latest and (latest.state, latest.problem) == (RunState.STOPPED, problem):
        ImportRun.objects.filter(pk=latest.pk).update(ended_at=timezone.now())
    else:
        run = progress.of()
        run.problem = problem[:300]
        _end(run, RunState.STOPPED)


def _end(run: ImportRun | None, state: RunState) -> None:
    if run is not None:
        run.state, run.ended_at = state, timezone.now()
        run.save(update_fields=["state", "problem", "ended_at"])


# -- asking


def ask(method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"") -> Any:
    """The JSON that the shop answers. Raises ``ShopFailed`` with a sentence."""
    if KEYS & headers.keys() and not _is_private(url):
        raise ShopFailed(
            _("The shop's address must begin with https://, since the key goes with every call.")
        )
    try:
        answer = http.request(
            method, url, headers=headers, content=content, seconds=SECONDS, most_bytes=MOST_BYTES
        )
    except http.Refused as problem:
        raise ShopFailed(_("The shop's address cannot be reached from here.")) from problem
    except http.Unanswered as problem:
        raise ShopFailed(_("The shop did not answer in time.")) from problem
    _check(answer.status)
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as problem:
        raise ShopFailed(_("The shop's answer is not JSON.")) from problem


def _is_private(url: str) -> bool:
    """Nobody between us and the shop can read what is sent: by TLS, or in a network that is our own."""
    address = urlsplit(url)
    with suppress(ValueError):
        host = ip_address(address.hostname or "")
        return address.scheme == "https" or any(
            host in ip_network(one) for one in settings.KEFU_OUTBOUND_NETWORKS
        )
    return address.scheme == "https"


def _check(status: int) -> None:
    if status in (401, 403):
        raise ShopFailed(_("The shop does not accept our token."))
    if status == 404:
        raise ShopFailed(_("There is nothing at the shop's address."))
    if status == 429:
        raise ShopFailed(_("The shop asks us to wait; the next pull continues."))
    if status != 200:
        raise ShopFailed(_("The shop answered with an error (%d).") % status)


def fetch_soon(source: OrderSource, external_id: str) -> None:
    """Ask for one order, once however often the shop says that it changed before a worker comes to it."""
    from kefu.orders.tasks import fetch_order

    key = f"fetch {source.pk} {external_id}"
    with suppress(AlreadyEnqueued), transaction.atomic():
        fetch_order.configure(queueing_lock=key).defer(source=str(source.pk), external_id=external_id)


def fetched(source: OrderSource, found: Found) -> None:
    """Store one order that was asked for. What is wrong with it is kept as a run of its own."""
    with translation.override(source.brand.language), transaction.atomic():
        problems = found.problems or tuple(
            bad.reason for bad in take(source, [found.row] if found.row else [], by=SYSTEM).bad
        )
        if problems:
            run = ImportRun.objects.create(source=source, state=RunState.RUNNING)
            store(run, [Found(found.key, problems=problems)])
            _end(run, RunState.DONE)
