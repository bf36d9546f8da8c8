"""Tags and fields in the desk's settings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from kefu.conversations.models import FieldDefinition, Tag
from kefu.inboxes import labels
from kefu.inboxes.stored import KEY
from kefu.inboxes.topicform import free_key
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Brand, Refused, Staff
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

TAGS, FIELDS = "settings_tags", "settings_fields"


class TagForm(forms.Form):
    brand = forms.ModelChoiceField(label=_("Brand"), queryset=Brand.objects.none(), empty_label=None)
    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=40)

    def __init__(self, *args: Any, brands: QuerySet[Brand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, brands)


class FieldForm(forms.Form):
    brand = forms.ModelChoiceField(label=_("Brand"), queryset=Brand.objects.none(), empty_label=None)
    label = forms.CharField(label=_("Label"), max_length=60)
    key = forms.CharField(
        label=_("Key"),
        max_length=40,
        required=False,
        help_text=_("For the API; made from the label if you leave it empty. It cannot be changed later."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
    )
    kind = forms.ChoiceField(label=_("Type"), choices=FieldDefinition.Kind.choices)
    choices = forms.CharField(
        label=_("Answers"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text=_("One a line, for the type “Choice”."),
    )

    def __init__(self, *args: Any, brands: QuerySet[Brand] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if brands is None:
            del self.fields["brand"], self.fields["key"]
        else:
            _offer(self, brands)

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if key and not KEY.fullmatch(key):
            raise forms.ValidationError(
                _now("A key has small letters, digits and _ only, and begins with a letter.")
            )
        return key

    def clean_choices(self) -> list[str]:
        return [line.strip()[:60] for line in self.cleaned_data["choices"].splitlines() if line.strip()][:40]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == FieldDefinition.Kind.CHOICE and not cleaned.get("choices"):
            self.add_error("choices", _now("A choice needs at least one answer to choose from."))
        return cleaned


def _offer(form: forms.Form, brands: QuerySet[Brand]) -> None:
    field = form.fields["brand"]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = brands
    if len(brands) == 1:
        field.widget, field.initial = forms.HiddenInput(), brands[0].pk


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def tags(request: StaffRequest) -> HttpResponse:
    brands = _brands(request.agent)
    form = TagForm(request.POST or None, brands=brands)
    if form.is_valid():
        said = form.cleaned_data
        try:
            labels.add_tag(brand=said["brand"], name=said["name"], by=request.agent)
            return redirect(TAGS)
        except Refused as problem:
            form.add_error("name", str(problem))
    found = (
        Tag.objects.filter(brand__in=brands).annotate(uses=Count("taggings")).order_by("brand__name", "name")
    )
    context = {"form": form, "tags": found.select_related("brand"), "several": len(brands) > 1}
    return settings_page(request, "inboxes/tags.html", context, here=TAGS)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def tag(request: StaffRequest, tag: UUID) -> HttpResponse:
    one = get_object_or_404(Tag, pk=tag, brand__in=_brands(request.agent))
    form = TagForm(
        request.POST or None, brands=Brand.objects.filter(pk=one.brand_id), initial={"name": one.name}
    )
    if form.is_valid():
        try:
            labels.rename_tag(one, form.cleaned_data["name"], by=request.agent)
            messages.success(request, _now("Saved."))
            return redirect(TAGS)
        except Refused as problem:
            form.add_error("name", str(problem))
    return settings_page(request, "inboxes/tag.html", {"tag": one, "form": form}, here=TAGS)


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def tag_removal(request: StaffRequest, tag: UUID) -> HttpResponse:
    one = get_object_or_404(Tag, pk=tag, brand__in=_brands(request.agent))
    labels.remove_tag(one, by=request.agent)
    messages.success(request, _now("The tag is gone, also from all conversations."))
    return redirect(TAGS)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def fields(request: StaffRequest) -> HttpResponse:
    """The list; posting to it moves one up or down."""
    brands = _brands(request.agent)
    if request.method == "POST":
        one = get_object_or_404(FieldDefinition, pk=_uuid(request.POST.get("field")), brand__in=brands)
        labels.move_field(one, up=request.POST.get("to") == "up", by=request.agent)
        return redirect(FIELDS)
    groups = [{"brand": brand, "fields": list(brand.fields.all())} for brand in brands]
    return settings_page(request, "inboxes/fields.html", {"groups": groups}, here=FIELDS)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def new_field(request: StaffRequest) -> HttpResponse:
    form = FieldForm(request.POST or None, brands=_brands(request.agent))
    if form.is_valid():
        said = form.cleaned_data
        try:
            labels.add_field(**{**said, "key": said["key"] or _key_for(said)}, by=request.agent)
            return redirect(FIELDS)
        except Refused as problem:
            form.add_error("key", str(problem))
    return settings_page(request, "inboxes/field.html", {"form": form}, here=FIELDS)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def field(request: StaffRequest, field: UUID) -> HttpResponse:
    one = get_object_or_404(FieldDefinition, pk=field, brand__in=_brands(request.agent))
    shown = {"label": one.label, "kind": one.kind, "choices": "\n".join(one.choices)}
    form = FieldForm(request.POST or None, initial=shown)
    if form.is_valid():
        labels.change_field(one, **form.cleaned_data, by=request.agent)
        messages.success(request, _now("Saved."))
        return redirect(FIELDS)
    return settings_page(request, "inboxes/field.html", {"field": one, "form": form}, here=FIELDS)


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def field_removal(request: StaffRequest, field: UUID) -> HttpResponse:
    one = get_object_or_404(FieldDefinition, pk=field, brand__in=_brands(request.agent))
    try:
        labels.remove_field(one, by=request.agent)
        messages.success(request, _now("The field is gone."))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect(FIELDS)


def _key_for(said: dict[str, Any]) -> str:
    taken = set(FieldDefinition.objects.filter(brand=said["brand"]).values_list("key", flat=True))
    return free_key(said["label"], taken, "field")


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _brands(agent: Staff) -> QuerySet[Brand]:
    brands = Brand.objects.order_by("name")
    return brands if agent.sees_every_brand else brands.filter(teams__staff=agent).distinct()
