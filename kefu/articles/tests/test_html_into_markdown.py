"""HTML of other desks becomes Markdown that shows the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from kefu.articles import frontmatter, markdown
from kefu.articles.exchange.fromhtml import markdown_of

DEMO = Path(__file__).parents[2] / "demo" / "articles"


@pytest.mark.parametrize(
    ("html", "written"),
    [
        ("<p>One</p><p>Two <b>bold </b>words</p>", "One\n\nTwo **bold** words"),
        ("<h1>Big</h1><p>x</p><h3>Small</h3>", "## Big\n\nx\n\n### Small"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n\n  - b\n- c"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ('<a href="https://x.example/a b">here</a>', "[here](<https://x.example/a b>)"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<pre>a\n  *b*</pre>", "```\na\n  *b*\n```"),
        ("line<br>line", "line\\\nline"),
        (
            "<table><tr><th>a</th><th>b</th></tr><tr><td>c|d</td></tr></table>",
            "| a | b |\n| --- | --- |\n| c\\|d |  |",
        ),
        ("1 * 2 * 3 and [x] <b></b>", "1 \\* 2 \\* 3 and \\[x\\]"),
        (
            "<p># no heading</p><p>- no list</p><p>1. no list</p>",
            "\\# no heading\n\n\\- no list\n\n1\\. no list",
        ),
        ('<script>alert(1)</script><p onclick="x()">a</p><a href="javascript:x()">b</a>', "a\n\n[b]()"),
        ("a<b> </b>c <i></i>d", "a c d"),
        ("<p><b>a</b></p><p><b></b></p><p>b</p>", "**a**\n\nb"),
        ("", ""),
    ],
)
def test_structure_stays_and_marks_of_markdown_mean_nothing(html: str, written: str) -> None:
    assert markdown_of(html) == written


def test_every_article_of_the_demo_comes_back_as_it_is_shown() -> None:
    for file in DEMO.rglob("*.md"):
        shown = markdown.render(frontmatter.read(file.read_text(encoding="utf-8")).body).html
        assert markdown.render(markdown_of(shown)).html == shown, file.name


def test_very_deep_html_is_not_walked() -> None:
    assert len(markdown_of("<blockquote>" * 5_000 + "x")) < 100


def test_many_paragraphs_are_read_in_one_go() -> None:
    assert markdown_of("<p>x" * 30_000).count("x") == 30_000
