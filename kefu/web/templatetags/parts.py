"""The parts that pages are put together from, as template tags: buttons, marks, what opens, notices. Beside them
stand `fields`, `lists` and `figures`. Every template has them all; `/-/parts` shows each in every state.

Any further keyword becomes an attribute of the control: `hx_post=url` → `hx-post="…"`.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kefu.web import joining
from kefu.web.drawing import attributes, part

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


@register.simple_tag
def stylesheets() -> SafeString:
    """One link for each file: they load side by side, where @import would load one after another."""
    addresses = ((static(path),) for path in STYLESHEETS)
    return format_html_join("\n  ", '<link rel="stylesheet" href="{}">', addresses)


# Controls


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """A Lucide icon from the sprite: 16 or 20 px. Without a label it is hidden from screen readers."""
    return _drawn_icon(name, size, str(label))


@lru_cache(maxsize=1000)
def _drawn_icon(name: str, size: int, label: str) -> SafeString:
    """Kept, as a page has a hundred of them, of some dozens of kinds."""
    meaning = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    sprite = static("vendor/icons.svg")
    return format_html(
        '<svg class="icon size-{}"{}><use href="{}#{}"></use></svg>', size, flatatt(meaning), sprite, name
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
    return part(
        "button", label=label, icon=icon, kind=kind, size=size, href=href, type=type, attrs=attributes(attrs)
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
    return part(
        "icon_button",
        label=label,
        icon=icon,
        kind=kind,
        size=size,
        href=href,
        type=type,
        attrs=attributes(attrs),
    )


# Marks


@register.simple_tag
def tag(label: str, *, href: str = "", remove_url: str = "", **attrs: Any) -> SafeString:
    return part("tag", label=label, href=href, remove_url=remove_url, attrs=attributes(attrs))


@register.simple_tag
def pill(label: str, kind: str = "", icon: str = "", **attrs: Any) -> SafeString:
    """A state in a word. kind: good, warn, bad, info (these bring their icon), accent, outline or nothing."""
    return part("pill", label=label, kind=kind, icon=icon or MEANINGS.get(kind, ""), attrs=attributes(attrs))


@register.simple_tag
def count(number: int | str, *, new: bool = False, label: str = "") -> SafeString:
    return part("count", number=number, new=new, label=label)


@register.simple_tag
def avatar(name: str, *, src: str = "", presence: str = "", size: int = 32) -> SafeString:
    """presence: online, away, busy, offline. size: 20, 24, 32, 40, 56. The name must stand beside it."""
    return part(
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
    return part("presence", state=state, word=PRESENCE.get(state, state))


@register.filter
def qr_code(svg: str) -> SafeString:
    """The drawing that allauth made of an otpauth address, as it is: it holds nothing but paths."""
    return SafeString(svg[svg.index("<svg") :])


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
    return part(
        "menu",
        content=content,
        label=label,
        icon=icon,
        kind=kind or ("" if text else "quiet"),
        id=id or f"menu-{secrets.token_hex(4)}",
        text=text,
        attrs=attributes(attrs),
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
    return part(
        "menu_item",
        label=label,
        icon=icon,
        href=href,
        kind=kind,
        key=key,
        checked=checked,
        type=type,
        attrs=attributes(attrs),
    )


@register.simple_block_tag
def dialog(content: SafeString, id: str, title: str, *, wide: bool = False, open: bool = False) -> SafeString:  # noqa: A002
    """A window over the page, opened by any control with data-dialog-open="<id>"."""
    return part("dialog", content=content, id=id, title=title, wide=wide, open=open)


# Notices


@register.simple_tag
def toast(
    text: str, kind: str = "good", *, undo_url: str = "", undo_label: str = "", oob: bool = False
) -> SafeString:
    """News that floats. Errors stay until closed, undo stands 10 s. oob=True adds it from any htmx answer."""
    return part(
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
def explained(text: object) -> str:
    return joining.explained(text)


@register.filter
def listed(words: Iterable[Any]) -> str:
    return joining.listed(words)


@register.simple_block_tag
def banner(
    content: SafeString, kind: str = "info", title: str = "", *, edge: bool = False, live: bool = False
) -> SafeString:
    """A notice inside the page. live=True has it read out when it appears; edge=True spans a pane."""
    return part(
        "banner",
        content=content,
        kind=kind,
        title=title,
        icon=MEANINGS.get(kind, "info"),
        edge=edge,
        live=live,
    )


def _initials(name: str) -> str:
    """A Chinese name is known by its last character, others by their first letters."""
    words = name.split() or ["?"]
    if "\u3040" <= words[0][0] <= "\u9fff":
        return words[0][-1]
    return "".join(word[0] for word in words[:2]).upper()
