"""Units that customers have, by serial number, for programs: which there are, whether they are covered, and what was
claimed of them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, Field, StringConstraints

from kefu.claims import warranty
from kefu.claims.api import claims_of
from kefu.claims.apishapes import BRIEFLY, ClaimBrief
from kefu.claims.choosing import terms_for_unit
from kefu.conversations.api.shapes import Named
from kefu.orders.models import RegisteredProduct
from kefu.orders.models.registered import Proof
from kefu.orders.reach import units_for
from kefu.orders.registering import LONGEST_SERIAL, serial_key
from kefu.people.api import EitherCall, needs_or_own
from kefu.people.roles import Can
from kefu.web.paging import Order as Sorting
from kefu.web.paging import Page, PageAsked, cut
from kefu.web.rest import NO_NUL

router = Router(tags=["Registered products"])
NEWEST = Sorting("registered products", ("-id",))
MOST_CLAIMS = 50


class UnitsAsked(PageAsked):
    serial: Annotated[str, StringConstraints(max_length=LONGEST_SERIAL, pattern=NO_NUL)] | None = Field(
        None, description="As it is printed, spaces and capitals aside."
    )
    customer: UUID | None = None
    product: UUID | None = None
    brand: UUID | None = None


class UnitShown(BaseModel):
    id: UUID
    serial: str = Field(examples=["LQ200-00417"])
    product: Named
    brand: UUID
    customer: UUID
    order_line: UUID | None = Field(description="Of the order that it was bought in, where we know it.")
    purchased_at: date | None
    proof: Proof = Field(description="What the purchase date stands on.")
    warranty_start: date | None = Field(description="Where it does not run from the purchase or delivery.")
    paused_days: int = Field(description="How long we held it; the warranty does not run then.")
    repairs: int = Field(description="Those done under warranty.")
    registered_at: datetime

    @classmethod
    def of(cls, unit: RegisteredProduct) -> UnitShown:
        return cls(**_plain(unit))


class CoverShown(BaseModel):
    state: warranty.CoverState = Field(description="By the terms that hold today.")
    why: warranty.CoveredBy
    covered_until: date | None = Field(description="The last day, the days that we held it reckoned in.")
    months: int
    swap_due: bool = Field(
        description="Repaired often enough, or held too long, to ask for another or the money."
    )


class UnitInFull(UnitShown):
    cover: CoverShown
    claims: list[ClaimBrief] = Field(description="Of this unit, the latest first; repairs among them.")


class UnitPage(Page[UnitShown]):
    pass


@router.get(
    "/registered-products",
    response=UnitPage,
    summary="List and find registered products",
    **needs_or_own(Can.SEE_ORDERS),
)
def list_registered_products(request: EitherCall, asked: Query[UnitsAsked]) -> UnitPage:
    """Those of one's brands whose holders one knows, or a customer's own; the last registered first."""
    wanted: dict[str, Any] = {
        "serial": serial_key(asked.serial) if asked.serial is not None else None,
        "customer": asked.customer,
        "product": asked.product,
        "product__brand": asked.brand,
    }
    rows = units_for(request.auth).select_related("product")
    rows = rows.filter(**{field: value for field, value in wanted.items() if value is not None})
    found = cut(rows, NEWEST, asked)
    return UnitPage(items=[UnitShown.of(unit) for unit in found.rows], next=found.next)


@router.get(
    "/registered-products/{uuid:unit_id}",
    response=UnitInFull,
    summary="One registered product, its cover and its claims",
    **needs_or_own(Can.SEE_ORDERS),
)
def get_registered_product(request: EitherCall, unit_id: UUID) -> UnitInFull:
    around = ("product__brand", "customer", "order_line__order")
    unit = get_object_or_404(units_for(request.auth).select_related(*around), pk=unit_id)
    cover = warranty.cover_of(
        unit.product, at=timezone.now(), terms=terms_for_unit(unit), line=None, unit=unit
    )
    named = CoverShown.model_fields
    claims = claims_of(request).filter(pk__in=unit.claimed.values("claim")).only(*BRIEFLY)
    return UnitInFull(
        **_plain(unit),
        cover=CoverShown(**{name: getattr(cover, name) for name in named}),
        claims=[ClaimBrief.of(claim) for claim in claims.order_by("-id")[:MOST_CLAIMS]],
    )


def _plain(unit: RegisteredProduct) -> dict[str, Any]:
    same = "id serial purchased_at warranty_start paused_days repairs"
    return {name: getattr(unit, name) for name in same.split()} | {
        "product": Named(id=unit.product_id, name=unit.product.name),
        "brand": unit.product.brand_id,
        "customer": unit.customer_id,
        "order_line": unit.order_line_id,
        "proof": Proof(unit.proof),
        "registered_at": unit.created_at,
    }
