from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from kefu.conversations.models import Conversation, FieldDefinition, Inbox, Tag
from kefu.events.models import Audit
from kefu.inboxes.chat.settings import ChatSettings
from kefu.people.models import Brand, Staff
from kefu.people.testing import signed_in

TAGS, FIELDS = "/console/settings/tags/", "/console/settings/fields/"


@pytest.fixture
def desk(admin: Staff) -> Client:
    return signed_in(admin)


def test_a_tag_is_added_once_renamed_and_taken_off_everywhere(
    desk: Client, brand: Brand, parcel_question: Conversation, mei: Staff
) -> None:
    for _ in range(2):
        desk.post(TAGS, {"brand": brand.pk, "name": "urgent"})
    tag = Tag.objects.get()
    parcel_question.tag(tag, by=mei)
    desk.post(f"{TAGS}{tag.pk}/", {"brand": brand.pk, "name": "in a hurry"})
    assert parcel_question.tags.get().name == "in a hurry"
    desk.post(f"{TAGS}{tag.pk}/removal")
    assert not parcel_question.tags.exists()
    assert list(Audit.objects.values_list("kind", flat=True)) == ["tag.added", "tag.renamed", "tag.removed"]


def test_many_tags_are_listed_in_as_many_queries_as_one(
    desk: Client, brand: Brand, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    desk.get(TAGS)
    Tag.objects.bulk_create(Tag(brand=brand, name=f"tag {number}") for number in range(30))
    with django_assert_max_num_queries(9):
        assert "tag 29" in desk.get(TAGS).content.decode()


def test_a_tag_cannot_take_anothers_name(desk: Client, brand: Brand) -> None:
    one, other = (Tag.objects.create(brand=brand, name=name) for name in ("one", "other"))
    page = desk.post(f"{TAGS}{one.pk}/", {"brand": brand.pk, "name": other.name})
    assert page.context["form"].errors["name"]
    assert Tag.objects.filter(name="one").exists()


def test_a_field_makes_its_key_from_its_label(desk: Client, brand: Brand) -> None:
    for _ in range(2):
        desk.post(FIELDS + "new/", {"brand": brand.pk, "label": "Serial number", "kind": "text"})
    assert list(FieldDefinition.objects.values_list("key", flat=True)) == ["serial_number", "serial_number_2"]
    desk.post(FIELDS + "new/", {"brand": brand.pk, "label": "序列号", "kind": "text"})
    assert FieldDefinition.objects.filter(key="field", label="序列号").exists()


def test_a_key_is_refused_where_it_is_taken_or_no_key(desk: Client, brand: Brand) -> None:
    FieldDefinition.objects.create(brand=brand, key="model", label="Model")
    for key in ("model", "Model", "1st", "a-b"):
        page = desk.post(FIELDS + "new/", {"brand": brand.pk, "label": "x", "key": key, "kind": "text"})
        assert page.context["form"].errors["key"], key
    assert FieldDefinition.objects.count() == 1


def test_a_choice_needs_answers(desk: Client, brand: Brand) -> None:
    page = desk.post(FIELDS + "new/", {"brand": brand.pk, "label": "Size", "kind": "choice", "choices": "\n"})
    assert page.context["form"].errors["choices"]
    desk.post(FIELDS + "new/", {"brand": brand.pk, "label": "Size", "kind": "choice", "choices": "S\nM\n"})
    assert FieldDefinition.objects.get().choices == ["S", "M"]


def test_moving_a_field(desk: Client, brand: Brand) -> None:
    for place, key in enumerate(("a", "b")):
        second = FieldDefinition.objects.create(brand=brand, key=key, label=key, place=place)
    for _ in range(2):
        desk.post(FIELDS, {"field": second.pk, "to": "up"})
    assert list(brand.fields.values_list("key", flat=True)) == ["b", "a"]
    assert desk.post(FIELDS, {"field": "nonsense", "to": "up"}).status_code == 404


def test_a_field_that_a_form_asks_for_cannot_go(desk: Client, inbox: Inbox, brand: Brand) -> None:
    ChatSettings().save(inbox)
    field = FieldDefinition.objects.create(brand=brand, key="order_number", label="Order")
    desk.post(f"{FIELDS}{field.pk}/removal")
    assert FieldDefinition.objects.exists()
    Inbox.objects.update(settings={"topics": []})
    desk.post(f"{FIELDS}{field.pk}/removal")
    assert not FieldDefinition.objects.exists()


def test_nobody_below_an_admin_changes_labels(mei: Staff, supervisor: Staff, brand: Brand) -> None:
    for browser in (signed_in(mei), signed_in(supervisor)):
        assert browser.post(TAGS, {"brand": brand.pk, "name": "x"}).status_code == 403
        assert (
            browser.post(FIELDS + "new/", {"brand": brand.pk, "label": "x", "kind": "text"}).status_code
            == 403
        )
    assert Client().post(TAGS, {"brand": brand.pk, "name": "x"}).status_code == 302
    assert not Tag.objects.exists()
    assert not FieldDefinition.objects.exists()
