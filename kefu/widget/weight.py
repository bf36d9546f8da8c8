"""What the chat costs a brand's page; ``python -m kefu.widget.weight`` fails when it is too much."""

from __future__ import annotations

import gzip
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kefu.conversations.models import Inbox

LAUNCHER_LIMIT = 5_000
CHAT_LIMIT = 45_000

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static" / "widget"
KEFU = HERE.parent
FROM_OTHER_ROOMS = ("web/static/css/tokens.css", "privacy/static/privacy/masking.js")


def main() -> int:
    launcher, chat = launcher_weight(), chat_weights()
    total = sum(chat.values())
    for name, bytes_ in sorted(chat.items(), key=lambda item: -item[1]):
        print(f"{bytes_:>7,}  {name}")
    print(f"{launcher:>7,}  launcher, of {LAUNCHER_LIMIT:,} bytes")
    print(f"{total:>7,}  opened chat, of {CHAT_LIMIT:,} bytes")
    too_heavy = [
        f"The {what} weighs {weight:,} bytes gzipped; {limit:,} is the limit."
        for what, weight, limit in (
            ("launcher", launcher, LAUNCHER_LIMIT),
            ("opened chat", total, CHAT_LIMIT),
        )
        if weight > limit
    ]
    for sentence in too_heavy:
        print(sentence, file=sys.stderr)
    return 1 if too_heavy else 0


def launcher_weight() -> int:
    """With the settings that the server appends to it."""
    from kefu.widget.views import launcher_script

    return max(gzipped(launcher_script(_inbox(language))) for language in ("en", "zh-hans"))


def chat_weights() -> dict[str, int]:
    """Everything that an opened chat fetches before the first word, each file by itself."""
    files = [*sorted((STATIC / "chat").iterdir()), *(KEFU / name for name in FROM_OTHER_ROOMS)]
    weights = {str(file.relative_to(KEFU)): gzipped(file.read_text()) for file in files}
    weights["page"] = max(gzipped(page) for page in _pages())
    return weights


def gzipped(text: str) -> int:
    return len(gzip.compress(text.encode(), 9, mtime=0))


def _pages() -> Iterator[str]:
    from django.template.loader import render_to_string
    from django.utils import translation

    from kefu.widget.views import config_for

    for language in ("en", "zh-hans"):
        with translation.override(language):
            config = config_for(_inbox(language), language, "https://www.shop.example")
            page = render_to_string("widget/frame.html", {"config": config})
            yield re.sub(r'nonce="[^"]*"', f'nonce="{"n" * 24}"', page)


def _inbox(language: str) -> Inbox:
    from kefu.conversations.models import Inbox
    from kefu.people.models import Brand

    return Inbox(brand=Brand(name="Weights and Measures", language=language), language=language)


if __name__ == "__main__":
    # In development static files go by the names that they have here.
    os.environ |= {"DJANGO_SETTINGS_MODULE": "kefu.settings", "KEFU_DEVELOPMENT": "yes"}
    import django

    django.setup()
    sys.exit(main())
