"""Was this helpful? Each reader answers once, may change it, and tells authors why."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from kefu.articles import votes, writing
from kefu.articles.addresses import address_of
from kefu.articles.models import Audience, Translation, Vote
from kefu.people import customer_sessions
from kefu.people.models import Brand, Customer, Refused
from kefu.portal.tests.helping import publish, read


@pytest.fixture
def asked(brand: Brand) -> Translation:
    return publish(brand)


def answers(client: Client, asked: Translation, helped: str, comment: str = "") -> int:
    given = {"helped": helped, "comment": comment}
    return client.post(f"{address_of(asked)}vote", given).status_code


def test_a_reader_answers_once_changes_their_mind_and_says_why(asked: Translation) -> None:
    reader = Client()
    assert answers(reader, asked, "yes") == 302
    page = read(address_of(asked), client=reader)
    assert "You said that it helped" in page and 'name="comment"' in page
    assert answers(reader, asked, "no", "My card 4111111111111111 is not named") == 302
    vote = Vote.objects.get()
    assert not vote.helped and vote.version == asked.live
    assert "is not named" in vote.comment and "4111111111111111" not in vote.comment
    assert "did not help" in read(address_of(asked), client=reader)
    assert answers(Client(), asked, "yes") == 302
    assert Vote.objects.count() == 2
    assert 'name="comment"' not in read(address_of(asked)), "somebody else has not answered yet"


def test_a_customer_is_one_reader_in_every_browser(asked: Translation, lin: Customer) -> None:
    for helped in ("yes", "no"):
        answer, client = HttpResponse(), Client()
        customer_sessions.begin(lin, answer)
        client.cookies["kefu-me"] = answer.cookies["kefu-me"].value
        answers(client, asked, helped)
    assert not Vote.objects.get().helped


def test_a_comment_that_was_settled_waits_again_when_it_is_written_anew(asked: Translation) -> None:
    votes.vote(asked, voter=b"1" * 32, helped=False, comment="Too short")
    Vote.objects.update(settled_at=timezone.now())
    votes.vote(asked, voter=b"1" * 32, helped=True)
    vote = Vote.objects.get()
    assert vote.helped and vote.settled_at is not None and vote.comment == "Too short"
    votes.vote(asked, voter=b"1" * 32, helped=True, comment="Still too short")
    assert Vote.objects.get().settled_at is None


def test_an_answer_that_cannot_be_stored_loses_nothing(asked: Translation) -> None:
    reader = Client()
    for helped, comment in (("yes", "x" * 1001), ("perhaps", "Kept <b>here</b>")):
        answer = reader.post(f"{address_of(asked)}vote", {"helped": helped, "comment": comment})
        assert answer.status_code == 422
        assert comment.replace("<b>", "&lt;b&gt;").replace("</b>", "&lt;/b&gt;") in answer.content.decode()
    assert not Vote.objects.exists()


def test_nobody_votes_on_what_they_may_not_read(brand: Brand, asked: Translation) -> None:
    for audience in (Audience.CUSTOMERS, Audience.STAFF):
        assert answers(Client(), publish(brand, f"For {audience}", audience=audience), "yes") == 404
    assert Client().post(f"/b/other/en/a/{asked.slug}/vote", {"helped": "yes"}).status_code == 404
    writing.withdraw(asked, by=None)
    assert answers(Client(), asked, "yes") == 404
    with pytest.raises(Refused):
        votes.vote(asked, voter=b"1" * 32, helped=True)
    assert not Vote.objects.exists()


def test_votes_need_the_forms_token_and_have_a_limit(asked: Translation) -> None:
    assert answers(Client(enforce_csrf_checks=True), asked, "yes") == 403
    statuses = [answers(Client(), asked, "yes") for _ in range(70)]
    assert statuses.count(302) == 60 and set(statuses) == {302, 429}


@pytest.mark.usefixtures("committed")
def test_a_reader_who_clicks_twice_at_once_has_one_answer(brand: Brand) -> None:
    asked = publish(brand)

    def clicks(helped: bool) -> None:
        votes.vote(asked, voter=b"1" * 32, helped=helped, comment="Both at once")
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(clicks, [True, False, True, False]))
    assert Vote.objects.count() == 1
