"""The one sanitiser for HTML that others wrote, and the one way to show plain text with its links."""

from __future__ import annotations

from typing import Any

import nh3
import re2
from django.utils.html import escape
from django.utils.safestring import SafeString

_REL = "noopener nofollow"
_CELL = {"colspan", "rowspan"}
_cleaner = nh3.Cleaner(
    tags={
        *(
            "a",
            "abbr",
            "b",
            "blockquote",
            "br",
            "caption",
            "code",
            "dd",
            "del",
            "div",
            "dl",
            "dt",
            "em",
            "h1",
            "h2",
        ),
        *("h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "small", "span"),
        *("strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
    },
    clean_content_tags={
        "script",
        "style",
        "title",
        "noscript",
        "template",
        "iframe",
        "object",
        "svg",
        "math",
    },
    attributes={"a": {"href", "title"}, "td": _CELL, "th": _CELL, "ol": {"start"}},
    url_schemes={"http", "https", "mailto", "tel"},
    url_relative="deny",
    link_rel=_REL,
    set_tag_attribute_values={"a": {"target": "_blank"}},
)


def clean_html(html: str) -> SafeString:
    """Text, its structure and its links: no pictures, styles, forms, nothing that is fetched or run."""
    return SafeString(_cleaner.clean(html))


def linkify(text: str) -> SafeString:
    """Plain text for a page; addresses of pages and mailboxes become links. Line breaks stay as they are."""
    if "://" not in text and "@" not in text:
        return escape(text)
    pieces, end = [], 0
    for match in _ADDRESS.finditer(text):
        address = _without_closing(match.group())
        if not _misleads(address):
            pieces += [escape(text[end : match.start()]), _link(address)]
            end = match.start() + len(address)
    return SafeString("".join([*pieces, escape(text[end:])]))


def _link(address: str) -> str:
    target = address if "://" in address else f"mailto:{address}"
    return f'<a href="{escape(target)}" rel="{_REL}" target="_blank">{escape(address)}</a>'


def _without_closing(address: str) -> str:
    """A full stop ends the sentence, and a bracket that was not opened within belongs to the text around."""
    unopened = {
        ")": address.count(")") - address.count("("),
        "]": address.count("]") - address.count("["),
    }
    end = len(address)
    while address[end - 1] in _CLOSING and unopened.get(address[end - 1], 1) > 0:
        if address[end - 1] in unopened:
            unopened[address[end - 1]] -= 1
        end -= 1
    return address[:end]


def _misleads(address: str) -> bool:
    """https://brand.example@evil.example shows one host and leads to another."""
    _, web, rest = address.partition("://")
    host = rest.replace("?", "/").replace("#", "/").partition("/")[0]
    return bool(web) and ("@" in host or not host)


_CLOSING = ".,;:!?'*_~&-)]"
# Only ASCII is part of a link, so that Chinese text and punctuation end it.
_ADDRESS: Any = re2.compile(
    r"(?i)\bhttps?://[a-z0-9\[][a-z0-9._~:/?#\[\]@!$&'()*+,;=%\-]*"
    r"|[a-z0-9][a-z0-9._%+\-]*@[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?)+"
)
