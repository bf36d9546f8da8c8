"""What an admin fills in about a contact form as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefu.inboxes.form.settings import FormSettings
from kefu.inboxes.forms import AnyInboxForm, origins_in
from kefu.inboxes.stored import LONGEST_LINE, Words


class ContactForm(AnyInboxForm):
    title_zh = forms.CharField(label=_("Title, Chinese"), max_length=LONGEST_LINE, required=False)
    title_en = forms.CharField(label=_("Title, English"), max_length=LONGEST_LINE, required=False)
    intro_zh = forms.CharField(label=_("Introduction, Chinese"), max_length=LONGEST_LINE, required=False)
    intro_en = forms.CharField(label=_("Introduction, English"), max_length=LONGEST_LINE, required=False)
    origins = forms.CharField(
        label=_("Websites that may show the form"),
        widget=forms.Textarea(
            attrs={"rows": 3, "spellcheck": "false", "placeholder": "https://www.example.com"}
        ),
        required=False,
        help_text=_("One address per line, without a path. The separate page needs none."),
    )

    def clean_origins(self) -> tuple[str, ...]:
        return origins_in(self.cleaned_data["origins"])

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not said.get("title_zh") and not said.get("title_en"):
            self.add_error("title_en", _("Give the form a title in at least one language."))
        return said

    def changed(self, form: FormSettings) -> FormSettings:
        """What is stored now, with what is said here."""
        said = self.cleaned_data
        return replace(
            form,
            allowed_origins=said["origins"],
            title=Words(said["title_zh"], said["title_en"]),
            intro=Words(said["intro_zh"], said["intro_en"]),
        )


def said(form: FormSettings) -> dict[str, Any]:
    return {
        "title_zh": form.title.zh,
        "title_en": form.title.en,
        "intro_zh": form.intro.zh,
        "intro_en": form.intro.en,
        "origins": "\n".join(form.allowed_origins),
    }
