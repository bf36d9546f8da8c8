"""A browser's own description of itself, in the words of the person who uses it."""

from __future__ import annotations

import re

# In this order: most of them also claim to be the ones further down.
BROWSERS = (
    ("MicroMessenger", r"MicroMessenger/(\d+)"),
    ("Edge", r"Edg(?:A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+).*Safari/"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("macOS", "Mac OS X|Macintosh"),
    ("ChromeOS", "CrOS"),
    ("Linux", "Linux|X11"),
)


def name_of(user_agent: str) -> str:
    """“Firefox 128, Windows”; what it says of itself where we know neither."""
    browser = next(
        (f"{name} {found[1]}" for name, at in BROWSERS if (found := re.search(at, user_agent))), ""
    )
    system = next((name for name, at in SYSTEMS if re.search(at, user_agent)), "")
    return ", ".join(filter(None, (browser, system))) or user_agent[:80]
