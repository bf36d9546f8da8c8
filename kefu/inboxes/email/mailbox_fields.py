"""Fields that the forms of a mailbox are made of."""

from __future__ import annotations

from typing import Any

from django import forms

from kefu.inboxes.email.settings import LONGEST_LINE, LONGEST_TEXT

LONGEST_SECRET = 4000
PLAIN = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


def line(label: Any, **more: Any) -> forms.CharField:
    given: dict[str, Any] = {"max_length": LONGEST_LINE, "required": False}
    return forms.CharField(label=label, widget=forms.TextInput(attrs=PLAIN), **(given | more))


def secret(label: Any) -> forms.CharField:
    """Never filled in beforehand: Django leaves password fields empty."""
    return forms.CharField(
        label=label,
        max_length=LONGEST_SECRET,
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={**PLAIN, "autocomplete": "new-password"}),
    )


def text(label: Any, help_text: Any = "", rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_TEXT,
        required=False,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )
