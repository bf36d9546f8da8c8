"""Customers are found by what they proved; two who are one are joined, forward only."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest
from django.db import connection, connections

from kefu.events import log
from kefu.events.models import Audit
from kefu.people import customers
from kefu.people.models import Customer, Identity, IdentityKind, Refused, Staff

EMAIL = IdentityKind.EMAIL


def test_only_a_proved_identity_finds_anyone(lin: Customer) -> None:
    customers.claim(lin, EMAIL, "lin@example.test", by=lin)
    assert customers.find(EMAIL, "lin@example.test") is None
    customers.verify(lin, EMAIL, "lin@example.test", by=lin)
    assert customers.find(EMAIL, " LIN@example.test ") == lin


def test_an_account_of_one_site_is_nobody_on_another(lin: Customer) -> None:
    here, there = uuid4(), uuid4()
    customers.verify(lin, IdentityKind.USER, "u1", by=lin, scope=here)
    assert customers.find(IdentityKind.USER, "u1", scope=here) == lin
    assert customers.find(IdentityKind.USER, "u1", scope=there) is None
    assert customers.find(IdentityKind.USER, "u1") is None


def test_anyone_may_claim_but_only_one_can_prove(lin: Customer) -> None:
    other = Customer.objects.create(name="Other")
    customers.claim(other, EMAIL, "lin@example.test", by=other)
    customers.verify(lin, EMAIL, "lin@example.test", by=lin)
    with pytest.raises(customers.HeldByAnother) as held:
        customers.verify(other, EMAIL, "lin@example.test", by=other)
    assert held.value.customer == lin
    assert other.identities.get().verified_at is None


def test_claiming_and_proving_twice_is_once(lin: Customer) -> None:
    for _twice in range(2):
        customers.claim(lin, EMAIL, "lin@example.test", by=lin)
        customers.verify(lin, EMAIL, "lin@example.test", by=lin)
    identity = lin.identities.get()
    assert [entry.kind for entry in log.about(identity.pk)] == ["identity.claimed", "identity.verified"]


def test_of_two_who_prove_the_same_at_the_same_moment_one_holds_it(committed: None) -> None:
    people = [Customer.objects.create(name=name) for name in ("A", "B", "C")]
    start = threading.Barrier(3)
    held: list[Customer] = []

    def prove(customer: Customer) -> None:
        start.wait()
        try:
            customers.verify(customer, EMAIL, "same@example.test", by=customer)
        except customers.HeldByAnother as other:
            held.append(other.customer)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=prove, args=(customer,)) for customer in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    holder = customers.find(EMAIL, "same@example.test")
    assert held == [holder, holder]


def test_joining_moves_identities_under_the_other_key(lin: Customer, admin: Staff) -> None:
    visitor = Customer.objects.create(name="", note="Asked twice", fields={"model": "L1"})
    customers.verify(visitor, EMAIL, "lin@example.test", by=visitor)
    customers.claim(visitor, IdentityKind.PHONE, "13800138000", by=visitor)
    customers.merge(visitor, lin, by=admin)
    fresh = Customer.objects.get(pk=lin.pk)
    assert {identity.value for identity in fresh.identities.all()} == {"lin@example.test", "13800138000"}
    assert customers.find(EMAIL, "lin@example.test") == lin
    assert (fresh.note, fresh.fields) == ("Asked twice", {"model": "L1"})
    visitor.refresh_from_db()
    assert visitor.merged_into == lin and not visitor.identities.exists()
    assert Audit.objects.get(kind="customer.merged").data == {"into": str(lin.pk)}


def test_joining_keeps_one_of_what_both_have_and_that_it_was_proved(lin: Customer, admin: Staff) -> None:
    visitor = Customer.objects.create()
    customers.claim(lin, EMAIL, "lin@example.test", by=lin)
    customers.verify(visitor, EMAIL, "lin@example.test", by=visitor)
    customers.merge(visitor, lin, by=admin)
    assert Identity.objects.get().verified_at is not None
    assert Identity.objects.get().customer == lin


def test_joining_twice_is_once_and_chains_are_refused(lin: Customer, admin: Staff) -> None:
    visitor, third = Customer.objects.create(), Customer.objects.create()
    customers.merge(visitor, lin, by=admin)
    customers.merge(visitor, lin, by=admin)
    assert len([entry for entry in log.about(visitor.pk) if entry.kind == "customer.merged"]) == 1
    with pytest.raises(Refused):
        customers.merge(visitor, third, by=admin)
    with pytest.raises(Refused):
        customers.merge(lin, visitor, by=admin)


def test_crosswise_joining_does_not_block_for_good(committed: None) -> None:
    one, two = Customer.objects.create(name="One"), Customer.objects.create(name="Two")
    start = threading.Barrier(2)

    def join(of: Customer, into: Customer) -> None:
        start.wait()
        try:
            customers.merge(of, into, by=into)
        except Refused:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=join, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert Customer.objects.filter(merged_into__isnull=False).count() == 1


def test_values_cannot_be_read_in_the_database_or_the_log(lin: Customer, admin: Staff) -> None:
    identity = customers.claim(lin, EMAIL, "canary@example.test", by=lin)
    assert customers.reveal(identity, by=admin) == "canary@example.test"
    with connection.cursor() as cursor:
        for table in ("people_identity", "events_event", "events_audit"):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t")
            stored = cursor.fetchone()[0]
            assert "canary" not in stored and b"canary".hex() not in stored
    assert Audit.objects.filter(kind="identity.revealed", actor_id=admin.pk).exists()


def test_describing_keeps_what_is_not_named(lin: Customer, mei: Staff) -> None:
    customers.describe(lin, note="Prefers mail", by=mei)
    customers.describe(lin, note="Prefers mail", by=mei)
    lin.refresh_from_db()
    assert (lin.name, lin.note) == ("Lin", "Prefers mail")
    told = [entry.data for entry in log.about(lin.pk) if entry.kind == "customer.described"]
    assert told == [{"details": ["note"]}]
    with pytest.raises(TypeError):
        customers.describe(lin, wrapped_key=b"x", by=mei)
