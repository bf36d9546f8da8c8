"""What readers tell authors: comments, searches that found nothing, articles that did not spare a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from kefu.articles.models import Search, Translation, Vote
from kefu.events import log
from kefu.people.models import Staff
from kefu.people.reach import brands_of

DAYS = 90
SHOWN = 50
FEWEST_VOTES = 3


class Dead(NamedTuple):
    """Words that found nothing, how often, and when last."""

    words: str
    language: str
    brand: str
    brand_id: str
    times: int
    last: datetime

    @property
    def language_name(self) -> str:
        return dict(settings.LANGUAGES).get(self.language, self.language)


def comments(staff: Staff, *, settled: bool = False) -> QuerySet[Vote]:
    """Those of readers, waiting or settled, newest first."""
    seen = Vote.objects.filter(translation__in=Translation.objects.visible_to(staff)).exclude(comment="")
    found = seen.filter(settled_at__isnull=not settled)
    return found.select_related("translation__latest", "translation__brand", "version", "settled_by")


@transaction.atomic
def settle(vote: Vote, *, by: Staff) -> None:
    """An author has seen to it. Doing so again changes nothing."""
    vote.refresh_from_db(from_queryset=Vote.objects.select_for_update())
    if vote.settled_at is None:
        vote.settled_at, vote.settled_by = timezone.now(), by
        vote.save(update_fields=["settled_at", "settled_by"])
        log.record("article.comment_settled", vote.translation, by=by, vote=str(vote.pk))


def dead_searches(staff: Staff) -> list[Dead]:
    """Most frequent first; upper and lower case are one."""
    lost = Search.objects.filter(brand__in=brands_of(staff), found=0, at__gte=_since())
    grouped = (
        lost.annotate(asked=Lower("words"))
        .values("asked", "language", "brand", "brand__name")
        .annotate(times=Count("pk"), last=Max("at"))
        .order_by("-times", "-last")[:SHOWN]
    )
    return [
        Dead(
            row["asked"],
            row["language"],
            row["brand__name"],
            str(row["brand"]),
            row["times"],
            row["last"],
        )
        for row in grouped
    ]


def led_to_conversations(staff: Staff) -> Iterable[Translation]:
    """Read shortly before somebody wrote anyway, with ``times`` and ``last``."""
    recent = Q(led__at__gte=_since())
    found = _read(staff).annotate(times=Count("led", filter=recent), last=Max("led__at", filter=recent))
    return found.filter(times__gt=0).order_by("-times", "-last")[:SHOWN]


def least_helpful(staff: Staff) -> Sequence[Translation]:
    """With ``good`` and ``bad``, of those that some have voted on, the largest share of bad first."""
    found = _read(staff).annotate(
        good=Count("votes", filter=Q(votes__helped=True)), bad=Count("votes", filter=Q(votes__helped=False))
    )
    voted = found.filter(bad__gt=0).order_by("-bad")[:500]
    enough = [one for one in voted if one.good + one.bad >= FEWEST_VOTES]
    return sorted(enough, key=_share_of_good)[:SHOWN]


def _read(staff: Staff) -> QuerySet[Translation]:
    seen = Translation.objects.visible_to(staff).filter(article__archived_at=None)
    return seen.select_related("article", "latest", "brand")


def _share_of_good(one: Translation) -> tuple[float, int]:
    good, bad = one.good, one.bad  # type: ignore[attr-defined]
    return good / (good + bad), -bad


def _since() -> datetime:
    return timezone.now() - timedelta(days=DAYS)
