"""Markdown of the HTML in which other desks keep their articles. What Markdown cannot say becomes plain words.

The HTML is cleaned before, so there is nothing in it but text, structure, links and pictures.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from kefu.articles.markdown import CALLOUTS
from kefu.lib import html

_HEADINGS = {f"h{level}": max(2, level) for level in range(1, 7)}
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "s": "~~", "del": "~~", "strike": "~~"}
_BLOCKS = {
    "p",
    "div",
    "section",
    "article",
    "figure",
    "figcaption",
    "dl",
    "dt",
    "dd",
    "ul",
    "ol",
    "table",
    "hr",
}
_SPECIAL = re.compile(r"([\\`*_\[\]<>~|])")
_BEGINS_A_BLOCK = re.compile(r"^(\s*)(#{1,6}(?=\s)|[-+](?=\s)|=+$|\d+(?=[.)]\s))")
_EMPTY_LINES = re.compile(r"\n{3,}")


def markdown_of(source: str) -> str:
    if html.is_too_deep(source):
        return html.clean_html("").strip()
    reader = _Reader()
    reader.feed(html.clean_article(source))
    reader.close()
    return reader.written()


class _Block:
    """What is being written, in pieces: joined once, as a long text that grows by concatenation takes for ever."""

    def __init__(self, kind: str, *, number: int = 0) -> None:
        self.kind, self.number, self.callout = kind, number, ""
        self.pieces: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def begins_a_line(self) -> bool:
        return not self.pieces or self.pieces[-1].endswith("\n")

    def put(self, text: str) -> None:
        if text:
            self.pieces.append(text)

    def without_blank_end(self) -> None:
        while self.pieces and not self.pieces[-1].strip():
            self.pieces.pop()
        if self.pieces:
            self.pieces[-1] = self.pieces[-1].rstrip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open = [_Block("page")]
        self._links: list[str] = []
        self._rows: list[list[str]] = []
        self._pre = 0

    def written(self) -> str:
        while len(self._open) > 1:
            self._close(self._open[-1].kind)
        return _EMPTY_LINES.sub("\n\n", self._open[0].text).strip()

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in given}
        if tag in _HEADINGS:
            self._begin(tag)
        elif tag in ("li", "blockquote", "pre", "td", "th"):
            self._begin_inside(tag)
            self._open[-1].callout = _callout(attributes.get("class", ""))
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("ul", "ol"):
            self._begin(tag, number=_number(attributes.get("start", "1")))
        elif tag == "table":
            self._rows = []
            self._new_paragraph()
        elif tag == "hr":
            self._new_paragraph()
            self._put("---\n\n")
        elif tag == "br":
            self._put("\n" if self._pre else "\\\n")
        elif tag in _BLOCKS:
            self._new_paragraph()
        else:
            self._begin_in_line(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag in _HEADINGS or tag in ("li", "blockquote", "pre", "td", "th", "ul", "ol"):
            self._close(tag)
        elif tag == "table":
            self._put(_table(self._rows))
            self._rows = []
        elif tag in _BLOCKS:
            self._new_paragraph()
        elif tag == "a" and self._links:
            address = self._links.pop()
            self._put(f"](<{address}>)" if re.search(r"[\s()]", address) else f"]({address})")
        elif tag == "code" and not self._pre:
            self._put("`")
        elif tag in _MARKS:
            self._end_mark(_MARKS[tag])

    def handle_data(self, data: str) -> None:
        if self._pre:
            self._put(data)
            return
        words = _SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", data))
        if self._open[-1].begins_a_line:
            words = _BEGINS_A_BLOCK.sub(_escaped, words.lstrip())
        self._put(words)

    def _begin_in_line(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "a":
            self._links.append(attributes.get("href", ""))
            self._put("[")
        elif tag == "img":
            words = _SPECIAL.sub(r"\\\1", attributes.get("alt", ""))
            self._put(f"![{words}]({attributes.get('src', '').replace(' ', '%20')})")
        elif tag == "code" and not self._pre:
            self._put("`")
        elif tag in _MARKS:
            self._put(_MARKS[tag])

    def _end_mark(self, mark: str) -> None:
        """Before the blank that the words ended with; marks around nothing are taken away."""
        block = self._open[-1]
        blank = bool(block.pieces) and block.pieces[-1].endswith(" ")
        block.without_blank_end()
        if block.pieces and block.pieces[-1] == mark:
            block.pieces.pop()
        else:
            block.put(mark)
        block.put(" " if blank else "")

    def _put(self, text: str) -> None:
        self._open[-1].put(text)

    def _new_paragraph(self) -> None:
        block = self._open[-1]
        if block.kind not in ("td", "th"):
            block.without_blank_end()
            block.put("\n\n" if block.pieces else "")

    def _begin(self, kind: str, *, number: int = 0) -> None:
        self._new_paragraph()
        self._open.append(_Block(kind, number=number))

    def _begin_inside(self, kind: str) -> None:
        if kind == "pre":
            self._pre += 1
        if kind in ("td", "th", "li"):
            self._open.append(_Block(kind))
        else:
            self._begin(kind)

    def _close(self, kind: str) -> None:
        if self._open[-1].kind != kind or len(self._open) == 1:
            return
        block = self._open.pop()
        text = block.text.strip("\n") if kind == "pre" else block.text.strip()
        if kind == "pre":
            self._pre -= 1
            self._put(f"```\n{text}\n```\n\n")
        elif kind in ("td", "th"):
            if self._rows:
                self._rows[-1].append(text.replace("\\\n", " ").replace("\n", " "))
        elif kind == "li":
            self._end_item(text)
        elif kind == "blockquote":
            if block.callout:
                text = f"[!{block.callout}]\n{text.partition(chr(10))[2]}"
            self._put("".join(f"> {line}".rstrip() + "\n" for line in text.split("\n")) + "\n")
        elif kind in _HEADINGS:
            self._put(f"{'#' * _HEADINGS[kind]} {text}\n\n" if text else "")
        else:
            self._put(text + "\n\n")

    def _end_item(self, text: str) -> None:
        around = self._open[-1]
        mark = f"{around.number}. " if around.kind == "ol" else "- "
        around.number += 1
        first, *others = text.split("\n")
        inside = "".join(f"{' ' * len(mark)}{line}".rstrip() + "\n" for line in others)
        self._put(f"{mark}{first}\n{inside}")


def _callout(classes: str) -> str:
    """Of our own making: its first line is the word that stands for its kind."""
    return next((name for name, (kind, _word) in CALLOUTS.items() if f"callout-{kind}" in classes), "")


def _table(rows: list[list[str]]) -> str:
    """The first row is its head: Markdown has no table without one."""
    rows = [row for row in rows if row]
    if not rows:
        return ""
    width = max(map(len, rows))
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
    return "\n".join([lines[0], f"|{' --- |' * width}", *lines[1:]]) + "\n\n"


def _number(start: str) -> int:
    return int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1


def _escaped(match: re.Match[str]) -> str:
    blank, mark = match.groups()
    return f"{blank}{mark}\\" if mark.isdigit() else f"{blank}\\{mark}"
