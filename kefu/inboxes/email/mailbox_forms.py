"""What an admin fills in about a mailbox: what it is called, where it belongs, what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kefu.conversations.models import Inbox
from kefu.inboxes.email.mailbox_fields import PLAIN, line, text
from kefu.inboxes.email.mailbox_flows import MOST_ADDRESSES, NotAnAddress, address_from
from kefu.inboxes.email.models import MailAddress
from kefu.inboxes.email.settings import MailSettings
from kefu.inboxes.forms import AnyInboxForm
from kefu.inboxes.stored import Words


class MailboxForm(AnyInboxForm):
    addresses = forms.CharField(
        label=_("Addresses"),
        max_length=MOST_ADDRESSES * 260,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "support@example.com", **PLAIN}),
        help_text=_(
            "One a line. The first is the one that customers see; mail to the others arrives as well."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].help_text = _("For customers whose language is not known.")
        self.order_fields(["name", "addresses"])

    def clean_addresses(self) -> tuple[str, ...]:
        try:
            found = tuple(
                dict.fromkeys(address_from(text) for text in self.cleaned_data["addresses"].split())
            )
        except NotAnAddress as problem:
            raise forms.ValidationError(str(problem)) from problem
        if len(found) > MOST_ADDRESSES:
            raise forms.ValidationError(
                _now("At most %(most)d entries are possible here.") % {"most": MOST_ADDRESSES}
            )
        return found


def addresses_of(inbox: Inbox) -> str:
    return "\n".join(MailAddress.objects.filter(inbox=inbox).values_list("address", flat=True))


class WordsForm(forms.Form):
    sender_name_zh = line(_("Sender's name, Chinese"), max_length=60)
    sender_name_en = line(
        _("Sender's name, English"), max_length=60, help_text=_("The brand's name unless told.")
    )
    signature_zh = text(_("Signature, Chinese"))
    signature_en = text(
        _("Signature, English"),
        _("The name of whoever answers stands above it. Teams and colleagues may have one instead."),
    )
    acknowledge = forms.BooleanField(
        label=_("Tell senders that their mail has arrived"),
        required=False,
        help_text=_("Once for a conversation, once a day for an address, and only to proven senders."),
    )
    acknowledgement_zh = text(_("Acknowledgement, Chinese"))
    acknowledgement_en = text(
        _("Acknowledgement, English"),
        _("Empty: the number, that a person will answer, and when you open if you are closed."),
    )
    continue_minutes = forms.IntegerField(
        label=_("Minutes after which a chat goes on by mail"),
        min_value=0,
        max_value=10_080,
        help_text=_(
            "When its customer has gone and left a proven address. 0 is never; at most 10,080, a week."
        ),
    )

    def clean_sender_name_zh(self) -> str:
        return _printable(self.cleaned_data["sender_name_zh"])

    def clean_sender_name_en(self) -> str:
        return _printable(self.cleaned_data["sender_name_en"])

    def changed(self, before: MailSettings) -> MailSettings:
        said = self.cleaned_data
        return replace(
            before,
            sender_name=self._in_both("sender_name"),
            signature=self._in_both("signature"),
            acknowledgement=self._in_both("acknowledgement"),
            acknowledge=said["acknowledge"],
            continue_minutes=said["continue_minutes"],
        )

    def _in_both(self, name: str) -> Words:
        said = self.cleaned_data
        return Words(said[f"{name}_zh"].strip(), said[f"{name}_en"].strip())


def _printable(text: str) -> str:
    if not text.isprintable():
        raise forms.ValidationError(_now("A name is one line."))
    return text


def words_said(settings: MailSettings) -> dict[str, Any]:
    in_both = {
        f"{name}_{language}": getattr(getattr(settings, name), language)
        for name in ("sender_name", "signature", "acknowledgement")
        for language in ("zh", "en")
    }
    return in_both | {"acknowledge": settings.acknowledge, "continue_minutes": settings.continue_minutes}
