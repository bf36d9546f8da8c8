"""Jobs of this room: thin shells around its verbs."""

from __future__ import annotations

from procrastinate import Blueprint, RetryStrategy

from kefu.events import deliveries, keeping
from kefu.events.models import Delivery

jobs = Blueprint()


@jobs.task(
    name="send_delivery", retry=RetryStrategy(max_attempts=deliveries.MOST_ATTEMPTS, exponential_wait=20)
)
def send_delivery(delivery: str) -> None:
    deliveries.send(Delivery.objects.get(pk=delivery))


@jobs.periodic(cron="17 3 * * *")
@jobs.task(name="keep_the_log", queueing_lock="keep_the_log")
def keep_the_log(timestamp: int) -> None:
    keeping.keep_the_log()
