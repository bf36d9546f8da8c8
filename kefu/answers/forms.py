"""What admins fill in about answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.answers import collecting
from kefu.answers.models import Assistant, Endpoint
from kefu.conversations.models import FieldDefinition, InboxKind

TOPIC = "topic-"
_QUIET = {"autocomplete": "off", "spellcheck": "false"}


def _share(label: Any, help_text: Any = "") -> forms.FloatField:
    return forms.FloatField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=1,
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )


class AssistantForm(forms.Form):
    is_on = forms.BooleanField(label=_("Switched on"), required=False)
    answer_from = _share(_("Answers from this confidence"), _("A wrong answer costs more than a hand-over."))
    offer_from = _share(_("Offers articles from this confidence"), _("Below it, a person takes over."))
    near = _share(_("Asks back when two are nearer than"), _("Once in a conversation."))
    seconds = forms.IntegerField(
        label=_("Seconds until a person takes over"),
        min_value=3,
        max_value=120,
    )
    looks_up_orders = forms.BooleanField(
        label=_("Looks up orders by number and a second fact"), required=False
    )
    phrases = forms.BooleanField(
        label=_("Lets the model phrase its answers"),
        required=False,
        help_text=_("Only where an endpoint is set up and switched on."),
    )
    collects = forms.MultipleChoiceField(
        label=_("Asks for these before it gives up"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, assistant: Assistant, *args: Any, **kwargs: Any) -> None:
        names = list(self.base_fields)
        kwargs["initial"] = {name: getattr(assistant, name) for name in names}
        super().__init__(*args, **kwargs)
        self._add_topics(assistant)
        fields = FieldDefinition.objects.filter(brand=assistant.inbox.brand_id)
        choices = [(one.key, one.label) for one in fields]
        if choices:
            self.fields["collects"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["collects"]

    def _add_topics(self, assistant: Assistant) -> None:
        """By intent, a form's topic; nothing where the brand has no form, or this is one."""
        topics = collecting.topics_of(assistant.inbox.brand)
        if not topics or assistant.inbox.kind == InboxKind.FORM:
            return
        for intent in collecting.INTENTS:
            self.fields[f"{TOPIC}{intent}"] = forms.ChoiceField(
                label=_("Questions before a person takes over: %(intent)s") % {"intent": intent.label},
                choices=[("", _("None")), *topics],
                required=False,
                initial=assistant.topics.get(intent, ""),
            )

    def given(self) -> dict[str, Any]:
        plain = {name: value for name, value in self.cleaned_data.items() if not name.startswith(TOPIC)}
        topics = {
            name.removeprefix(TOPIC): value
            for name, value in self.cleaned_data.items()
            if name.startswith(TOPIC) and value
        }
        return {"collects": [], **plain, "topics": topics}


class EndpointForm(forms.Form):
    is_on = forms.BooleanField(label=_("Switched on"), required=False)
    address = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=300,
        help_text=_("As far as before /chat/completions, for example https://models.example/v1"),
        widget=forms.URLInput(attrs=_QUIET),
    )
    model = forms.CharField(
        label=pgettext_lazy("machine", "Model"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs=_QUIET),
    )
    key = forms.CharField(
        label=_("Key"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    seconds = forms.IntegerField(
        label=_("Seconds until the article itself is quoted"), min_value=1, max_value=60
    )
    calls_a_day = forms.IntegerField(label=_("Calls a day, at most"), min_value=0, max_value=10_000_000)
    tokens_a_day = forms.IntegerField(label=_("Tokens a day, at most"), min_value=0, max_value=2_000_000_000)
    days_kept = forms.IntegerField(
        label=_("Days for which what was sent and answered is kept"), min_value=1, max_value=365
    )

    def __init__(self, endpoint: Endpoint, *args: Any, **kwargs: Any) -> None:
        names = [name for name in self.base_fields if name != "key"]
        kwargs["initial"] = {name: getattr(endpoint, name) for name in names}
        super().__init__(*args, **kwargs)
        if endpoint.key:
            self.fields["key"].help_text = _("A value is saved. Leave this empty to keep it.")

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"].strip()
        if not key.isascii() or not key.isprintable():
            raise forms.ValidationError(_("A key has no such characters. Please copy it again."))
        return key

    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "key"}
