"""Markdown files with a head, as people and other programs write them."""

from __future__ import annotations

import pytest

from kefu.articles import frontmatter
from kefu.articles.frontmatter import BadHead


def test_a_head_is_lines_and_the_rest_is_text() -> None:
    sheet = frontmatter.read(
        '\ufeff---\r\ntitle: A: B\r\n# a remark\r\n\r\ntags: [x, "y, z"]\r\n---\r\n\r\ntext\r\n'
    )
    assert (sheet.one("title"), sheet.several("tags"), sheet.body) == ("A: B", ["x", "y, z"], "text")
    assert (sheet.one("none"), sheet.several("none")) == ("", [])


def test_without_a_head_all_is_text() -> None:
    assert frontmatter.read("# Title\n\n---\n\nmore").body == "# Title\n\n---\n\nmore"


@pytest.mark.parametrize(
    "text", ["---\ntitle: x", "---\nno colon\n---\n", "---\na: 1\na: 2\n---\n", "---\n- item: x\n---\n"]
)
def test_what_is_no_head_is_told(text: str) -> None:
    with pytest.raises(BadHead):
        frontmatter.read(text)


@pytest.mark.parametrize(
    "value", ["plain", 'in "quotes"', '"all in quotes"', '"', "a, b", "[x]", "x: y", "---"]
)
def test_what_is_written_is_read_again(value: str) -> None:
    sheet = frontmatter.read(frontmatter.write({"one": value, "several": [value, "other"]}, "body"))
    assert (sheet.one("one"), sheet.several("several")) == (value, [value, "other"])


def test_a_value_has_one_line() -> None:
    assert frontmatter.read(frontmatter.write({"title": "a\nkey: b"}, "")).one("title") == "a key: b"
