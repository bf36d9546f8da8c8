"""What the page of parts shows: made-up people, numbers and forms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PRODUCTS = [("x1", "Aurora X1"), ("x2", "Aurora X2")]
WAYS = [("mail", gettext_lazy("By e-mail")), ("phone", gettext_lazy("By phone"))]


class SampleForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), help_text=gettext_lazy("As it stands on the order."))
    way = forms.ChoiceField(label=gettext_lazy("How may we answer?"), choices=WAYS, widget=forms.RadioSelect)
    product = forms.ChoiceField(label=gettext_lazy("Product"), choices=PRODUCTS)
    remark = forms.CharField(label=gettext_lazy("Remark"), widget=forms.Textarea({"rows": 2}), required=False)
    agreed = forms.BooleanField(label=gettext_lazy("I have read the conditions"))


def shown(side: str) -> dict[str, Any]:
    """The samples in the language that is active."""
    now = timezone.now()
    return {
        "sample_form": SampleForm({"product": "x2"}, prefix=side, auto_id=f"id_{side}_%s"),
        "teams": [("support", _("Support")), ("returns", _("Returns")), ("billing", _("Billing"))],
        "agents": [("mei", "陈梅 Mei"), ("omar", "Omar Haddad"), ("yun", "Yun Park"), ("lea", "Léa Martin")],
        "people": [
            {"name": "陈梅", "presence": "online"},
            {"name": "Omar Haddad", "presence": "away"},
            {"name": "Yun Park", "presence": "busy"},
            {"name": "Léa Martin", "presence": "offline"},
        ],
        "tab_items": [
            {"label": _("Mine"), "href": "#", "current": True, "count": 4},
            {"label": _("Team"), "href": "#", "count": 12},
            {"label": _("All"), "href": "#", "icon": "layers"},
        ],
        "rows": _rows(now),
        "refunds": [
            _refund("R-2041", "林晓", _("Paid"), "good", 129900, "CNY"),
            _refund("R-2042", "Lea M.", _("Waiting"), "warn", 1999, "USD"),
            _refund("R-2043", "渡辺", _("Refused"), "bad", 1200, "JPY"),
        ],
        "steps": [_("Order"), _("What is wrong"), _("Photos"), _("Check")],
        "entries": _entries(now),
        "days": [(f"11-{day:02}", 40 + (day * 37) % 61) for day in range(9, 23)],
        "earlier": now - timedelta(minutes=7),
    }


def _rows(now: Any) -> list[dict[str, Any]]:
    return [
        {
            "title": "林晓",
            "text": "你好，我上周买的耳机今天早上突然充不进电了，指示灯也不亮，换了线也一样。请问怎么处理？",
            "moment": now - timedelta(minutes=2),
            "presence": "online",
            "unread": True,
            "pills": [("warn", _("Waiting too long")), ("bad", _("Urgent"))],
        },
        {
            "title": "Lea Martin",
            "text": "Thanks, the replacement arrived. One more question about the invoice.",
            "moment": now - timedelta(minutes=26),
            "current": True,
            "pills": [("accent", _("Mine"))],
        },
        {"title": "Charlie W.", "text": "Is the blue one back in stock?", "moment": now - timedelta(days=2)},
    ]


def _refund(number: str, who: str, state: str, kind: str, amount: int, currency: str) -> dict[str, Any]:
    return {
        "number": number,
        "who": who,
        "state": state,
        "kind": kind,
        "amount": amount,
        "currency": currency,
    }


def _entries(now: Any) -> list[dict[str, Any]]:
    return [
        {"text": _("We have your request."), "when": now - timedelta(days=3), "kind": "good"},
        {"text": _("The parcel is here."), "when": now - timedelta(hours=20), "kind": "good", "by": "Omar"},
        {
            "text": _("We inspect the device."),
            "when": now - timedelta(hours=2),
            "kind": "now",
            "icon": "search",
        },
        {"text": _("The money goes back to your card."), "note": _("usually within 3 days"), "kind": "next"},
    ]
