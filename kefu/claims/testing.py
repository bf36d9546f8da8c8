"""For tests of every room: a policy in force; a claim with a line, a photo and a refund, as the desk meets it."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from kefu.claims.machines import Kind, Status
from kefu.claims.models import Claim, ClaimLine, ClaimStep, Evidence, Policy, Refund
from kefu.claims.presets import TAU_RETAIL
from kefu.claims.terms import Terms
from kefu.conversations.models import File
from kefu.orders.models import Order, Payment, PaymentMethod, RegisteredProduct
from kefu.orders.models.registered import Proof
from kefu.people.models import Brand


def published(brand: Brand, terms: Terms = TAU_RETAIL) -> Policy:
    """Alone in force since yesterday; it allows everything to be changed before shipment unless it says otherwise."""
    brand.policies.all().delete()
    return Policy.objects.create(
        brand=brand,
        name="Retail",
        terms=terms.as_dict(),
        effective_from=timezone.now() - timedelta(days=1),
        published_at=timezone.now(),
    )


def make_claim(order: Order, words: str = "", *, status: str = Status.UNDER_REVIEW) -> Claim:
    """A return of the first line of the order. ``words`` stand wherever people may write."""
    line = order.lines.order_by("position")[0]
    now = timezone.now()
    claim = Claim.objects.create(
        kind=Kind.RETURN,
        brand=order.brand,
        customer=order.customer,
        order=order,
        status=status,
        terms=Terms().as_dict(),
        currency=order.currency,
        opened_at=now,
        said_why=words,
        reckoning=_reckoning(line.paid_minor),
        steps_taken=1,
    )
    claimed = ClaimLine.objects.create(
        claim=claim, order_line=line, qty=1, reason="other", reason_text=words, amount_minor=line.paid_minor
    )
    ClaimStep.objects.create(
        claim=claim, seq=1, action="submit", before=Status.DRAFT, after=status, at=now, actor_kind="customer",
        actor_id=order.customer_id, actor_as="customer", reason=words,
    )  # fmt: skip
    Evidence.objects.create(claim=claim, line=claimed, file=_file(claim, words), kind="doc")
    return claim


def make_refund(claim: Claim, state: str = "requested") -> Refund:
    assert claim.order is not None
    method = PaymentMethod.objects.create(customer=claim.customer, kind="card", display_tail="4242")
    payment = Payment.objects.create(
        order=claim.order, method=method, captured_minor=20_000, returned_minor=1_000, currency=claim.currency
    )
    return Refund.objects.create(
        claim=claim,
        order=claim.order,
        payment=payment,
        amount_minor=1_000,
        currency=claim.currency,
        breakdown={"items": 1_000},
        state=state,
        provider="manual",
        request_no=secrets.token_hex(16),
    )


def make_unit(order: Order, serial: str = "SN-1") -> RegisteredProduct:
    """Of the first line of the order, registered by whoever bought it."""
    line = order.lines.order_by("position")[0]
    assert line.product is not None
    return RegisteredProduct.objects.create(
        product=line.product,
        serial=serial,
        customer=order.customer,
        order_line=line,
        purchased_at=timezone.localdate(),
        proof=Proof.ORDER,
    )


def _reckoning(amount: int) -> dict[str, object]:
    line = {"items": amount, "tax": 0, "deduction": 0, "difference": 0}
    return {
        "items": amount,
        "tax": 0,
        "shipping": 0,
        "deduction": 0,
        "freight": 0,
        "difference": 0,
        "lines": [line],
    }


def _file(claim: Claim, words: str) -> File:
    stored = default_storage.save(secrets.token_hex(8), ContentFile(b"A text."))
    return File.objects.create(
        uploader_kind="customer",
        uploader_id=claim.customer_id,
        name=f"{words[:80] or 'invoice'}.txt",
        type="text/plain",
        size=7,
        stored=stored,
        sha256=b"0" * 32,
        held=True,
    )
