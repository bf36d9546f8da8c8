"""What somebody filled into a form of the desk: what was asked for, checked; what was not asked for, never taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from kefu.inboxes.topics import FieldType, FormField, Topic
from kefu.people import customers
from kefu.people.models import Customer, IdentityKind

LONGEST = {FieldType.LONG: 4000, FieldType.SEVERAL: 4000}
LONGEST_USUAL = 200
CHECKED = "yes"


class Incomplete(Exception):
    """``errors``: a sentence for each field that is missing or wrong, by its key."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(next(iter(errors.values())))
        self.errors = errors


def read(fields: tuple[FormField, ...], answers: Mapping[str, Any]) -> dict[str, str]:
    """The answers to exactly these questions, each as text in its normal form."""
    given, errors = {}, {}
    for field in fields:
        try:
            value = value_of(field, answers.get(field.key))
        except ValueError as problem:
            errors[field.key] = str(problem)
        else:
            if value:
                given[field.key] = value
    if errors:
        raise Incomplete(errors)
    return given


def value_of(field: FormField, answer: Any) -> str:
    """Several choices come as one text, each on a line of its own."""
    if answer is not None and not isinstance(answer, str):
        raise ValueError(_("Please fill this in."))
    text = (answer or "").strip()
    if not text and field.required:
        raise ValueError(_("Please fill this in."))
    if len(text) > LONGEST.get(field.type, LONGEST_USUAL) or "\x00" in text:
        raise ValueError(_("This is too long."))
    return _CHECKS[field.type](field, text) if text else ""


def _as_it_is(field: FormField, text: str) -> str:
    return text


def _email(field: FormField, text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as problem:
        raise ValueError(
            _("This does not look like an e-mail address, such as name@example.com.")
        ) from problem
    return text


def _phone(field: FormField, text: str) -> str:
    if not re.fullmatch(r"\+?[\d\s().-]{5,30}", text, re.ASCII):
        raise ValueError(
            _("This does not look like a phone number. Digits, spaces and a leading + are fine.")
        )
    return text


def _number(field: FormField, text: str) -> str:
    if not re.fullmatch(r"-?\d{1,15}([.,]\d{1,6})?", text, re.ASCII):
        raise ValueError(_("Please write a number."))
    return text


def _date(field: FormField, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as problem:
        raise ValueError(_("Please choose a date.")) from problem


def _choice(field: FormField, text: str) -> str:
    if text not in field.choices:
        raise ValueError(_("Please choose one."))
    return text


def _several(field: FormField, text: str) -> str:
    chosen = set(text.splitlines())
    if not chosen <= set(field.choices):
        raise ValueError(_("Please choose from the list."))
    return "\n".join(choice for choice in field.choices if choice in chosen)


def _checkbox(field: FormField, text: str) -> str:
    if text != CHECKED:
        raise ValueError(_("Please tick this, or leave it."))
    return text


_CHECKS = {
    FieldType.TEXT: _as_it_is,
    FieldType.LONG: _as_it_is,
    FieldType.EMAIL: _email,
    FieldType.PHONE: _phone,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.CHOICE: _choice,
    FieldType.SEVERAL: _several,
    FieldType.CHECKBOX: _checkbox,
}


def subject(topic: Topic | None, text: str) -> str:
    words = " ".join(text.split())
    return f"{topic.label} · {words}" if topic else words


def remember_person(customer: Customer, given: Mapping[str, str]) -> str:
    """Name, address and number go to the person, unverified; answers with the address."""
    if given.get("name") and not customer.name:
        customers.describe(customer, by=customer, name=given["name"][:80])
    if phone := given.get("phone"):
        customers.claim(customer, IdentityKind.PHONE, phone, by=customer)
    if email := given.get("email"):
        customers.claim(customer, IdentityKind.EMAIL, email, by=customer)
    return given.get("email", "")
