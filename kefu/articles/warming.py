"""Makes the indexes when a process begins to serve, so that no customer waits for the first one."""

from __future__ import annotations

import logging
from threading import Event
from uuid import UUID

from django.db import DatabaseError, connection
from django.db.models import Count

from kefu.articles import fresh
from kefu.articles.models import Translation

AFTER = 1.0  # what is asked for at once, as the start page is, comes first

logger = logging.getLogger(__name__)


def warm(stop: Event) -> None:
    """One brand after the other, those that tell most first, until all are made or ``stop`` is set. Whoever searches
    meanwhile is answered as ``search`` says.
    """
    if stop.wait(AFTER):
        return
    try:
        for brand in _with_articles():
            if not stop.is_set():
                fresh.shelf(brand).prepare(stop)
    except DatabaseError:
        logger.warning("The indexes of the help centres are made at the first search: the database is away.")
    finally:
        connection.close()


def _with_articles() -> list[UUID]:
    live = Translation.objects.filter(live__isnull=False).values("brand").annotate(told=Count("pk"))
    return [*live.order_by("-told").values_list("brand", flat=True)[: fresh.MOST_BRANDS]]
