"""Beside a conversation stand articles that fit what was said; what customers may not read goes into no reply."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from conftest import begin, draft
from kefu.articles import writing
from kefu.articles.models import Audience, Search, Translation
from kefu.articles.writing import Said
from kefu.conversations import posting
from kefu.conversations.models import Conversation, Inbox
from kefu.people.models import Brand, Customer, Staff
from kefu.people.testing import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def refunds(brand: Brand, mei: Staff) -> Translation:
    said = Said("How long does a refund take?", "## Cards\n\nThree working days. Case word: heron.")
    translation = writing.begin(brand, language="en", said=said, by=mei)
    writing.publish(translation, by=mei)
    return translation


@pytest.fixture
def asked(lin: Customer, inbox: Inbox) -> Conversation:
    return begin(lin, inbox, "When will the refund arrive?")


def beside(desk: Client, asked: Conversation, query: str = "") -> str:
    answer = desk.get(reverse("conversation-articles", args=[asked.pk]), {"q": query} if query else {})
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_fits_the_last_words_is_there_to_be_put_in(
    asked: Conversation, refunds: Translation, mei: Staff
) -> None:
    shown = beside(signed_in(mei), asked)
    assert "How long does a refund take?" in shown
    assert shown.count("data-insert=") == 2
    assert "/en/a/how-long-does-a-refund-take/#s-cards" in shown
    assert not Search.objects.exists()


def test_what_was_asked_before_counts_where_the_last_words_tell_nothing(
    asked: Conversation, refunds: Translation, lin: Customer, mei: Staff
) -> None:
    posting.post([draft(asked, lin, "Well, no")])
    assert "How long does a refund take?" in beside(signed_in(mei), asked)


def test_what_is_looked_for_is_found_and_what_is_not_there_is_said(
    asked: Conversation, refunds: Translation, mei: Staff
) -> None:
    assert "<mark>heron</mark>" in beside(signed_in(mei), asked, "heron")
    assert "No article fits." in beside(signed_in(mei), asked, "zebra")


def test_an_internal_article_is_shown_and_cannot_be_put_in(
    asked: Conversation, refunds: Translation, mei: Staff
) -> None:
    refunds.article.audience = Audience.STAFF
    refunds.article.save()
    shown = beside(signed_in(mei), asked)
    assert "For staff only" in shown and "data-insert=" not in shown


def test_whoever_may_not_see_the_conversation_finds_nothing_beside_it(
    asked: Conversation, refunds: Translation, charlie: Staff
) -> None:
    address = reverse("conversation-articles", args=[asked.pk])
    assert signed_in(charlie).get(address).status_code in (403, 404)
    assert Client().get(address).status_code == 302


def test_it_asks_the_database_the_same_for_one_article_and_for_five(
    asked: Conversation,
    refunds: Translation,
    mei: Staff,
    brand: Brand,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(6):
        said = Said(f"Refund, part {number}", "It takes three days.")
        writing.publish(writing.begin(brand, language="en", said=said, by=mei), by=mei)
    desk = signed_in(mei)
    beside(desk, asked)
    with django_assert_max_num_queries(13):
        assert beside(desk, asked).count("data-offer") == 5
