"""Jobs of this room: thin shells around its verbs."""

from __future__ import annotations

from procrastinate import Blueprint

from kefu.conversations import files

jobs = Blueprint()


@jobs.periodic(cron="23 * * * *")
@jobs.task(name="sweep_unsent_files", queueing_lock="sweep_unsent_files")
def sweep_unsent_files(timestamp: int) -> None:
    files.sweep_unsent()
