"""Everybody who takes a step of a claim, under a policy in force; and how they usually take it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from kefu.claims import filing, goods
from kefu.claims.asked import AskedLine
from kefu.claims.goods import Counted, Finding
from kefu.claims.models import Claim, Policy, Refund
from kefu.claims.presets import CN_LAW
from kefu.claims.terms import Approval, Terms
from kefu.claims.tests.shop import Shop
from kefu.conversations.models import File
from kefu.orders.models import Order
from kefu.people.models import Customer, Staff

BY_HAND = replace(CN_LAW, approval=replace(CN_LAW.approval, automatic=False))
STRICT = replace(
    CN_LAW,
    approval=Approval(automatic=False, agent_limit={"CNY": 5_000}, four_eyes_over={"CNY": 20_000}),
)


def publish(shop: Shop, terms: Terms, name: str = "Terms") -> Policy:
    version = Policy.objects.filter(brand=shop.brand, name=name).count() + 1
    now = timezone.now()
    return Policy.objects.create(
        brand=shop.brand,
        name=name,
        version=version,
        terms=terms.as_dict(),
        law_profile=terms.law_profile,
        effective_from=now - timedelta(days=400),
        published_at=now,
    )


@dataclass
class Desk:
    shop: Shop
    agent: Staff
    supervisor: Staff
    warehouse: Staff
    technician: Staff
    finance: Staff

    def order(self, *, days_ago: int = 2, **fields: Any) -> Order:
        """Delivered so many days ago, lamps unless told otherwise."""
        when = timezone.now() - timedelta(days=days_ago)
        lines = fields.pop("lines", [])
        order = self.shop.order(*lines, **{"placed_at": when - timedelta(days=2), **fields})
        self.shop.delivered(order, when)
        return order

    def files(self, order: Order | None, kind: str = "return", by: Any = None, **fields: Any) -> Claim:
        """Handed in by the customer, or by whoever is named."""
        asked = self.shop.asks(order, kind, **fields)
        claim = filing.draft(asked, by=by or self.shop.customer)
        return filing.submit(claim, by=by or self.shop.customer)

    def ships(self, claim: Claim) -> Claim:
        goods.mark_shipped(claim, by=self.shop.customer, carrier="sf", tracking_no="SF1")
        return claim

    def receives(self, claim: Claim, **counts: int) -> Claim:
        """All of it unless told otherwise."""
        counted = {line.pk: Counted(**{"qty": line.qty, **counts}) for line in claim.lines.all()}
        goods.receive(claim, counted, by=self.warehouse)
        return claim

    def finds(self, claim: Claim, accepted: int | None = None, **finding: Any) -> Claim:
        goods.inspect(claim, by=self.warehouse)
        for line in claim.lines.all():
            taken = line.qty_received if accepted is None else accepted
            goods.find(claim, line.pk, Finding(taken, **finding), by=self.warehouse)
        goods.conclude(claim, by=self.warehouse)
        return claim

    def takes_in(self, claim: Claim) -> Claim:
        """From approval to a good inspection."""
        return self.finds(self.receives(self.ships(claim)))


def now(claim: Claim) -> str:
    claim.refresh_from_db()
    return claim.status


def refund_of(claim: Claim) -> Refund:
    return claim.refunds.get()


def back_then(claim: Claim, **moments: datetime) -> None:
    """As if it had been so: clocks of a claim set by hand."""
    Claim.objects.filter(pk=claim.pk).update(**moments)
    claim.refresh_from_db()


def uploaded(by: Customer | Staff) -> File:
    return File.objects.create(
        uploader_kind=by.actor_kind,
        uploader_id=by.pk,
        name="a.jpg",
        type="image/jpeg",
        size=1,
        stored=secrets.token_hex(8),
        sha256=b"0" * 32,
    )


__all__ = ["AskedLine", "Desk", "back_then", "now", "publish", "refund_of", "uploaded"]
