from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.apps.registry import Apps
from django.core import checks
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter

from kefu.lib.encryption import (
    DataKey,
    EncryptedTextField,
    KeyRing,
    Sealed,
    Tampered,
    blind_index,
    key_ring,
)
from kefu.lib.ids import uuid7

KEYS: dict[str, DataKey] = {}
OPENED: list[UUID] = []


class Letter(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7)
    writer = models.TextField()
    text = EncryptedTextField(null=True)
    answer = EncryptedTextField(null=True)

    class Meta:
        apps = Apps()
        app_label = "letters"

    def data_key(self) -> DataKey:
        OPENED.append(self.pk)
        return KEYS[self.writer]


class Postcard(models.Model):
    text = EncryptedTextField()

    class Meta:
        apps = Apps()
        app_label = "letters"


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    ring = KeyRing.at(tmp_path)
    KEYS.update(lin=DataKey.make(ring)[0], charlie=DataKey.make(ring)[0])
    return ring


@pytest.fixture
def letters(ring: KeyRing, db: None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE letters_letter"
            " (id uuid PRIMARY KEY, writer text, text bytea, answer bytea) ON COMMIT DROP"
        )
    OPENED.clear()
    return Letter._default_manager


def test_what_is_stored_is_not_what_was_written(letters: Any) -> None:
    letter = letters.create(writer="lin", text="我的地址是北京", answer=None)
    assert letter.text == "我的地址是北京"
    assert "北京".encode() not in _stored(letter.pk)[0]
    assert _stored(letter.pk)[1] is None
    assert letters.get().text == "我的地址是北京"
    assert letters.get().answer is None


def test_rows_made_in_bulk_are_encrypted_too(letters: Any) -> None:
    letters.bulk_create([Letter(writer="lin", text=f"letter {i}") for i in range(3)])
    assert sorted(letter.text for letter in letters.all()) == ["letter 0", "letter 1", "letter 2"]


def test_lists_decrypt_nothing_until_somebody_reads(letters: Any) -> None:
    letters.create(writer="lin", text="hello")
    OPENED.clear()
    listed = list(letters.all())
    assert isinstance(letters.values_list("text", flat=True).get(), Sealed)
    assert OPENED == []
    assert listed[0].text == "hello"
    assert listed[0].text == "hello"
    assert len(OPENED) == 1


def test_saving_what_was_not_read_writes_the_same_bytes(letters: Any) -> None:
    pk = letters.create(writer="lin", text="hello").pk
    before = _stored(pk)
    letters.get().save()
    assert _stored(pk) == before


def test_a_changed_value_is_encrypted_anew(letters: Any) -> None:
    letter = letters.create(writer="lin", text="hello")
    before = _stored(letter.pk)
    letter.text = "goodbye"
    letter.save(update_fields=["text"])
    assert _stored(letter.pk) != before
    assert letters.get().text == "goodbye"
    letter.refresh_from_db()
    assert letter.text == "goodbye"


def test_a_deferred_value_is_fetched_when_it_is_read(letters: Any) -> None:
    letters.create(writer="lin", text="hello")
    assert letters.defer("text").get().text == "hello"
    assert letters.only("writer").get().text == "hello"


def test_ciphertext_moved_to_another_row_or_column_or_customer_fails_closed(letters: Any) -> None:
    mine = letters.create(writer="lin", text="mine", answer="an answer")
    other = letters.create(writer="lin", text="other")
    charlies = letters.create(writer="charlie", text="charlie's")
    with connection.cursor() as cursor:
        for pk in (other.pk, charlies.pk):
            cursor.execute("UPDATE letters_letter SET text = %s WHERE id = %s", [_stored(mine.pk)[0], pk])
        cursor.execute("UPDATE letters_letter SET answer = text WHERE id = %s", [mine.pk])
    for pk in (other.pk, charlies.pk):
        with pytest.raises(Tampered):
            _ = letters.get(pk=pk).text
    with pytest.raises(Tampered):
        _ = letters.get(pk=mine.pk).answer


def test_a_row_copied_under_another_id_is_refused_at_saving(letters: Any) -> None:
    letters.create(writer="lin", text="hello")
    copy = letters.get()
    copy.pk, copy._state.adding = uuid7(), True
    with pytest.raises(Tampered):
        copy.save()


def test_plain_text_never_reaches_the_database_by_a_query(letters: Any) -> None:
    letters.create(writer="lin", text="hello")
    assert letters.filter(answer=None).count() == letters.filter(answer__isnull=True).count() == 1
    attempts: list[Callable[[], object]] = [
        lambda: letters.filter(text="hello").exists(),
        lambda: letters.filter(text__in=["hello"]).exists(),
        lambda: letters.update(text="hello"),
    ]
    for attempt in attempts:
        with pytest.raises(TypeError, match="is encrypted"):
            attempt()


def test_a_bulk_update_is_refused_before_it_writes(letters: Any) -> None:
    letter = letters.create(writer="lin", text="hello")
    with pytest.raises(TypeError, match="is encrypted"):
        letters.bulk_update([letter], ["text"])


def test_only_text_is_taken(ring: KeyRing) -> None:
    with pytest.raises(TypeError, match="takes text"):
        Letter(writer="lin", text=b"hello")


def test_a_field_without_a_uuid_row_or_a_key_is_reported() -> None:
    assert [error.id for error in Postcard.check() if isinstance(error, checks.Error)] == ["kefu.E001"]
    assert Letter.check() == []


def test_a_migration_can_write_the_field_down() -> None:
    field = Letter._meta.get_field("text")
    written, imports = MigrationWriter.serialize(field)
    assert written == "kefu.lib.encryption.EncryptedTextField(null=True)"
    assert imports == {"import kefu.lib.encryption"}


def test_a_blind_index_finds_the_same_value_for_the_same_purpose(settings: Any, tmp_path: Path) -> None:
    settings.KEFU_KEYS = tmp_path / "keys"
    key_ring.cache_clear()
    lin = blind_index("Lin@Example.com ", purpose="e-mail")
    assert lin == blind_index("ｌｉｎ@example.com", purpose="e-mail")
    assert lin != blind_index("lin@example.com", purpose="account")
    assert lin != blind_index("charlie@example.com", purpose="e-mail")
    assert len(lin) == 32
    key_ring.cache_clear()


def _stored(pk: UUID) -> tuple[bytes, bytes | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT text, answer FROM letters_letter WHERE id = %s", [pk])
        row: tuple[bytes, bytes | None] = cursor.fetchone()
        return row
