"""What the brand's website says of its visitor: agents see it beside the conversation, nothing trusts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from kefu.inboxes.chat.models import Visitor
from kefu.people.models import Customer

MOST = 30


@transaction.atomic
def note(visitor: Visitor, *, page: str, said: Mapping[str, Any]) -> None:
    """For this brand's desk alone. Under the customer's lock: two tabs that say something at once both keep it."""
    customer = Customer.objects.select_for_update(no_key=True).get(pk=visitor.customer_id)
    sites, brand = customer.fields.get("sites", {}), str(visitor.inbox.brand_id)
    before = sites.get(brand, {"page": "", "said": {}})
    now = {"page": _path(page) or before["page"], "said": _merged(_plain(said), before["said"])}
    if now != before:
        customer.fields = {**customer.fields, "sites": {**sites, brand: now}}
        customer.save(update_fields=["fields"])


def _path(address: str) -> str:
    """Without query and fragment, which may hold what is private on the brand's site."""
    return address.partition("#")[0].partition("?")[0][:300]


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name[:40]: value[:200] if isinstance(value, str) else value
        for name, value in said.items()
        if isinstance(value, str | int | float | bool)
    }


def _merged(fresh: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    """What was said last goes before what was said once."""
    return dict(list({**fresh, **kept, **fresh}.items())[:MOST])
