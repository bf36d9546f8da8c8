"""The lines of a mail's text, of plain text and of HTML alike, each with where it begins and what its markup says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from itertools import accumulate

PICTURE = "\ufffc"  # stands for one that is shown within the text


@dataclass(slots=True)
class Line:
    """``start`` is its offset in what it was read from.

    ``quoted``: marked as somebody else's words. ``indented``: within a plain blockquote, which is a quote only after
    words that say so. ``begins_quote``: from here all is quoted. ``signs``: within what the client marks as signature.
    """

    text: str
    start: int
    quoted: bool = False
    indented: bool = False
    begins_quote: bool = False
    attributes: bool = False
    signs: bool = False

    @property
    def is_blank(self) -> bool:
        return not self.text


def lines_of_text(text: str) -> list[Line]:
    pieces = text.split("\n")
    starts = accumulate((len(piece) + 1 for piece in pieces), initial=0)
    return [
        Line(_told(_plainly(piece)), start, quoted=bool(_QUOTE_MARK.match(piece)))
        for piece, start in zip(pieces, starts, strict=False)
    ]


_QUOTE_MARK = re.compile(r"\s{0,3}(?:>|&gt;)")


def _told(words: str) -> str:
    """163 writes the cells of an empty table; they are as good as an empty line."""
    return words if words.strip("| ") else ""


def _plainly(piece: str) -> str:
    return piece.replace("&nbsp;", " ").replace("\xa0", " ").replace("\u3000", " ").strip()


def lines_of_html(tidied: str) -> list[Line]:
    """Of what ``kefu.lib.html.tidied`` made: every tag is closed and no value holds a bare angle bracket."""
    reader = _Reader()
    for match in _TOKEN.finditer(tidied):
        if match[1] is None:
            reader.add_text(match[0], match.start())
        elif match[1]:
            reader.close(match[2])
        else:
            reader.open(match[2], match[3], match.start())
    reader.end_line()
    return reader.lines


_TOKEN = re.compile(r"<(/?)([a-z][a-z0-9-]*)([^>]*)>|[^<]+")


def text_of(lines: list[Line]) -> str:
    """As plain text, in which quoted lines have their mark."""
    shown = [(each.text.replace(PICTURE, "").strip(), each.quoted or each.indented) for each in lines]
    text = "\n".join(f"> {words}" if quoted and words else words for words, quoted in shown)
    return _MANY_BLANKS.sub("\n\n", text).strip("\n")


_MANY_BLANKS = re.compile(r"\n{3,}")


def cut(tidied: str, place: int) -> tuple[str, str]:
    """Both well formed: what is open at ``place`` is closed in the first and opened again in the second."""
    tags: list[tuple[str, str]] = []
    for match in _TOKEN.finditer(tidied, 0, place):
        if match[1] and tags:
            tags.pop()
        elif match[1] == "" and match[2] not in _VOID:
            tags.append((match[2], match[0]))
    closing = "".join(f"</{name}>" for name, _tag in reversed(tags))
    return tidied[:place] + closing, "".join(tag for _name, tag in tags) + tidied[place:]


def _words(text: str) -> set[str]:
    return set(text.split())


_VOID = {"br", "hr", "img", "col", "wbr"}
_PARAGRAPHS = _words("p h1 h2 h3 h4 h5 h6 ul ol dl table pre blockquote hr figure")
_BLOCKS = _PARAGRAPHS | _words(
    "address article aside caption center dd div dt figcaption footer header li main nav section tr tbody thead"
)


@dataclass(slots=True)
class _State:
    """What holds within an element."""

    name: str
    quoted: bool = False
    indented: bool = False
    signs: bool = False
    preformatted: bool = False


@dataclass(slots=True)
class _Reader:
    lines: list[Line] = field(default_factory=list)
    _within: list[_State] = field(default_factory=lambda: [_State("")])
    _words: list[str] = field(default_factory=list)
    _start: int | None = None
    _begins_quote: bool = False
    _attributes: bool = False
    _gap: bool = False

    def open(self, name: str, attributes: str, place: int) -> None:
        if name == "br":
            self._begin(place)
            self._break()
            return
        if name in _BLOCKS:
            self.end_line(gap=name in _PARAGRAPHS)
        self._begin(place)
        if name == "img":
            self._words.append(PICTURE)
        elif name in ("td", "th") and self._words:
            self._words.append(" ")
        if name not in _VOID:
            self._within.append(self._inside(name, attributes))
        elif name == "hr":
            self.lines += [Line("", place), Line("", place)]
            self._begins_quote |= "replySplit" in attributes

    def close(self, name: str) -> None:
        if name in _BLOCKS:
            self.end_line(gap=name in _PARAGRAPHS)
        if len(self._within) > 1:
            self._within.pop()

    def add_text(self, text: str, place: int) -> None:
        words = unescape(text)
        if not self._within[-1].preformatted:
            self._add(_SPACE.sub(" ", words), place)
            return
        first, *rest = words.split("\n")
        self._add(first, place)
        for line in rest:
            self._break()
            self._add(line, place)

    def end_line(self, *, gap: bool = False) -> None:
        if "".join(self._words).strip():
            self._break()
        else:
            self._words.clear()
        self._gap |= gap

    def _inside(self, name: str, attributes: str) -> _State:
        around = self._within[-1]
        quotes, signs = around.quoted, around.signs
        if attributes:
            told = dict(_ATTRIBUTE.findall(attributes))
            quotes = quotes or _quotes(name, told)
            signs = signs or _signs(told)
            self._begins_quote |= told.get("id") == "divRplyFwdMsg" or "OutlookMessageHeader" in told.get(
                "class", ""
            )
            self._attributes |= bool({"moz-cite-prefix", "gmail_attr"} & set(told.get("class", "").split()))
        indented = around.indented or name == "blockquote"
        return _State(name, quotes, indented, signs, around.preformatted or name == "pre")

    def _begin(self, place: int) -> None:
        if self._start is None:
            self._start = place

    def _add(self, words: str, place: int) -> None:
        if words.strip() or self._words:
            self._begin(place)
            self._words.append(words)

    def _break(self) -> None:
        state, text = self._within[-1], _plainly("".join(self._words))
        start = self._start if self._start is not None else self.lines[-1].start if self.lines else 0
        if self._gap and self.lines and not self.lines[-1].is_blank:
            self.lines.append(Line("", start))
        line = Line(text, start, state.quoted, state.indented, signs=state.signs)
        if text:
            line.begins_quote, line.attributes = self._begins_quote, self._attributes
            self._begins_quote = self._attributes = False
        self.lines.append(line)
        self._words.clear()
        self._start, self._gap = None, False


_SPACE = re.compile(r"[ \t\r\n\f]+")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_QUOTING_IDS = {
    "isReplyContent",
    "isForwardContent",
    "origbody",
    "mailcontent",
    "reply139content",
    "oriMsgHtmlSeperator",
}
_QUOTING_CLASSES = {"yahoo_quoted", "protonmail_quote", "tutanota_quote"}
_SIGNING_IDS = {"ms-outlook-mobile-signature", "Signature", "spnEditorSign"}
_SIGNING_CLASSES = {"gmail_signature", "moz-signature", "mobile-signature", "foxmail-sign"}


def _quotes(name: str, told: dict[str, str]) -> bool:
    classes = set(told.get("class", "").split())
    if name == "blockquote" and (told.get("type") == "cite" or "gmail_quote" in classes):
        return True
    return told.get("id") in _QUOTING_IDS or bool(classes & _QUOTING_CLASSES) or told.get("name") == "quote"


def _signs(told: dict[str, str]) -> bool:
    return told.get("id") in _SIGNING_IDS or bool(set(told.get("class", "").split()) & _SIGNING_CLASSES)
