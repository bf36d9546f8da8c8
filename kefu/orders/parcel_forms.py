"""What a colleague fills in to enter a parcel, and to say where one is."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kefu.orders import parcels
from kefu.orders.models import Carrier, Order, OrderLine, Shipment, ShipmentStatus

MINUTE = "%Y-%m-%dT%H:%M"


class SentOnce(forms.Form):
    """``key`` is of this form as it was shown: sent twice it has one effect."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid4


class ParcelForm(SentOnce):
    """A field for each item of which something is left to send; all of it, unless less is said. What was sent in is
    read for every item: by then the same form may have been sent before.
    """

    carrier = forms.ChoiceField(label=_("Carrier"), required=False)
    tracking_no = forms.CharField(
        label=_("Tracking number"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    status = forms.ChoiceField(
        label=_("Progress"),
        choices=[(step.value, step.label) for step in parcels.AT_FIRST],
        initial=ShipmentStatus.PICKED_UP,
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = Carrier.objects.filter(is_active=True).order_by("name").values_list("code", "name")
        field: Any = self.fields["carrier"]
        field.choices = [("", _now("No carrier, own delivery")), *offered]
        left = parcels.unsent(order)
        self.lines = [line for line in order.lines.order_by("position") if self.is_bound or left[line.pk]]
        for line in self.lines:
            self.fields[_name(line)] = _quantity(line, left[line.pk])

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors and not self.contents():
            raise forms.ValidationError(_now("Say what is in it."))
        return self.cleaned_data

    def contents(self) -> dict[UUID, int]:
        told = {line.pk: self.cleaned_data.get(_name(line)) for line in self.lines}
        return {line: qty for line, qty in told.items() if qty}

    def given(self) -> dict[str, Any]:
        named = {name: self.cleaned_data[name] for name in ("key", "carrier", "tracking_no", "status")}
        return {**named, "contents": self.contents()}


class MarkForm(SentOnce):
    """``at`` is what a clock of the colleague shows."""

    status = forms.ChoiceField(label=_("Where it is"))
    at = forms.DateTimeField(
        label=_("When"),
        input_formats=[MINUTE],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTE),
        help_text=_("The return period starts on the day of delivery."),
    )
    text = forms.CharField(
        label=_("What to tell the customer about it"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Shown to customers when they track their order."),
    )

    def __init__(self, *args: Any, shipment: Shipment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["status"]
        field.choices = [(step.value, step.label) for step in parcels.steps(shipment)]
        self.fields["status"].initial = parcels.likely(shipment)
        self.fields["at"].initial = timezone.now


def _name(line: OrderLine) -> str:
    return f"qty_{line.pk.hex}"


def _quantity(line: OrderLine, left: int) -> forms.IntegerField:
    named = " · ".join([line.name, *(str(value) for value in line.options.values())])
    field = forms.IntegerField(label=named, min_value=0, max_value=line.qty, required=False, initial=left)
    if not left:
        field.widget = forms.HiddenInput()
    field.help_text = _now("%(left)d can still be sent.") % {"left": left}
    field.needed = True  # type: ignore[attr-defined]  # read by parts/form_field.html: not called optional
    return field
