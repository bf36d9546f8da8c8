"""The parts that show numbers, amounts and moments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kefu.web import charts, moments
from kefu.web.drawing import part
from kefu.web.money import price

register = template.Library()


@register.simple_tag
def stat(
    label: str, value: Any, *, unit: str = "", change: str = "", good: bool | None = None, href: str = ""
) -> SafeString:
    return part("stat", label=label, value=value, unit=unit, change=change, good=good, href=href)


@register.simple_tag
def bar_chart(points: Iterable[tuple[Any, float]], label: str, unit: str = "") -> SafeString:
    """points: pairs of name and number, drawn on the server, with the same numbers in a table below."""
    return part("bar_chart", chart=charts.bars(points), label=label, unit=unit)


@register.simple_tag
def line_chart(points: Iterable[tuple[Any, float]], label: str, unit: str = "") -> SafeString:
    return part("line_chart", chart=charts.line(points), label=label, unit=unit)


@register.simple_tag
def money(minor: int, currency: str) -> SafeString:
    """An amount in minor units, in the reader's language."""
    return format_html('<span class="money">{}</span>', price(minor, currency))


@register.simple_tag
def time(moment: datetime | None, style: str = "relative", *, zone: bool = False) -> SafeString:
    """style: relative ("3 min"), clock (14:02), date, stamp (2026-11-22 14:02) or words. Exact on hover.
    zone=True names the zone, for deadlines and appointments."""
    if moment is None:
        return format_html('<span class="faint">{}</span>', "–")
    return part(
        "time",
        moment=moment,
        shown=moments.shown(moment, style, zone=zone),
        exact=moments.exact(moment),
        style=style,
    )
