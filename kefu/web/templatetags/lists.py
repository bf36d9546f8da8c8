"""The parts that show many things and where one is among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString

from kefu.web.drawing import attributes, part

register = template.Library()


@register.simple_tag
def tabs(items: Sequence[Mapping[str, Any]], label: str) -> SafeString:
    """Tabs that are links. items: dicts with label, href, current, and if wanted icon and count."""
    return part("tabs", items=items, label=label)


@register.simple_block_tag
def table(content: SafeString, label: str, *, rows: bool = False, **attrs: Any) -> SafeString:
    """Write thead and tbody inside. rows=True: ↑ ↓ move over rows, Enter opens a row's link."""
    return part("table", content=content, label=label, rows=rows, attrs=attributes(attrs))


@register.simple_tag
def list_row(
    title: str,
    *,
    text: str = "",
    href: str = "",
    aside: str = "",
    moment: datetime | None = None,
    who: str = "",
    presence: str = "",
    unread: bool = False,
    current: bool = False,
    pills: Sequence[tuple[str, str]] = (),
    **attrs: Any,
) -> SafeString:
    """A line of a list: title, two lines of text, age or aside, pills as pairs of kind and word."""
    return part(
        "list_row",
        title=title,
        text=text,
        href=href,
        aside=aside,
        moment=moment,
        who=who,
        presence=presence,
        unread=unread,
        current=current,
        pills=pills,
        attrs=attributes(attrs),
    )


@register.simple_tag
def empty(
    title: str,
    text: str = "",
    *,
    icon: str = "inbox",
    action: str = "",
    href: str = "",
    **attrs: Any,
) -> SafeString:
    """An empty list: what this is, and the one thing to do about it."""
    return part("empty", title=title, text=text, icon=icon, action=action, href=href, attrs=attributes(attrs))


@register.simple_tag
def skeleton(lines: int = 3, *, rows: bool = False) -> SafeString:
    """Where something will stand. Only for waits that are usually over 300 ms."""
    return part("skeleton", lines=range(lines), rows=rows)


@register.simple_tag
def pagination(older: str = "", newer: str = "", *, label: str = "") -> SafeString:
    """older and newer: addresses, empty where there is nothing further."""
    return part("pagination", older=older, newer=newer, label=label)


@register.simple_tag
def timeline(entries: Iterable[Mapping[str, Any]]) -> SafeString:
    """entries: dicts with text; when, by, note, icon and kind (good warn bad info now next) if wanted."""
    return part("timeline", entries=entries)


@register.simple_tag
def stepper(steps: Sequence[str], current: int) -> SafeString:
    """current counts from 1; the steps before it are done."""
    return part("stepper", steps=steps, current=current)
