"""Who may take which step from where: everything else is refused and leaves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import make_staff
from kefu.claims import covering, filing, goods, reviewing, steps
from kefu.claims.machines import Kind, Status, Who, allowed
from kefu.claims.models import Claim
from kefu.claims.refusals import Illegal, NotTheirs, Stale
from kefu.claims.tests.desk import BY_HAND, Desk, now, publish
from kefu.events import log
from kefu.events.actors import SYSTEM, Someone
from kefu.people.models import Customer, Refused, Staff, Team
from kefu.people.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(desk: Desk) -> Claim:
    publish(desk.shop, BY_HAND)
    return desk.files(desk.order())


def test_every_change_is_one_step_that_follows_the_one_before(desk: Desk, claim: Claim) -> None:
    reviewing.request_info(claim, by=desk.agent, words="Which colour is it?")
    reviewing.provide(claim, by=desk.shop.customer, words="White")
    reviewing.approve(claim, by=desk.agent)
    taken = list(claim.steps.values_list("seq", "action", "before", "after", "actor_as"))
    assert taken == [
        (1, "submit", "draft", "submitted", "customer"),
        (2, "review", "submitted", "under_review", "automation"),
        (3, "request_info", "under_review", "awaiting_customer", "agent"),
        (4, "provide", "awaiting_customer", "under_review", "customer"),
        (5, "approve", "under_review", "approved", "agent"),
    ]
    told = [entry for entry in log.about(claim.pk) if "seq" in entry.data]
    assert [(entry.kind, entry.data["seq"]) for entry in told] == [
        (f"claim.{action}", seq) for seq, action, *_rest in taken
    ]
    assert all("White" not in str(entry.data) for entry in told)


def test_what_does_not_follow_is_refused_with_what_does(desk: Desk, claim: Claim) -> None:
    before = (claim.version, claim.steps.count())
    with pytest.raises(Illegal) as refused:
        steps.apply(claim, "receive", by=desk.warehouse)
    assert refused.value.allowed == []
    with pytest.raises(Illegal) as refused:
        steps.apply(claim, "mark_shipped", by=desk.agent)
    assert refused.value.allowed == ["request_info", "approve", "reject", "withdraw"]
    claim.refresh_from_db()
    assert (claim.version, claim.steps.count()) == before


@pytest.mark.parametrize("kind", list(Kind))
def test_every_step_of_every_table_is_for_those_it_names_and_nobody_else(
    desk: Desk, charlie: Staff, auditor: Staff, kind: Kind
) -> None:
    actors: dict[Who, Any] = {
        Who.CUSTOMER: desk.shop.customer,
        Who.AGENT: desk.agent,
        Who.SUPERVISOR: desk.supervisor,
        Who.WAREHOUSE: desk.warehouse,
        Who.TECHNICIAN: desk.technician,
        Who.FINANCE: desk.finance,
        Who.AUTOMATION: steps.POLICY,
        Who.SYSTEM: SYSTEM,
    }
    strangers: list[Any] = [charlie, auditor, Customer.objects.create(name="Eve"), Someone("assistant", None)]
    claim = Claim.objects.create(kind=kind, brand=desk.shop.brand, customer=desk.shop.customer)
    for status in Status:
        Claim.objects.filter(pk=claim.pk).update(status=status)
        claim.refresh_from_db()
        for as_, actor in actors.items():
            mine = {as_, Who.AGENT} if as_ == Who.SUPERVISOR else {as_}
            assert steps.open_to(actor, claim) == allowed(kind, status, mine)
        assert all(steps.open_to(stranger, claim) == [] for stranger in strangers)


def test_automation_is_never_an_agent_a_supervisor_or_finance(claim: Claim) -> None:
    for robot in (Someone("assistant", None), steps.POLICY):
        for action in ("approve", "reject", "request_info", "withdraw"):
            with pytest.raises(NotTheirs):
                steps.apply(claim, action, by=robot)
    assert now(claim) == "under_review"


def test_an_assistant_moves_no_money_and_decides_on_no_cover(desk: Desk, claim: Claim) -> None:
    robot: Any = Someone("assistant", None)
    Claim.objects.filter(pk=claim.pk).update(status="partially_accepted")
    with pytest.raises(NotTheirs):
        goods.release(claim, by=robot)
    Claim.objects.filter(pk=claim.pk).update(kind="warranty", status="under_review")
    with pytest.raises(NotTheirs):
        covering.check_cover(claim, by=robot, answer=Status.COVERED)
    with pytest.raises(NotTheirs):
        filing.draft(desk.shop.asks(desk.order()), by=robot)


def test_a_colleague_of_another_brand_and_another_customer_may_nothing(
    desk: Desk, claim: Claim, charlie: Staff, lin: Customer
) -> None:
    other = Customer.objects.create(name="Eve")
    with pytest.raises(NotTheirs):
        reviewing.approve(claim, by=charlie)
    with pytest.raises(NotTheirs):
        reviewing.withdraw(claim, by=other)
    with pytest.raises(Refused):
        filing.draft(desk.shop.asks(desk.order()), by=charlie)


def test_a_colleague_who_has_left_may_nothing(desk: Desk, claim: Claim, support: Team) -> None:
    gone = make_staff("gone", Role.SUPERVISOR, support)
    gone.is_active = False
    with pytest.raises(NotTheirs):
        reviewing.approve(claim, by=gone)


def test_a_claim_that_moved_on_meanwhile_is_stale(desk: Desk, claim: Claim) -> None:
    seen = claim.version
    reviewing.request_info(claim, by=desk.agent, words="Which?")
    with pytest.raises(Stale):
        steps.hold(claim, version=seen)
    assert steps.hold(claim, version=seen + 1).version == seen + 1
