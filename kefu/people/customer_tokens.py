"""Tokens with which a program of the brand acts as one customer: the assistant that talks with them, an app's server.

Whoever issues one has made sure who the customer is; that they did is put on record.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kefu.events import log
from kefu.lib.ids import secret_token, token_hash
from kefu.people.models import Customer, CustomerToken, StaffToken

LASTS = timedelta(hours=1)
PREFIX = "kefuc_"  # tells them apart from colleagues' tokens, which begin with "kefu_"


@transaction.atomic
def issue(
    customer: Customer, *, through: StaffToken, lasts: timedelta = LASTS, address: str | None = None
) -> tuple[CustomerToken, str]:
    """The token itself is told only here. It never outlives the one it was issued through."""
    secret = PREFIX + secret_token()
    token = CustomerToken.objects.create(
        customer=customer,
        through=through,
        token_hash=token_hash(secret),
        expires_at=min(timezone.now() + lasts, through.expires_at),
    )
    facts = {"customer": customer.pk, "through": through.pk}
    log.record("customer_token.issued", token, by=through.staff, **facts)
    log.audit("customer_token.issued", token, by=through.staff, address=address, **facts)
    return token, secret


def usable(secret: str) -> CustomerToken | None:
    """None once it or the colleague's token has ended. Whoever was merged is the one they were merged into."""
    now = timezone.now()
    good = CustomerToken.objects.filter(
        expires_at__gt=now, through__revoked_at=None, through__expires_at__gt=now
    )
    known = good.select_related("customer__merged_into", "through__staff")
    token = known.filter(token_hash=token_hash(secret)).first()
    if token is not None and token.customer.merged_into is not None:
        token.customer = token.customer.merged_into
    return token
