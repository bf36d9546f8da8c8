"""Sources of orders: opening them, their mapping, their keys."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefu.orders import managing
from kefu.orders.files import BadFile, records
from kefu.orders.forms import MappingForm, SourceForm
from kefu.orders.incoming import BadRow, checked
from kefu.orders.mapping import BadMapping, MappingOf, mapping_of
from kefu.orders.models import ImportRun, OrderSource, SourceKind, What
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Refused
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page
from kefu.web.addresses import absolute

HERE = "settings_sources"
SHOWN_OF_SAMPLE = 20


@require_safe
@staff_route(Can.MANAGE_ORDERS)
def sources(request: StaffRequest) -> HttpResponse:
    latest = ImportRun.objects.filter(source=OuterRef("pk")).order_by("-created_at")
    found = OrderSource.objects.visible_to(request.agent).select_related("brand")
    found = found.annotate(
        last_state=Subquery(latest.values("state")[:1]), last_at=Subquery(latest.values("created_at")[:1])
    )
    rows = found.order_by("brand__name", "name")
    return settings_page(request, "orders/settings/sources.html", {"sources": rows}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_ORDERS)
def new_source(request: StaffRequest) -> HttpResponse:
    """First which kind, then what that kind needs."""
    kind = request.GET.get("kind", "")
    if kind not in SourceKind.values:
        return settings_page(request, "orders/settings/kinds.html", {"kinds": KINDS}, here=HERE)
    form = SourceForm(request.POST or None, kind=kind, agent=request.agent, new=True)
    if form.is_valid():
        try:
            brand = form.cleaned_data["brand"]
            source = managing.open_source(brand, kind=kind, by=request.agent, **form.given())
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The source was created."))
            return redirect(
                "settings_mapping" if kind in managing.MAPPED else "settings_connection", source.pk
            )
    context = {"form": form, "kind": SourceKind(kind)}
    return settings_page(request, "orders/settings/new_source.html", context, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_ORDERS)
def connection(request: StaffRequest, source: UUID) -> HttpResponse:
    one = find(request, source)
    shown = {"name": one.name, "address": one.address}
    form = SourceForm(request.POST or None, kind=one.kind, agent=request.agent, new=False, initial=shown)
    if form.is_valid():
        try:
            managing.change_source(one, by=request.agent, **form.given())
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("settings_connection", one.pk)
    return _connection(request, one, form)


@require_POST
@staff_route(Can.MANAGE_ORDERS)
def secret(request: StaffRequest, source: UUID) -> HttpResponse:
    """The only answer that ever holds it."""
    one = find(request, source)
    if one.kind != SourceKind.REST:
        raise Http404
    fresh = managing.renew_secret(one, by=request.agent)
    form = SourceForm(
        kind=one.kind, agent=request.agent, new=False, initial={"name": one.name, "address": one.address}
    )
    return _connection(request, one, form, fresh=fresh)


@require_POST
@staff_route(Can.MANAGE_ORDERS)
def source_service(request: StaffRequest, source: UUID) -> HttpResponse:
    """On or off."""
    one = find(request, source)
    managing.switch(one, on=request.POST.get("on") == "yes", by=request.agent)
    return redirect("settings_source", one.pk)


def _connection(
    request: StaffRequest, one: OrderSource, form: SourceForm, *, fresh: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "fresh": fresh,
        "has_secret": bool(one.secrets.get("secret")),
        "hook": absolute(f"/api/v1/order-sources/{one.pk}/{HOOKS.get(one.kind, '')}")
        if one.kind in HOOKS
        else "",
    }
    return tab(request, "orders/settings/connection.html", one, "settings_connection", context)


# -- the mapping


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_ORDERS)
def mapping(request: StaffRequest, source: UUID) -> HttpResponse:
    """Checked and tried on a sample as often as one likes; saved once it is right."""
    one = find(request, source)
    if one.kind not in managing.MAPPED:
        raise Http404
    written = json.dumps(one.mapping, ensure_ascii=False, indent=2)
    form = MappingForm(request.POST or None, initial={"document": written, "what": What.ORDERS})
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        document, sample = form.cleaned_data["document"], form.cleaned_data["sample"]
        try:
            compiled = mapping_of(document)
            if request.POST.get("act") == "save":
                managing.map_source(one, document, by=request.agent)
                messages.success(request, _("Saved. It applies to everything read from now on."))
                return redirect("settings_mapping", one.pk)
            context["right"] = True
            context["read"] = (
                _read(compiled, form.cleaned_data["what"] or What.ORDERS, sample) if sample else None
            )
        except BadMapping as problem:
            context["wrong"] = problem.sentences
        except BadFile as problem:
            form.add_error("sample", str(problem))
    return tab(request, "orders/settings/mapping.html", one, "settings_mapping", context)


def _read(mapping: MappingOf, what: str, sample: str) -> Sequence[Mapping[str, Any]]:
    """Each row of the sample: what was understood, or what is wrong with it."""
    if what not in mapping.rows:
        raise BadFile(_("The mapping does not say how %s are read.") % What(what).label)
    return [
        {"line": record.line, "key": record.key or "", **_understood(mapping, what, record)}
        for record in records(sample.encode(), mapping.rows[what])[:SHOWN_OF_SAMPLE]
    ]


def _understood(mapping: MappingOf, what: str, record: Any) -> dict[str, Any]:
    if record.problem:
        return {"problems": [record.problem]}
    row = mapping.read(what, record.value, line=record.line, key=record.key)
    if isinstance(row, list):
        return {"problems": [reason for _line, reason in row]}
    try:
        return {"row": json.dumps(_told(asdict(checked(row))), ensure_ascii=False, default=str)}
    except BadRow as problem:
        return {"problems": [str(problem)]}


def _told(row: Any) -> Any:
    """Without what the sample says nothing about."""
    if isinstance(row, Mapping):
        return {name: _told(value) for name, value in row.items() if value not in (None, "", (), {}, False)}
    return [_told(one) for one in row] if isinstance(row, tuple | list) else row


# -- shared


def find(request: StaffRequest, source: UUID) -> OrderSource:
    return get_object_or_404(OrderSource.objects.visible_to(request.agent).select_related("brand"), pk=source)


def tab(
    request: StaffRequest,
    template: str,
    source: OrderSource,
    here: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    named = {"settings_source": (_("Imports"), "download")}
    if source.kind in managing.MAPPED:
        named["settings_mapping"] = (_("Mapping"), "braces")
    named["settings_connection"] = (_("General"), "settings")
    tabs = [
        {"label": label, "icon": icon, "href": reverse(name, args=[source.pk]), "current": name == here}
        for name, (label, icon) in named.items()
    ]
    return settings_page(
        request, template, {"source": source, "tabs": tabs, **context}, here=HERE, status=status
    )


HOOKS: dict[str, str] = {
    SourceKind.REST: "orders",
    SourceKind.SHOPIFY: "shopify",
    SourceKind.WOOCOMMERCE: "woocommerce",
}
KINDS = (
    {"kind": SourceKind.FILE, "icon": "file-text"},
    {"kind": SourceKind.REST, "icon": "webhook"},
    {"kind": SourceKind.SHOPIFY, "icon": "shopping-bag"},
    {"kind": SourceKind.WOOCOMMERCE, "icon": "shopping-cart"},
)
