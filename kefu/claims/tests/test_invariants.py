"""Whatever is done to claims, by whomever, in whatever order, with whatever a provider answers: what must always hold.

The numbers are those of the invariants in the after-sales reference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kefu.claims import (
    covering,
    exchanging,
    filing,
    finance,
    goods,
    lapsing,
    owed,
    parcels,
    repairing,
    reviewing,
    sending,
    steps,
)
from kefu.claims.case import holding
from kefu.claims.goods import Counted, Finding
from kefu.claims.machines import ENDED, MACHINES, Kind, Status, Who
from kefu.claims.models import Claim, ClaimLine, ClaimShipment, Refund, RefundState
from kefu.claims.models.refunds import WITHOUT_MONEY
from kefu.claims.presets import CN_LAW, REASONS
from kefu.claims.preview import AskedLine
from kefu.claims.providers.contract import ABSENT, Answer, State
from kefu.claims.refusals import AboveLimit, Illegal
from kefu.claims.terms import Terms
from kefu.claims.tests.desk import Desk, publish
from kefu.events import log
from kefu.events.actors import SYSTEM, Someone
from kefu.orders import showing
from kefu.orders.models import OrderLine, Payment, PaymentMethod, RegisteredProduct, Variant
from kefu.people.models import Customer, Refused

pytestmark = pytest.mark.django_db
ROBOT = Someone("assistant", None)
EXAMPLES, LENGTH, MOST_CLAIMS = 6, 30, 5
OF_REPLACEMENTS = (Kind.RETURN, Kind.EXCHANGE, Kind.WARRANTY)
NO_PHOTOS = tuple(replace(reason, evidence=()) for reason in REASONS)
POLICIES = (
    replace(CN_LAW, reasons=NO_PHOTOS, approval=replace(CN_LAW.approval, automatic_up_to=None)),
    replace(CN_LAW, reasons=NO_PHOTOS, approval=replace(CN_LAW.approval, automatic=False)),
    replace(
        CN_LAW,
        reasons=NO_PHOTOS,
        approval=replace(
            CN_LAW.approval, automatic=False, agent_limit={"CNY": 15_000}, four_eyes_over={"CNY": 15_000}
        ),
    ),
    replace(
        CN_LAW,
        reasons=NO_PHOTOS,
        approval=replace(CN_LAW.approval, automatic_up_to=None, before_goods=True),
        exchange=replace(CN_LAW.exchange, advance=True),
    ),
)
REASON = {
    Kind.CANCELLATION: "no_longer_needed",
    Kind.REFUND_ONLY: "missing_item",
    Kind.RETURN: "changed_mind",
    Kind.EXCHANGE: "defective",
    Kind.WARRANTY: "fault",
}
Draw = Callable[[strategies.SearchStrategy[Any]], Any]
numbers = strategies.integers


def receives(claim: Claim, by: Any, draw: Draw) -> None:
    counted = {}
    for line in claim.lines.all():
        came = draw(numbers(0, line.qty))
        counted[line.pk] = Counted(came, damaged=draw(numbers(0, came)), wrong=draw(numbers(0, 1)))
    goods.receive(claim, counted, by=by)


def concludes(claim: Claim, by: Any, draw: Draw) -> None:
    for line in claim.lines.all():
        accepted = draw(numbers(0, line.qty_received))
        worse = accepted < line.qty_received or draw(strategies.booleans())
        checklist = {"unused": not worse, "original_packaging": draw(strategies.booleans())}
        deduction = draw(numbers(0, 3_000)) if worse else 0
        goods.find(claim, line.pk, Finding(accepted, checklist, deduction_minor=deduction), by=by)
    goods.conclude(claim, by=by)


def delivers(claim: Claim, by: Any, draw: Draw) -> None:
    if by.actor_kind == "staff":
        replacement = ClaimShipment.Why.REPLACEMENT
        parcels.send(claim, replacement, by=by, carrier="sf", tracking_no="SF9")
    exchanging.deliver(claim, by=by)


def checks(claim: Claim, by: Any, draw: Draw) -> None:
    covering.check_cover(
        claim, by=by, answer=draw(strategies.sampled_from(sorted(covering.ANSWERS))), words="So"
    )


def returns(claim: Claim, by: Any, draw: Draw) -> None:
    serial = f"SN-{RegisteredProduct.objects.count() + 1}" if claim.status == "replacing" else ""
    repairing.ship_back(claim, by=by, carrier="sf", tracking_no="SF2", new_serial=serial)


def completes(claim: Claim, by: Any, draw: Draw) -> None:
    (repairing if claim.kind == Kind.WARRANTY else exchanging).complete(claim, by=by)


def of_refunds(claim: Claim, by: Any, draw: Draw, action: str) -> None:
    bad = [one for one in claim.refunds.filter(replaced_by=None) if one.state in (*WITHOUT_MONEY, "abnormal")]
    if not bad:
        raise Refused("nothing to be done")
    if action == "retry":
        finance.retry(bad[0], by=by)
    else:
        finance.change_destination(bad[0], "store_credit", by=by, consent="By phone")


VERBS: dict[str, Callable[[Claim, Any, Draw], object]] = {
    "submit": lambda claim, by, draw: filing.submit(claim, by=by),
    "review": lambda claim, by, draw: steps.apply(claim, "review", by=by, to=Status.APPROVED),
    "request_info": lambda claim, by, draw: reviewing.request_info(claim, by=by, words="Which?"),
    "provide": lambda claim, by, draw: reviewing.provide(claim, by=by, words="This"),
    "approve": lambda claim, by, draw: reviewing.approve(claim, by=by),
    "reject": lambda claim, by, draw: reviewing.reject(claim, by=by, words="No"),
    "withdraw": lambda claim, by, draw: reviewing.withdraw(claim, by=by),
    "appeal": lambda claim, by, draw: reviewing.appeal(claim, by=by, words="Please"),
    "mark_shipped": lambda claim, by, draw: goods.mark_shipped(claim, by=by, carrier="sf", tracking_no="SF1"),
    "receive": receives,
    "inspect": lambda claim, by, draw: goods.inspect(claim, by=by),
    "conclude": concludes,
    "release": lambda claim, by, draw: goods.release(claim, by=by),
    "send_back": lambda claim, by, draw: goods.send_back(claim, by=by),
    "accept_deduction": lambda claim, by, draw: goods.accept_deduction(claim, by=by),
    "dispute": lambda claim, by, draw: goods.dispute(claim, by=by, words="No"),
    "uphold": lambda claim, by, draw: goods.uphold(claim, by=by, words="Yes"),
    "confirm_findings": lambda claim, by, draw: goods.confirm_findings(claim, by=by, words="So it is"),
    "give_up": lambda claim, by, draw: goods.give_up(claim, by=by, words="Lost"),
    "close": lambda claim, by, draw: goods.close(claim, by=by),
    "replace": lambda claim, by, draw: (
        repairing.replace(claim, by=by, words="Again")
        if claim.kind == Kind.WARRANTY
        else exchanging.difference_paid(claim, by=by, reference="B-1")
    ),
    "deliver": delivers,
    "complete": completes,
    "refund_instead": lambda claim, by, draw: exchanging.refund_instead(claim, by=by, words="Gone"),
    "check_cover": checks,
    "ask_for_goods": lambda claim, by, draw: covering.ask_for_goods(claim, by=by),
    "start_diagnosis": lambda claim, by, draw: repairing.start_diagnosis(claim, by=by),
    "diagnose": lambda claim, by, draw: repairing.diagnose(
        claim, by=by, defect=draw(strategies.booleans()), finding="Seen"
    ),
    "quote": lambda claim, by, draw: repairing.quote(claim, by=by, amount_minor=500, finding="It fell"),
    "accept_quote": lambda claim, by, draw: repairing.accept_quote(claim, by=by),
    "decline_quote": lambda claim, by, draw: repairing.decline_quote(claim, by=by),
    "repair": lambda claim, by, draw: repairing.repair(claim, by=by),
    "test": lambda claim, by, draw: repairing.test(claim, by=by, result="Good"),
    "ship_back": returns,
    "refund": lambda claim, by, draw: repairing.refund(claim, by=by, words="No such one"),
    "retry": lambda claim, by, draw: of_refunds(claim, by, draw, "retry"),
    "change_destination": lambda claim, by, draw: of_refunds(claim, by, draw, "elsewhere"),
}
WHOLE_WAY = (
    "approve",
    "check_cover",
    "mark_shipped",
    "receive",
    "inspect",
    "conclude",
    "start_diagnosis",
    "diagnose",
    "replace",
    "ship_back",
    "deliver",
    "complete",
)
SELDOM = frozenset({"withdraw", "reject", "request_info", "give_up"})  # ends, and detours: left to chance
OF_PEOPLE = frozenset(Who) - {Who.SYSTEM, Who.AUTOMATION}


class ClaimsOfOneOrder(RuleBasedStateMachine):
    """One order of lamps, one customer who claims of it, and everybody who may have a say."""

    desk: ClassVar[Desk]
    kind: ClassVar[Kind]

    def __init__(self) -> None:
        super().__init__()
        self.around = transaction.atomic()
        self.around.__enter__()
        self.versions: Counter[Any] = Counter()
        self.frozen: dict[Any, Any] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.around.__exit__(None, None, None)

    @initialize(
        data=strategies.data(),
        terms=strategies.sampled_from(POLICIES),
        qty=numbers(1, 3),
        discount=numbers(0, 9_999),
        split=numbers(0, 9_000),
        price=numbers(9_000, 11_000),
    )
    def begin(self, data: Any, terms: Terms, qty: int, discount: int, split: int, price: int) -> None:
        shop = self.desk.shop
        publish(shop, terms)
        line = shop.line(qty=qty, discount_minor=discount, tax_minor=discount // 3)
        self.order = (
            shop.order(line, status="pending")
            if self.kind == Kind.CANCELLATION
            else self.desk.order(lines=[line])
        )
        self.new = shop.variant(shop.product, "LAMP-NEW", price=price)
        self.gift = PaymentMethod.objects.create(
            customer=shop.customer, kind="gift_card", currency="CNY", balance_minor=price
        )
        payment = Payment.objects.get(order=self.order)
        split %= payment.captured_minor
        Payment.objects.filter(pk=payment.pk).update(captured_minor=payment.captured_minor - split)
        if split:
            Payment.objects.create(order=self.order, method=self.gift, captured_minor=split, currency="CNY")
        self.paid = payment.captured_minor
        self.actors: dict[Who, Any] = {
            Who.CUSTOMER: shop.customer,
            Who.AGENT: self.desk.agent,
            Who.SUPERVISOR: self.desk.supervisor,
            Who.WAREHOUSE: self.desk.warehouse,
            Who.TECHNICIAN: self.desk.technician,
            Who.FINANCE: self.desk.finance,
            Who.AUTOMATION: ROBOT,
        }
        self.total = sum(each.paid_minor for each in self.order.lines.all())
        self.claim_some(data)

    # -- what happens

    @rule(data=strategies.data())
    def claim_some(self, data: Any) -> None:
        """Again and again of the same order, by the customer or an agent."""
        by = data.draw(strategies.sampled_from([self.actors[Who.CUSTOMER], self.actors[Who.AGENT]]))
        line = data.draw(strategies.sampled_from(list(self.order.lines.all())))
        kind = self.kind if line.replaces is None else data.draw(strategies.sampled_from(OF_REPLACEMENTS))
        wanted = AskedLine(
            order_line=line,
            qty=1 if kind == Kind.WARRANTY else data.draw(numbers(1, line.qty)),
            reason=REASON[kind],
            new_variant=self.new if kind == Kind.EXCHANGE else None,
            wanted="exchange" if kind == Kind.EXCHANGE else "refund",
        )
        method = self.gift if kind == Kind.EXCHANGE and data.draw(strategies.booleans()) else None
        asked = self.desk.shop.asks(self.order, kind, lines=[wanted], refund_to=method)
        if Claim.objects.filter(order=self.order).count() < MOST_CLAIMS:
            claim = filing.draft(asked, by=by)
            self._try(claim, "submit", by, data)

    @rule(data=strategies.data(), many=numbers(1, 6))
    def the_next_steps(self, data: Any, many: int) -> None:
        """Those that the table offers, by somebody whom they are for."""
        for _ in range(many):
            self._one_step(data)

    def _one_step(self, data: Any) -> None:
        offers = [
            (claim, action, actor)
            for claim in self._claims()
            for as_, actor in self.actors.items()
            for action in steps.open_to(actor, claim)
            if as_ in OF_PEOPLE and action in VERBS and action not in SELDOM
        ]
        if offers:
            claim, action, actor = data.draw(strategies.sampled_from(offers))
            self._try(claim, action, actor, data)

    @rule(data=strategies.data())
    def one_goes_the_whole_way(self, data: Any) -> None:
        """To where something else is in the customer's hands, as far as nobody finds anything against it."""
        claims = [claim for claim in self._claims() if claim.status not in ENDED]
        if claims:
            claim = data.draw(strategies.sampled_from(claims))
            for action in WHOLE_WAY:
                able = [actor for actor in self.actors.values() if action in steps.open_to(actor, claim)]
                if able:
                    self._try(claim, action, able[-1], data)

    @rule(data=strategies.data())
    def anybody_tries_anything(self, data: Any) -> None:
        claims = self._claims()
        if claims:
            claim = data.draw(strategies.sampled_from(claims))
            action = data.draw(strategies.sampled_from(sorted(VERBS)))
            as_ = data.draw(strategies.sampled_from(sorted(self.actors)))
            self._try(claim, action, self.actors[as_], data)

    @rule(data=strategies.data())
    def a_provider_answers(self, data: Any) -> None:
        refunds = list(Refund.objects.filter(order=self.order).order_by("id"))
        if not refunds:
            return
        refund = data.draw(strategies.sampled_from(refunds))
        sending._taken_up(refund.pk)
        state = data.draw(strategies.sampled_from(list(State)))
        code = data.draw(strategies.sampled_from(["", ABSENT])) if state == State.FAILED else ""
        sending.hear(refund.pk, Answer(state, code=code), asked=data.draw(strategies.booleans()))

    @rule()
    def a_second_person_approves(self) -> None:
        for refund in Refund.objects.filter(order=self.order, state=RefundState.REQUESTED):
            try:
                finance.approve(refund, by=self.desk.supervisor)
            except AboveLimit:
                finance.approve(refund, by=self.desk.finance)

    @rule(seldom=numbers(0, 4))
    def time_passes(self, seldom: int) -> None:
        if seldom != 4:
            return
        past = timezone.now() - timedelta(seconds=1)
        Claim.objects.filter(answer_by__isnull=False).update(answer_by=past)
        lapsing.look(timezone.now())

    @precondition(lambda self: self.kind == Kind.EXCHANGE)
    @rule(there=strategies.booleans())
    def the_shop_runs_out(self, there: bool) -> None:
        Variant.objects.filter(pk=self.new.pk).update(available=there)

    @rule(terms=strategies.sampled_from(POLICIES))
    def another_policy_is_published(self, terms: Terms) -> None:
        publish(self.desk.shop, terms)

    # -- what must always hold

    @invariant()
    def no_more_goes_back_than_was_paid(self) -> None:
        """1, by payment and by line."""
        for payment in Payment.objects.filter(order=self.order):
            moving = payment.refunds.exclude(state__in=WITHOUT_MONEY)
            total = sum(refund.amount_minor for refund in moving)
            assert total == payment.returned_minor <= payment.captured_minor
        assert all(self._rest(line) >= 0 for line in self.order.lines.all())

    @invariant()
    def what_can_still_go_back_was_paid(self) -> None:
        """Of what was bought and of all that came in its place together, with what has gone back already."""
        payments = Payment.objects.filter(order=self.order)
        moved = sum(payment.returned_minor for payment in payments)
        rest = sum(self._rest(line) for line in self.order.lines.all())
        assert moved + rest <= sum(payment.captured_minor for payment in payments)

    @invariant()
    def no_unit_is_claimed_twice(self) -> None:
        """2; of a finished claim what was not accepted is the customer's again."""
        for line in self.order.lines.all():
            assert sum(self._units(one) for one in self._taken(line)) <= line.qty

    @invariant()
    def for_every_unit_one_at_most_came_in_its_place(self) -> None:
        for line in self.order.lines.all():
            instead = sum(each.qty for each in line.replaced_by.all())
            assert instead <= sum(self._units(one) for one in self._taken(line) if one.replacement_id)
            assert line.paid_minor >= 0 and line.discount_minor >= 0 and line.unit_price_minor >= 0
        (shown,) = showing.full([self.order])
        assert shown.total_minor == self.total

    @invariant()
    def steps_are_dense_and_follow_one_another(self) -> None:
        """3, and 7: each was taken as somebody for whom the table has it."""
        for claim in self._claims():
            taken = list(claim.steps.all())
            assert [step.seq for step in taken] == list(range(1, claim.steps_taken + 1))
            at = "draft"
            for step in taken:
                assert step.before == at
                at = step.after
                line = [
                    one for one in MACHINES[Kind(claim.kind)] if one[:3] == (step.before, step.action, at)
                ]
                assert any(step.actor_as in one.who for one in line)
                assert (step.actor_kind == "assistant") is False
            assert claim.status == at
            facts = [entry for entry in log.about(claim.pk) if "seq" in entry.data]
            assert [fact.data["seq"] for fact in facts] == [step.seq for step in taken]

    @invariant()
    def versions_only_grow_and_terms_never_change(self) -> None:
        """6 rests on the first, 11 is the second."""
        for claim in self._claims():
            assert claim.version >= self.versions[claim.pk]
            self.versions[claim.pk] = claim.version
            if claim.terms:
                assert self.frozen.setdefault(claim.pk, claim.terms) == claim.terms

    @invariant()
    def refunds_add_up(self) -> None:
        """9: each to its parts, and those of a claim that ended in money to what it owes."""
        for refund in Refund.objects.filter(order=self.order):
            assert sum(refund.breakdown.values()) == refund.amount_minor > 0
        for claim in self._claims():
            standing = claim.refunds.filter(replaced_by=None)
            if claim.status == Status.COMPLETED and claim.steps.filter(action="settle").exists():
                assert {refund.state for refund in standing} <= {RefundState.SUCCEEDED}
            if claim.kind == Kind.RETURN and claim.status in (Status.REFUNDING, Status.COMPLETED):
                assert sum(one.amount_minor for one in standing) >= sum(owed.due(claim).values())

    @invariant()
    def balances_are_what_was_entered(self) -> None:
        for method in PaymentMethod.objects.filter(customer=self.desk.shop.customer):
            if method.kind == "store_credit":
                assert method.balance_minor == sum(method.entries.values_list("amount_minor", flat=True))

    # -- how

    def _try(self, claim: Claim, action: str, by: Any, data: Any) -> None:
        """It goes through, or is refused with a sentence and leaves nothing (4, 7)."""
        before = self._state(claim)
        try:
            with transaction.atomic():
                VERBS[action](claim, by, data.draw)
        except Illegal as refused:
            assert self._state(claim) == before
            claim.refresh_from_db()
            assert refused.allowed == steps.open_to(by, claim)
        except Refused as refused:
            assert str(refused)
            assert self._state(claim) == before
        else:
            assert by is not ROBOT

    def _state(self, claim: Claim) -> tuple[Any, ...]:
        fresh = Claim.objects.get(pk=claim.pk)
        lines = list(fresh.lines.order_by("position").values_list())
        return (fresh.status, fresh.version, fresh.steps.count(), fresh.refunds.count(), lines)

    def _claims(self) -> list[Claim]:
        return list(Claim.objects.filter(customer=self.desk.shop.customer).order_by("id"))

    def _taken(self, line: OrderLine) -> list[ClaimLine]:
        """What claims took of it: a repair takes nothing."""
        found = holding(ClaimLine.objects.filter(order_line=line))
        for_good = Q(amount_minor__gt=0) | Q(replacement__isnull=False) | ~Q(claim__kind=Kind.WARRANTY)
        return list(found.filter(for_good).select_related("claim"))

    def _rest(self, line: OrderLine) -> int:
        """Of what was paid for it, what no claim has taken."""
        taken = self._taken(line)
        return line.paid_minor + self._given_back_to_claim(taken) - sum(one.amount_minor for one in taken)

    def _units(self, line: ClaimLine) -> int:
        judged = line.acceptance != ClaimLine.Acceptance.PENDING
        return line.qty_accepted if line.claim.status == Status.COMPLETED and judged else line.qty

    def _given_back_to_claim(self, taken: list[ClaimLine]) -> int:
        """What of finished claims was not accepted counts for nobody."""
        done = [one for one in taken if self._units(one) < one.qty]
        return sum(
            one.amount_minor - owed.part_of(one.amount_minor, one.qty_accepted, one.qty) for one in done
        )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", list(Kind))
def test_what_must_always_hold(desk: Desk, lin: Customer, kind: Kind) -> None:
    machine = type("Machine", (ClaimsOfOneOrder,), {"desk": desk, "kind": kind})
    bounds = settings(
        max_examples=EXAMPLES,
        stateful_step_count=LENGTH,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    assert SYSTEM.actor_kind == "system"
    run_state_machine_as_test(machine, settings=bounds)
