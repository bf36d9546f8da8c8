"""Amounts as people read them. Money is kept in whole minor units with an ISO-4217 code."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision
from django.utils.translation import get_language, to_locale


def price(minor: int, currency: str) -> str:
    """1999, "CNY" → "¥19.99" in the language of the page; currencies without minor units are respected."""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale=to_locale(get_language() or "en"))
