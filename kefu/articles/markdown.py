"""Markdown of articles: CommonMark with tables and strikethrough, callouts, anchors; no HTML of the author's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from markdown_it import MarkdownIt
from markdown_it.token import Token

from kefu.lib import html

CALLOUTS = {
    "NOTE": ("info", pgettext_lazy("a callout", "Note")),
    "TIP": ("good", _("Tip")),
    "WARNING": ("warn", _("Careful")),
    "DANGER": ("bad", _("Danger")),
}
_CALLOUT = re.compile(r"\[!(NOTE|TIP|WARNING|DANGER)\]\s*")


class Heading(NamedTuple):
    level: int
    text: str
    anchor: str


class Section(NamedTuple):
    """What stands under one heading, as plain text. Before the first heading, ``heading`` and ``anchor`` are empty."""

    heading: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    html: SafeString
    headings: Sequence[Heading]


def render(body: str, *, file: Callable[[str], str | None] = lambda name: None) -> Rendered:
    """For readers. ``file`` gives the address of a picture or document of the article by what Markdown calls it,
    ``files/<id>``; a picture from anywhere else is not fetched, its words stand instead. Headings begin at ``h2``: the
    title is the page's ``h1``.
    """
    tokens = _parser().parse(body)
    headings = _anchored(tokens)
    _call_out(tokens)
    _find_files(tokens, file)
    made = _parser().renderer.render(tokens, _parser().options, {})
    return Rendered(html.clean_article(made), headings)


def sections(body: str) -> list[Section]:
    """Its parts by heading, for search and quotation; those without any text are left out."""
    tokens = _parser().parse(body)
    _anchored(tokens)
    found: list[Section] = []
    heading, anchor, lines = "", "", list[str]()
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            found.append(Section(heading, anchor, "\n".join(lines)))
            heading, anchor, lines = _plain(tokens[place + 1]), str(token.attrs["id"]), []
        elif token.type == "inline" and tokens[place - 1].type != "heading_open":
            lines.append(_CALLOUT.sub("", _plain(token)))
        elif token.type in ("fence", "code_block"):
            lines.append(token.content.rstrip())
    found.append(Section(heading, anchor, "\n".join(lines)))
    return [section for section in found if section.heading or section.text.strip()]


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _anchored(tokens: list[Token]) -> list[Heading]:
    """Every heading gets an ``id`` made of its words, and one level less than it was written with."""
    made: list[Heading] = []
    for place, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        text = _plain(tokens[place + 1])
        anchor = _free_anchor(text, {heading.anchor for heading in made})
        level = min(6, max(2, int(token.tag[1])))
        token.attrs["id"] = anchor
        token.tag = f"h{level}"
        tokens[place + 2].tag = token.tag
        made.append(Heading(level, text, anchor))
    return made


def _free_anchor(text: str, taken: set[str]) -> str:
    """With ``s-`` before it, so that it meets no id of the page around."""
    wanted = "s-" + (re.sub(r"[\W_]+", "-", text.lower()).strip("-")[:80] or "part")
    number, anchor = 1, wanted
    while anchor in taken:
        number += 1
        anchor = f"{wanted}-{number}"
    return anchor


def _call_out(tokens: list[Token]) -> None:
    """``> [!NOTE]`` begins a callout: its kind is a class, and its word stands before the text."""
    for place, token in enumerate(tokens):
        if token.type != "blockquote_open" or place + 2 >= len(tokens):
            continue
        first = tokens[place + 2]
        match = _CALLOUT.match(first.content) if first.type == "inline" else None
        if match and first.children:
            kind, word = CALLOUTS[match[1]]
            token.attrs["class"] = f"callout callout-{kind}"
            _take_away(first.children, match[0])
            first.children[:0] = [
                Token("strong_open", "strong", 1),
                Token("text", "", 0, content=str(word)),
                Token("strong_close", "strong", -1),
                Token("hardbreak", "br", 0),
            ]


def _take_away(children: list[Token], beginning: str) -> None:
    first = children[0]
    first.content = first.content.removeprefix(beginning.rstrip())
    if not first.content and len(children) > 1 and children[1].type == "softbreak":
        del children[1]


def _find_files(tokens: list[Token], file: Callable[[str], str | None]) -> None:
    for token in tokens:
        for child in token.children or []:
            if child.type == "image":
                address = file(str(child.attrs.get("src", "")))
                if address is None:
                    child.type, child.content = "text", f"[{_plain(child) or child.content}]"
                else:
                    child.attrs["src"] = address
                    child.attrs["loading"] = "lazy"
            elif child.type == "link_open":
                address = file(str(child.attrs.get("href", "")))
                child.attrs["href"] = address or child.attrs["href"]


def _plain(token: Token) -> str:
    """The words of an inline token, without marks."""
    return "".join(
        "\n" if child.type in ("softbreak", "hardbreak") else child.content
        for child in token.children or []
        if child.type in ("text", "code_inline", "softbreak", "hardbreak", "image")
    ).strip()
