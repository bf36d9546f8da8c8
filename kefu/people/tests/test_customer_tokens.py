"""Tokens with which a program acts as a customer: what ends them, and what bounds them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kefu.events.models import Audit
from kefu.people import customer_tokens, customers, sweeping
from kefu.people.api import customer_speaking
from kefu.people.models import Customer, CustomerToken, Staff, StaffToken
from kefu.people.roles import Can

SCOPES = [Can.SPEAK_FOR_CUSTOMERS.value, Can.SEE_ORDERS.value]


@pytest.fixture
def program(supervisor: Staff) -> StaffToken:
    return StaffToken.issue(staff=supervisor, name="Assistant", scopes=SCOPES, lasts=timedelta(days=9))[0]


@pytest.fixture
def secret(lin: Customer, program: StaffToken) -> str:
    return customer_tokens.issue(lin, through=program, address="192.0.2.1")[1]


def test_the_token_speaks_for_its_customer_within_what_the_colleague_may(
    secret: str, lin: Customer, supervisor: Staff
) -> None:
    caller = customer_speaking(secret)
    assert caller is not None
    assert (caller.customer, caller.staff, caller.actor) == (lin, supervisor, lin)
    assert caller.staff.scopes == frozenset(SCOPES)


def test_only_its_hash_is_kept_and_who_issued_it_is_on_record(
    secret: str, lin: Customer, supervisor: Staff
) -> None:
    token = CustomerToken.objects.get()
    assert secret.encode() not in bytes(token.token_hash)
    entry = Audit.objects.get(kind="customer_token.issued")
    assert (entry.actor_id, entry.subject_id, entry.data["customer"]) == (
        supervisor.pk,
        token.pk,
        str(lin.pk),
    )


@pytest.mark.parametrize("guess", ["", "kefuc_", "kefuc_guess", "kefu_guess"])
def test_a_guess_speaks_for_nobody(guess: str, secret: str) -> None:
    assert customer_speaking(guess) is None
    assert customer_speaking(secret[:-1]) is None


def test_it_lasts_an_hour(secret: str) -> None:
    token = CustomerToken.objects.get()
    assert timedelta(minutes=59) < token.expires_at - timezone.now() <= timedelta(hours=1)
    CustomerToken.objects.update(expires_at=timezone.now())
    assert customer_speaking(secret) is None


def test_it_never_outlives_the_token_it_was_issued_through(lin: Customer, supervisor: Staff) -> None:
    short = StaffToken.issue(staff=supervisor, name="Short", scopes=SCOPES, lasts=timedelta(minutes=5))[0]
    assert customer_tokens.issue(lin, through=short)[0].expires_at == short.expires_at


def test_it_ends_with_the_token_it_was_issued_through(
    secret: str, program: StaffToken, supervisor: Staff
) -> None:
    program.revoke(by=supervisor)
    assert customer_speaking(secret) is None


def test_it_ends_with_the_colleague(secret: str, supervisor: Staff, admin: Staff) -> None:
    supervisor.deactivate(by=admin)
    assert customer_speaking(secret) is None


def test_it_ends_with_the_right_to_issue_it(lin: Customer, mei: Staff, supervisor: Staff) -> None:
    for staff, scopes in ((mei, SCOPES), (supervisor, [Can.SEE_ORDERS.value])):
        program = StaffToken.issue(staff=staff, name="Was more", scopes=scopes, lasts=timedelta(days=1))[0]
        assert customer_speaking(customer_tokens.issue(lin, through=program)[1]) is None


def test_whoever_was_joined_to_another_goes_on_as_that_one(
    secret: str, lin: Customer, supervisor: Staff
) -> None:
    tao = Customer.objects.create(name="Lin Tao")
    customers.merge(lin, into=tao, by=supervisor)
    caller = customer_speaking(secret)
    assert caller is not None
    assert caller.customer == tao


def test_what_is_kept_for_repeats_is_apart_for_each_colleague(
    secret: str, lin: Customer, admin: Staff
) -> None:
    other = StaffToken.issue(staff=admin, name="Other", scopes=SCOPES, lasts=timedelta(days=1))[0]
    one, two = customer_speaking(secret), customer_speaking(customer_tokens.issue(lin, through=other)[1])
    assert one is not None and two is not None
    assert one.pk != two.pk
    assert lin.pk not in (one.pk, two.pk)


def test_old_ones_are_forgotten(secret: str) -> None:
    sweeping.sweep()
    assert CustomerToken.objects.exists()
    CustomerToken.objects.update(expires_at=timezone.now() - timedelta(days=8))
    sweeping.sweep()
    assert not CustomerToken.objects.exists()
