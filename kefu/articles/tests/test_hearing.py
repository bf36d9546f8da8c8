"""What readers tell authors: comments to settle, words that found nothing, articles that did not help."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conftest import begin
from kefu.articles import votes, writing
from kefu.articles.models import Led, Search, Translation, Vote
from kefu.conversations.models import Inbox
from kefu.people.models import Brand, Customer, Staff
from kefu.people.testing import signed_in

P = "/console/articles/"


@pytest.fixture
def author(senior: Staff) -> Client:
    return signed_in(senior)


@pytest.fixture
def published(returns_text: Translation, supervisor: Staff) -> Translation:
    writing.publish(returns_text, by=supervisor)
    return returns_text


def shown(browser: Client, door: str) -> str:
    answer = browser.get(f"{P}{door}")
    assert answer.status_code == 200
    return answer.content.decode()


def disliked(text: Translation, times: int, comment: str = "") -> None:
    for number in range(times):
        votes.vote(text, voter=bytes([number]) * 32, helped=False, comment=comment)


def test_a_comment_waits_until_an_author_settles_it(author: Client, published: Translation) -> None:
    vote = votes.vote(published, voter=bytes(32), helped=False, comment="Where is <b>the form</b>?")
    votes.vote(published, voter=b"1" * 32, helped=True)
    assert "Where is &lt;b&gt;the form&lt;/b&gt;?" in shown(author, "comments")
    for _again in range(2):
        author.post(f"{P}comments/{vote.pk}")
    assert "the form" not in shown(author, "comments")
    assert "the form" in shown(author, "comments?settled=yes")
    vote.refresh_from_db()
    assert vote.settled_by is not None


def test_comments_are_paged(author: Client, published: Translation) -> None:
    for number in range(31):
        votes.vote(published, voter=bytes([number]) * 32, helped=False, comment=f"Comment {number:02}")
    first = author.get(f"{P}comments")
    assert "Comment 00" not in first.content.decode()
    assert "Comment 00" in shown(author, f"comments{first.context['older']}")
    assert shown(author, "comments?before=nonsense")


def test_words_that_found_nothing_are_counted_together(author: Client, brand: Brand) -> None:
    def searched(words: str, found: int = 0) -> Search:
        return Search.objects.create(brand=brand, language="en", where="site", words=words, found=found)

    for words in ("Blue Light", "blue light", "red light"):
        searched(words)
    searched("returns", found=3)
    old = searched("long ago")
    Search.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=91))
    rows = author.get(f"{P}searches").context["rows"]
    assert [(row.words, row.times) for row in rows] == [("blue light", 2), ("red light", 1)]
    assert f"title=blue%20light&amp;language=en&amp;brand={brand.pk}" in shown(author, "searches")


def test_articles_that_did_not_spare_a_conversation(
    author: Client, published: Translation, lin: Customer, inbox: Inbox
) -> None:
    assert "怎样退货" not in shown(author, "led")
    for _time in range(2):
        Led.objects.create(translation=published, conversation=begin(lin, inbox))
    assert author.get(f"{P}led").context["rows"][0].times == 2
    assert "怎样退货" in shown(author, "led")


def test_the_least_helpful_needs_some_votes(author: Client, published: Translation) -> None:
    disliked(published, 2)
    assert "怎样退货" not in shown(author, "helpful")
    votes.vote(published, voter=b"9" * 32, helped=True)
    found = author.get(f"{P}helpful").context["rows"]
    assert [(one.good, one.bad) for one in found] == [(1, 2)]


def test_the_lists_make_the_same_queries_however_long_they_are(
    author: Client, published: Translation, brand: Brand, django_assert_num_queries: Any
) -> None:
    disliked(published, 20, "Unclear")
    for number in range(20):
        Search.objects.create(brand=brand, language="en", where="site", words=f"word {number}", found=0)
    for door in ("comments", "searches", "led", "helpful"):
        shown(author, door)
        with django_assert_num_queries(4):
            shown(author, door)


def test_nobody_but_authors_hears_it_and_of_their_brands_only(
    mei: Staff, author: Client, foreign_text: Translation, other_brand: Brand
) -> None:
    writing.publish(foreign_text, by=None)
    disliked(foreign_text, 3, "Foreign words")
    Search.objects.create(brand=other_brand, language="en", where="site", words="Foreign words", found=0)
    for door in ("comments", "searches", "led", "helpful"):
        assert "Foreign words" not in shown(author, door)
        assert "别家的" not in shown(author, door)
        assert signed_in(mei).get(f"{P}{door}").status_code == 403
    vote = Vote.objects.first()
    assert vote is not None
    assert author.post(f"{P}comments/{vote.pk}").status_code == 404
    assert signed_in(mei).post(f"{P}comments/{vote.pk}").status_code == 403
