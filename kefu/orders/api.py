"""The orders' part of the API: what was ordered, where it is, and whose it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Path, Query, Router
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from kefu.conversations.api.shapes import CustomerShown
from kefu.events import log
from kefu.orders import finding
from kefu.orders.apishapes import (
    FullContactShown,
    MethodShown,
    MethodsShown,
    OrderPage,
    OrderShown,
    ProductPage,
    ProductShown,
)
from kefu.orders.models import Order, OrderStatus, Product, number_key
from kefu.orders.models.orders import email_index
from kefu.orders.reach import customers_of
from kefu.people.api import StaffCall, needs
from kefu.people.models import Customer
from kefu.people.roles import Can
from kefu.web.addresses import client_address
from kefu.web.paging import Order as Sorting
from kefu.web.paging import PageAsked, cut
from kefu.web.rest import NO_NUL, Given, Line, Refusal, answered

SOMETHING = r"^[^\x00]*\S[^\x00]*$"
Row = TypeVar("Row", bound=Model)

router = Router(tags=["Orders"])

NEWEST = Sorting("orders", ("-id",))
PRODUCTS = Sorting("products", ("-id",))

Number = Annotated[str, StringConstraints(max_length=80, pattern=NO_NUL)]
Ref = Annotated[Number, Path(description="The id, or the number as people write it, with or without “#”.")]
ProductRef = Annotated[Number, Path(description="The id, the shop's own id, or the model number.")]
Said = Annotated[str, StringConstraints(max_length=254, pattern=SOMETHING, strip_whitespace=True)]


def _in_utc(at: datetime) -> datetime:
    """Whatever zone it was given in; the very ends of the calendar have no other zone."""
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at.astimezone(UTC) if 1 < at.year < 9999 else at.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]


class OrdersAsked(PageAsked):
    number: Number | None = Field(None, description="As people write it.")
    status: OrderStatus | None = None
    brand: UUID | None = None
    customer: UUID | None = None
    email: Said | None = Field(None, description="The whole address that was ordered with.")
    placed_after: Moment | None = Field(None, description="From this moment on.")
    placed_before: Moment | None = Field(None, description="Until this moment, it not included.")


class ProductsAsked(PageAsked):
    brand: UUID | None = None
    name: Line | None = Field(None, description="A part of the name.")
    category: Line | None = None


class WhoIsIt(Given):
    """Either an e-mail address, or first name, last name and postal code."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["email"]}, {"required": ["first_name", "last_name", "postal_code"]}],
            "examples": [{"email": "lin@example.com"}],
        }
    )

    email: Said = ""
    first_name: Said = ""
    last_name: Said = ""
    postal_code: Said = ""

    @model_validator(mode="after")
    def _one_of_the_two(self) -> WhoIsIt:
        if bool(self.email) == all((self.first_name, self.last_name, self.postal_code)):
            raise ValueError(_("Either an e-mail address, or first name, last name and postal code."))
        return self


# -- orders


@router.get("/orders", response=OrderPage, summary="List and find orders", **needs(Can.SEE_ORDERS))
def list_orders(request: StaffCall, asked: Query[OrdersAsked]) -> OrderPage:
    """Those of one's brands, the last taken in first."""
    return _page(_narrowed(Order.objects.visible_to(request.auth.staff), asked), asked)


def _narrowed(orders: QuerySet[Order], asked: OrdersAsked) -> QuerySet[Order]:
    wanted: dict[str, Any] = {
        "number_key": number_key(asked.number) if asked.number is not None else None,
        "status": asked.status,
        "brand": asked.brand,
        "customer": asked.customer,
        "email_index": email_index(asked.email) if asked.email is not None else None,
        "placed_at__gte": asked.placed_after,
        "placed_at__lt": asked.placed_before,
    }
    return orders.filter(**{field: value for field, value in wanted.items() if value is not None})


def _page(orders: QuerySet[Order], asked: PageAsked) -> OrderPage:
    found = cut(OrderShown.rows(orders), NEWEST, asked)
    return OrderPage(items=[OrderShown.of(order) for order in found.rows], next=found.next)


@router.get("/orders/{ref}", response=OrderShown, summary="One order", **needs(Can.SEE_ORDERS))
def get_order(request: StaffCall, ref: Ref) -> HttpResponseBase:
    """By a number that several shops have given it is not found, but refused: take the id."""
    return tagged(OrderShown.of(_order(request, ref)))


def tagged(shown: OrderShown) -> HttpResponseBase:
    """With the version as ETag, which ``If-Match`` gives back."""
    response = answered(shown)
    response.headers["ETag"] = f'"{shown.version}"'
    return response


@router.get(
    "/orders/{ref}/contact",
    response=FullContactShown,
    summary="Where an order goes and how its customer is reached, in full",
    **needs(Can.SEE_CONTACT),
)
def get_order_contact(request: StaffCall, ref: Ref) -> FullContactShown:
    """Each look is put on record: who asked, when, from where."""
    staff = request.auth.staff
    if not staff.can(Can.SEE_ORDERS):
        raise Refusal(403, _("This token, or the person whose it is, may not do that."))
    order = _order(request, ref)
    log.audit("order.contact_revealed", order, by=staff, address=client_address(request) or None)
    return FullContactShown.of(order)


def _order(request: StaffCall, ref: str) -> Order:
    visible = Order.objects.visible_to(request.auth.staff)
    return _the_one(OrderShown.rows(visible), ref, Q(number_key=number_key(ref)))


# -- customers


@router.get(
    "/customers/{uuid:customer_id}/orders",
    response=OrderPage,
    summary="A customer's orders",
    **needs(Can.SEE_ORDERS),
)
def list_customer_orders(request: StaffCall, customer_id: UUID, asked: Query[PageAsked]) -> OrderPage:
    """Also those that were ordered with an address that they have proved."""
    customer = _customer(request, customer_id)
    return _page(Order.objects.visible_to(request.auth.staff).of(customer), asked)


@router.get(
    "/customers/{uuid:customer_id}/payment-methods",
    response=MethodsShown,
    summary="How a customer pays",
    **needs(Can.SEE_ORDERS),
)
def list_payment_methods(request: StaffCall, customer_id: UUID) -> MethodsShown:
    methods = _customer(request, customer_id).payment_methods.order_by("id")
    return MethodsShown(items=[MethodShown.of(method) for method in methods])


def _customer(request: StaffCall, customer_id: UUID) -> Customer:
    return get_object_or_404(customers_of(request.auth.staff), pk=customer_id)


@router.post("/identity/lookup", response=CustomerShown, summary="Who is it?", **needs(Can.SEE_ORDERS))
def look_up_customer(request: StaffCall, given: WhoIsIt) -> CustomerShown:
    """Exactly this address, or exactly this name (case aside) at this postal code. Each look is put on record."""
    staff = request.auth.staff
    if given.email:
        found = finding.customers_by_email(given.email, staff)
    else:
        found = finding.customers_by_name(f"{given.first_name} {given.last_name}", given.postal_code, staff)
    if not found:
        raise Http404
    if len(found) > 1:
        raise Refusal(409, _("Several customers are known by this. Ask for something else they know."))
    means = "email" if given.email else "name"
    log.audit("customer.looked_up", found[0], by=staff, address=client_address(request) or None, means=means)
    return CustomerShown.of(found[0])


# -- products


@router.get("/products", response=ProductPage, summary="List and find products", **needs(Can.SEE_ORDERS))
def list_products(request: StaffCall, asked: Query[ProductsAsked]) -> ProductPage:
    """Those of one's brands, the last taken in first."""
    rows = Product.objects.visible_to(request.auth.staff).prefetch_related("variants")
    wanted = {"brand": asked.brand, "name__icontains": asked.name, "category": asked.category}
    rows = rows.filter(**{field: value for field, value in wanted.items() if value is not None})
    found = cut(rows, PRODUCTS, asked)
    return ProductPage(items=[ProductShown.of(product) for product in found.rows], next=found.next)


@router.get("/products/{ref}", response=ProductShown, summary="One product", **needs(Can.SEE_ORDERS))
def get_product(request: StaffCall, ref: ProductRef) -> ProductShown:
    visible = Product.objects.visible_to(request.auth.staff).prefetch_related("variants")
    return ProductShown.of(_the_one(visible, ref, Q(external_id=ref) | Q(model_no=ref)))


def _the_one(rows: QuerySet[Row], ref: str, named: Q) -> Row:
    try:
        return get_object_or_404(rows, pk=UUID(ref))
    except ValueError:
        found = list(rows.filter(named)[:2])
    if len(found) > 1:
        raise Refusal(409, _("Several have this name. Take the id, which the list gives."))
    if not found:
        raise Http404
    return found[0]
