"""What those who manage orders fill in."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.orders.incoming import MOST_MONTHS
from kefu.orders.managing import ENTERED, MAPPED
from kefu.orders.models import OrderSource, Product, ProductFlag, SourceKind, TrackingKind, What
from kefu.people.models import Brand, Staff
from kefu.people.reach import brands_of

LABELS = {
    "token": _("Access token"),
    "webhook_secret": _("Webhook secret of the shop"),
    "key": _("Consumer key"),
    "secret": _("Consumer secret"),
}
LONGEST_MAPPING = 100_000
LONGEST_SAMPLE = 20_000


class BrandField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in stubs
    def __init__(self) -> None:
        super().__init__(Brand.objects.none(), label=_("Brand"))


class OfBrand(forms.Form):
    """Opening something for a brand; changing it leaves the brand as it is."""

    brand = BrandField()

    def __init__(self, *args: Any, agent: Staff, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if new:
            field: Any = self.fields["brand"]
            field.queryset = brands_of(agent).order_by("name")
            if len(field.queryset) == 1:
                field.initial = field.queryset[0]
        else:
            del self.fields["brand"]


class SourceForm(OfBrand):
    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=60)
    address = forms.URLField(
        label=_("Address"),
        max_length=300,
        assume_scheme="https",
        required=False,
        help_text=_("Where orders are fetched from. Leave it empty if the shop only sends to us."),
    )

    def __init__(self, *args: Any, kind: str, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, new=new, **kwargs)
        self.kind = SourceKind(kind)
        if self.kind == SourceKind.FILE:
            del self.fields["address"]
        if self.kind not in MAPPED:
            self.fields["address"].required = True
            self.fields["address"].help_text = _("Of the shop itself, such as https://name.myshopify.com.")
        for name in ENTERED[self.kind]:
            self.fields[name] = _secret(LABELS[name], new=new)

    def given(self) -> dict[str, Any]:
        found = self.cleaned_data
        secrets = {name: found.get(name, "") for name in ENTERED[self.kind]}
        return {"name": found["name"], "address": found.get("address", ""), "secrets": secrets}


def _secret(label: Any, *, new: bool) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="" if new else _("Leave it empty to keep the current one."),
    )


class MappingForm(forms.Form):
    document = forms.CharField(
        label=_("Mapping"),
        max_length=LONGEST_MAPPING,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "code"}),
        help_text=_("JSON: which field of the source becomes which of ours."),
    )
    what = forms.ChoiceField(label=_("Rows of the sample"), choices=What, required=False)
    sample = forms.CharField(
        label=_("Sample"),
        max_length=LONGEST_SAMPLE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "code"}),
        help_text=_("A few lines of a real file, with its header. They are read and shown, not stored."),
    )

    def clean_document(self) -> Any:
        try:
            return json.loads(self.cleaned_data["document"])
        except json.JSONDecodeError as problem:
            where = {"line": problem.lineno, "column": problem.colno}
            raise forms.ValidationError(
                _now("This is not JSON: look at line %(line)d, column %(column)d.") % where
            ) from problem
        except (ValueError, RecursionError) as problem:
            raise forms.ValidationError(_now("This is not JSON.")) from problem


class UploadForm(forms.Form):
    """Only what the mapping describes can be uploaded."""

    what = forms.ChoiceField(label=_("Contents"))
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_(
            "CSV (UTF-8 or GB 18030) or JSON, up to 32 MB. It is checked first; nothing is stored yet."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.json,.jsonl"}),
    )

    def __init__(self, *args: Any, source: OrderSource, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["what"]
        field.choices = [(value, label) for value, label in What.choices if value in source.mapping]


class ServiceForm(OfBrand):
    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=60)

    def __init__(self, *args: Any, kind: str, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, new=new, **kwargs)
        if kind == TrackingKind.KUAIDI100:
            self.fields["customer"] = _secret(_("Customer code"), new=new)
            self.fields["key"] = _secret(_("Authorisation key"), new=new)
            self.fields["customer"].required = self.fields["key"].required = new

    def given(self) -> dict[str, Any]:
        found = self.cleaned_data
        return {"name": found["name"], "customer": found.get("customer", ""), "key": found.get("key", "")}


class ProductForm(OfBrand):
    """What a shop tells (name, model, category) is not asked for."""

    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=200)
    model_no = forms.CharField(label=_("Model number"), max_length=80)
    category = forms.CharField(label=_("Category"), max_length=80, required=False)
    flags = forms.MultipleChoiceField(
        label=_("Properties"),
        choices=ProductFlag,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Policies may exclude such goods from returns."),
    )
    serial_tracked = forms.BooleanField(label=_("Every unit has a serial number"), required=False)
    warranty_months = forms.IntegerField(
        label=_("Warranty in months"),
        min_value=0,
        max_value=MOST_MONTHS,
        required=False,
        help_text=_("Leave empty to follow the policy."),
    )
    parts = forms.CharField(
        label=_("Warranty of parts"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One part per line, with its months, such as “Battery: 12”."),
    )
    manuals = forms.CharField(
        label=_("Manuals"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("One per line: title and address, such as “Quick start https://www.example.com/q.pdf”."),
    )
    faults = forms.CharField(
        label=_("Known faults"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One per line: the fault and what helps, such as “Will not charge: clean the contacts”."),
    )

    def __init__(self, *args: Any, product: Product | None = None, **kwargs: Any) -> None:
        super().__init__(*args, new=product is None, initial=_as_written(product), **kwargs)
        if product is not None and product.external_id:
            for name in ("name", "model_no", "category"):
                del self.fields[name]

    def clean_parts(self) -> dict[str, int]:
        parts = {}
        for name, months in _pairs(self.cleaned_data["parts"]):
            if not (months.isascii() and months.isdigit() and int(months) <= MOST_MONTHS):
                raise forms.ValidationError(_now("“%s” has no number of months after a colon.") % name)
            parts[name] = int(months)
        return parts

    def clean_manuals(self) -> list[dict[str, str]]:
        manuals = []
        for line in self.cleaned_data["manuals"].splitlines():
            title, _blank, url = line.strip().rpartition(" ")
            if line.strip() and not (title and url.startswith(("https://", "http://"))):
                raise forms.ValidationError(
                    _now("“%s” has no address that begins with https://.") % line.strip()[:60]
                )
            manuals += [{"title": title.strip(), "url": url}] if line.strip() else []
        return manuals

    def clean_faults(self) -> list[dict[str, str]]:
        return [{"fault": fault, "advice": advice} for fault, advice in _pairs(self.cleaned_data["faults"])]

    def described(self) -> dict[str, Any]:
        found = self.cleaned_data
        names = ("name", "model_no", "category", "flags", "serial_tracked", "warranty_months", "manuals")
        described = {name: found[name] for name in names if name in found}
        return {**described, "warranty_parts": found["parts"], "known_faults": found["faults"]}


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = (line.replace("：", ":").partition(":") for line in text.splitlines())
    return [(name.strip(), value.strip()) for name, _colon, value in pairs if name.strip()]


def _as_written(product: Product | None) -> dict[str, Any]:
    if product is None:
        return {}
    names = ("name", "model_no", "category", "flags", "serial_tracked", "warranty_months")
    return {
        **{name: getattr(product, name) for name in names},
        "parts": "\n".join(f"{name}: {months}" for name, months in product.warranty_parts.items()),
        "manuals": "\n".join(f"{one['title']} {one['url']}" for one in product.manuals),
        "faults": "\n".join(f"{one['fault']}: {one['advice']}" for one in product.known_faults),
    }
