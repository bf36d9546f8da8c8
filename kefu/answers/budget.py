"""What the model may cost a day. Reserved before a call leaves, so that many at once cannot spend more together."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from kefu.answers.models import Endpoint, Spent

_RESERVE = """
INSERT INTO answers_spent AS s (day, calls, tokens)
SELECT %(day)s, 1, %(tokens)s WHERE %(calls_a_day)s >= 1 AND %(tokens)s <= %(tokens_a_day)s
ON CONFLICT (day) DO UPDATE SET calls = s.calls + 1, tokens = s.tokens + %(tokens)s
WHERE s.calls < %(calls_a_day)s AND s.tokens + %(tokens)s <= %(tokens_a_day)s
"""
_CORRECT = "UPDATE answers_spent SET tokens = greatest(tokens + %s, 0) WHERE day = %s"


def reserve(endpoint: Endpoint, tokens: int) -> bool:
    """Whether the day has room for one more call of at most so many tokens."""
    with connection.cursor() as db:
        db.execute(
            _RESERVE,
            {
                "day": timezone.now().date(),
                "tokens": tokens,
                "calls_a_day": endpoint.calls_a_day,
                "tokens_a_day": endpoint.tokens_a_day,
            },
        )
        return bool(db.rowcount == 1)


def correct(by: int) -> None:
    """What a call did not use after all; one that ended after midnight is counted for the day that it ended on."""
    with connection.cursor() as db:
        db.execute(_CORRECT, [by, timezone.now().date()])


def today() -> Spent:
    day = timezone.now().date()
    return Spent.objects.filter(day=day).first() or Spent(day=day)
