"""The language in an address: only those that the desk speaks."""

from __future__ import annotations

from django.conf import settings


class LanguageConverter:
    regex = "|".join(code for code, _name in settings.LANGUAGES)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        """As the code or as a language of the browser's; ``ValueError`` (no such address) for any other."""
        if value not in dict(settings.LANGUAGES):
            raise ValueError(value)
        return value
