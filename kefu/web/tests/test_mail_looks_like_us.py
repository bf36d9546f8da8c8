from __future__ import annotations

import re

from django.template import engines
from django.utils import translation


def drawn(source: str, language: str, **context: object) -> str:
    with translation.override(language):
        return engines["django"].from_string(source).render(context)


LETTER = '{% extends "mail/base.html" %}{% block content %}<p>{{ text }}</p>{% endblock %}'
PLAIN = '{% extends "mail/base.txt" %}{% block content %}{{ text }}{% endblock %}'


def test_a_letter_asks_nothing_of_other_servers() -> None:
    """A12"""
    html = drawn(LETTER, "en", text="Hello", action_url="https://desk.example/a", action_label="Open")
    assert re.findall(r"""(?:src=|url\(|<link|<script|@import)""", html) == []
    assert html.count("https://desk.example/a") == 2


def test_what_people_wrote_stays_text_in_a_letter() -> None:
    """A1, A2"""
    html = drawn(LETTER, "en", text="<img src=x onerror=alert(1)>", brand_name="<b>Lumo</b>")
    assert "<img" not in html and "<b>" not in html


def test_the_plain_half_is_plain() -> None:
    text = drawn(
        PLAIN, "en", text="Tom & Lin", action_url="https://desk.example/?a=1&b=2", action_label="Open"
    )
    assert "Tom & Lin" in text and "a=1&b=2" in text and "<" not in text


def test_a_letter_is_in_the_readers_language() -> None:
    assert '<html lang="zh-hans">' in drawn(LETTER, "zh-hans", text="您好")
