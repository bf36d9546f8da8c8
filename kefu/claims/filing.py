"""A claim is made: drafted, handed in, and judged at once as far as its policy goes without a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims import covering, granting, owed, steps
from kefu.claims.asked import Asked, AskedLine, Outcome, Preview
from kefu.claims.machines import Kind, Status, Who
from kefu.claims.models import Claim, ClaimLine, Verdict
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.preview import preview
from kefu.claims.refusals import Incomplete, NotEligible, NotTheirs
from kefu.claims.steps import POLICY
from kefu.claims.terms import Terms
from kefu.conversations.models import Conversation
from kefu.events import log
from kefu.events.actors import Actor
from kefu.orders.models import Order, RegisteredProduct, Variant
from kefu.people.models import Refused, Staff

MOST_DRAFTS = 20
MAY_FILE = frozenset({Who.CUSTOMER, Who.AGENT, Who.AUTOMATION})


@transaction.atomic
def draft(
    asked: Asked, *, by: Actor, texts: Sequence[str] = (), conversation: Conversation | None = None
) -> Claim:
    """``texts``: line by line, what the customer says beside the reason."""
    asked = within_its_order(asked)
    _check_theirs(asked)
    _refuse_many_drafts(asked)
    claim = Claim(
        kind=asked.kind,
        brand=asked.brand,
        customer=asked.customer,
        order=asked.order,
        conversation=conversation,
        channel=asked.channel,
        destination=asked.destination,
        refund_to=asked.refund_to,
        entered_by=by if isinstance(by, Staff) else None,
        currency=_currency(asked),
    )
    if not steps.who(by, claim) & MAY_FILE:
        raise NotTheirs([])
    claim.save()
    ClaimLine.objects.bulk_create(_lines(claim, asked, texts))
    log.record("claim.drafted", claim, by=by, **claim.scope())
    return claim


@transaction.atomic
def redraft(claim: Claim, asked: Asked, *, by: Actor, texts: Sequence[str] = ()) -> Claim:
    """Before it is handed in: other lines, another destination. Kind and order stay."""
    steps.taken_as(claim, "submit", by=by)
    if (asked.kind, asked.order) != (claim.kind, claim.order):
        raise Refused(_("Please start another claim for that."))
    _check_theirs(asked)
    claim.destination, claim.refund_to = asked.destination, asked.refund_to
    claim.lines.all().delete()
    ClaimLine.objects.bulk_create(_lines(claim, asked, texts))
    steps.touch(claim, "redrafted", by=by)
    return claim


@transaction.atomic
def submit(claim: Claim, *, by: Actor) -> Claim:
    """Handed in, judged by the policy of this moment, and decided if that needs no person. Raises ``NotEligible`` for
    what the order itself does not bear, ``Incomplete`` for missing evidence.
    """
    steps.taken_as(claim, "submit", by=by)
    _hold_units(claim)
    now = timezone.now()
    seen = preview(asked_in(claim), at=now, except_claim=claim)
    _refuse_the_impossible(seen)
    _refuse_the_incomplete(claim, seen)
    _keep(claim, seen)
    frozen: dict[str, Any] = {
        "policy": seen.policy,
        "terms": seen.terms.as_dict(),
        "reckoning": owed.as_told(seen),
    }
    steps.apply(claim, "submit", by=by, opened_at=now, **frozen)
    _review(claim, seen)
    return claim


def asked_in(claim: Claim) -> Asked:
    """What the claim asks, as it was put to the preview."""
    lines = claim.lines.select_related("order_line__product", "registered__product", "new_variant__product")
    return Asked(
        kind=claim.kind,
        brand=claim.brand,
        customer=claim.customer,
        order=claim.order,
        lines=tuple(map(_asked_line, lines)),
        destination=claim.destination,
        refund_to=claim.refund_to,
        channel=claim.channel,
    )


def within_its_order(asked: Asked) -> Asked:
    """A registered unit that was bought in one of their orders is claimed within it."""
    bought = next((line.registered.order_line for line in asked.lines if line.registered), None)
    if asked.order is not None or bought is None or bought.order.customer_id != asked.customer.pk:
        return asked
    return replace(asked, order=bought.order)


def refuse_if_taken(claim: Claim) -> None:
    """While it was refused or waiting, another may have taken what it asks for: looked at again under lock."""
    terms = Terms.read(claim.terms)
    at = claim.opened_at or timezone.now()
    _refuse_the_impossible(
        preview(asked_in(claim), at=at, terms=terms, policy=claim.policy, except_claim=claim)
    )


# -- what is written down


def _currency(asked: Asked) -> str:
    """Of the order; without one, that in which the product is sold, or else the brand's latest order: a repair may be
    quoted for.
    """
    if asked.order is not None:
        return asked.order.currency
    products = [line.registered.product_id for line in asked.lines if line.registered]
    sold = Variant.objects.filter(product__in=products).order_by("sku").values_list("currency", flat=True)
    latest = Order.objects.filter(brand=asked.brand).latest_first().values_list("currency", flat=True)
    return sold.first() or latest[:1].first() or ""


def _lines(claim: Claim, asked: Asked, texts: Sequence[str]) -> Iterator[ClaimLine]:
    for position, line in enumerate(asked.lines):
        yield ClaimLine(
            claim=claim,
            position=position,
            order_line=line.order_line,
            registered=line.registered,
            qty=line.qty,
            reason=line.reason,
            reason_text=texts[position] if position < len(texts) else "",
            condition=line.condition,
            wanted=line.wanted,
            new_variant=line.new_variant,
        )


def _asked_line(line: ClaimLine) -> AskedLine:
    return AskedLine(
        order_line=line.order_line,
        registered=line.registered,
        qty=line.qty,
        reason=line.reason,
        condition=line.condition,
        wanted=line.wanted,
        new_variant=line.new_variant,
    )


def _keep(claim: Claim, seen: Preview) -> None:
    lines = list(claim.lines.all())
    for line, money in zip(lines, seen.lines, strict=True):
        line.amount_minor, line.new_price_minor = money.amount, money.new_price
        line.save(update_fields=["amount_minor", "new_price_minor"])
    Verdict.objects.bulk_create(
        Verdict(
            claim=claim,
            line=None if one.line_index is None else lines[one.line_index],
            position=position,
            rule=one.rule,
            outcome=one.outcome,
            basis=one.basis,
            article=one.article[:80],
            facts=one.facts,
        )
        for position, one in enumerate(seen.verdicts)
    )


# -- guards


def _hold_units(claim: Claim) -> None:
    """Of two claims for the same unit that are handed in at once, the second finds the first."""
    units = RegisteredProduct.objects.filter(pk__in=claim.lines.values("registered"))
    list(units.select_for_update(no_key=True).order_by("pk"))


def _check_theirs(asked: Asked) -> None:
    """Everything that is named belongs to this customer and this brand, and to one another."""
    if not asked.lines:
        raise Refused(_("Choose at least one item."))
    if asked.order is not None and not _is_order_of(asked):
        raise Refused(_("That does not belong to this customer."))
    if asked.refund_to is not None and asked.refund_to.customer_id != asked.customer.pk:
        raise Refused(_("That does not belong to this customer."))
    if asked.kind == Kind.WARRANTY and [line.qty for line in asked.lines] != [1]:
        raise Refused(_("A warranty claim is about one unit."))
    if not all(_fits(line, asked) for line in asked.lines):
        raise Refused(_("One of the items does not belong to this order."))
    if any(line.qty < 1 or (line.order_line and line.qty > line.order_line.qty) for line in asked.lines):
        raise Refused(_("The order does not contain that many of this item."))


def _refuse_many_drafts(asked: Asked) -> None:
    """Each may take files, and nobody needs many about one order."""
    begun = asked.customer.claims.filter(order=asked.order, status=Status.DRAFT)
    if begun.count() >= MOST_DRAFTS:
        raise Refused(_("There are many drafts about this already. Hand one in, or withdraw some."))


def _is_order_of(asked: Asked) -> bool:
    theirs = Order.objects.of(asked.customer).filter(brand=asked.brand)
    return theirs.filter(pk=asked.order.pk).exists() if asked.order else False


def _fits(line: AskedLine, asked: Asked) -> bool:
    if line.new_variant is not None and line.new_variant.brand_id != asked.brand.pk:
        return False
    if line.registered is not None:
        unit = line.registered
        return unit.customer_id == asked.customer.pk and unit.product.brand_id == asked.brand.pk
    held: Any = line.order_line
    return held is not None and asked.order is not None and held.order_id == asked.order.pk


def _refuse_the_impossible(seen: Preview) -> None:
    found = [one for one in seen.refused_by if one.basis == Verdict.Basis.DATA]
    if found:
        raise NotEligible(found)


def _refuse_the_incomplete(claim: Claim, seen: Preview) -> None:
    there = {(piece.line_id, piece.kind) for piece in claim.evidence.all()}
    missing: dict[str, str] = {}
    for line, wanted in zip(claim.lines.all(), seen.evidence, strict=True):
        for kind in wanted:
            if not {(line.pk, kind), (None, kind)} & there:
                words = _("Please add: %(kind)s.") % {"kind": EvidenceKind(kind).label}
                missing[f"lines.{line.position}.evidence"] = words
    if missing:
        raise Incomplete(missing)


# -- what the policy decides by itself


def _review(claim: Claim, seen: Preview) -> None:
    if claim.kind == Kind.WARRANTY:
        covering.check_by_policy(claim, seen)
    elif seen.outcome == Outcome.NOT_ELIGIBLE:
        steps.apply(claim, "review", by=POLICY, to=Status.REJECTED)
    elif seen.outcome == Outcome.ELIGIBLE and seen.automatic:
        granting.grant(claim, "review", by=POLICY)
    else:
        steps.apply(claim, "review", by=POLICY, to=Status.UNDER_REVIEW)
