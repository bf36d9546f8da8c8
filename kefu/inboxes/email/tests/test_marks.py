from __future__ import annotations

import time

import pytest

from kefu.inboxes.email.marks import html_of, plain
from kefu.lib.html import clean_html


@pytest.mark.parametrize(
    "text", ["", "Hello\n\nYour lamp", "2 * 3 * 4 = 24", "a*b*c and a_b_c", "5-3\n-1", "* "]
)
def test_text_without_marks_stays_as_it_is(text: str) -> None:
    assert html_of(text) == ""


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a **b** c", "<p>a <strong>b</strong> c</p>"),
        ("很*快*到", "<p>很*快*到</p>"),
        ("so *soon* now", "<p>so <em>soon</em> now</p>"),
        ("use `a < b`", "<p>use <code>a &lt; b</code></p>"),
        ("- one\n- **two**", "<ul><li>one</li><li><strong>two</strong></li></ul>"),
        ("1. one\n2) two", "<ol><li>one</li><li>two</li></ol>"),
        ("see\n- x\n\nbye\nLin", "<p>see</p><ul><li>x</li></ul><p>bye<br>Lin</p>"),
        ("```\n- a <b>\n```", "<pre>- a &lt;b&gt;</pre>"),
        (
            "[our page](https://a.test/x?a=1&b=2)",
            '<p><a href="https://a.test/x?a=1&amp;b=2">our page</a></p>',
        ),
    ],
)
def test_marks_become_what_they_mean(text: str, html: str) -> None:
    made = html_of(text) or f"<p>{text}</p>"
    assert made == html


@pytest.mark.parametrize(
    "text",
    [
        "**<img src=x onerror=alert(1)>**",
        "[x](javascript:alert(1)) **b**",
        '[x](https://a.test/"onmouseover=alert(1)) **b**',
        "- <script>alert(1)</script>",
        "`<svg onload=alert(1)>`",
        "[<b>x</b>](data:text/html,x) *y*",
    ],
)
def test_nothing_but_marks_is_markup(text: str) -> None:
    made = html_of(text)
    for never in ("<img", "<script", "<svg", "<b>", 'href="javascript', 'href="data', '"onmouseover'):
        assert never not in made
    assert "javascript:" not in str(clean_html(made)).partition("href=")[2].partition(">")[0]


@pytest.mark.parametrize("text", ["**a" * 6000, "[" * 20_000, "`" * 20_000, "*a " * 6000, "[a](" * 5000])
def test_hostile_text_takes_no_time(text: str) -> None:
    began = time.process_time()
    html_of(text)
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a **b** c *d* `e`", "a b c d e"),
        ("- one\n* **two**\n\n1. three", "• one\n• two\n\n1. three"),
        ("```\n- **as it is**\n```\nbye", "- **as it is**\nbye"),
        ("[our page](https://a.test/x)", "our page (https://a.test/x)"),
        ("[https://a.test](https://a.test)", "https://a.test"),
        ("here:\n![lamp.png]", "here:\n[lamp.png]"),
        ("2 * 3 * 4 and a_b", "2 * 3 * 4 and a_b"),
        ("  两格\n\n很**快**到  ", "  两格\n\n很快到  "),
    ],
)
def test_without_formatting_the_words_are_read_without_marks(text: str, said: str) -> None:
    assert plain(text) == said
