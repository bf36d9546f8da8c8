"""Which policy holds, and how one is written, published and followed by the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims.asked import Asked
from kefu.claims.law import Problem, too_harsh
from kefu.claims.models import Policy
from kefu.claims.termchoices import LawProfile
from kefu.claims.termfields import BadTerms, Codes, Wrong
from kefu.claims.terms import Terms
from kefu.events import log
from kefu.orders.models import Product
from kefu.people.models import Brand, Refused, Staff
from kefu.web.joining import paragraph

SCOPES = ("countries", "categories", "skus", "channels")


class TooHarsh(Refused):
    """The terms ask more, or give less, than the law of their profile allows: ``problems`` says where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(paragraph(problems))
        self.problems = problems


@transaction.atomic
def draft(
    brand: Brand,
    *,
    name: str,
    terms: Terms,
    by: Staff,
    scope: Mapping[str, Any] | None = None,
    version: int = 1,
) -> Policy:
    policy = Policy(brand=brand, name=name, version=version, scope=read_scope(scope or {}))
    policy.terms, policy.law_profile = terms.as_dict(), terms.law_profile
    try:
        with transaction.atomic():
            policy.save(force_insert=True)
    except IntegrityError as problem:
        raise Refused(_("There is already a policy with that name. Choose another name.")) from problem
    log.audit("policy.drafted", policy, by=by, version=version)
    return policy


@transaction.atomic
def change(
    policy: Policy,
    *,
    terms: Terms,
    by: Staff,
    scope: Mapping[str, Any] | None = None,
    effective_from: datetime | None = None,
    effective_to: datetime | None = None,
) -> None:
    """Of a draft only."""
    _locked_draft(policy)
    if effective_from and effective_to and effective_to <= effective_from:
        raise Refused(_("It cannot end before it begins."))
    policy.terms, policy.law_profile = terms.as_dict(), terms.law_profile
    policy.scope = read_scope(scope or {})
    policy.effective_from, policy.effective_to = effective_from, effective_to
    policy.save()
    log.audit("policy.changed", policy, by=by, version=policy.version)


@transaction.atomic
def publish(policy: Policy, *, by: Staff) -> None:
    """In force from now, or from its later day. Raises ``TooHarsh``; from here on it never changes."""
    _locked_draft(policy)
    terms = Terms.read(policy.terms)
    if problems := too_harsh(terms, terms.law_profile):
        raise TooHarsh(problems)
    now = timezone.now()
    policy.effective_from = max(policy.effective_from or now, now)
    if policy.effective_to and policy.effective_to <= policy.effective_from:
        raise Refused(_("It cannot end before it begins."))
    policy.published_at, policy.published_by = now, by
    policy.save()
    log.audit("policy.published", policy, by=by, version=policy.version)


@transaction.atomic
def new_version(policy: Policy, *, by: Staff) -> Policy:
    """A draft that begins as a copy of what was published; a draft that there is already is the answer."""
    Brand.objects.select_for_update(no_key=True).get(pk=policy.brand_id)
    family = Policy.objects.filter(brand=policy.brand_id, name=policy.name)
    unpublished = family.filter(published_at__isnull=True).first()
    if unpublished is not None:
        return unpublished
    latest = family.aggregate(latest=models.Max("version"))["latest"]
    terms = Terms.read(policy.terms)
    return draft(policy.brand, name=policy.name, terms=terms, by=by, scope=policy.scope, version=latest + 1)


@transaction.atomic
def discard(policy: Policy, *, by: Staff) -> None:
    _locked_draft(policy)
    log.audit("policy.discarded", policy, by=by, version=policy.version)
    policy.delete()


def new_exclusions(policy: Policy, family: Iterable[Policy]) -> list[str]:
    """What more than before cannot be returned: in China that list must not be widened (消法实施条例 19)."""
    before = next((one for one in family if one.published_at and one.version < policy.version), None)
    if policy.published_at or before is None or policy.law_profile != LawProfile.CN:
        return []
    old, new = (Terms.read(one.terms).exclusions for one in (before, policy))
    names = [str(flag.label) for flag in new.flags if flag not in old.flags]
    names += [name for name in new.categories if name not in old.categories]
    return names + [name for name in new.skus if name not in old.skus]


def read_scope(scope: Mapping[str, Any]) -> dict[str, list[str]]:
    """Raises ``BadTerms``; what is empty is left out and means all."""
    problems, found = {}, {}
    for name in SCOPES:
        try:
            found[name] = list(Codes().read(scope.get(name, [])))
        except Wrong as problem:
            problems[f"scope.{name}"] = str(problem)
    if problems:
        raise BadTerms(problems)
    return {name: names for name, names in found.items() if names}


def _locked_draft(policy: Policy) -> None:
    found = Policy.objects.select_for_update().filter(pk=policy.pk).first()
    if found is None:
        raise Refused(_("This draft has been discarded in the meantime."))
    if found.published_at is not None:
        raise Refused(_("A published policy never changes. Create a new version."))


def policy_for(asked: Asked, at: datetime) -> Policy | None:
    """The one in force whose scope takes all that is asked: the narrowest, of those the latest."""
    fitting = [policy for policy in in_force(asked.brand, at) if _takes(policy, asked)]
    return max(fitting, key=lambda one: (len(_scope(one)), one.effective_from, one.name), default=None)


def in_force(brand: Brand, at: datetime) -> list[Policy]:
    """The newest published version of each that has begun and not ended."""
    found = brand.policies.published().filter(effective_from__lte=at)
    newest = {policy.name: policy for policy in found.order_by("version")}
    return [one for one in newest.values() if one.effective_to is None or at < one.effective_to]


def _scope(policy: Policy) -> list[str]:
    return [name for name in SCOPES if policy.scope.get(name)]


def _takes(policy: Policy, asked: Asked) -> bool:
    """Of several lines all must be in the scope: one claim has one policy."""
    return all(set(_given(name, asked)) <= set(policy.scope[name]) for name in _scope(policy))


def _given(name: str, asked: Asked) -> Iterable[str]:
    if name == "countries":
        return [asked.order.country if asked.order else ""]
    if name == "channels":
        return [asked.channel]
    lines = [line.order_line for line in asked.lines if line.order_line]
    if name == "skus":
        return [line.sku for line in lines]
    products = {line.product_id for line in lines} | {
        line.registered.product_id for line in asked.lines if line.registered
    }
    return Product.objects.filter(pk__in=products).values_list("category", flat=True)
