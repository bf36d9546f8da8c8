"""Jobs of this room: thin shells around its verbs."""

from __future__ import annotations

from procrastinate import Blueprint, RetryStrategy

from kefu.orders import importing
from kefu.orders.models import ImportRun

jobs = Blueprint()


@jobs.task(name="go_on_with_import", retry=RetryStrategy(max_attempts=3, exponential_wait=10))
def go_on_with_import(run: str) -> None:
    importing.go_on(ImportRun.objects.select_related("source", "started_by").get(pk=run))


@jobs.periodic(cron="41 3 * * *")
@jobs.task(name="sweep_imports", queueing_lock="sweep_imports")
def sweep_imports(timestamp: int) -> None:
    importing.sweep()
