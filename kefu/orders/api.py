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
from ninja.responses import Status as Answer
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from kefu.conversations.api.shapes import CustomerShown
from kefu.events import log
from kefu.orders import finding
from kefu.orders.apishapes import (
    CustomerTokenShown,
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
from kefu.orders.reach import known_to, orders_of
from kefu.people import customer_tokens, reveals
from kefu.people.api import CustomerCaller, EitherCall, StaffCall, needs, needs_or_own
from kefu.people.models import Customer, Staff
from kefu.people.roles import Can
from kefu.web.addresses import client_address
from kefu.web.paging import Order as Sorting
from kefu.web.paging import PageAsked, cut
from kefu.web.rest import NO_NUL, Fault, Given, Line, Refusal, answered
from kefu.web.versions import tagged

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


@router.get("/orders", response=OrderPage, summary="List and find orders", **needs_or_own(Can.SEE_ORDERS))
def list_orders(request: EitherCall, asked: Query[OrdersAsked]) -> OrderPage:
    """Those of one's brands, the last taken in first."""
    return _page(_narrowed(orders_of(request.auth), asked), asked)


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


@router.get("/orders/{ref}", response=OrderShown, summary="One order", **needs_or_own(Can.SEE_ORDERS))
def get_order(request: EitherCall, ref: Ref) -> HttpResponseBase:
    """By a number that several shops have given it is not found, but refused: take the id."""
    shown = OrderShown.of(order_of(request, ref))
    return tagged(answered(shown), shown.version)


@router.get(
    "/orders/{ref}/contact",
    response=FullContactShown,
    summary="Where an order goes and how its customer is reached, in full",
    **needs_or_own(Can.SEE_CONTACT),
)
def get_order_contact(
    request: EitherCall, ref: Ref, reason: reveals.Reason | None = None
) -> FullContactShown:
    """Each look is put on record: who asked, when, from where, and what for. A colleague's token gives a ``reason``
    and has so many looks an hour; their supervisors are told when these are used up.
    """
    caller = request.auth
    if not caller.staff.can(Can.SEE_ORDERS):
        raise Refusal(403, _("This token, or its owner, is not allowed to do that."))
    order = order_of(request, ref)
    kind, address = "order.contact_revealed", client_address(request) or None
    if isinstance(caller, CustomerCaller):
        log.audit(kind, order, by=caller.actor, address=address)
    else:
        _reveal(kind, order, caller.staff, reason, address)
    return FullContactShown.of(order)


def _reveal(
    kind: str, order: Order, staff: Staff, reason: reveals.Reason | None, address: str | None
) -> None:
    try:
        reveals.reveal(kind, order, by=staff, reason=reason or "", address=address)
    except reveals.NoReason as problem:
        fault = Fault(at="query", field="reason", code="missing", message=str(problem))
        raise Refusal(422, faults=[fault]) from problem
    except reveals.TooMany as problem:
        raise Refusal(429, str(problem), retry_after=600) from problem


def order_of(request: EitherCall, ref: str) -> Order:
    """The one that the caller means; raises ``Http404`` for what is not for them."""
    return _the_one(OrderShown.rows(orders_of(request.auth)), ref, Q(number_key=number_key(ref)))


# -- customers


@router.get(
    "/customers/{uuid:customer_id}/orders",
    response=OrderPage,
    summary="A customer's orders",
    **needs_or_own(Can.SEE_ORDERS),
)
def list_customer_orders(request: EitherCall, customer_id: UUID, asked: Query[PageAsked]) -> OrderPage:
    """Also those that were ordered with an address that they have proved."""
    customer = _customer(request, customer_id)
    return _page(orders_of(request.auth).of(customer), asked)


@router.get(
    "/customers/{uuid:customer_id}/payment-methods",
    response=MethodsShown,
    summary="How a customer pays",
    **needs_or_own(Can.SEE_ORDERS),
)
def list_payment_methods(request: EitherCall, customer_id: UUID) -> MethodsShown:
    methods = _customer(request, customer_id).payment_methods.order_by("id")
    return MethodsShown(items=[MethodShown.of(method) for method in methods])


def _customer(request: EitherCall, customer_id: UUID) -> Customer:
    return get_object_or_404(known_to(request.auth), pk=customer_id)


@router.post("/identity/lookup", response=CustomerShown, summary="Who is it?", **needs(Can.SEE_ORDERS))
def look_up_customer(request: StaffCall, given: WhoIsIt) -> CustomerShown:
    """Exactly this address, or exactly this name (case aside) at this postal code. Each look is put on record."""
    return CustomerShown.of(_found(request, given))


@router.post(
    "/identity/tokens",
    response={201: CustomerTokenShown},
    summary="A token to act as a customer",
    **needs(Can.SPEAK_FOR_CUSTOMERS),
)
def issue_customer_token(request: StaffCall, given: WhoIsIt) -> Answer[CustomerTokenShown]:
    """For a program that talks with them and has been told what identifies them. It opens what is theirs alone, within
    what your own token opens, and ends with it.
    """
    address = client_address(request) or None
    customer = _found(request, given)
    token, secret = customer_tokens.issue(customer, through=request.auth.token, address=address)
    return Answer(201, CustomerTokenShown(customer=customer.pk, token=secret, expires_at=token.expires_at))


def _found(request: StaffCall, given: WhoIsIt) -> Customer:
    staff = request.auth.staff
    if given.email:
        found = finding.customers_by_email(given.email, staff)
    else:
        found = finding.customers_by_name(f"{given.first_name} {given.last_name}", given.postal_code, staff)
    if not found:
        raise Http404
    if len(found) > 1:
        raise Refusal(409, _("Several customers match this. Ask for another detail."))
    means = "email" if given.email else "name"
    log.audit("customer.looked_up", found[0], by=staff, address=client_address(request) or None, means=means)
    return found[0]


# -- products


@router.get(
    "/products", response=ProductPage, summary="List and find products", **needs_or_own(Can.SEE_ORDERS)
)
def list_products(request: EitherCall, asked: Query[ProductsAsked]) -> ProductPage:
    """Those of one's brands, the last taken in first."""
    rows = Product.objects.visible_to(request.auth.staff).prefetch_related("variants")
    wanted = {"brand": asked.brand, "name__icontains": asked.name, "category": asked.category}
    rows = rows.filter(**{field: value for field, value in wanted.items() if value is not None})
    found = cut(rows, PRODUCTS, asked)
    return ProductPage(items=[ProductShown.of(product) for product in found.rows], next=found.next)


@router.get("/products/{ref}", response=ProductShown, summary="One product", **needs_or_own(Can.SEE_ORDERS))
def get_product(request: EitherCall, ref: ProductRef) -> ProductShown:
    visible = Product.objects.visible_to(request.auth.staff).prefetch_related("variants")
    return ProductShown.of(_the_one(visible, ref, Q(external_id=ref) | Q(model_no=ref)))


def _the_one(rows: QuerySet[Row], ref: str, named: Q) -> Row:
    try:
        return get_object_or_404(rows, pk=UUID(ref))
    except ValueError:
        found = list(rows.filter(named)[:2])
    if len(found) > 1:
        raise Refusal(409, _("Several customers have this name. Use the id from the list."))
    if not found:
        raise Http404
    return found[0]
