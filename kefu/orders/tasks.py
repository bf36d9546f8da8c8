"""Jobs of this room: thin shells around its verbs."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from procrastinate import Blueprint, RetryStrategy
from procrastinate.exceptions import AlreadyEnqueued

from kefu.orders import asking, importing
from kefu.orders.models import ImportRun, OrderSource, TrackingService
from kefu.orders.sources import kinds

jobs = Blueprint()


@jobs.task(name="go_on_with_import", retry=RetryStrategy(max_attempts=3, exponential_wait=10))
def go_on_with_import(run: str) -> None:
    importing.go_on(ImportRun.objects.select_related("source", "started_by").get(pk=run))


@jobs.task(name="pull_orders")
def pull_orders(source: str) -> None:
    kinds.pull(OrderSource.objects.select_related("brand").get(pk=source))


@jobs.task(name="fetch_order", retry=RetryStrategy(max_attempts=5, exponential_wait=10))
def fetch_order(source: str, external_id: str) -> None:
    kinds.fetch(OrderSource.objects.select_related("brand").get(pk=source), external_id)


@jobs.task(name="ask_carriers")
def ask_carriers(service: str) -> None:
    asking.ask_for_due(TrackingService.objects.get(pk=service))


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name="pull_from_shops", queueing_lock="pull_from_shops")
def pull_from_shops(timestamp: int) -> None:
    for source in kinds.pullable():
        pull_soon(source)


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="ask_all_carriers", queueing_lock="ask_all_carriers")
def ask_all_carriers(timestamp: int) -> None:
    for service in asking.askable():
        with suppress(AlreadyEnqueued), transaction.atomic():
            ask_carriers.configure(queueing_lock=f"ask {service.pk}").defer(service=str(service.pk))


@jobs.periodic(cron="41 3 * * *")
@jobs.task(name="sweep_imports", queueing_lock="sweep_imports")
def sweep_imports(timestamp: int) -> None:
    importing.sweep()


def pull_soon(source: OrderSource) -> None:
    """One at a time for each shop, and never beside an import of the same source."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        turn = pull_orders.configure(queueing_lock=f"pull {source.pk}", lock=f"import {source.pk}")
        turn.defer(source=str(source.pk))
