"""Holding one text while a verb changes it."""

from __future__ import annotations

from kefu.articles.models import Translation


def hold(translation: Translation) -> None:
    """Locked until the transaction ends, and as it is now."""
    translation.refresh_from_db(
        from_queryset=Translation.objects.select_for_update(no_key=True, of=("self",)).select_related(
            "latest"
        )
    )
