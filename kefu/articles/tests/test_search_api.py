"""Programs search the help centre: a colleague's in full, a customer's as far as customers may read."""

from __future__ import annotations

from typing import Any

import pytest

from kefu.articles import searchapi, writing
from kefu.articles.models import Audience, Search, Translation
from kefu.articles.writing import Said
from kefu.people import customer_tokens
from kefu.people.models import Brand, Customer, Staff, StaffToken
from kefu.people.roles import Can
from tests.calling import Caller, calling, token_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def refunds(brand: Brand, mei: Staff) -> Translation:
    said = Said("How long does a refund take?", "## Cards\n\nThree working days. Case word: heron.")
    translation = writing.begin(brand, language="en", said=said, by=mei)
    writing.publish(translation, by=mei)
    return translation


@pytest.fixture
def desk(mei: Staff) -> Caller:
    return calling(mei)


@pytest.fixture
def lins(lin: Customer, admin: Staff) -> Caller:
    token_of(admin)
    return Caller(customer_tokens.issue(lin, through=StaffToken.objects.get(staff=admin))[1])


def search(caller: Caller, brand: Brand, q: str = "refund", **more: Any) -> Any:
    return caller.get("/articles/search", {"q": q, "brand": str(brand.pk), **more})


def titles(caller: Caller, brand: Brand, q: str = "refund") -> list[str]:
    return [one["title"] for one in search(caller, brand, q).json()["items"]]


def test_a_program_finds_articles_with_passage_and_address(
    desk: Caller, brand: Brand, refunds: Translation
) -> None:
    [one] = search(desk, brand, "heron").json()["items"]
    assert (one["heading"], one["language"]) == ("Cards", "en")
    assert "<mark>heron</mark>" in one["excerpt"]
    assert one["address"].endswith("/en/a/how-long-does-a-refund-take/#s-cards")
    assert Search.objects.get().where == "api"


def test_what_is_for_staff_is_found_by_staff_alone(
    desk: Caller, lins: Caller, brand: Brand, refunds: Translation
) -> None:
    assert titles(lins, brand) == titles(desk, brand) == ["How long does a refund take?"]
    refunds.article.audience = Audience.STAFF
    refunds.article.save()
    assert (titles(lins, brand), len(titles(desk, brand))) == ([], 1)
    refunds.article.audience = Audience.CUSTOMERS
    refunds.article.save()
    assert len(titles(lins, brand)) == 1


def test_nothing_is_found_of_another_brand(desk: Caller, other_brand: Brand, charlie: Staff) -> None:
    said = Said("Refund", "Three days.")
    writing.publish(writing.begin(other_brand, language="en", said=said, by=charlie), by=charlie)
    assert titles(desk, other_brand) == []
    assert titles(calling(charlie), other_brand) == ["Refund"]


def test_what_makes_no_search_is_refused(desk: Caller, brand: Brand) -> None:
    assert search(desk, brand, "").status_code == search(desk, brand, "x" * 201).status_code == 422
    assert search(desk, brand, limit=0).status_code == search(desk, brand, limit=21).status_code == 422
    assert search(desk, brand, language="fr").status_code == 422


def test_a_narrow_token_and_no_token_find_nothing(mei: Staff, brand: Brand) -> None:
    assert search(calling(mei, Can.ANSWER), brand).status_code == 403
    assert search(Caller(), brand).status_code == 401


def test_who_asks_without_end_is_slowed_down(
    desk: Caller, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searchapi, "SEARCHES_A_MINUTE", 2)
    assert [search(desk, brand).status_code for _ in range(3)] == [200, 200, 429]
