"""Customers, and what they are known by."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.responses import Status as Answer
from pydantic import Field, StringConstraints

from kefu.conversations.api.shapes import (
    CustomerPage,
    CustomerShown,
    IdentitiesShown,
    IdentityShown,
    identities_of,
)
from kefu.events import log
from kefu.orders.apishapes import AddressShown
from kefu.orders.incoming import ADDRESS_PARTS
from kefu.orders.reach import customers_of, known_to
from kefu.people import customers as people
from kefu.people import reveals
from kefu.people.api import CustomerCaller, EitherCall, StaffCall, needs, needs_or_own
from kefu.people.models import Customer, Identity, IdentityKind, Staff
from kefu.people.roles import Can
from kefu.web.addresses import client_address
from kefu.web.paging import Order, PageAsked, cut
from kefu.web.rest import NO_NUL, Given, Language, Line, Refusal

router = Router(tags=["Customers"])

NEWEST = Order("customers", ("-id",))

Name = Annotated[str, StringConstraints(max_length=80, pattern=NO_NUL)]
Place = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]
Note = Annotated[str, StringConstraints(max_length=5000, pattern=NO_NUL)]
Value = Annotated[
    str, StringConstraints(max_length=254, pattern=r"^[^\x00]*\S[^\x00]*$", strip_whitespace=True)
]


class CustomersAsked(PageAsked):
    name: Name | None = Field(None, description="A part of the name.", min_length=1)
    email: Value | None = Field(None, description="The whole address; proved or merely said.")
    phone: Value | None = Field(None, description="The whole number, as it was given.")


class Said(StrEnum):
    """Accounts of the brand's own site come with its signature, through the chat, and not by saying so."""

    EMAIL = "email"
    PHONE = "phone"


class IdentityGiven(Given):
    """Kept as said, not as proved: proving is for the customer alone."""

    kind: Said
    value: Value


class CustomerGiven(Given):
    name: Name = ""
    language: Language | None = None
    note: Note = Field("", description="For colleagues; the customer never sees it.")
    identities: list[IdentityGiven] = Field([], max_length=10)


class CustomerChange(Given):
    """Only what is named changes."""

    name: Name | None = None
    language: Language | None = None
    note: Note | None = None


class AddressGiven(Given):
    name: Line = ""
    line1: Place
    line2: Line = ""
    city: Place
    region: Line = ""
    postal_code: Annotated[str, StringConstraints(max_length=20, pattern=NO_NUL)] = ""
    country: Annotated[str, StringConstraints(max_length=60, pattern=NO_NUL)] = Field(
        "", description="Two letters where they are known.", examples=["NL"]
    )
    phone: Annotated[str, StringConstraints(max_length=40, pattern=NO_NUL)] = ""

    def parts(self) -> dict[str, str]:
        """Those that are named, as they are kept."""
        told = ((part, getattr(self, part).strip()) for part in ADDRESS_PARTS)
        return {part: text for part, text in told if text}


@router.get(
    "/customers", response=CustomerPage, summary="List and find customers", **needs(Can.READ_CONVERSATIONS)
)
def list_customers(request: StaffCall, asked: Query[CustomersAsked]) -> CustomerPage:
    """Those who talk with one's brands or have ordered there, the newest first."""
    rows = _narrowed(customers_of(request.auth.staff), asked).prefetch_related("identities")
    found = cut(rows, NEWEST, asked)
    return CustomerPage(items=[CustomerShown.of(customer) for customer in found.rows], next=found.next)


def _narrowed(rows: QuerySet[Customer], asked: CustomersAsked) -> QuerySet[Customer]:
    if asked.name:
        rows = rows.filter(name__icontains=asked.name)
    for kind, value in ((IdentityKind.EMAIL, asked.email), (IdentityKind.PHONE, asked.phone)):
        if value:
            rows = rows.filter(_known_by(kind, value))
    return rows


def _known_by(kind: IdentityKind, value: str) -> Q:
    known = Identity.objects.filter(kind=kind, scope=None, index=Identity.index_of(kind, value))
    return Q(pk__in=known.values("customer"))


@router.post(
    "/customers", response={201: CustomerShown}, summary="Enter a customer", **needs(Can.EDIT_CUSTOMERS)
)
def enter_customer(request: StaffCall, given: CustomerGiven) -> Answer[CustomerShown]:
    staff = request.auth.staff
    customer = people.enter(by=staff, name=given.name, language=given.language or "", note=given.note)
    for identity in given.identities:
        people.claim(customer, identity.kind, identity.value, by=staff)
    return Answer(201, CustomerShown.of(customer))


@router.get(
    "/customers/{uuid:customer_id}",
    response=CustomerShown,
    summary="One customer",
    **needs_or_own(Can.READ_CONVERSATIONS),
)
def get_customer(request: EitherCall, customer_id: UUID) -> CustomerShown:
    customer = _of(request, customer_id)
    if isinstance(request.auth, CustomerCaller):
        return CustomerShown.to_themselves(customer)
    return CustomerShown.of(customer)


@router.patch(
    "/customers/{uuid:customer_id}",
    response=CustomerShown,
    summary="Change a customer",
    **needs(Can.EDIT_CUSTOMERS),
)
def change_customer(request: StaffCall, customer_id: UUID, given: CustomerChange) -> CustomerShown:
    customer = _of(request, customer_id)
    details: dict[str, Any] = given.model_dump(exclude_none=True, mode="json")
    people.describe(customer, by=request.auth.staff, **details)
    return CustomerShown.of(customer)


@router.get(
    "/customers/{uuid:customer_id}/identities",
    response=IdentitiesShown,
    summary="What a customer is known by, in full",
    **needs(Can.SEE_CONTACT),
)
def list_identities(request: StaffCall, customer_id: UUID) -> IdentitiesShown:
    """Each address and number shown is put on record: who asked, when, from where. Each call is one of the looks that
    a colleague has an hour, at pages and by tokens together; their supervisors are told when these are used up.
    """
    customer, address = _of(request, customer_id), client_address(request) or None
    _count(customer, request.auth.staff, address)
    return IdentitiesShown(
        items=[
            IdentityShown.in_full(identity, people.reveal(identity, by=request.auth.staff, address=address))
            for identity in identities_of(customer)
        ]
    )


@router.post(
    "/customers/{uuid:customer_id}/identities",
    response={201: IdentityShown},
    summary="Add an address or a number",
    **needs(Can.EDIT_CUSTOMERS),
)
def add_identity(request: StaffCall, customer_id: UUID, given: IdentityGiven) -> Answer[IdentityShown]:
    customer = _of(request, customer_id)
    return Answer(
        201, IdentityShown.hinted(people.claim(customer, given.kind, given.value, by=request.auth.staff))
    )


@router.delete(
    "/customers/{uuid:customer_id}/identities/{uuid:identity_id}",
    response={204: None},
    summary="Remove one that was merely said",
    **needs(Can.EDIT_CUSTOMERS),
)
def remove_identity(request: StaffCall, customer_id: UUID, identity_id: UUID) -> None:
    identity = get_object_or_404(_of(request, customer_id).identities, pk=identity_id)
    if identity.verified_at is not None:
        raise Refusal(409, _("The customer has verified this one; only they can remove it."))
    people.withdraw(identity, by=request.auth.staff)


@router.get(
    "/customers/{uuid:customer_id}/address",
    response=AddressShown,
    summary="Where a customer lives, in full",
    **needs_or_own(Can.SEE_CONTACT),
)
def get_address(request: EitherCall, customer_id: UUID) -> AddressShown:
    """Each look is put on record: who asked, when, from where. A colleague's token has so many an hour, as under
    identities; a customer may read their own as often as they like.
    """
    customer, address = _of(request, customer_id), client_address(request) or None
    if not isinstance(request.auth, CustomerCaller):
        _count(customer, request.auth.staff, address)
    log.audit("customer.address_revealed", customer, by=request.auth.actor, address=address)
    return AddressShown(address=customer.address)


@router.put(
    "/customers/{uuid:customer_id}/address",
    response=CustomerShown,
    summary="Change where a customer lives",
    **needs_or_own(Can.EDIT_CUSTOMERS),
)
def change_address(request: EitherCall, customer_id: UUID, given: AddressGiven) -> CustomerShown:
    """As a whole. Orders keep the address that they were placed with."""
    people.move(_of(request, customer_id), given.parts(), by=request.auth.actor)
    return get_customer(request, customer_id)


def _count(customer: Customer, staff: Staff, address: str | None) -> None:
    """A token is its owner's hand, so it has no allowance of its own: else whoever has used theirs up at the pages
    would write a script. Programs that serve many customers act as each of them, with a customer's token.
    """
    try:
        reveals.count(customer, by=staff, address=address)
    except reveals.TooMany as problem:
        raise Refusal(429, str(problem), retry_after=600) from problem


def _of(request: StaffCall | EitherCall, customer_id: UUID) -> Customer:
    return get_object_or_404(known_to(request.auth).prefetch_related("identities"), pk=customer_id)
