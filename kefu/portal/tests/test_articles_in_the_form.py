"""Before a form is sent, articles that may answer it are offered; only the customer says that one did."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kefu.articles import writing
from kefu.articles.models import Audience, Search, Translation
from kefu.articles.writing import Said
from kefu.conversations.models import Inbox
from kefu.inboxes.form.testing import OTHER, make_form
from kefu.people.models import Brand, Staff, Team
from kefu.portal import contact_articles

pytestmark = pytest.mark.django_db

QUESTION = {"text": "How long does a refund take?", "language": "en"}


@pytest.fixture
def form(support: Team) -> Inbox:
    return make_form(support)


@pytest.fixture
def refunds(brand: Brand, mei: Staff) -> Translation:
    said = Said("How long does a refund take?", "## Cards\n\nThree working days. Case word: heron.")
    translation = writing.begin(brand, language="en", said=said, by=mei)
    writing.publish(translation, by=mei)
    return translation


def post(form: Inbox, where: str = "", given: dict[str, Any] = QUESTION, **headers: str) -> Any:
    return Client().post(f"/contact/{form.key}/articles{where}", given, headers=headers)


def test_what_may_answer_it_is_offered_and_settled_by_the_customer(form: Inbox, refunds: Translation) -> None:
    [one] = post(form).json()["articles"]
    assert one["title"] == "How long does a refund take?"
    assert not Search.objects.exists()
    answer = post(form, "/opened", QUESTION | {"article": one["article"]})
    assert Search.objects.get().solved is None
    assert post(form, "/settled", {"ticket": answer.json()["ticket"], "solved": "yes"}).status_code == 204
    noted = Search.objects.get()
    assert (noted.where, noted.solved, noted.opened_id) == ("form", True, refunds.pk)


def test_what_is_made_up_settles_nothing(form: Inbox, refunds: Translation) -> None:
    ticket = post(form, "/opened", QUESTION | {"article": str(refunds.article_id)}).json()["ticket"]
    for wrong in ({"ticket": "x", "solved": "yes"}, {"ticket": ticket, "solved": "maybe"}, {}):
        assert post(form, "/settled", wrong).status_code == 404
    assert post(form, "/opened", QUESTION | {"article": "none"}).status_code == 404
    assert Search.objects.get().solved is None


def test_internal_and_withdrawn_text_is_not_offered(form: Inbox, refunds: Translation, mei: Staff) -> None:
    for audience in (Audience.STAFF, Audience.CUSTOMERS):
        refunds.article.audience = audience
        refunds.article.save()
        assert post(form).json() == {"articles": []}
        assert post(form, given=QUESTION | {"text": "heron"}).json() == {"articles": []}
    refunds.article.audience = Audience.EVERYONE
    refunds.article.save()
    writing.withdraw(refunds, by=mei)
    assert post(form).json() == {"articles": []}


def test_other_sites_and_those_who_ask_without_end_are_refused(
    form: Inbox, refunds: Translation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert post(form, origin="https://elsewhere.example").status_code == 403
    monkeypatch.setattr(contact_articles, "ASKED_IN_A_MINUTE", 2)
    assert [post(form).status_code for _ in range(3)][-1] == 429


def test_a_form_that_is_not_there_answers_nothing(form: Inbox) -> None:
    form.is_active = False
    form.save()
    assert post(form).status_code == 404


def test_the_form_says_where_to_ask(support: Team) -> None:
    form = make_form(support, OTHER)
    page = Client().get(f"/contact/{form.key}/").content.decode()
    assert f'data-answers="/contact/{form.key}/articles"' in page
