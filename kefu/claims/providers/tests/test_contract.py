from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kefu.claims.providers import registry
from kefu.claims.providers.contract import Answer, Misconfigured, Redirecting, RefundOrder, State, Unverified
from kefu.claims.providers.manual import AWAITED, Manual, Settings
from kefu.claims.providers.tests.conftest import Keys


@pytest.mark.parametrize(
    "changed",
    [
        {"request_no": ""},
        {"request_no": "R 1"},
        {"request_no": "R-1\n"},
        {"request_no": "../R"},
        {"request_no": "R" * 65},
        {"request_no": "退1"},
        {"payment_ref": ""},
        {"amount_minor": 0},
        {"amount_minor": -1},
        {"amount_minor": 5001},
        {"currency": "cny"},
        {"currency": "RMB¥"},
        {"currency": ""},
    ],
)
def test_an_order_that_makes_no_sense_is_not_made(order: RefundOrder, changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        replace(order, **changed)


def test_what_staff_wrote_stays_out_of_logs(order: RefundOrder) -> None:
    assert "少发一件" not in f"{order!r} {order}"


def test_a_refund_by_hand_waits_for_the_banks_reference(order: RefundOrder) -> None:
    manual = Manual(Settings())
    assert manual.refund(order) == Answer(State.PROCESSING, code=AWAITED)
    assert manual.query(order, "7") == Answer(State.PROCESSING, "7", AWAITED)
    assert manual.paid(" ICBC 2026-11/22 #77 ") == Answer(State.SUCCEEDED, "ICBC 2026-11/22 #77")
    assert manual.paid("7") == Answer(State.SUCCEEDED, "7")


@pytest.mark.parametrize("typed", ["", "   ", "a\nb", "x" * 65, "<script>", "a\u202eb"])
def test_a_bank_reference_that_cannot_be_one_is_not_taken(typed: str) -> None:
    with pytest.raises(ValueError):
        Manual(Settings()).paid(typed)


def test_nobody_calls_back_about_a_refund_by_hand() -> None:
    with pytest.raises(Unverified):
        Manual(Settings()).parse_webhook({}, b"{}")


@pytest.fixture
def filled_in(keys: Keys) -> dict[str, dict[str, str]]:
    return {
        "manual": {},
        "stripe": {"secret_key": "sk_test_quiet"},
        "wechat": {
            "merchant_id": "1900000109",
            "merchant_serial": "408B07E7",
            "private_key": keys.private(keys.ours),
            "api_v3_key": "q" * 32,
            "platform_serial": "PUB_KEY_ID_01",
            "platform_key": keys.public(keys.theirs),
            "next_platform_serial": "",
        },
        "alipay": {
            "app_id": "2014072300007148",
            "private_key": keys.private(keys.ours),
            "alipay_public_key": keys.public(keys.theirs),
        },
        "scripted": {"base_url": "http://127.0.0.1:9", "secret": "abc"},
    }


@pytest.mark.parametrize("name", list(registry.PROVIDERS))
def test_every_provider_is_made_from_what_an_admin_types(
    name: str, filled_in: dict[str, dict[str, str]]
) -> None:
    made = registry.provider(name, filled_in[name])
    assert made.name == name
    assert registry.capabilities(name) == made.capabilities
    assert isinstance(made, Redirecting) == made.capabilities.redirects
    with pytest.raises(Misconfigured, match="has no setting colour"):
        registry.provider(name, {**filled_in[name], "colour": "red"})
    for field in registry.fields_of(name):
        if field.default is None:
            with pytest.raises(Misconfigured, match=f"{field.name} is missing"):
                registry.provider(name, {**filled_in[name], field.name: ""})


def test_every_key_and_secret_is_a_secret_field() -> None:
    secret = {
        (name, each.name) for name in registry.PROVIDERS for each in registry.fields_of(name) if each.secret
    }
    assert secret == {
        ("stripe", "secret_key"),
        ("stripe", "webhook_secret"),
        ("wechat", "private_key"),
        ("wechat", "api_v3_key"),
        ("alipay", "private_key"),
        ("scripted", "secret"),
    }


def test_the_one_that_only_pretends_to_pay_is_offered_in_the_demo_alone(settings: Any) -> None:
    settings.KEFU_DEMO = settings.KEFU_DEVELOPMENT = False
    assert registry.offered() == ["manual", "stripe", "wechat", "alipay"]
    settings.KEFU_DEMO = True
    assert "scripted" in registry.offered()


def test_a_provider_that_there_is_not_is_not_made() -> None:
    with pytest.raises(Misconfigured):
        registry.provider("paypal", {})
