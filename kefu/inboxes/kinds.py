"""The kinds of inboxes that ask questions: how the settings of each are read, what the desk keeps of the answers."""

from __future__ import annotations

from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from kefu.conversations.models import FieldDefinition, Inbox, InboxKind
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.form.settings import PREPARED, FormSettings, FormTopic
from kefu.inboxes.topics import FieldType, FormField, Topic

Asking = ChatSettings | FormSettings
READERS: dict[str, type[ChatSettings] | type[FormSettings]] = {
    InboxKind.CHAT: ChatSettings,
    InboxKind.FORM: FormSettings,
}
_KINDS = {
    FieldType.SEVERAL: FieldDefinition.Kind.LONG,
    FieldType.FILES: FieldDefinition.Kind.LONG,
    FieldType.CHECKBOX: FieldDefinition.Kind.CHOICE,
}


def topics_of(inbox: Inbox) -> tuple[Topic, ...]:
    """What its form asks about; nothing for a kind that has no form."""
    reader = READERS.get(inbox.kind)
    return reader.of(inbox).topics if reader else ()


def name_at_the_desk(inbox: Inbox, settings: Asking) -> None:
    """What a form asks is a field of the brand, so that agents see it under its name."""
    with translation.override(inbox.language):
        for topic in settings.topics:
            for field in topic.fields:
                if not field.about_person:
                    _define(inbox.brand_id, field)
            if isinstance(topic, FormTopic) and topic.prepare:
                _add(inbox.brand_id, PREPARED, _("What is at hand"), FieldDefinition.Kind.LONG, [])


def _define(brand: UUID, field: FormField) -> None:
    kind = _KINDS.get(field.type, FieldDefinition.Kind(field.type) if field.type not in _KINDS else None)
    choices = [_("Yes"), _("No")] if field.type == FieldType.CHECKBOX else list(field.choices)
    kept = choices if kind == FieldDefinition.Kind.CHOICE else []
    _add(brand, field.key, str(field.label), str(kind), kept)


def _add(brand: UUID, key: str, label: str, kind: str, choices: list[str]) -> None:
    fields = FieldDefinition.objects.filter(brand_id=brand)
    fields.get_or_create(
        brand_id=brand,
        key=key,
        defaults={"label": label, "kind": kind, "choices": choices, "place": fields.count()},
    )
