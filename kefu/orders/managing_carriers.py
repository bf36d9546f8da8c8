"""The list of carriers, which is the desk's: every brand sends with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kefu.events import log
from kefu.events.actors import Actor
from kefu.orders.models import Carrier, Shipment
from kefu.people.models import Refused


class Taken(Refused):
    """Another carrier goes by this name, or has this code; ``field`` says which was given."""

    def __init__(self, field: str, name: str) -> None:
        super().__init__(_("Another carrier goes by “%(name)s” already.") % {"name": name})
        self.field = field


@transaction.atomic
def add(*, code: str, by: Actor, **described: Any) -> Carrier:
    """``described``: name, also, tracking_url, tracked_by, phone_tail_needed, is_active. Raises ``Taken``."""
    _hold_the_list()
    carrier = Carrier(code=code, **described)
    _refuse_taken(carrier, set())
    carrier.save(force_insert=True)
    log.audit("carrier.added", None, by=by, code=code)
    return carrier


@transaction.atomic
def change(carrier: Carrier, *, code: str, by: Actor, **described: Any) -> Carrier:
    """Answers it under its code of now. Raises ``Taken``, and ``Refused`` for another code while parcels name the one
    that it has.
    """
    _hold_the_list()
    held = _names(_fresh(carrier))
    fields = {"code": code, **described}
    changed = sorted(name for name, value in fields.items() if getattr(carrier, name) != value)
    if "code" in changed:
        _refuse_named(
            carrier, _("Parcels name this code. Add a carrier with the new one and turn this one off.")
        )
    before = carrier.pk
    for name in changed:
        setattr(carrier, name, fields[name])
    _refuse_taken(carrier, held, besides=before)
    if changed:
        Carrier.objects.filter(pk=before).update(**{name: fields[name] for name in changed})
        log.audit("carrier.changed", None, by=by, code=code, what=changed)
    return carrier


@transaction.atomic
def remove(carrier: Carrier, *, by: Actor) -> None:
    """Raises ``Refused`` while parcels name it. Once more does nothing."""
    _hold_the_list()
    if not Carrier.objects.filter(pk=carrier.pk).exists():
        return
    _refuse_named(carrier, _("Parcels name this carrier, so it stays. Turn it off to offer it no more."))
    carrier.delete()
    log.audit("carrier.removed", None, by=by, code=carrier.code)


def _hold_the_list() -> None:
    """Whoever writes a carrier waits for whoever else does, and for parcels being entered: ``parcels.send``."""
    list(Carrier.objects.order_by("code").select_for_update(no_key=True))


def _fresh(carrier: Carrier) -> Carrier:
    try:
        carrier.refresh_from_db()
    except Carrier.DoesNotExist as gone:
        raise Refused(_("Somebody has taken this carrier off the list.")) from gone
    return carrier


def _refuse_named(carrier: Carrier, words: str) -> None:
    if Shipment.objects.filter(carrier=carrier.code).exists():
        raise Refused(words)


def _refuse_taken(carrier: Carrier, held: set[str], *, besides: str = "") -> None:
    """A name that two carriers had before may stay with both."""
    others = _all_names(Carrier.objects.exclude(pk=besides or None))
    given = {"code": [carrier.code], "name": [carrier.name], "also": carrier.also}
    for field, names in given.items():
        for name in names:
            if name.casefold() in others - held:
                raise Taken(field, name)


def _all_names(carriers: Iterable[Carrier]) -> set[str]:
    return {name for carrier in carriers for name in _names(carrier)}


def _names(carrier: Carrier) -> set[str]:
    return {name.casefold() for name in (carrier.code, carrier.name, *carrier.also)}
