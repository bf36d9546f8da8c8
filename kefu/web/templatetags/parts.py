"""The parts that pages are put together from, as template tags. `/-/parts` shows each in every state.

Any further keyword becomes an attribute of the control: `hx_post=url` → `hx-post="…"`.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kefu.web import charts, moments
from kefu.web.money import price

register = template.Library()

MEANINGS = {"good": "circle-check", "warn": "triangle-alert", "bad": "circle-x", "info": "info"}
PRESENCE: Mapping[str, str | Promise] = {
    "online": _("online"),
    "away": _("away"),
    "busy": _("busy"),
    "offline": _("offline"),
}

STYLESHEETS = [
    "css/tokens.css",
    "css/base.css",
    "css/layout.css",
    "css/parts/button.css",
    "css/parts/field.css",
    "css/parts/choice.css",
    "css/parts/combobox.css",
    "css/parts/filedrop.css",
    "css/parts/tag.css",
    "css/parts/avatar.css",
    "css/parts/menu.css",
    "css/parts/dialog.css",
    "css/parts/toast.css",
    "css/parts/tooltip.css",
    "css/parts/tabs.css",
    "css/parts/table.css",
    "css/parts/list.css",
    "css/parts/state.css",
    "css/parts/pagination.css",
    "css/parts/progress.css",
    "css/parts/figures.css",
    "css/parts/page.css",
]

Options = Iterable[tuple[Any, Any]]


@register.simple_tag
def stylesheets() -> SafeString:
    """One link for each file: they load side by side, where @import would load one after another."""
    addresses = ((static(path),) for path in STYLESHEETS)
    return format_html_join("\n  ", '<link rel="stylesheet" href="{}">', addresses)


# Controls


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """A Lucide icon from the sprite: 16 or 20 px. Without a label it is hidden from screen readers."""
    meaning = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    return format_html(
        '<svg class="icon size-{}"{}><use href="{}#{}"></use></svg>', size, flatatt(meaning), _sprite(), name
    )


@register.simple_tag
def button(
    label: str,
    *,
    icon: str = "",
    kind: str = "",
    size: str = "",
    key: str = "",
    href: str = "",
    type: str = "button",  # noqa: A002 -- the attribute's own name
    **attrs: Any,
) -> SafeString:
    """kind: primary, danger, quiet or nothing. key: the console key it answers to, shown in its tooltip."""
    if key:
        attrs.setdefault("data_tip", label)
        attrs["data_key"] = key
    return _part(
        "button", label=label, icon=icon, kind=kind, size=size, href=href, type=type, attrs=_attributes(attrs)
    )


@register.simple_tag
def icon_button(
    icon: str,
    label: str,
    *,
    kind: str = "quiet",
    size: str = "",
    key: str = "",
    href: str = "",
    type: str = "button",  # noqa: A002
    **attrs: Any,
) -> SafeString:
    """A button that shows only its icon; the label is read out and shown as its tooltip."""
    attrs.setdefault("data_tip", label)
    if key:
        attrs["data_key"] = key
    return _part(
        "icon_button",
        label=label,
        icon=icon,
        kind=kind,
        size=size,
        href=href,
        type=type,
        attrs=_attributes(attrs),
    )


# Fields outside a Django form. Inside one, `{{ form }}` and `{{ form.name.as_field_group }}` look the same.


@register.simple_tag
def field(
    name: str,
    label: str,
    *,
    value: Any = "",
    help: str = "",  # noqa: A002
    error: str = "",
    type: str = "text",  # noqa: A002
    required: bool = False,
    optional: bool = False,
    rows: int = 0,
    id: str = "",  # noqa: A002
    **attrs: Any,
) -> SafeString:
    """A labelled input, or a textarea when rows is given."""
    context = _around(id or f"id_{name}", label, help, error, required=required, optional=optional)
    return _part("input", **context, name=name, value=value, type=type, rows=rows, attrs=_attributes(attrs))


@register.simple_tag
def select(
    name: str,
    label: str,
    options: Options,
    *,
    value: Any = "",
    help: str = "",  # noqa: A002
    error: str = "",
    required: bool = False,
    id: str = "",  # noqa: A002
    **attrs: Any,
) -> SafeString:
    """options: pairs of value and text."""
    context = _around(id or f"id_{name}", label, help, error, required=required)
    return _part("select", **context, name=name, options=_chosen(options, value), attrs=_attributes(attrs))


@register.simple_tag
def combobox(
    name: str,
    label: str,
    options: Options,
    *,
    value: Any = "",
    help: str = "",  # noqa: A002
    error: str = "",
    required: bool = False,
    placeholder: str = "",
    id: str = "",  # noqa: A002
    **attrs: Any,
) -> SafeString:
    """A select that one can type in. Without JavaScript it is the select."""
    context = _around(id or f"id_{name}", label, help, error, required=required)
    return _part(
        "combobox",
        **context,
        name=name,
        options=_chosen(options, value),
        placeholder=placeholder,
        has_value=value not in ("", None),
        attrs=_attributes(attrs),
    )


@register.simple_tag
def checkbox(name: str, label: str, **options: Any) -> SafeString:
    """checked, value ("on"), help, error, id, radio (a radio button instead); the rest become attributes."""
    return _choice("checkbox", name, label, **options)


@register.simple_tag
def switch(name: str, label: str, **options: Any) -> SafeString:
    """A checkbox whose change takes effect at once: pair it with hx_post and hx_trigger="change"."""
    return _choice("switch", name, label, **options)


@register.simple_tag
def file_drop(
    name: str,
    label: str,
    *,
    url: str = "",
    accept: str = "",
    limit_mb: int = 25,
    most: int = 10,
    help: str = "",  # noqa: A002
    error: str = "",
    id: str = "",  # noqa: A002
    **attrs: Any,
) -> SafeString:
    """Files by choosing, dropping or pasting. With a url each is sent at once, with progress and cancel:
    the answer's `{"id": …}` lands in a hidden `<name>` field. Without one they go with the form."""
    context = _around(id or f"id_{name}", label, help, error)
    return _part(
        "file_drop",
        **context,
        name=name,
        url=url,
        accept=accept,
        limit_mb=limit_mb,
        most=most,
        attrs=_attributes(attrs),
    )


# Marks


@register.simple_tag
def tag(label: str, *, href: str = "", remove_url: str = "", **attrs: Any) -> SafeString:
    return _part("tag", label=label, href=href, remove_url=remove_url, attrs=_attributes(attrs))


@register.simple_tag
def pill(label: str, kind: str = "", icon: str = "", **attrs: Any) -> SafeString:
    """A state in a word. kind: good, warn, bad, info (these bring their icon), accent, outline or nothing."""
    return _part(
        "pill", label=label, kind=kind, icon=icon or MEANINGS.get(kind, ""), attrs=_attributes(attrs)
    )


@register.simple_tag
def count(number: int | str, *, new: bool = False, label: str = "") -> SafeString:
    return _part("count", number=number, new=new, label=label)


@register.simple_tag
def avatar(name: str, *, src: str = "", presence: str = "", size: int = 32) -> SafeString:
    """presence: online, away, busy, offline. size: 20, 24, 32, 40, 56. The name must stand beside it."""
    return _part(
        "avatar",
        name=name,
        initial=_initials(name),
        hue=zlib.crc32(name.encode()) % 6,
        src=src,
        presence=presence,
        presence_word=PRESENCE.get(presence, ""),
        size=size,
    )


@register.simple_tag
def presence(state: str) -> SafeString:
    """The dot alone, with its word for screen readers."""
    return _part("presence", state=state, word=PRESENCE.get(state, state))


# Things that open


@register.simple_block_tag
def menu(
    content: SafeString,
    label: str,
    *,
    icon: str = "",
    kind: str = "",
    id: str = "",  # noqa: A002
    text: bool = True,
    **attrs: Any,
) -> SafeString:
    """A button and the list that it opens; put `menu_item` tags inside. text=False shows the icon alone."""
    return _part(
        "menu",
        content=content,
        label=label,
        icon=icon,
        kind=kind or ("" if text else "quiet"),
        id=id or f"menu-{secrets.token_hex(4)}",
        text=text,
        attrs=_attributes(attrs),
    )


@register.simple_tag
def menu_item(
    label: str,
    *,
    icon: str = "",
    href: str = "",
    kind: str = "",
    key: str = "",
    checked: bool | None = None,
    type: str = "button",  # noqa: A002
    **attrs: Any,
) -> SafeString:
    """kind="danger" for what takes away. checked=True/False makes it one of a choice."""
    return _part(
        "menu_item",
        label=label,
        icon=icon,
        href=href,
        kind=kind,
        key=key,
        checked=checked,
        type=type,
        attrs=_attributes(attrs),
    )


@register.simple_block_tag
def dialog(content: SafeString, id: str, title: str, *, wide: bool = False, open: bool = False) -> SafeString:  # noqa: A002
    """A window over the page, opened by any control with data-dialog-open="<id>"."""
    return _part("dialog", content=content, id=id, title=title, wide=wide, open=open)


@register.simple_tag
def toast(
    text: str, kind: str = "good", *, undo_url: str = "", undo_label: str = "", oob: bool = False
) -> SafeString:
    """News that floats. Errors stay until closed, undo stands 10 s. oob=True adds it from any htmx answer."""
    return _part(
        "toast",
        text=text,
        kind=kind,
        icon=MEANINGS.get(kind, "info"),
        undo_url=undo_url,
        undo_label=undo_label,
        oob=oob,
    )


@register.filter
def toast_kind(level_tag: str) -> str:
    """Django's word for the level of a message as one of ours."""
    return {"success": "good", "warning": "warn", "error": "bad"}.get(level_tag, "info")


@register.filter
def qr_code(svg: str) -> SafeString:
    """The drawing that allauth made of an otpauth address, as it is: it holds nothing but paths."""
    return SafeString(svg[svg.index("<svg") :])


# Pages and lists


@register.simple_tag
def tabs(items: Sequence[Mapping[str, Any]], label: str) -> SafeString:
    """Tabs that are links. items: dicts with label, href, current, and if wanted icon and count."""
    return _part("tabs", items=items, label=label)


@register.simple_block_tag
def table(content: SafeString, label: str, *, rows: bool = False, **attrs: Any) -> SafeString:
    """Write thead and tbody inside. rows=True: ↑ ↓ move over rows, Enter opens a row's link."""
    return _part("table", content=content, label=label, rows=rows, attrs=_attributes(attrs))


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
    return _part(
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
        attrs=_attributes(attrs),
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
    return _part(
        "empty", title=title, text=text, icon=icon, action=action, href=href, attrs=_attributes(attrs)
    )


@register.simple_tag
def skeleton(lines: int = 3, *, rows: bool = False) -> SafeString:
    """Where something will stand. Only for waits that are usually over 300 ms."""
    return _part("skeleton", lines=range(lines), rows=rows)


@register.simple_block_tag
def banner(
    content: SafeString, kind: str = "info", title: str = "", *, edge: bool = False, live: bool = False
) -> SafeString:
    """A notice inside the page. live=True has it read out when it appears; edge=True spans a pane."""
    return _part(
        "banner",
        content=content,
        kind=kind,
        title=title,
        icon=MEANINGS.get(kind, "info"),
        edge=edge,
        live=live,
    )


@register.simple_tag
def pagination(older: str = "", newer: str = "", *, label: str = "") -> SafeString:
    """older and newer: addresses, empty where there is nothing further."""
    return _part("pagination", older=older, newer=newer, label=label)


@register.simple_tag
def timeline(entries: Iterable[Mapping[str, Any]]) -> SafeString:
    """entries: dicts with text; when, by, note, icon and kind (good warn bad info now next) if wanted."""
    return _part("timeline", entries=entries)


@register.simple_tag
def stepper(steps: Sequence[str], current: int) -> SafeString:
    """current counts from 1; the steps before it are done."""
    return _part("stepper", steps=steps, current=current)


# Figures


@register.simple_tag
def stat(
    label: str, value: Any, *, unit: str = "", change: str = "", good: bool | None = None, href: str = ""
) -> SafeString:
    return _part("stat", label=label, value=value, unit=unit, change=change, good=good, href=href)


@register.simple_tag
def bar_chart(points: Iterable[tuple[Any, float]], label: str, unit: str = "") -> SafeString:
    """points: pairs of name and number, drawn on the server, with the same numbers in a table below."""
    return _part("bar_chart", chart=charts.bars(points), label=label, unit=unit)


@register.simple_tag
def line_chart(points: Iterable[tuple[Any, float]], label: str, unit: str = "") -> SafeString:
    return _part("line_chart", chart=charts.line(points), label=label, unit=unit)


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
    return _part(
        "time",
        moment=moment,
        shown=moments.shown(moment, style, zone=zone),
        exact=moments.exact(moment),
        style=style,
    )


@register.simple_tag
def password(
    name: str,
    label: str,
    *,
    help: str = "",  # noqa: A002
    error: str = "",
    id: str = "",  # noqa: A002
    autocomplete: str = "current-password",
    **attrs: Any,
) -> SafeString:
    """A password field with a button that shows what was typed."""
    context = _around(id or f"id_{name}", label, help, error, required=True)
    return _part("password", **context, name=name, autocomplete=autocomplete, attrs=_attributes(attrs))


def _around(
    identity: str, label: str, help_text: str, error: str, *, required: bool = False, optional: bool = False
) -> dict[str, Any]:
    described = [f"{identity}_helptext"] * bool(help_text) + [f"{identity}_error"] * bool(error)
    return {
        "id": identity,
        "label": label,
        "help": help_text,
        "errors": [error] if error else [],
        "required": required,
        "optional": optional,
        "described": " ".join(described),
    }


def _choice(
    look: str,
    name: str,
    label: str,
    *,
    checked: bool = False,
    value: Any = "on",
    radio: bool = False,
    help: str = "",  # noqa: A002
    error: str = "",
    id: str = "",  # noqa: A002
    **attrs: Any,
) -> SafeString:
    context = _around(id or f"id_{name}", label, help, error)
    return _part(
        "choice",
        **context,
        look=look,
        name=name,
        checked=checked,
        value=value,
        type="radio" if radio else "checkbox",
        attrs=_attributes(attrs),
    )


def _chosen(options: Options, value: Any) -> list[tuple[Any, Any, bool]]:
    return [(key, text, str(key) == str(value)) for key, text in options]


def _initials(name: str) -> str:
    """A Chinese name is known by its last character, others by their first letters."""
    words = name.split() or ["?"]
    if "\u3040" <= words[0][0] <= "\u9fff":
        return words[0][-1]
    return "".join(word[0] for word in words[:2]).upper()


def _attributes(given: Mapping[str, Any]) -> SafeString:
    return flatatt({name.replace("_", "-"): value for name, value in given.items() if value != ""})


def _part(template_name: str, /, **context: Any) -> SafeString:
    return render_to_string(f"parts/{template_name}.html", context)


def _sprite() -> str:
    return static("vendor/icons.svg")
