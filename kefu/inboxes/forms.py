"""What an admin fills in about an inbox."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.conversations.models import Inbox
from kefu.hours.models import Schedule
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.stored import LONGEST_LINE, BadSettings, Words, origin_of
from kefu.people.models import Staff, Team


class TeamChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in stubs
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.brand.name} – {obj.name}"


class AnyInboxForm(forms.Form):
    """What each kind of inbox is asked. Opening one: the team says which brand it is for. Changing: it stays."""

    name = forms.CharField(
        label=pgettext_lazy("of a thing", "Name"),
        max_length=60,
        help_text=_("For colleagues; customers see the brand's name."),
    )
    team = TeamChoice(
        label=_("Team"),
        queryset=Team.objects.none(),
        help_text=_("What comes in here waits in this team's queue."),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("For visitors whose browser asks for neither language."),
    )
    schedule = forms.ModelChoiceField(
        label=_("Service hours"),
        queryset=Schedule.objects.none(),
        required=False,
        empty_label=_("Always open"),
    )

    def __init__(self, *args: Any, agent: Staff, inbox: Inbox | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams, schedules = Team.objects.select_related("brand"), Schedule.objects.select_related("brand")
        if inbox is not None:
            teams, schedules = teams.filter(brand=inbox.brand_id), schedules.filter(brand=inbox.brand_id)
        elif not agent.sees_every_brand:
            teams = teams.filter(brand__teams__in=agent.team_ids).distinct()
            schedules = schedules.filter(brand__teams__in=agent.team_ids).distinct()
        _offer(self, "team", teams.order_by("brand__name", "name"))
        _offer(self, "schedule", schedules.order_by("name"))


class InboxForm(AnyInboxForm):
    """A chat."""

    origins = forms.CharField(
        label=_("Websites that may show the chat"),
        widget=forms.Textarea(
            attrs={"rows": 3, "spellcheck": "false", "placeholder": "https://www.example.com"}
        ),
        required=False,
        help_text=_("One address per line, without a path. The chat does not open on any other website."),
    )
    greeting_zh = forms.CharField(label=_("Greeting, Chinese"), max_length=LONGEST_LINE, required=False)
    greeting_en = forms.CharField(label=_("Greeting, English"), max_length=LONGEST_LINE, required=False)
    reply_zh = forms.CharField(
        label=_("Expected reply, Chinese"),
        max_length=LONGEST_LINE,
        required=False,
        help_text=_(
            "Shown while you are open, until ten answers of the last seven days tell how long it really takes. "
            "Promise only what the team can keep."
        ),
    )
    reply_en = forms.CharField(label=_("Expected reply, English"), max_length=LONGEST_LINE, required=False)

    def clean_origins(self) -> tuple[str, ...]:
        return origins_in(self.cleaned_data["origins"])

    def changed(self, chat: ChatSettings) -> ChatSettings:
        """What is stored now, with what this form says."""
        said = self.cleaned_data
        return replace(
            chat,
            allowed_origins=said["origins"],
            greeting=Words(said["greeting_zh"], said["greeting_en"]),
            expected_reply=Words(said["reply_zh"], said["reply_en"]),
        )


def origins_in(text: str) -> tuple[str, ...]:
    """One address a line; raises ``ValidationError``."""
    try:
        return tuple(dict.fromkeys(origin_of(line) for line in text.split()))
    except BadSettings as problem:
        raise forms.ValidationError(str(problem)) from problem


def _offer(form: forms.Form, name: str, choices: QuerySet[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = choices


def shown(inbox: Inbox, chat: ChatSettings) -> dict[str, Any]:
    """An inbox as ``InboxForm`` begins with it."""
    return in_common(inbox) | said(chat)


def in_common(inbox: Inbox) -> dict[str, Any]:
    return {
        "name": inbox.name,
        "team": inbox.team_id,
        "language": inbox.language,
        "schedule": inbox.schedule_id,
    }


def said(chat: ChatSettings) -> dict[str, Any]:
    return {
        "origins": "\n".join(chat.allowed_origins),
        "greeting_zh": chat.greeting.zh,
        "greeting_en": chat.greeting.en,
        "reply_zh": chat.expected_reply.zh,
        "reply_en": chat.expected_reply.en,
    }


class IdentityForm(forms.Form):
    enforce_identity = forms.BooleanField(
        label=_("Only customers who are signed in on the website may chat"),
        required=False,
        help_text=_("Visitors without a signed identity see how else to reach you."),
    )
    plain_hash = forms.BooleanField(
        label=_("Also accept the hash without an expiry"),
        required=False,
        help_text=_("For migrating from other products. It never expires, so turn it off afterwards."),
    )
