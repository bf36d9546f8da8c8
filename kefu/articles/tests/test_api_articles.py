"""Articles for programs: begun, written, published, withdrawn; nobody overwrites what they have not seen."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kefu.articles import votes, writing
from kefu.articles.models import Article, Audience, Category, Translation
from kefu.articles.writing import Said
from kefu.people.models import Brand, Staff
from tests.calling import Caller, calling, problem_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(supervisor: Staff) -> Caller:
    return calling(supervisor)


def path(text: Translation, end: str = "") -> str:
    return f"/articles/{text.article_id}/texts/{text.language}{end}"


def begun(api: Caller, brand: Brand, **more: Any) -> Any:
    text = {"language": "en", "title": "Returns", "body": "Within 30 days.", "questions": ["send it back"]}
    return api.post("/articles", {"brand": str(brand.pk), "text": text, **more})


def test_an_article_is_begun_translated_published_and_found_in_the_list(api: Caller, brand: Brand) -> None:
    shelf = Category.objects.create(brand=brand, slug="care", names={"en": "Care"})
    answer = begun(api, brand, kind="how-to", category=str(shelf.pk), product_models=["LQ-1"])
    assert answer.status_code == 201
    article = answer.json()
    assert (article["kind"], article["category"], article["product_models"]) == (
        "how-to",
        str(shelf.pk),
        ["LQ-1"],
    )
    assert article["texts"][0]["live_version"] is None
    address = f"/articles/{article['id']}/texts"
    assert (
        api.post(address, {"language": "zh-hans", "title": "退货", "body": "三十天内。"}).status_code == 201
    )
    again = api.post(address, {"language": "zh-hans", "title": "退货"})
    assert problem_of(again)["status"] == 409
    for language in ("en", "zh-hans"):
        assert api.put(f"{address}/{language}/publication", {}).json()["live_version"] == 1
    (listed,) = api.get("/articles", {"published": "true", "language": "en"}).json()["items"]
    assert [text["language"] for text in listed["texts"]] == ["en", "zh-hans"]
    assert api.get("/articles", {"published": "false"}).json()["items"] == []
    assert Translation.objects.for_customers(signed_in=False).count() == 2


def test_who_has_not_seen_the_last_version_overwrites_nothing(
    api: Caller, returns_text: Translation, senior: Staff
) -> None:
    first = api.get(path(returns_text))
    assert first["ETag"] == '"1"'
    writing.write(returns_text, Said("退货", "另一个人的"), by=senior)
    body = {"title": "退货", "body": "我的"}
    assert problem_of(api.put(path(returns_text), body, If_Match=first["ETag"]))["status"] == 412
    assert problem_of(api.put(path(returns_text, "/publication"), {}, If_Match='"1"'))["status"] == 412
    assert problem_of(api.put(path(returns_text), body, If_Match='"9"'))["status"] == 412
    assert api.get(path(returns_text)).json()["body"] == "另一个人的"
    written = api.put(path(returns_text), body, If_Match='"2"')
    assert (written.status_code, written["ETag"]) == (200, '"3"')


def test_sent_again_with_the_same_key_it_is_begun_once(api: Caller, brand: Brand) -> None:
    body = {"brand": str(brand.pk), "text": {"language": "en", "title": "Returns"}}
    first, second = (api.post("/articles", body, Idempotency_Key="a-key-of-mine") for _time in range(2))
    assert first.json() == second.json()
    assert Article.objects.count() == 1


def test_versions_are_listed_and_read(api: Caller, returns_text: Translation, senior: Staff) -> None:
    writing.write(returns_text, Said("新的", "新"), by=senior)
    listed = api.get(path(returns_text, "/versions"), {"limit": 1}).json()
    assert [one["number"] for one in listed["items"]] == [2]
    older = api.get(path(returns_text, "/versions"), {"limit": 1, "cursor": listed["next"]}).json()
    assert [one["number"] for one in older["items"]] == [1]
    assert api.get(path(returns_text, "/versions/1")).json()["title"] == "怎样退货"
    for number in (3, 0, 10**12):
        assert problem_of(api.get(path(returns_text, f"/versions/{number}")))["status"] == 404


def test_what_is_withdrawn_or_archived_is_read_no_more(api: Caller, returns_text: Translation) -> None:
    api.put(path(returns_text, "/publication"), {})
    assert api.delete(path(returns_text, "/publication")).json()["live_version"] is None
    api.put(path(returns_text, "/publication"), {})
    address = f"/articles/{returns_text.article_id}/archive"
    assert api.put(address).json()["archived_at"]
    assert not Translation.objects.for_customers(signed_in=False).exists()
    assert api.get("/articles").json()["items"] == []
    assert len(api.get("/articles", {"archived": "true"}).json()["items"]) == 1
    assert api.delete(address).json()["archived_at"] is None


def test_it_can_be_set_to_appear_later(api: Caller, returns_text: Translation) -> None:
    answer = api.put(path(returns_text, "/publication"), {"at": "2099-01-01T08:00:00+08:00"}).json()
    assert (answer["live_version"], answer["publish_at"]) == (None, "2099-01-01T00:00:00Z")


def test_an_empty_text_is_not_published_and_one_that_is_not_there_not_found(
    api: Caller, brand: Brand, returns_text: Translation
) -> None:
    text = {"language": "en", "title": "Empty"}
    empty = api.post("/articles", {"brand": str(brand.pk), "text": text}).json()
    assert problem_of(api.put(f"/articles/{empty['id']}/texts/en/publication", {}))["status"] == 409
    assert problem_of(api.get(f"/articles/{returns_text.article_id}/texts/en"))["status"] == 404
    assert problem_of(api.get(f"/articles/{returns_text.article_id}/texts/fr"))["status"] == 422


def test_an_author_asks_for_review_and_publishes_nothing(returns_text: Translation, senior: Staff) -> None:
    author = calling(senior)
    assert author.put(path(returns_text, "/review")).json()["stage"] == "review"
    assert problem_of(author.put(path(returns_text, "/publication"), {}))["status"] == 403


def test_an_author_does_not_show_a_published_article_to_more_readers(
    returns_text: Translation, senior: Staff, supervisor: Staff
) -> None:
    Article.objects.update(audience=Audience.STAFF)
    writing.publish(returns_text, by=supervisor)
    body = {"audience": "everyone"}
    refused = calling(senior).put(f"/articles/{returns_text.article_id}", body)
    assert problem_of(refused)["status"] == 409
    assert calling(supervisor).put(f"/articles/{returns_text.article_id}", body).status_code == 200


def test_what_readers_said_is_counted_and_told(
    api: Caller, returns_text: Translation, supervisor: Staff
) -> None:
    writing.publish(returns_text, by=supervisor)
    votes.vote(returns_text, voter=bytes(32), helped=False, comment="写得不清楚")
    votes.vote(returns_text, voter=bytes(31) + b"1", helped=True)
    told = api.get(path(returns_text, "/votes")).json()
    assert (told["helped"], told["not_helped"]) == (1, 1)
    assert [one["comment"] for one in told["comments"]] == ["写得不清楚"]


def test_categories_are_begun_changed_and_removed_while_empty(
    api: Caller, brand: Brand, returns_text: Translation
) -> None:
    given = {"names": {"zh": "退换", "en": "Returns"}, "slug": "returns", "icon": "truck"}
    made = api.post("/article-categories", {"brand": str(brand.pk), **given}).json()
    assert made["names"] == given["names"]
    address = f"/article-categories/{made['id']}"
    assert api.put(address, {**given, "slug": "back"}).json()["slug"] == "back"
    assert problem_of(api.put(address, {**given, "icon": "skull"}))["status"] == 422
    assert problem_of(api.put(address, {**given, "names": {}}))["status"] == 409
    Article.objects.update(category=made["id"])
    assert problem_of(api.delete(address))["status"] == 409
    Article.objects.update(category=None)
    assert api.delete(address).status_code == 204
    assert api.get("/article-categories").json()["items"] == []


def test_what_is_another_brands_is_not_found(
    api: Caller,
    brand: Brand,
    other_brand: Brand,
    foreign_text: Translation,
    returns_text: Translation,
    charlie: Staff,
) -> None:
    theirs = Category.objects.create(brand=other_brand, slug="care", names={"en": "Care"})
    assert problem_of(api.get(f"/articles/{foreign_text.article_id}"))["status"] == 404
    for end in ("", "/versions", "/versions/1", "/votes"):
        assert problem_of(api.get(path(foreign_text, end)))["status"] == 404
    assert problem_of(api.put(path(foreign_text), {"title": "x"}))["status"] == 404
    assert problem_of(begun(api, other_brand))["status"] == 404
    assert problem_of(begun(api, brand, category=str(theirs.pk)))["status"] == 404
    assert problem_of(begun(api, brand, owner=str(charlie.pk)))["status"] == 404
    assert problem_of(api.delete(f"/article-categories/{theirs.pk}"))["status"] == 404
    assert [one["id"] for one in api.get("/articles").json()["items"]] == [str(returns_text.article_id)]
    assert Article.objects.count() == 2


def test_a_page_costs_the_same_for_many_as_for_one(
    api: Caller, brand: Brand, django_assert_num_queries: Any
) -> None:
    for number in range(2):
        writing.begin(brand, language="en", said=Said(f"T{number}", "x"), by=None)
    api.get("/articles")
    with CaptureQueriesContext(connection) as few:
        api.get("/articles", {"limit": 100})
    for number in range(40):
        writing.begin(brand, language="en", said=Said(f"More {number}", "x"), by=None)
    with django_assert_num_queries(len(few)):
        assert len(api.get("/articles", {"limit": 100}).json()["items"]) == 42
