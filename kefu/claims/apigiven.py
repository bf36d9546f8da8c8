"""What programs may send about claims."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, field_validator

from kefu.claims.asked import Asked, AskedLine
from kefu.claims.machines import Kind
from kefu.claims.models.claims import Destination, Wanted
from kefu.claims.refusals import Incomplete
from kefu.orders.api import order_of
from kefu.orders.models import Order, PaymentMethod, RegisteredProduct, Variant
from kefu.orders.reach import units_for
from kefu.orders.registering import LONGEST_SERIAL, serial_key
from kefu.people.api import CustomerCaller, EitherCall
from kefu.people.models import Brand, Customer
from kefu.web.rest import NO_NUL, Given, Prose, Whole

MOST_LINES = 100
Code = Annotated[str, StringConstraints(max_length=40, pattern=NO_NUL)]
Sku = Annotated[str, StringConstraints(max_length=80, pattern=NO_NUL)]
Serial = Annotated[str, StringConstraints(max_length=LONGEST_SERIAL, pattern=r"\S")]
Quantity = Annotated[Whole, Field(ge=1, le=100_000)]


class WordsGiven(Given):
    words: Prose = ""


class ReasonGiven(Given):
    words: Prose = Field(min_length=1, pattern=r"\S", description="As the other side reads it.")


class LineGiven(Given):
    """Of one row of the order, or of one registered unit, named by its id or by its serial number."""

    order_line: UUID | None = None
    registered: UUID | None = None
    serial: Serial | None = Field(None, description="Of a registered unit, as it is printed.")
    qty: Quantity = 1
    reason: Code = Field("", description="One that the policy offers.", examples=["changed_mind"])
    reason_text: Prose = ""
    condition: dict[Code, bool] = Field(
        {}, max_length=10, description="As declared: unused, original_packaging, accessories, tags, sealed."
    )
    new_sku: Sku | None = Field(None, description="Of an exchange: another variant.")
    wanted: Wanted | None = Field(None, description="Left out: what goes with the kind of the claim.")


class ClaimGiven(Given):
    kind: Kind
    order: Annotated[str, StringConstraints(max_length=80, pattern=NO_NUL)] | None = Field(
        None, description="The id or the number; none for a registered unit that was not bought in one."
    )
    lines: list[LineGiven] = Field(min_length=1, max_length=MOST_LINES)
    destination: Destination | None = Field(
        None, description="Left out: as `refund_to` says, else the way it was paid."
    )
    refund_to: UUID | None = Field(None, description="One of the customer's payment methods.")
    settle_with: UUID | None = Field(
        None, description="Of an exchange: what a difference in price is settled with."
    )

    @field_validator("lines")
    @classmethod
    def _each_about_something(cls, lines: list[LineGiven]) -> list[LineGiven]:
        if any([line.order_line, line.registered, line.serial].count(None) != 2 for line in lines):
            raise ValueError(_("Give either a line of the order or a registered unit."))
        return lines

    def texts(self) -> list[str]:
        return [line.reason_text for line in self.lines]

    def asked(self, request: EitherCall) -> Asked:
        """Everything found through the one asking. Raises ``Http404`` for an order that is not for them, and
        ``Incomplete`` for what does not belong to it.
        """
        order = order_of(request, self.order) if self.order else None
        units = self._units(request)
        customer, brand = self._whose(request, order, units)
        method = self._method(customer)
        return Asked(
            kind=self.kind,
            brand=brand,
            customer=customer,
            order=order,
            lines=tuple(self._line(place, order, unit, brand) for place, unit in enumerate(units)),
            destination=self._destination(order, method),
            refund_to=method,
            channel="api",
        )

    def _units(self, request: EitherCall) -> list[RegisteredProduct | None]:
        """Line by line; none where a row of the order is named."""
        theirs = units_for(request.auth)
        about = theirs.select_related("product__brand", "customer", "order_line__order")
        return [_unit(line, place, about) for place, line in enumerate(self.lines)]

    def _whose(
        self, request: EitherCall, order: Order | None, units: list[RegisteredProduct | None]
    ) -> tuple[Customer, Brand]:
        """Customers ask for themselves, colleagues for whoever ordered it or has it."""
        caller = request.auth
        about: Any = order or next(filter(None, units), None)
        if about is None:
            raise Incomplete({"order": _("Say which order it is about.")})
        brand: Brand = order.brand if order else about.product.brand
        return caller.customer if isinstance(caller, CustomerCaller) else about.customer, brand

    def _line(
        self, place: int, order: Order | None, unit: RegisteredProduct | None, brand: Brand
    ) -> AskedLine:
        given = self.lines[place]
        bought = order.lines.filter(pk=given.order_line).first() if order and given.order_line else None
        if bought is None and unit is None:
            words = _("One of the items does not belong to this order.")
            raise Incomplete({f"lines.{place}.order_line": words})
        return AskedLine(
            order_line=bought,
            registered=unit,
            qty=given.qty,
            reason=given.reason,
            condition=given.condition,
            wanted=given.wanted or WANTED.get(self.kind, Wanted.REFUND),
            new_variant=self._variant(place, brand),
        )

    def _variant(self, place: int, brand: Brand) -> Variant | None:
        sku = self.lines[place].new_sku
        if sku is None:
            return None
        found = Variant.objects.filter(brand=brand, sku=sku).select_related("product").first()
        if found is None:
            raise Incomplete({f"lines.{place}.new_sku": _("This item cannot be chosen as the replacement.")})
        return found

    def _method(self, customer: Customer) -> PaymentMethod | None:
        named = self.settle_with if self.kind == Kind.EXCHANGE else self.refund_to
        if named is None:
            return None
        found = PaymentMethod.objects.filter(customer=customer, pk=named).first()
        if found is None:
            field = "settle_with" if self.kind == Kind.EXCHANGE else "refund_to"
            raise Incomplete({field: _("This is not one of the customer's payment methods.")})
        return found

    def _destination(self, order: Order | None, method: PaymentMethod | None) -> str:
        """A method that the order was not paid with is another destination."""
        if self.destination is not None:
            return self.destination
        if method is None or order is None or self.kind == Kind.EXCHANGE:
            return Destination.ORIGINAL
        if order.payments.filter(method=method).exists():
            return Destination.ORIGINAL
        return OF_METHODS.get(method.kind, Destination.BANK)


def _unit(line: LineGiven, place: int, theirs: QuerySet[RegisteredProduct]) -> RegisteredProduct | None:
    if line.order_line is not None:
        return None
    named = Q(serial=serial_key(line.serial)) if line.serial else Q(pk=line.registered)
    field = f"lines.{place}.{'serial' if line.serial else 'registered'}"
    found = list(theirs.filter(named)[:2])
    if not found:
        raise Incomplete({field: _("No such product is registered.")})
    if len(found) > 1:
        raise Incomplete({field: _("Several products have this number. Name the one by its id.")})
    return found[0]


WANTED = {Kind.EXCHANGE: Wanted.EXCHANGE, Kind.WARRANTY: Wanted.REPAIR}
OF_METHODS = {"gift_card": Destination.GIFT_CARD, "store_credit": Destination.STORE_CREDIT}
