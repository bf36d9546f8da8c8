"""The few marks that an agent may write in a mail: **bold**, *italic*, `code`, lists, [words](https://…), ![picture].

A picture is named after a file that goes along; where it stands is settled when the mail is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby

from django.utils.html import escape

from kefu.lib.html import linkify


def html_of(text: str) -> str:
    """Empty for text without any: then it stands as it is. Whatever else is in it is text."""
    lines = text.splitlines()
    if not (_INLINE.search(text) or any(map(_kind, lines))):
        return ""
    return "".join(_block(kind, list(group)) for kind, group in groupby(lines, key=_Kinds()))


def plain(text: str) -> str:
    """The same without marks, as it is read where there is no formatting."""
    kinds, lines = _Kinds(), []
    for line in text.splitlines():
        kind = kinds(line)
        if kind == "code":
            lines += [] if _FENCE.match(line) else [line]
        else:
            lines.append(_unmarked(_POINT.sub("• ", line, count=1) if kind == "ul" else line))
    return "\n".join(lines)


class _Kinds:
    """What each line belongs to; what stands between fences is code, whatever it looks like."""

    def __init__(self) -> None:
        self.fenced = False

    def __call__(self, line: str) -> str:
        if _FENCE.match(line):
            self.fenced = not self.fenced
            return "code"
        return "code" if self.fenced else _kind(line)


def _kind(line: str) -> str:
    if _FENCE.match(line):
        return "code"
    if _POINT.match(line):
        return "ul"
    return "ol" if _NUMBER.match(line) else ""


def _block(kind: str, lines: list[str]) -> str:
    if kind == "code":
        return f"<pre>{escape(chr(10).join(line for line in lines if not _FENCE.match(line)))}</pre>"
    if kind:
        mark = _POINT if kind == "ul" else _NUMBER
        items = "".join(f"<li>{_inline(mark.sub('', line, count=1))}</li>" for line in lines)
        return f"<{kind}>{items}</{kind}>"
    return "".join(_paragraphs(lines))


def _paragraphs(lines: list[str]) -> Iterator[str]:
    for is_blank, group in groupby(lines, key=lambda line: not line.strip()):
        if not is_blank:
            yield f"<p>{'<br>'.join(map(_inline, group))}</p>"


def _inline(line: str) -> str:
    return _walked(line, linkify, _marked)


def _walked(line: str, words: Callable[[str], str], mark: Callable[[re.Match[str]], str]) -> str:
    """``words`` of what stands between the marks, ``mark`` of each."""
    pieces, end = [], 0
    for found in _INLINE.finditer(line):
        pieces += [words(line[end : found.start()]), mark(found)]
        end = found.end()
    return "".join([*pieces, words(line[end:])])


def _marked(found: re.Match[str]) -> str:
    if found["code"]:
        return f"<code>{escape(found['code'])}</code>"
    if found["bold"]:
        return f"<strong>{_inline(found['bold'])}</strong>"
    if found["italic"]:
        return f"<em>{_inline(found['italic'])}</em>"
    if found["picture"]:
        return escape(found[0])
    return f'<a href="{escape(found["address"])}">{escape(found["words"])}</a>'


def _unmarked(line: str) -> str:
    return _walked(line, str, _said)


def _said(found: re.Match[str]) -> str:
    if found["code"] or found["picture"]:
        return found["code"] or f"[{found['picture']}]"
    if found["words"]:
        words, address = found["words"], found["address"]
        return address if words == address else f"{words} ({address})"
    return _unmarked(found["bold"] or found["italic"])


_FENCE = re.compile(r"\s{0,3}```")
_POINT = re.compile(r"\s{0,3}[-*•]\s+(?=\S)")
_NUMBER = re.compile(r"\s{0,3}\d{1,3}[.)]\s+(?=\S)")
_INLINE = re.compile(
    r"!\[(?P<picture>[^\[\]\n]{1,200})\](?!\()"
    r"|`(?P<code>[^`\n]{1,1000})`"
    r"|\*\*(?P<bold>[^\s*](?:[^*\n]{0,1000}[^\s*])?)\*\*"
    r"|(?<![\w*])\*(?P<italic>[^\s*](?:[^*\n]{0,1000}[^\s*])?)\*(?![\w*])"
    r"|\[(?P<words>[^\[\]\n]{1,300})\]\((?P<address>(?:https?://|mailto:)[^\s()<>\"']{1,1000})\)"
)
