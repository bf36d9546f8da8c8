"""Categories: names in both languages, an order, two levels, and none removed while it is used."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kefu.articles.models import Category, Translation
from kefu.people.models import Brand, Staff
from kefu.people.testing import signed_in

P = "/console/settings/categories/"


def shelf(slug: str, **changed: Any) -> dict[str, Any]:
    return {"name-zh-hans": "配送", "name-en": slug.title(), "slug": slug, "icon": "truck", **changed}


@pytest.fixture
def browser(supervisor: Staff) -> Client:
    return signed_in(supervisor)


@pytest.fixture
def shelves(browser: Client, brand: Brand) -> list[Category]:
    for slug in ("delivery", "returns", "account"):
        assert browser.post(f"{P}new/{brand.pk}", shelf(slug)).status_code == 302
    return list(brand.categories.all())


def test_categories_are_put_up_in_both_languages(browser: Client, shelves: list[Category]) -> None:
    assert [one.slug for one in shelves] == ["delivery", "returns", "account"]
    assert shelves[0].names == {"zh-hans": "配送", "en": "Delivery"}
    assert "Delivery" in browser.get(P).content.decode()
    assert 'value="Delivery"' in browser.get(f"{P}{shelves[0].pk}/").content.decode()


def test_they_are_moved_one_place_at_a_time(browser: Client, shelves: list[Category], brand: Brand) -> None:
    browser.post(f"{P}{shelves[2].pk}/place", {"to": "up"})
    browser.post(f"{P}{shelves[0].pk}/place", {"to": "up"})
    assert [one.slug for one in brand.categories.all()] == ["delivery", "account", "returns"]
    browser.post(f"{P}{shelves[0].pk}/place", {"to": "down"})
    assert [one.slug for one in brand.categories.all()] == ["account", "delivery", "returns"]


def test_a_category_stands_in_another_and_no_deeper(browser: Client, shelves: list[Category]) -> None:
    first, second, third = shelves
    inside = browser.post(f"{P}{second.pk}/", shelf("returns", parent=first.pk))
    assert inside.status_code == 302
    deeper = browser.post(f"{P}{third.pk}/", shelf("account", parent=second.pk))
    assert deeper.status_code == 422
    upside_down = browser.post(f"{P}{first.pk}/", shelf("delivery", parent=third.pk))
    assert "Categories stand in two levels" in upside_down.content.decode()
    itself = browser.post(f"{P}{first.pk}/", shelf("delivery", parent=first.pk))
    assert itself.status_code == 422


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name-zh-hans": "", "name-en": " "}, "A category needs a name in one language at least."),
        ({"slug": "returns"}, "Another category of this brand has this address."),
        ({"slug": "Über uns"}, "Enter a valid"),
        ({"icon": "skull"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_kept_in_the_form(
    browser: Client, shelves: list[Category], wrong: dict[str, str], sentence: str
) -> None:
    answer = browser.post(f"{P}{shelves[0].pk}/", shelf("delivery") | wrong)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    shelves[0].refresh_from_db()
    assert shelves[0].slug == "delivery"


def test_one_that_is_used_is_not_removed(
    browser: Client, shelves: list[Category], returns_text: Translation, brand: Brand
) -> None:
    article = returns_text.article
    article.category = shelves[0]
    article.save()
    Category.objects.filter(pk=shelves[2].pk).update(parent=shelves[1])
    for used, why in ((shelves[0], "Articles still stand"), (shelves[1], "There are categories inside")):
        answer = browser.post(f"{P}{used.pk}/removal", follow=True)
        assert why in answer.content.decode()
    browser.post(f"{P}{shelves[2].pk}/removal")
    assert brand.categories.count() == 2


def test_authors_and_agents_put_up_none(senior: Staff, mei: Staff, brand: Brand) -> None:
    for staff in (senior, mei):
        assert signed_in(staff).get(P).status_code == 403
        assert signed_in(staff).post(f"{P}new/{brand.pk}", shelf("x")).status_code == 403


def test_those_of_another_brand_are_not_found(browser: Client, other_brand: Brand) -> None:
    theirs = other_brand.categories.create(slug="theirs", names={"en": "Theirs"})
    assert "Theirs" not in browser.get(P).content.decode()
    for door in ("", "place", "removal"):
        assert browser.post(f"{P}{theirs.pk}/{door}", shelf("x")).status_code == 404
    assert browser.post(f"{P}new/{other_brand.pk}", shelf("x")).status_code == 404
