"""What terms choose among."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LawProfile(TextChoices):
    """By whose law a policy is measured; the floors are in ``kefu.claims.law``."""

    NONE = "", _("None")
    CN = "cn", _("China")
    EU = "eu", _("European Union")
    UK = "uk", _("United Kingdom")
    US = "us", _("United States")


class WindowStart(TextChoices):
    DELIVERED = "delivered", _("the day of delivery")
    DELIVERED_NEXT_DAY = "delivered_next_day", _("the day after delivery")
    SHIPPED = "shipped", _("the day of dispatch")
    ORDERED = "ordered", _("the day of the order")


class Fault(TextChoices):
    CUSTOMER = "customer", _("Nobody: the customer's choice")
    MERCHANT = "merchant", _("The seller")
    CARRIER = "carrier", _("The carrier")
    MANUFACTURER = "manufacturer", _("The manufacturer")
    UNKNOWN = "unknown", _("Not known yet")


class Payer(TextChoices):
    CUSTOMER = "customer", _("The customer")
    MERCHANT = "merchant", _("The seller")


class PriceDifference(TextChoices):
    SETTLE = "settle", _("The difference is paid or refunded")
    EQUAL_ONLY = "equal_only", _("Only for items of the same price")


class ShippingBack(TextChoices):
    NEVER = "never", _("Not refunded")
    WHOLE_ORDER = "whole_order", _("Refunded with the whole order")


class WarrantyKind(TextChoices):
    UNSTATED = "", _("Not stated")
    FULL = "full", _("Full warranty")
    LIMITED = "limited", _("Limited warranty")


class WarrantyStart(TextChoices):
    PURCHASED = "purchased", _("the day of purchase")
    DELIVERED = "delivered", _("the day of delivery")


class WarrantyExclusion(TextChoices):
    MISUSE = "misuse", _("Misuse and neglect")
    ACCIDENT = "accident", _("Drops and other accidents")
    LIQUID = "liquid", _("Damage by liquids")
    WEAR = "wear", _("Ordinary wear")
    OPENED = "opened", _("Repairs or changes by others")
    OTHER_SUPPLIES = "other_supplies", _("Use of other manufacturers' supplies")
    SERIAL_REMOVED = "serial_removed", _("A serial number that was removed")
