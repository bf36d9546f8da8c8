"""Which providers there are, what each wants to know, and a provider made from what an admin typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from django.conf import settings

from kefu.claims.providers import alipay, manual, scripted, stripe, wechat
from kefu.claims.providers.contract import Capabilities, Misconfigured, Provider

PROVIDERS: dict[str, type[Any]] = {
    "manual": manual.Manual,
    "stripe": stripe.Stripe,
    "wechat": wechat.WeChatPay,
    "alipay": alipay.Alipay,
    "scripted": scripted.Scripted,
}
NAMES = {
    "stripe": "Stripe",
    "wechat": "微信支付 WeChat Pay",
    "alipay": "支付宝 Alipay",
    "scripted": "Scripted",
}
_SETTINGS: dict[str, type[Any]] = {
    "manual": manual.Settings,
    "stripe": stripe.Settings,
    "wechat": wechat.Settings,
    "alipay": alipay.Settings,
    "scripted": scripted.Settings,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a provider's form. A secret is stored encrypted and never shown again."""

    name: str
    secret: bool
    default: str | None  # None: must be filled in


def offered() -> list[str]:
    """The scripted provider pretends to pay: it is there for the demo and for development only."""
    pretends = settings.KEFU_DEMO or settings.KEFU_DEVELOPMENT
    return [name for name in PROVIDERS if name != "scripted" or pretends]


def capabilities(name: str) -> Capabilities:
    found: Capabilities = PROVIDERS[name].capabilities
    return found


def fields_of(name: str) -> list[Field]:
    return [
        Field(each.name, secret=not each.repr, default=None if each.default is MISSING else str(each.default))
        for each in fields(_SETTINGS[name])
    ]


def provider(name: str, values: Mapping[str, str]) -> Provider:
    """Raises ``Misconfigured``, also for a name that there is not; empty values count as not given."""
    if name not in PROVIDERS:
        raise Misconfigured("There is no such provider.")
    given = {key: value for key, value in values.items() if value}
    _check_names(name, given)
    made: Provider = PROVIDERS[name](_SETTINGS[name](**given))
    return made


def _check_names(name: str, given: Mapping[str, str]) -> None:
    wanted = {each.name: each for each in fields_of(name)}
    for key in given:
        if key not in wanted:
            raise Misconfigured(f"{name} has no setting {key}.")
    for key, each in wanted.items():
        if each.default is None and key not in given:
            raise Misconfigured(f"{key} is missing.")
