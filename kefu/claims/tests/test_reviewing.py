"""From what the customer asks to a decision: by the policy, by an agent within their limit, by a second person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from kefu.claims import evidencing, filing, finance, reviewing
from kefu.claims.models import Claim, Policy, Verdict
from kefu.claims.presets import CN_LAW
from kefu.claims.refusals import AboveLimit, Illegal, Incomplete, NotEligible, NotTheirs
from kefu.claims.terms import Approval
from kefu.claims.tests.desk import BY_HAND, STRICT, Desk, back_then, now, publish, refund_of, uploaded
from kefu.events import log
from kefu.events.models import Audit
from kefu.orders.models import Order, PaymentMethod
from kefu.people.models import Customer, Refused, Staff

pytestmark = pytest.mark.django_db


def test_what_passes_every_rule_is_approved_at_once_and_says_by_what(desk: Desk) -> None:
    policy = publish(desk.shop, CN_LAW)
    claim = desk.files(desk.order())
    assert now(claim) == "approved"
    assert claim.policy == policy
    assert claim.terms == CN_LAW.as_dict()
    assert claim.steps.get(action="review").actor_as == "automation"
    assert claim.verdicts.filter(rule="within_the_window", outcome="pass", basis="law").exists()
    assert claim.ship_by and claim.ship_by > timezone.now()
    assert claim.lines.get().amount_minor == 10_000


def test_a_person_looks_when_the_policy_wants_it(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order())
    assert now(claim) == "under_review"
    assert claim.opened_at and claim.due_at == claim.opened_at + timedelta(days=10)
    reviewing.approve(claim, by=desk.agent)
    assert now(claim) == "approved"


def test_too_late_is_refused_with_its_reasons_and_may_be_appealed_once(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order(days_ago=40))
    assert now(claim) == "rejected"
    assert claim.closed_at is not None
    assert claim.verdicts.filter(outcome="fail").exists()
    customer = desk.shop.customer
    reviewing.appeal(claim, by=customer, words="It was a present")
    assert now(claim) == "under_review"
    with pytest.raises(Refused, match="supervisor"):
        reviewing.reject(claim, by=desk.agent, words="No")
    reviewing.reject(claim, by=desk.supervisor, words="It is too late")
    with pytest.raises(Refused, match="second time"):
        reviewing.appeal(claim, by=customer, words="Again")


def test_an_appeal_comes_within_its_days_and_from_the_customer(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order(days_ago=40))
    with pytest.raises(NotTheirs):
        reviewing.appeal(claim, by=desk.agent, words="For them")
    back_then(claim, closed_at=timezone.now() - timedelta(days=16))
    with pytest.raises(Refused, match="over"):
        reviewing.appeal(claim, by=desk.shop.customer, words="Please")
    assert now(claim) == "rejected"


def test_a_supervisor_grants_an_appeal(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order(days_ago=40))
    reviewing.appeal(claim, by=desk.shop.customer, words="It was a present")
    with pytest.raises(Refused, match="supervisor"):
        reviewing.approve(claim, by=desk.agent)
    reviewing.approve(claim, by=desk.supervisor)
    assert now(claim) == "approved"


def test_what_the_order_does_not_bear_makes_no_claim_go_on(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    order = desk.order()
    desk.files(order)
    again = filing.draft(desk.shop.asks(order), by=desk.shop.customer)
    with pytest.raises(NotEligible) as refused:
        filing.submit(again, by=desk.shop.customer)
    assert [one.rule for one in refused.value.verdicts] == ["quantity_left"]
    assert now(again) == "draft"
    assert not again.verdicts.exists()


def test_a_refusal_with_words_that_the_customer_reads(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order())
    with pytest.raises(Refused, match="reason"):
        reviewing.reject(claim, by=desk.agent, words="  ")
    reviewing.reject(claim, by=desk.agent, words="The serial number is another one.")
    assert (now(claim), claim.said_why) == ("rejected", "The serial number is another one.")


def test_above_their_limit_an_agent_is_refused_and_that_is_kept(desk: Desk) -> None:
    publish(desk.shop, STRICT)
    claim = desk.files(desk.order())
    with pytest.raises(AboveLimit):
        reviewing.approve(claim, by=desk.agent)
    assert now(claim) == "under_review"
    kept = Audit.objects.get(kind="claim.limit_refused")
    assert (kept.actor_id, kept.data) == (desk.agent.pk, {"amount": 10_000})
    reviewing.approve(claim, by=desk.supervisor)
    assert now(claim) == "approved"


def test_above_the_second_limit_nobody_approves_what_they_entered(desk: Desk, admin: Staff) -> None:
    publish(desk.shop, replace(STRICT, approval=replace(STRICT.approval, four_eyes_over={"CNY": 9_000})))
    claim = desk.files(desk.order(), by=desk.supervisor)
    with pytest.raises(AboveLimit):
        reviewing.approve(claim, by=desk.supervisor)
    assert Audit.objects.filter(kind="claim.limit_refused").count() == 1
    reviewing.approve(claim, by=admin)
    assert now(claim) == "approved"


def test_a_cancelled_order_ends_and_its_money_waits_for_a_second_person_above_the_limit(
    desk: Desk, second_finance: Staff
) -> None:
    publish(desk.shop, replace(STRICT, approval=replace(STRICT.approval, four_eyes_over={"CNY": 9_000})))
    order = desk.shop.order(status="pending")
    claim = desk.files(order, "cancellation", reason="no_longer_needed")
    reviewing.approve(claim, by=desk.supervisor)
    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == ("cancelled", "no_longer_needed")
    refund = refund_of(claim)
    assert (now(claim), refund.state) == ("refunding", "requested")
    with pytest.raises(AboveLimit):
        finance.approve(refund, by=desk.supervisor)
    assert Audit.objects.filter(kind="refund.limit_refused").exists()
    finance.approve(refund, by=desk.finance)
    refund.refresh_from_db()
    assert (refund.state, refund.approved_by) == ("queued", desk.finance)


def test_part_of_an_order_is_cancelled_and_the_rest_is_not(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    order = desk.shop.order(desk.shop.line(), desk.shop.line(qty=2), status="pending")
    line = order.lines.last()
    assert line
    asked = [desk.shop.wants(line, qty=1, reason="ordered_by_mistake")]
    claim = desk.files(order, "cancellation", lines=asked)
    order.refresh_from_db()
    assert (now(claim), order.status) == ("refunding", "pending")
    assert refund_of(claim).amount_minor == 10_000


def test_what_has_left_is_not_cancelled(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    order = desk.shop.order(status="pending")
    claim = desk.files(order, "cancellation", reason="no_longer_needed")
    Order.objects.filter(pk=order.pk).update(status="shipped")
    with pytest.raises(Refused):
        reviewing.approve(claim, by=desk.agent)
    assert now(claim) == "under_review"
    assert not claim.refunds.exists()


def test_an_agent_gives_back_part_of_a_price(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order(), "refund_only", reason="price_correction", by=desk.agent)
    for wrong in (None, 0, 10_001):
        with pytest.raises(Refused):
            reviewing.approve(claim, by=desk.agent, amount_minor=wrong)
    reviewing.approve(claim, by=desk.agent, amount_minor=1_234)
    refund = refund_of(claim)
    assert (refund.amount_minor, sum(refund.breakdown.values())) == (1_234, 1_234)
    assert claim.lines.get().amount_minor == 1_234


def test_a_policy_published_later_changes_nothing_of_an_open_claim(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order())
    publish(desk.shop, STRICT)
    reviewing.approve(claim, by=desk.agent)
    assert now(claim) == "approved"
    assert claim.terms == BY_HAND.as_dict()
    assert Policy.objects.count() == 2


def test_missing_photos_are_asked_for_before_it_is_handed_in(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    customer = desk.shop.customer
    claim = filing.draft(desk.shop.asks(desk.order(), reason="damaged"), by=customer)
    with pytest.raises(Incomplete) as refused:
        filing.submit(claim, by=customer)
    assert list(refused.value.problems) == ["lines.0.evidence"]
    photo = uploaded(customer)
    with pytest.raises(Refused):
        evidencing.hand_in(claim, uploaded(desk.agent), "photo", by=customer)
    with pytest.raises(NotTheirs):
        evidencing.hand_in(claim, uploaded(desk.finance), "photo", by=desk.finance)
    evidencing.hand_in(claim, photo, "photo", by=customer, line_id=claim.lines.get().pk)
    with pytest.raises(Refused):
        evidencing.hand_in(claim, photo, "photo", by=customer)
    filing.submit(claim, by=customer)
    assert now(claim) == "under_review"


def test_a_draft_may_be_written_again_and_is_nobody_elses(desk: Desk, lin: Customer) -> None:
    publish(desk.shop, BY_HAND)
    order = desk.order(lines=[desk.shop.line(qty=3)])
    claim = filing.draft(desk.shop.asks(order), by=lin, texts=["Too bright"])
    assert not Claim.objects.visible_to(desk.agent).exists()
    filing.redraft(claim, desk.shop.asks(order, qty=1), by=lin)
    assert (claim.lines.get().qty, claim.lines.get().reason_text) == (1, "")
    with pytest.raises(Refused):
        filing.redraft(claim, desk.shop.asks(desk.order()), by=lin)
    filing.submit(claim, by=lin)
    with pytest.raises(Illegal):
        filing.redraft(claim, desk.shop.asks(order), by=lin)
    with pytest.raises(Illegal):
        filing.submit(claim, by=lin)
    assert Claim.objects.visible_to(desk.agent).get() == claim


@pytest.mark.parametrize("what", ["nothing", "order", "line", "method", "quantity", "two units"])
def test_what_does_not_belong_together_is_no_claim(desk: Desk, what: str) -> None:
    publish(desk.shop, BY_HAND)
    eve = Customer.objects.create(name="Eve")
    order, other = desk.order(), desk.order()
    line = desk.shop.wants(order.lines.get())
    asked = {
        "nothing": desk.shop.asks(order, lines=[]),
        "order": replace(desk.shop.asks(order), customer=eve),
        "line": desk.shop.asks(other, lines=[line]),
        "method": desk.shop.asks(order, refund_to=PaymentMethod.objects.create(customer=eve, kind="card")),
        "quantity": desk.shop.asks(order, qty=2),
        "two units": desk.shop.asks(order, "warranty", lines=[line, line]),
    }[what]
    with pytest.raises(Refused):
        filing.draft(asked, by=eve if what == "order" else desk.shop.customer)
    assert not Claim.objects.exists()


def test_two_claims_cannot_take_the_same_unit_by_way_of_an_appeal(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    order = desk.order()
    first = desk.files(order)
    reviewing.reject(first, by=desk.agent, words="No")
    desk.files(order)
    with pytest.raises(NotEligible):
        reviewing.appeal(first, by=desk.shop.customer, words="Please")
    assert now(first) == "rejected"


def test_the_log_holds_no_words(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order())
    reviewing.request_info(claim, by=desk.agent, words="SECRET-WORDS")
    reviewing.provide(claim, by=desk.shop.customer, words="SECRET-WORDS")
    reviewing.reject(claim, by=desk.agent, words="SECRET-WORDS")
    assert all("SECRET" not in str(entry.data) for entry in log.about(claim.pk))
    assert Verdict.objects.filter(claim=claim).exists()


def test_who_gave_approval_is_for_limits_of_their_own_currency(desk: Desk) -> None:
    terms = replace(BY_HAND, approval=Approval(automatic=False, agent_limit={"EUR": 1_000_000}))
    publish(desk.shop, terms)
    claim = desk.files(desk.order())
    with pytest.raises(AboveLimit):
        reviewing.approve(claim, by=desk.agent)
