"""Nobody waits for an index: it is made when a process begins to serve, and until it is, searches answer plainly."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest
from django.db import DatabaseError, connection
from pytest_django import DjangoAssertNumQueries

from kefu.articles import fresh, warming, writing
from kefu.articles.models import Audience, Translation
from kefu.articles.search import Found, Reader, find
from kefu.articles.writing import Said
from kefu.people.models import Brand, Staff


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "AFTER", 0.0)
    monkeypatch.setattr(connection, "close", lambda: None)  # the test's own


@pytest.fixture
def returns(brand: Brand, mei: Staff) -> Translation:
    said = Said("怎样退货", "## 时限\n\n签收后七天内可以退货。\n\n## 运费\n\n运费由我们承担。")
    return publish(brand, said, mei)


@pytest.fixture
def being_made(brand: Brand) -> Iterator[None]:
    """Somebody else has begun on the brand's index."""
    with fresh.shelf(brand.pk)._freshening:
        yield


def publish(brand: Brand, said: Said, by: Staff, language: str = "zh-hans") -> Translation:
    translation = writing.begin(brand, language=language, said=said, by=by)
    writing.publish(translation, by=by)
    return translation


def asked(
    brand: Brand, query: str, reader: Reader = Reader.EVERYONE, language: str = "zh-hans"
) -> list[Found]:
    return find(brand, query, language=language, reader=reader)


@pytest.mark.django_db
def test_a_warm_process_answers_its_first_search_without_reading_the_articles(
    brand: Brand, returns: Translation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    warming.warm(Event())
    with django_assert_num_queries(3):
        assert [one.title for one in asked(brand, "退货运费")] == ["怎样退货"]


@pytest.mark.django_db
def test_a_desk_without_articles_is_asked_once_and_that_is_all(
    brand: Brand, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        warming.warm(Event())


@pytest.mark.django_db
def test_a_process_that_ends_warms_nothing(
    brand: Brand, returns: Translation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stop = Event()
    stop.set()
    with django_assert_num_queries(0):
        warming.warm(stop)


@pytest.mark.django_db
def test_without_its_database_the_first_search_makes_it(
    brand: Brand, returns: Translation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> list[object]:
        raise DatabaseError("away")

    monkeypatch.setattr(warming, "_with_articles", away)
    warming.warm(Event())
    assert asked(brand, "退货")


@pytest.mark.django_db
@pytest.mark.usefixtures("being_made")
class TestWhileItIsBeingMade:
    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fresh.Shelf.near, "__kwdefaults__", {"patience": 0.01})

    def test_the_words_are_looked_for_in_the_database(
        self, brand: Brand, returns: Translation, mei: Staff
    ) -> None:
        publish(brand, Said("发票怎么开", "在订单页填写抬头。开票后不影响退货。"), mei)
        found = asked(brand, "請問退貨的運費誰出")
        assert [one.title for one in found] == ["怎样退货", "发票怎么开"]
        assert "<mark>退货</mark>" in found[0].excerpt

    def test_it_is_not_sure_of_anything(self, brand: Brand, returns: Translation) -> None:
        assert asked(brand, "怎样退货")[0].confidence == 0

    def test_each_article_is_shown_once_in_the_readers_language(
        self, brand: Brand, returns: Translation, mei: Staff
    ) -> None:
        said = Said("Returning (退货)", "Within seven days.")
        writing.publish(writing.translate(returns.article, language="en", said=said, by=mei), by=mei)
        assert [one.language for one in asked(brand, "退货", language="en")] == ["en"]

    def test_nobody_sees_more_than_else(
        self, brand: Brand, other_brand: Brand, returns: Translation, mei: Staff
    ) -> None:
        publish(other_brand, Said("别家的退货", "别家。"), mei)
        hidden = publish(brand, Said("退货口令", "内部：退货。"), mei)
        hidden.article.audience = Audience.STAFF
        hidden.article.save()
        writing.begin(brand, language="zh-hans", said=Said("退货草稿", "退货"), by=mei)
        assert [one.title for one in asked(brand, "退货")] == ["怎样退货"]
        assert len(asked(brand, "退货", Reader.STAFF)) == 2

    def test_nothing_asked_or_nothing_there_finds_nothing(self, brand: Brand, returns: Translation) -> None:
        for query in ("", "?!", "\x00", "😀", "%", "_", "滑雪", "x" * 10_000):
            assert asked(brand, query) == []


@pytest.mark.usefixtures("committed")
def test_many_articles_are_taken_in_beside_the_search_which_waits_a_little(
    brand: Brand, mei: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fresh, "FEW", 1)
    for name in ("充电", "配对", "重置"):
        publish(brand, Said(f"怎样{name}", f"{name}的办法。"), mei)
    assert asked(brand, "怎么配对")[0].confidence > 0
    shelf = fresh.shelf(brand.pk)
    assert shelf._builder is not None
    shelf._builder.join(5)


@pytest.mark.django_db
def test_what_is_whole_answers_while_many_more_are_taken_in(
    brand: Brand, returns: Translation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(brand, "退货")
    shelf = fresh.shelf(brand.pk)
    monkeypatch.setattr(shelf, "_is_building", lambda: True)
    with shelf._freshening:
        assert asked(brand, "退货")[0].confidence > 0
