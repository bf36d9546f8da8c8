"""What those who manage orders fill in about a carrier."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.orders.models import Carrier, TrackedBy

MOST_NAMES = 20
LONGEST_NAME = 80
FIELDS = ("code", "name", "also", "tracking_url", "tracked_by", "phone_tail_needed", "is_active")


class CarrierForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=LONGEST_NAME)
    code = forms.SlugField(
        label=_("Code"),
        max_length=40,
        help_text=_("The code your tracking service uses, such as “shunfeng” or “dhl”."),
    )
    also = forms.CharField(
        label=_("Other names"),
        required=False,
        max_length=MOST_NAMES * LONGEST_NAME,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One per line, as shops and files write it."),
    )
    tracking_url = forms.CharField(
        label=_("Tracking link"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "Where customers can track a parcel. {number} stands for the tracking number. Leave empty for no link."
        ),
    )
    tracked_by = forms.ChoiceField(
        label=_("How its parcels are tracked"),
        choices=TrackedBy,
        initial=TrackedBy.HAND,
        widget=forms.RadioSelect,
        help_text=_(
            "Only carriers set to Kuaidi100 are looked up there. Updates from a signed webhook are always accepted."
        ),
    )
    phone_tail_needed = forms.BooleanField(
        label=_("Kuaidi100 needs the last digits of the phone number"), required=False
    )
    is_active = forms.BooleanField(
        label=_("Offered for new parcels"),
        required=False,
        initial=True,
        help_text=_("Existing parcels keep its name and link."),
    )

    def __init__(self, given: Any = None, *, carrier: Carrier | None = None) -> None:
        held = {name: getattr(carrier, name) for name in FIELDS} if carrier else {}
        if carrier:
            held["also"] = "\n".join(carrier.also)
        super().__init__(given, initial=held)

    def clean_also(self) -> list[str]:
        named = (" ".join(line.split()) for line in self.cleaned_data["also"].splitlines())
        names = list(dict.fromkeys(name for name in named if name))
        if len(names) > MOST_NAMES or any(len(name) > LONGEST_NAME for name in names):
            words = _now("At most %(names)d names, with at most %(letters)d letters each.")
            raise forms.ValidationError(words % {"names": MOST_NAMES, "letters": LONGEST_NAME})
        return names

    def clean_tracking_url(self) -> str:
        url: str = self.cleaned_data["tracking_url"]
        if url and not _leads_to_a_parcel(url):
            raise forms.ValidationError(
                _now("Write it in full, with https:// and with {number} behind the name of the site.")
            )
        return url


def _leads_to_a_parcel(url: str) -> bool:
    """The number chooses the page, never the site."""
    try:
        URLValidator(schemes=["https", "http"])(url.replace("{number}", "1"))
        site = urlsplit(url).netloc
    except (forms.ValidationError, ValueError):
        return False
    return "{number}" in url and "{" not in site
