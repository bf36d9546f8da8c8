"""Every key of the console in one table: the scripts bind it, `?` lists it, the palette shows it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Key:
    """``press`` as one types it ("g m" is g, then m); ``does`` names the action in actions.js."""

    press: str
    does: str
    label: str | Promise
    icon: str = ""
    in_palette: bool = True


GROUPS: list[tuple[str | Promise, list[Key]]] = [
    (
        _("Move"),
        [
            Key("j", "next", _("Next conversation"), "arrow-down"),
            Key("k", "previous", _("Previous conversation"), "arrow-up"),
            Key("enter", "open", _("Open the chosen conversation"), "corner-down-left", in_palette=False),
            Key("u", "back", _("Back to the list"), "arrow-left"),
            Key("/", "search", _("Search"), "search"),
        ],
    ),
    (
        _("Answer"),
        [
            Key("r", "reply", _("Reply"), "reply"),
            Key("n", "note", _("Write a note"), "sticky-note"),
            Key("mod enter", "send", _("Send"), "send", in_palette=False),
            Key("f", "attach", _("Add files"), "paperclip"),
        ],
    ),
    (
        _("This conversation"),
        [
            Key("m", "take", _("Take it"), "hand"),
            Key("a", "assign", _("Assign to someone"), "user-check"),
            Key("h", "hand-over", _("Hand over"), "arrow-right-left"),
            Key("e", "solve", _("Solve or reopen"), "check"),
            Key("t", "tag", _("Tag"), "tag"),
            Key("p", "priority", _("Priority"), "flag"),
            Key("i", "context", _("Show or hide the customer"), "panel-right"),
        ],
    ),
    (
        _("Go to"),
        [
            Key("g m", "go-mine", _("Mine"), "user"),
            Key("g t", "go-team", _("My teams"), "users"),
            Key("g u", "go-unassigned", _("Unassigned"), "inbox"),
            Key("g w", "go-waiting", _("Waiting longest"), "hourglass"),
            Key("g a", "go-all", _("All"), "layers"),
            Key("g h", "go-articles", _("Help articles"), "book-open"),
        ],
    ),
    (
        _("Everything"),
        [
            Key("?", "keys", _("All keys"), "keyboard"),
            Key("mod k", "palette", _("Find any action"), "command", in_palette=False),
        ],
    ),
]


def press_of(action: str) -> str:
    return next((key.press for _group, keys in GROUPS for key in keys if key.does == action), "")
