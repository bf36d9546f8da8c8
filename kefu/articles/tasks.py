"""Jobs of this room: thin shells around its verbs."""

from __future__ import annotations

from django.utils import timezone
from procrastinate import Blueprint

from kefu.articles import writing

jobs = Blueprint()


@jobs.periodic(cron="* * * * *")
@jobs.task(name="publish_due_articles", queueing_lock="publish_due_articles")
def publish_due_articles(timestamp: int) -> None:
    writing.publish_due(timezone.now())
