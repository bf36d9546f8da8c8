"""For tests of every room: a policy in force."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from kefu.claims.models import Policy
from kefu.claims.presets import TAU_RETAIL
from kefu.claims.terms import Terms
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
