"""The settings page of payment providers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefu.claims import accounts
from kefu.claims.models import ProviderAccount
from kefu.claims.providers import registry
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Brand, Refused
from kefu.people.reach import brands_of
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page
from kefu.web.addresses import absolute

HERE = "settings_providers"
NAMES = registry.NAMES
LONG = ("private_key", "platform_key", "next_platform_key", "alipay_public_key")


class AccountForm(forms.Form):
    """One field for each setting of the provider; what is secret is never shown again."""

    def __init__(self, provider: str, known: dict[str, str] | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in registry.fields_of(provider):
            kept = bool(known and known.get(each.name))
            self.fields[each.name] = forms.CharField(
                label=each.name.replace("_", " "),
                required=each.default is None and not (each.secret and kept),
                max_length=8_000,
                initial="" if each.secret else (known or {}).get(each.name, each.default or ""),
                help_text=_("A value is saved. Leave this empty to keep it.") if each.secret and kept else "",
                widget=_widget(each),
            )


def _widget(field: registry.Field) -> forms.Widget:
    quiet = {"autocomplete": "off", "spellcheck": "false"}
    if field.name in LONG:
        return forms.Textarea(attrs={**quiet, "rows": 4})
    return (
        forms.PasswordInput(attrs={"autocomplete": "new-password"})
        if field.secret
        else forms.TextInput(attrs=quiet)
    )


@require_safe
@staff_route(Can.MANAGE_DESK)
def providers(request: StaffRequest) -> HttpResponse:
    brands = brands_of(request.agent).order_by("name")
    found = ProviderAccount.objects.filter(brand__in=brands).select_related("brand").order_by("brand__name")
    context = {
        "accounts": [(account, NAMES.get(account.provider, account.provider)) for account in found],
        "brands": brands,
        "offered": [(name, NAMES[name]) for name in registry.offered() if name in NAMES],
    }
    return settings_page(request, "claims/providers.html", context, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_DESK)
def new_provider(request: StaffRequest, brand: UUID, provider: str) -> HttpResponse:
    theirs = get_object_or_404(brands_of(request.agent), pk=brand)
    if provider not in registry.offered() or provider not in NAMES:
        raise Http404
    form = AccountForm(provider, None, request.POST or None)
    if request.method == "POST" and form.is_valid() and _opened(request, theirs, provider, form):
        return HttpResponseRedirect(reverse(HERE))
    return _form(request, form, theirs, provider)


def _opened(request: StaffRequest, brand: Brand, provider: str, form: AccountForm) -> bool:
    try:
        accounts.open_account(brand, provider, form.cleaned_data, by=request.agent)
    except Refused as problem:
        form.add_error(None, str(problem))
        return False
    messages.success(request, _("Saved."))
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_DESK)
def provider_account(request: StaffRequest, account: UUID) -> HttpResponse:
    one = _find(request, account)
    form = AccountForm(one.provider, one.settings, request.POST or None)
    if request.method == "POST" and form.is_valid() and _changed(request, one, form):
        return HttpResponseRedirect(reverse(HERE))
    return _form(request, form, one.brand, one.provider, one)


def _changed(request: StaffRequest, account: ProviderAccount, form: AccountForm) -> bool:
    try:
        accounts.change(account, form.cleaned_data, by=request.agent)
    except Refused as problem:
        form.add_error(None, str(problem))
        return False
    messages.success(request, _("Saved."))
    return True


@require_POST
@staff_route(Can.MANAGE_DESK)
def provider_switch(request: StaffRequest, account: UUID) -> HttpResponse:
    accounts.switch(_find(request, account), on=request.POST.get("on") == "yes", by=request.agent)
    return HttpResponseRedirect(reverse(HERE))


def _find(request: StaffRequest, account: UUID) -> ProviderAccount:
    mine = ProviderAccount.objects.filter(brand__in=brands_of(request.agent)).select_related("brand")
    return get_object_or_404(mine, pk=account)


def _form(
    request: StaffRequest,
    form: AccountForm,
    brand: Brand,
    provider: str,
    account: ProviderAccount | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "brand": brand,
        "name": NAMES.get(provider, provider),
        "account": account,
        "notices": absolute(reverse("provider_door", args=[account.pk])) if account else "",
    }
    return settings_page(
        request, "claims/provider.html", context, here=HERE, status=422 if form.errors else 200
    )
