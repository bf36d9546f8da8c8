"""The encrypted field: text that only its own row can read, with the keys of ``kefu.lib.keys``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast
from uuid import UUID

from django.core import checks
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from kefu.lib.keys import DataKey, KeyRing, Place, Tampered, blind_index, installation_key, key_ring

if TYPE_CHECKING:
    _BinaryField = models.BinaryField[str | None, str | None]
else:
    _BinaryField = models.BinaryField

__all__ = [
    "DataKey",
    "EncryptedTextField",
    "Encrypting",
    "KeyRing",
    "Sealed",
    "Tampered",
    "blind_index",
    "installation_key",
    "key_ring",
]


class Encrypting(Protocol):
    """What a model with an ``EncryptedTextField`` offers; its primary key is a UUID set before the insert."""

    pk: Any

    def data_key(self) -> DataKey: ...


class Sealed:
    """A value as the database holds it: opened when the row's attribute is read, and not in query results."""

    __slots__ = ("raw", "text")

    def __init__(self, raw: bytes, text: str | None = None) -> None:
        self.raw = raw
        self.text = text

    def __repr__(self) -> str:
        return f"<Sealed, {len(self.raw)} bytes>"


class _OpenedOnReading(DeferredAttribute):
    """Keeps what was loaded sealed until somebody reads it, so that lists of rows decrypt nothing."""

    field: EncryptedTextField

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        held = instance.__dict__.get(self.field.attname, self)
        if held is self:
            held = super().__get__(instance, cls)
        return self.field.opened(instance, held) if isinstance(held, Sealed) else held

    def __set__(self, instance: models.Model, value: str | Sealed | None) -> None:
        if value is not None and not isinstance(value, str | Sealed):
            raise TypeError(f"{self.field.name} takes text, not {type(value).__name__}.")
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(_BinaryField):
    """Text that only this row can read. Not searchable: keep a ``blind_index`` beside it for equality."""

    description = "Encrypted text"
    descriptor_class = _OpenedOnReading

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_model()]

    def opened(self, instance: models.Model, sealed: Sealed) -> str:
        if sealed.text is None:
            key, place = self._key_and_place(instance)
            sealed.text = key.open(sealed.raw, **place)
        return sealed.text

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        held = model_instance.__dict__.get(self.attname)
        if isinstance(held, str):
            key, place = self._key_and_place(model_instance)
            held = model_instance.__dict__[self.attname] = Sealed(key.seal(held, **place), held)
        elif held is not None and add:
            # A row copied under a new key would carry a value that it can never read.
            self.opened(model_instance, Sealed(held.raw))
        return cast("Sealed | None", held)

    def get_prep_value(self, value: Any) -> bytes | None:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            # Reached by filters, update() and bulk_update(), which know no row and so no key.
            raise TypeError(f"{self.name} is encrypted: write it through its row, find it by a blind index.")
        return value.raw

    def from_db_value(self, value: bytes | memoryview | None, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def get_default(self) -> str | None:
        return cast("str | None", models.Field.get_default(self))

    def to_python(self, value: Any) -> Any:
        return value

    def _key_and_place(self, instance: models.Model) -> tuple[DataKey, Place]:
        if not isinstance(instance.pk, UUID):
            raise TypeError(f"{self.model.__name__} needs its UUID before {self.name} can be encrypted.")
        table = self.model._meta.db_table
        key = cast(Encrypting, instance).data_key()
        return key, {"table": table, "column": self.column, "row": instance.pk}

    def _check_model(self) -> list[checks.CheckMessage]:
        if isinstance(self.model._meta.pk, models.UUIDField) and hasattr(self.model, "data_key"):
            return []
        hint = "Give the model a UUID primary key with a default and a method data_key()."
        return [checks.Error("An encrypted field must know its row and its key.", hint, self, "kefu.E001")]

    def _check_str_default_value(self) -> list[checks.CheckMessage]:
        return []  # Django asks bytes of a BinaryField's default; here it is the text
