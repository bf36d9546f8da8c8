"""Before a question is sent, articles that may answer it are offered; only the customer says that one did."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import draft
from kefu.articles import writing
from kefu.articles.models import Audience, Search, Translation
from kefu.articles.writing import Said
from kefu.conversations import posting
from kefu.conversations.models import Conversation
from kefu.inboxes.chat.models import Visitor
from kefu.inboxes.chat.tests.chatting import Browser
from kefu.people.models import Brand, Staff

pytestmark = pytest.mark.django_db

QUESTION = {"text": "How long does a refund take?"}


@pytest.fixture
def refunds(brand: Brand, mei: Staff) -> Translation:
    said = Said("How long does a refund take?", "## Cards\n\nThree working days. Case words: heron.")
    translation = writing.begin(brand, language="en", said=said, by=mei)
    writing.publish(translation, by=mei)
    return translation


def offered(browser: Browser, asked: dict[str, Any] = QUESTION) -> list[dict[str, str]]:
    return browser.post("articles", asked).json()["articles"]  # type: ignore[no-any-return]


def test_what_may_answer_it_is_offered_with_its_address(browser: Browser, refunds: Translation) -> None:
    [one] = offered(browser)
    assert one["title"] == "How long does a refund take?"
    assert one["address"].startswith(f"/b/{refunds.brand.slug}/en/a/how-long-does-a-refund-take")
    assert offered(browser, {"text": "do you like birds"}) == []
    assert not Search.objects.exists()


def test_in_a_conversation_it_is_offered_until_a_person_is_there(
    browser: Browser, refunds: Translation, mei: Staff
) -> None:
    conversation = Conversation.objects.get(pk=browser.asks("Hello").json()["id"])
    asked = QUESTION | {"conversation": str(conversation.pk)}
    assert len(offered(browser, asked)) == 1
    conversation.take(by=mei)
    assert offered(browser, asked) == []
    conversation.assign(to=None, by=mei)
    posting.post([draft(conversation, mei, "Good morning")])
    assert offered(browser, asked) == []


def test_whose_conversation_it_is_not_is_offered_nothing_in_it(
    browser: Browser, stranger: Browser, refunds: Translation
) -> None:
    conversation = browser.asks("Hello").json()["id"]
    assert stranger.post("articles", QUESTION | {"conversation": conversation}).status_code == 404
    assert stranger.post("articles", QUESTION | {"conversation": "new:1"}).status_code == 422


def test_only_the_customer_says_that_it_is_solved(browser: Browser, refunds: Translation) -> None:
    answer = browser.post("articles/opened", QUESTION | {"article": str(refunds.article_id)})
    assert answer.status_code == 201
    noted = Search.objects.get()
    assert (noted.where, noted.opened_id, noted.solved) == ("widget", refunds.pk, None)
    said = {"ticket": answer.json()["ticket"], "solved": True}
    assert browser.post("articles/settled", said).status_code == 204
    assert browser.post("articles/settled", said).status_code == 204
    assert Search.objects.get().solved is True


def test_a_made_up_ticket_settles_nothing(browser: Browser, refunds: Translation) -> None:
    browser.post("articles/opened", QUESTION | {"article": str(refunds.article_id)})
    assert browser.post("articles/settled", {"ticket": "x" * 40, "solved": True}).status_code == 404
    assert browser.post("articles/settled", {"ticket": "x", "solved": "yes"}).status_code == 422
    assert Search.objects.get().solved is None


def test_what_is_for_staff_is_neither_offered_nor_opened(browser: Browser, refunds: Translation) -> None:
    refunds.article.audience = Audience.STAFF
    refunds.article.save()
    assert offered(browser) == offered(browser, {"text": "heron"}) == []
    answer = browser.post("articles/opened", QUESTION | {"article": str(refunds.article_id)})
    assert answer.status_code == 404
    assert not Search.objects.exists()


def test_what_is_for_customers_is_offered_to_those_who_are_known(
    browser: Browser, refunds: Translation
) -> None:
    refunds.article.audience = Audience.CUSTOMERS
    refunds.article.save()
    assert offered(browser) == []
    Visitor.objects.update(verified_at="2026-11-20T10:00:00Z")
    assert len(offered(browser)) == 1


def test_what_was_withdrawn_is_offered_no_more(browser: Browser, refunds: Translation, mei: Staff) -> None:
    assert offered(browser)
    writing.withdraw(refunds, by=mei)
    assert offered(browser) == []


def test_who_asks_without_end_is_slowed_down(browser: Browser, refunds: Translation) -> None:
    statuses = [browser.post("articles", QUESTION).status_code for _ in range(62)]
    assert statuses[0] == 200 and statuses[-1] == 429


def test_without_a_token_nothing_is_offered(browser: Browser, refunds: Translation) -> None:
    browser.token = "none"
    assert browser.post("articles", QUESTION).status_code == 401
