"""Whom and what a colleague may name: the brands, teams and colleagues of their part of the desk."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from kefu.people.models import Brand, Membership, Staff, Team
from kefu.people.roles import EVERY_BRAND, Can


def brands_of(staff: Staff) -> QuerySet[Brand]:
    if staff.can(Can.SEE_ALL) and staff.sees_every_brand:
        return Brand.objects.all()
    return Brand.objects.filter(pk__in=Membership.objects.filter(staff=staff).values("team__brand"))


def teams_of(staff: Staff) -> QuerySet[Team]:
    """Every team of those brands, not only their own: conversations are handed over between teams."""
    return Team.objects.filter(brand__in=brands_of(staff))


def colleagues_of(staff: Staff) -> QuerySet[Staff]:
    """Active, in a team of those brands or with a role for every brand."""
    near = Membership.objects.filter(team__brand__in=brands_of(staff)).values("staff")
    return Staff.objects.filter(Q(pk__in=near) | Q(role__in=EVERY_BRAND) | Q(pk=staff.pk), is_active=True)
