"""What conversations are labelled with: a brand's tags and its own fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kefu.conversations.models import FieldDefinition, Inbox, Tag
from kefu.events import log
from kefu.events.actors import Actor
from kefu.inboxes.kinds import topics_of
from kefu.people.models import Brand, Refused


def add_tag(*, brand: Brand, name: str, by: Actor) -> Tag:
    with _once("tag_name_in_brand", _("There is a tag of that name already.")):
        tag = Tag.objects.create(brand=brand, name=name)
        log.audit("tag.added", tag, by=by)
    return tag


def rename_tag(tag: Tag, name: str, *, by: Actor) -> None:
    with _once("tag_name_in_brand", _("There is a tag of that name already.")):
        tag.name = name
        tag.save(update_fields=["name"])
        log.audit("tag.renamed", tag, by=by)


@transaction.atomic
def remove_tag(tag: Tag, *, by: Actor) -> None:
    """It leaves every conversation that has it."""
    log.audit("tag.removed", tag, by=by)
    tag.delete()


def add_field(
    *, brand: Brand, key: str, label: str, kind: str, choices: Sequence[str], by: Actor
) -> FieldDefinition:
    with _once("field_key_in_brand", _("There is a field with that key already.")):
        place = FieldDefinition.objects.filter(brand=brand).count()
        field = FieldDefinition.objects.create(
            brand=brand, key=key, label=label, kind=kind, choices=list(choices), place=place
        )
        log.audit("field.added", field, by=by)
    return field


@transaction.atomic
def change_field(field: FieldDefinition, *, label: str, kind: str, choices: Sequence[str], by: Actor) -> None:
    """The key stays: conversations hold their values under it."""
    field.label, field.kind, field.choices = label, kind, list(choices)
    field.save(update_fields=["label", "kind", "choices"])
    log.audit("field.changed", field, by=by)


@transaction.atomic
def move_field(field: FieldDefinition, *, up: bool, by: Actor) -> None:
    order = list(FieldDefinition.objects.select_for_update().filter(brand=field.brand_id))
    place = order.index(field)
    target = place + (-1 if up else 1)
    if 0 <= target < len(order):
        order[place], order[target] = order[target], order[place]
        for number, one in enumerate(order):
            one.place = number
        FieldDefinition.objects.bulk_update(order, ["place"])
        log.audit("field.moved", field, by=by)


@transaction.atomic
def remove_field(field: FieldDefinition, *, by: Actor) -> None:
    """What conversations hold stays with them but is no longer shown. Refused while a form asks for it."""
    asking = [inbox.name for inbox in Inbox.objects.filter(brand=field.brand_id) if _asks(inbox, field.key)]
    if asking:
        sentence = _("The form of “%(inbox)s” asks for this field. Remove it there first.")
        raise Refused(sentence % {"inbox": asking[0]})
    log.audit("field.removed", field, by=by)
    field.delete()


def _asks(inbox: Inbox, key: str) -> bool:
    return any(field.key == key for topic in topics_of(inbox) for field in topic.fields)


@contextmanager
def _once(constraint: str, sentence: str) -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as problem:
        if constraint not in str(problem):
            raise
        raise Refused(sentence) from problem
