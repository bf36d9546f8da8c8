"""What only the console's templates need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kefu.conversations.bubbles import Bubble, BubbleFile
from kefu.conversations.models import Conversation, Delivery, FieldDefinition, File
from kefu.lib import files as content
from kefu.lib.html import linkify
from kefu.people.models import Customer
from kefu.web import moments
from kefu.web.templatetags.fields import field, select
from kefu.web.templatetags.parts import icon

register = template.Library()

THUMB = 240


@register.filter
def linked(text: str) -> SafeString:
    return linkify(text)


@register.filter
def ago(moment: datetime) -> SafeString:
    """How long ago, kept true by js/times.js: what ``time`` draws, without a template for each row."""
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>',
        moment.isoformat(),
        moments.exact(moment),
        moments.shown(moment, "relative"),
    )


@register.filter
def clock(moment: datetime) -> SafeString:
    """The time of day, exact on hover: what ``time`` draws, without a template for each of fifty messages."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        moments.exact(moment),
        moments.shown(moment, "clock"),
    )


@register.simple_tag
def last_words(conversation: Conversation, last_sent: Mapping[UUID, str]) -> str:
    return conversation.last_text or last_sent.get(conversation.pk) or conversation.subject or "–"


@register.simple_tag
def mark(bubble: Bubble, read: int | str | None = 0, delivered: int | str | None = 0) -> SafeString:
    """Sent, delivered or read, by how far the customer has come."""
    reply_seq = bubble.reply_seq or 0
    if reply_seq <= int(read or 0):
        state, name, words = "read", "check-check", _("Read")
    elif reply_seq <= int(delivered or 0):
        state, name, words = "delivered", "check-check", _("Delivered")
    else:
        state, name, words = "sent", "check", _("Sent")
    return format_html('<span class="mark {}" data-mark>{}</span>', state, icon(name, label=words))


@register.simple_tag
def delivery_mark(bubble: Bubble) -> SafeString:
    """How it goes with what has left the desk; what needs an eye is told below the message, in red."""
    state = Delivery(bubble.delivery)
    return format_html(
        '<span class="mark delivery {}">{}{}</span>', state, icon(_DELIVERY_ICONS[state]), state.label
    )


_DELIVERY_ICONS = {
    Delivery.WAITING: "clock",
    Delivery.SENT: "mail-check",
    Delivery.FAILED: "mail-x",
    Delivery.BOUNCED: "mail-x",
    Delivery.WITHDRAWN: "undo-2",
}


@register.filter
def thumb_width(file: BubbleFile) -> int:
    return _thumb(file)[0]


@register.filter
def thumb_height(file: BubbleFile) -> int:
    return _thumb(file)[1]


def _thumb(file: BubbleFile) -> tuple[int, int]:
    """Known before the picture has loaded, so that nothing jumps."""
    width, height = file.width or THUMB, file.height or THUMB
    share = min(1.0, THUMB / max(width, height))
    return max(1, round(width * share)), max(1, round(height * share))


@register.filter
def file_icon(file: BubbleFile | File) -> str:
    kind = file.type.partition("/")[0]
    if kind in {"audio", "video", "image"}:
        return f"file-{kind}"
    return (
        "file-archive"
        if "zip" in file.type
        else "file-text"
        if kind == "text" or "pdf" in file.type
        else "file"
    )


@register.filter
def customer_name(customer: Customer) -> str:
    return customer.name or _("Visitor")


@register.filter
def view_icon(view: str) -> str:
    return {"mine": "user", "team": "users", "unassigned": "inbox", "waiting": "hourglass"}.get(
        view, "layers"
    )


@register.filter
def channel_icon(kind: str) -> str:
    return {"chat": "message-circle", "form": "clipboard-list"}.get(kind, "mail")


@register.filter
def status_kind(status: str) -> str:
    return {"open": "info", "pending": "warn", "solved": "good"}.get(status, "")


@register.filter
def priority_kind(priority: int) -> str:
    return {3: "bad", 2: "warn"}.get(priority, "")


@register.filter
def presses(press: str) -> list[str]:
    """The caps of "g m" or "mod enter"."""
    return press.split()


@register.filter
def excerpt(text: str, query: str, before: int = 30, longest: int = 160) -> SafeString:
    """The words around the first match, with every match marked."""
    words = sorted({word for word in query.split() if word}, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, words)) or "(?!)", re.IGNORECASE)
    first = pattern.search(text)
    start = _after_space(text, max(0, first.start() - before)) if first else 0
    shown = " ".join(text[start : start + longest].split())
    cut = "…" if start else "", "…" if len(text) > start + longest else ""
    return mark_safe(cut[0] + _marked(shown, pattern) + cut[1])  # noqa: S308 - every piece is escaped


def _after_space(text: str, start: int) -> int:
    """Not in the middle of a word where words have ends."""
    space = text.find(" ", start, start + 15) if start else -1
    return space + 1 if space >= 0 else start


def _marked(text: str, pattern: re.Pattern[str]) -> str:
    pieces, end = [], 0
    for found in pattern.finditer(text):
        pieces += [conditional_escape(text[end : found.start()]), format_html("<mark>{}</mark>", found[0])]
        end = found.end()
    return "".join([*pieces, conditional_escape(text[end:])])


@register.simple_tag
def accepted_files() -> str:
    return ",".join(content.ENDINGS)


@register.simple_tag
def detail_field(definition: FieldDefinition, value: object) -> SafeString:
    """The control that fits a brand's own field."""
    name, text = f"field-{definition.key}", "" if value is None else str(value)
    if definition.kind == FieldDefinition.Kind.CHOICE:
        return select(
            name, definition.label, [("", "–"), *((one, one) for one in definition.choices)], value=text
        )
    rows = 3 if definition.kind == FieldDefinition.Kind.LONG else 0
    kinds = {FieldDefinition.Kind.NUMBER: "number", FieldDefinition.Kind.DATE: "date"}
    kind = kinds.get(FieldDefinition.Kind(definition.kind), "text")
    return field(name, definition.label, value=text, type=kind, rows=rows)
