"""Which life of the database this is, and whether anything may leave the house in it."""

from __future__ import annotations

from django.db import DatabaseError, connection, transaction
from django.db.models import Max
from django.utils import timezone

from kefu.events import log
from kefu.events.actors import Actor
from kefu.events.models import Era


def current() -> Era:
    return Era.objects.order_by("-number")[0]


@transaction.atomic
def raise_era(reason: str, *, confirmed: bool = False) -> Era:
    """A new era above all others. ``confirmed`` only for the very first: a restored or moved copy must not act."""
    top = Era.objects.aggregate(top=Max("number"))["top"] or 0
    return Era.objects.create(
        number=top + 1,
        system_identifier=system_identifier(),
        reason=reason,
        outbound_confirmed_at=timezone.now() if confirmed else None,
    )


def settle() -> Era:
    """At every start: the first era of a new desk, or a new one when the cluster is not the one we knew."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('events_era'))")
        known = Era.objects.order_by("-number").first()
        if known is None:
            return raise_era("first start", confirmed=True)
        if known.system_identifier != system_identifier():
            return raise_era("another cluster")
        return known


def may_send() -> bool:
    return current().outbound_confirmed_at is not None


@transaction.atomic
def confirm_outbound(*, by: Actor) -> None:
    """An admin says that this copy is the real desk: mail and everything else may leave again."""
    changed = Era.objects.filter(number=current().number, outbound_confirmed_at__isnull=True).update(
        outbound_confirmed_at=timezone.now(), outbound_confirmed_by=by.actor_id
    )
    if changed:
        from kefu.events import deliveries  # which asks this module whether it may send

        deliveries.release_held()
        log.audit("era.outbound_confirmed", None, by=by, era=current().number)


def system_identifier() -> str:
    """What PostgreSQL calls its cluster; the same text for ever where a managed server does not tell."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
            row = cursor.fetchone()
    except DatabaseError:
        return "unknown"
    return str(row[0]) if row else "unknown"
