"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from kefu.web import moments

THEMES = ("light", "dark")
THEME_COOKIE = "kefu-theme"


def everywhere(request: HttpRequest) -> dict[str, Any]:
    return {
        "theme": theme_of(request),
        "languages": settings.LANGUAGES,
        "here": request.get_full_path(),
        "ages": moments.words_for_ages(),
    }


def theme_of(request: HttpRequest) -> str:
    """light, dark, or nothing for "as the system has it"."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""
