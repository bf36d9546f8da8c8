"""Words that mean the same are grouped by whoever may publish, and every change is on record."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from kefu.articles import synonyms
from kefu.articles.models import Synonyms
from kefu.events.models import Audit
from kefu.people.models import Brand, Refused, Staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def publisher(mei: Staff, client: Client) -> Client:
    mei.role = "supervisor"
    mei.save()
    client.force_login(mei)
    return client


def test_they_are_grouped_regrouped_and_ungrouped(publisher: Client, brand: Brand) -> None:
    publisher.post(reverse("settings_new_synonyms", args=[brand.pk]), {"words": "退钱，退款, Refund"})
    one = Synonyms.objects.get()
    assert one.words == ["退钱", "退款", "Refund"]
    publisher.post(reverse("settings_synonyms_group", args=[one.pk]), {"words": "退钱、退款"})
    one.refresh_from_db()
    assert one.words == ["退钱", "退款"]
    assert "退钱" in publisher.get(reverse("settings_synonyms")).content.decode()
    publisher.post(reverse("settings_synonyms_removal", args=[one.pk]))
    assert not Synonyms.objects.exists()
    kinds = Audit.objects.filter(kind__startswith="synonyms").order_by("id").values_list("kind", flat=True)
    assert [*kinds] == ["synonyms.grouped", "synonyms.regrouped", "synonyms.ungrouped"]


def test_one_word_alone_is_no_group_and_what_was_typed_stays(publisher: Client, brand: Brand) -> None:
    answer = publisher.post(reverse("settings_new_synonyms", args=[brand.pk]), {"words": "refund, REFUND"})
    assert answer.status_code == 422
    assert "refund, REFUND" in answer.content.decode()
    assert not Synonyms.objects.exists()


def test_a_group_has_its_limits(brand: Brand, mei: Staff) -> None:
    for words in ([f"word{n}" for n in range(21)], ["x" * 41, "y"], ["?!", "…"]):
        with pytest.raises(Refused):
            synonyms.group(brand, words, by=mei)


def test_another_brands_groups_are_not_found(publisher: Client, other_brand: Brand, charlie: Staff) -> None:
    theirs = synonyms.group(other_brand, ["a", "b"], by=charlie)
    for name in ("settings_synonyms_group", "settings_synonyms_removal"):
        assert publisher.post(reverse(name, args=[theirs.pk]), {"words": "c, d"}).status_code == 404
    assert publisher.post(reverse("settings_new_synonyms", args=[other_brand.pk])).status_code == 404
    assert Synonyms.objects.get().words == ["a", "b"]


def test_who_may_not_publish_may_not_group(client: Client, mei: Staff, brand: Brand) -> None:
    client.force_login(mei)
    new = reverse("settings_new_synonyms", args=[brand.pk])
    assert client.get(reverse("settings_synonyms")).status_code in (403, 404)
    assert client.post(new, {"words": "a, b"}).status_code in (403, 404)
    client.logout()
    assert client.post(new, {"words": "a, b"}).status_code in (302, 403)
    assert not Synonyms.objects.exists()
