"""How often each text is read: distinct readers a day, counted without keeping who they were."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from kefu.articles.models import DayOfReading, Translation
from kefu.database import limits
from kefu.people.models import Brand

LATELY = timedelta(days=30)
FEWEST = 5
MOST = 30
KEPT_SECONDS = 600
DAY_SECONDS = 24 * 3600

COUNT = """
    INSERT INTO articles_dayofreading AS d (translation_id, day, readers) VALUES (%s, %s, 1)
    ON CONFLICT (translation_id, day) DO UPDATE SET readers = d.readers + 1
"""

_known: dict[UUID, tuple[float, list[UUID]]] = {}


def note(translation: Translation, *, reader: str) -> None:
    """``reader`` is a digest by which the same one is known again for a day, and counted once in it."""
    if limits.hit(f"article read {translation.pk} {reader}", limit=1, per=DAY_SECONDS):
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [translation.pk, timezone.now().date()])


def most_read(brand: Brand) -> list[UUID]:
    """Articles with five readers or more in thirty days, in any language, the most read first.

    Remembered by each process for ten minutes.
    """
    until, found = _known.get(brand.pk, (0.0, []))
    if until <= monotonic():
        found = _most_read(brand)
        _known[brand.pk] = (monotonic() + KEPT_SECONDS, found)
    return found


def sweep(now: datetime) -> int:
    """Days that nothing asks for any more."""
    return DayOfReading.objects.filter(day__lt=(now - LATELY).date()).delete()[0]


def _most_read(brand: Brand) -> list[UUID]:
    lately = DayOfReading.objects.filter(translation__brand=brand, day__gt=(timezone.now() - LATELY).date())
    counted = lately.values("translation__article").annotate(total=Sum("readers")).filter(total__gte=FEWEST)
    ordered = counted.order_by("-total", "translation__article")
    return list(ordered.values_list("translation__article", flat=True)[:MOST])
