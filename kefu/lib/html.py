"""The one sanitiser for HTML that others wrote, and the one way to show plain text with its links."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import unquote

import nh3
import re2
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString


def _words(text: str) -> set[str]:
    return set(text.split())


_REL = "noopener nofollow"
_CELL = {"colspan", "rowspan"}
_TAGS = _words(
    "a abbr b blockquote br caption code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li ol p pre q s small span"
    " strong sub sup table tbody td tfoot th thead tr u ul"
)
_WITH_CONTENT = {"script", "style", "title", "noscript", "template", "iframe", "object", "svg", "math"}
_cleaner = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_WITH_CONTENT,
    attributes={"a": {"href", "title"}, "td": _CELL, "th": _CELL, "ol": {"start"}},
    url_schemes={"http", "https", "mailto", "tel"},
    url_relative="deny",
    link_rel=_REL,
    set_tag_attribute_values={"a": {"target": "_blank"}},
)


def clean_html(html: str) -> SafeString:
    """Text, its structure and its links: no pictures, styles, forms, nothing that is fetched or run."""
    return SafeString(_cleaner.clean(html))


_article_cleaner = nh3.Cleaner(
    tags=_TAGS | {"img"},
    clean_content_tags=_WITH_CONTENT,
    attributes={
        "a": {"href", "title"},
        "img": {"src", "alt", "title", "loading"},
        "td": _CELL,
        "th": _CELL,
        "ol": {"start"},
        **{f"h{level}": {"id"} for level in range(2, 7)},
    },
    allowed_classes={"blockquote": {f"callout{kind}" for kind in ("", "-info", "-good", "-warn", "-bad")}},
    url_schemes={"http", "https", "mailto", "tel"},
    url_relative="pass_through",
    link_rel=_REL,
)


def clean_article(html: str) -> SafeString:
    """What colleagues wrote for a help centre, made of their Markdown: also anchors, callouts and pictures,
    whose addresses its maker has seen to. Its links may lead to other pages of the same site.
    """
    return SafeString(_article_cleaner.clean(html))


def linked_data(said: Mapping[str, Any]) -> SafeString:
    """JSON-LD as an element of a page's head, which no browser runs and whose text cannot end it."""
    told = json.dumps(said, ensure_ascii=False).translate(_NO_MARKUP)
    return format_html('<script type="application/ld+json">{}</script>', SafeString(told))


_NO_MARKUP = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def with_pictures(html: SafeString, pictures: Sequence[tuple[str, str]]) -> tuple[SafeString, set[int]]:
    """In clean HTML of a mail, each picture (its name and its content id) where its text says ``![name]``: once, the
    first of a name first. Where there is none the name stands. The second: the places of those that are shown.
    """
    left = {place: name.translate(_BRACKETS) for place, (name, _id) in enumerate(pictures)}
    shown: set[int] = set()

    def put(found: re.Match[str]) -> str:
        if found["tag"]:
            return found[0]
        place = next((place for place, name in left.items() if name == unescape(found["name"])), None)
        if place is None:
            return f"[{found['name']}]"
        del left[place]
        shown.add(place)
        name, content_id = pictures[place]
        return format_html('<img src="cid:{}" alt="{}" style="max-width:100%">', content_id, name)

    return SafeString(_TAG_OR_NAMED.sub(put, html)), shown


_BRACKETS = str.maketrans("", "", "[]\n")
_TAG_OR_NAMED = re.compile(r"(?P<tag><(?:[^<>\"]|\"[^\"]*\")*>)|!\[(?P<name>[^\[\]\n]{1,1000})\]")


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
    return f'<a href="{escape(target)}" rel="{_REL}" target="_blank">{escape(_readable(address))}</a>'


def _readable(address: str) -> str:
    """With its Chinese as such. Signs, and what cannot be seen, stay as they are written."""
    return _WRITTEN.sub(lambda found: _letters(found[0]), address)


def _letters(written: str) -> str:
    try:
        said = unquote(written, errors="strict")
    except UnicodeDecodeError:
        return written
    return said if said.isalnum() else written


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


_WRITTEN = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
_CLOSING = ".,;:!?'*_~&-)]"
# Only ASCII is part of a link, so that Chinese text and punctuation end it.
_ADDRESS: Any = re2.compile(
    r"(?i)\bhttps?://[a-z0-9\[][a-z0-9._~:/?#\[\]@!$&'()*+,;=%\-]*"
    r"|[a-z0-9][a-z0-9._%+\-]*@[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?)+"
)


# -- mail


class MailPage(NamedTuple):
    """``kept_apart`` counts the pictures left out that would have been fetched from elsewhere."""

    html: SafeString
    kept_apart: int


def clean_mail(
    html: str, *, inline: Callable[[str], str | None], remote: Callable[[str], str | None] = lambda url: None
) -> MailPage:
    """A mail's HTML for a frame of its own: with tables, colours and sizes, and nothing that is fetched or run.

    ``inline`` gives the address of the picture with a Content-ID, ``remote`` that of one on the web once the reader
    has asked for it, such as a proxy's; without an address only its words for it are shown. Styles need a policy of
    the frame that allows them: the desk's own pages do not. Give it what ``tidied`` made of the mail.
    """
    if is_too_deep(html):
        return MailPage(escape(_without_tags(html)), 0)
    left_out: list[str] = []

    def source(url: str) -> str | None:
        if url.lower().startswith("cid:"):
            return inline(url[4:])
        elif _PICTURE_WITHIN.match(url):
            return url
        elif not _ON_THE_WEB.match(url):
            return None
        address = remote(f"https:{url}" if url.startswith("//") else url)
        left_out.extend([] if address else [url])
        return address

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "src":
            return source(value.strip())
        elif name == "href":
            return value if _LINK.match(value) else None
        return _harmless_style(value) if name == "style" else value

    cleaned = _mail_cleaner(attribute).clean(html)
    return MailPage(SafeString(cleaned), len(left_out))


def tidied(html: str) -> str:
    """Well formed, every value quoted, without scripts; with the marks that tell a quote. To be read, not shown.

    Wrongly nested markup can take quadratic time and space to put right, so this belongs into a limited process.
    """
    if is_too_deep(html):
        return _in_words(html)
    whole = _tidier.clean(html)
    return whole if len(whole) <= 4 * len(html) + 100_000 else _in_words(html)


def _in_words(html: str) -> str:
    return _tidier.clean(escape(_without_tags(html)))


def is_too_deep(html: str) -> bool:
    """Whether elements stand in one another so deeply that reading them would take quadratic time."""
    depth = 0
    for match in _OPENED_OR_CLOSED.finditer(html):
        if match[2].lower() not in _NEVER_DEEP:
            depth = max(0, depth - 1) if match[1] else depth + 1
        if depth > DEEPEST:
            return True
    return False


def _without_tags(html: str) -> str:
    return re.sub("<[^<>]*>", " ", html)


def _harmless_style(value: str) -> str:
    """A declaration with a function other than a colour's could fetch something."""
    return ";".join(each for each in value.split(";") if not _FUNCTION.search(each))


DEEPEST = 500
_OPENED_OR_CLOSED = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})")
# Without content, or ended by what follows.
_NEVER_DEEP = _words(
    "br hr img input meta link area base col wbr p li td th tr dt dd tbody thead tfoot option"
)
_PICTURE_WITHIN = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*\Z", re.IGNORECASE)
_ON_THE_WEB = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_FUNCTION = re.compile(r"\\|@|(?<!rgb)(?<!rgba)\(", re.IGNORECASE)
_MAIL_TAGS = _TAGS | _words(
    "address article aside bdi bdo big center cite col colgroup dfn figcaption figure font footer header img main mark"
    " nav samp section strike tt var wbr"
)
_MAIL_ATTRIBUTES = {
    "*": _words("align bgcolor dir height lang style title valign width"),
    "a": {"href"},
    "img": {"src", "alt"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {*_CELL, "nowrap"},
    "th": {*_CELL, "nowrap"},
    "ol": {"start", "type"},
    "ul": {"type"},
}
_MAIL_STYLES = _words(
    "background-color border border-bottom border-collapse border-color border-left border-radius border-right"
    " border-spacing border-style border-top border-width color direction font font-family font-size font-style"
    " font-variant font-weight height letter-spacing line-height list-style-type margin margin-bottom margin-left"
    " margin-right margin-top max-width min-width padding padding-bottom padding-left padding-right padding-top"
    " text-align text-decoration text-indent text-transform vertical-align white-space width word-break word-spacing"
    " word-wrap"
)
_MAIL_SCHEMES = {"http", "https", "mailto", "tel", "cid", "data"}


def _mail_cleaner(attribute: Callable[[str, str, str], str | None]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_MAIL_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_MAIL_ATTRIBUTES,
        attribute_filter=attribute,
        filter_style_properties=_MAIL_STYLES,
        url_schemes=_MAIL_SCHEMES,
        link_rel=_REL,
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


_tidier = nh3.Cleaner(
    tags=_MAIL_TAGS,
    clean_content_tags=_WITH_CONTENT - {"noscript"},
    attributes={
        **_MAIL_ATTRIBUTES,
        "*": {*_MAIL_ATTRIBUTES["*"], "id", "class", "name"},
        "blockquote": {"type"},
    },
    url_schemes=_MAIL_SCHEMES,
    link_rel=None,
)
