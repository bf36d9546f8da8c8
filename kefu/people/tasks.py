"""Jobs of this room: thin shells around its verbs."""

from __future__ import annotations

from procrastinate import Blueprint

from kefu.people import sweeping

jobs = Blueprint()


@jobs.periodic(cron="41 * * * *")
@jobs.task(name="sweep", queueing_lock="sweep_people")
def sweep(timestamp: int) -> None:
    sweeping.sweep()
