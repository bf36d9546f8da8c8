"""A brand's accounts with payment providers: opened, changed and switched off by an admin; secrets only ever go in."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kefu.claims.models import ProviderAccount
from kefu.claims.providers import registry
from kefu.claims.providers.contract import Misconfigured
from kefu.events import log
from kefu.events.actors import Actor
from kefu.people.models import Brand, Refused
from kefu.web.joining import listed


def open_account(brand: Brand, provider: str, given: Mapping[str, str], *, by: Actor) -> ProviderAccount:
    """One of each provider for a brand. Raises ``Refused`` for what cannot work."""
    if provider not in registry.offered():
        raise Refused(_("There is no such provider."))
    account = ProviderAccount(brand=brand, provider=provider)
    account.settings = _sound(provider, given)
    try:
        with transaction.atomic():
            account.save()
            log.audit("provider_account.opened", account, by=by, brand=brand.pk, provider=provider)
    except IntegrityError as problem:
        raise Refused(_("This brand already has an account with that provider.")) from problem
    return account


@transaction.atomic
def change(account: ProviderAccount, given: Mapping[str, str], *, by: Actor) -> None:
    """A secret that is left empty stays as it is."""
    known = _locked(account).settings
    account.settings = _sound(account.provider, known | {name: text for name, text in given.items() if text})
    account.save(update_fields=["settings_text"])
    log.audit("provider_account.changed", account, by=by, fields=sorted(given))


@transaction.atomic
def switch(account: ProviderAccount, *, on: bool, by: Actor) -> None:
    """Off: refunds that would go this way are paid by hand until it is on again."""
    if _locked(account).is_active != on:
        account.is_active = on
        account.save(update_fields=["is_active"])
        fact = "provider_account.switched_on" if on else "provider_account.switched_off"
        log.audit(fact, account, by=by)


def _locked(account: ProviderAccount) -> ProviderAccount:
    account.refresh_from_db(from_queryset=ProviderAccount.objects.select_for_update(no_key=True))
    return account


def _sound(provider: str, given: Mapping[str, str]) -> dict[str, str]:
    names = {field.name for field in registry.fields_of(provider)}
    kept = {name: text.strip() for name, text in given.items() if name in names and text.strip()}
    missing = [
        field.name
        for field in registry.fields_of(provider)
        if field.default is None and field.name not in kept
    ]
    if missing:
        raise Refused(_("Still missing: %(names)s.") % {"names": listed(missing)})
    try:
        registry.provider(provider, kept)
    except Misconfigured as problem:
        raise Refused(str(problem)) from problem
    return kept
