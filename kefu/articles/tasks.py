"""Jobs of this room: thin shells around its verbs."""

from __future__ import annotations

from django.utils import timezone
from procrastinate import Blueprint, RetryStrategy

from kefu.articles import importing, reading, writing
from kefu.articles.models import ArticleImport

jobs = Blueprint()


@jobs.periodic(cron="* * * * *")
@jobs.task(name="publish_due_articles", queueing_lock="publish_due_articles")
def publish_due_articles(timestamp: int) -> None:
    writing.publish_due(timezone.now())


@jobs.task(name="go_on_with_article_import", retry=RetryStrategy(max_attempts=3, exponential_wait=10))
def go_on_with_article_import(run: str) -> None:
    importing.go_on(ArticleImport.objects.select_related("brand", "started_by").get(pk=run))


@jobs.periodic(cron="47 3 * * *")
@jobs.task(name="sweep_article_imports", queueing_lock="sweep_article_imports")
def sweep_article_imports(timestamp: int) -> None:
    importing.sweep()


@jobs.periodic(cron="17 4 * * *")
@jobs.task(name="sweep_days_of_reading", queueing_lock="sweep_days_of_reading")
def sweep_days_of_reading(timestamp: int) -> None:
    reading.sweep(timezone.now())
