"""Questions that no article answers become suggestions, and drafts from what colleagues answered."""

from __future__ import annotations

import pytest

from conftest import says
from kefu.answers import gaps
from kefu.answers.models import Gap, GapState
from kefu.answers.tests.asking import asks, publish, switch_on
from kefu.articles import searching
from kefu.conversations.models import Inbox
from kefu.people.models import Brand, Customer, Refused, Staff
from kefu.people.testing import signed_in


def search_in_vain(brand: Brand, *questions: str, language: str = "en") -> None:
    for question in questions:
        searching.note(brand, question, where="site", language=language, found=0)


@pytest.fixture
def lids(brand: Brand) -> None:
    search_in_vain(brand, "replace kettle lid", "kettle lid replace", "replace lid kettle", "moon cheese")


@pytest.mark.usefixtures("lids")
def test_what_is_asked_often_in_vain_is_suggested(brand: Brand) -> None:
    assert gaps.look() == 1
    gap = Gap.objects.get()
    assert (gap.times, gap.language, gap.state) == (3, "en", GapState.OPEN)
    assert "lid" in gap.words
    gaps.look()
    assert Gap.objects.count() == 1


def test_chinese_questions_are_gathered_too(brand: Brand) -> None:
    search_in_vain(brand, "壶盖怎么更换", "更换壶盖", "壶盖更换", language="zh-hans")
    gaps.look()
    assert Gap.objects.get().times == 3


@pytest.mark.usefixtures("lids")
def test_an_article_that_answers_it_takes_the_suggestion_away(brand: Brand) -> None:
    gaps.look()
    publish(brand, "Replace the kettle lid", "To replace the lid of a kettle, press both sides and lift it.")
    gaps.SURE, before = 0.3, gaps.SURE
    try:
        assert gaps.look() == 0
    finally:
        gaps.SURE = before
    assert not Gap.objects.exists()


def test_what_the_assistant_handed_over_counts_once_a_customer_and_is_drafted_without_names(
    brand: Brand, inbox: Inbox, mei: Staff, senior: Staff
) -> None:
    switch_on(inbox)
    for name in ("Ann Alpha", "Bea Beta", "Cem Gamma"):
        customer = Customer.objects.create(name=name, language="en")
        conversation = asks(
            customer, inbox, f"Can I replace the kettle lid? I am {name}, {name[0]}@example.test"
        )
        says(
            mei,
            f"Dear {name}, hold the lid, press <both> sides and lift. Call 13812345678. Regards, Mei",
            in_=conversation,
        )
        conversation.solve(by=mei)
    gaps.look()
    gap = Gap.objects.get()
    assert gap.times == 3
    assert not any(name in " ".join(gap.asked_as) for name in ("Ann", "Beta", "@example"))
    text = gaps.draft(gap, by=senior)
    assert text.live is None and text.latest is not None
    assert "hold the lid" in text.latest.body and "\\<both\\>" in text.latest.body
    for secret in ("Ann", "Alpha", "13812345678", "Mei"):
        assert secret not in text.latest.body
    assert text.latest.note.startswith("From conversations K-")
    with pytest.raises(Refused):
        gaps.draft(gap, by=senior)
    gaps.look()
    assert Gap.objects.get().state == GapState.DRAFTED


@pytest.mark.usefixtures("lids")
def test_what_was_not_needed_is_not_suggested_again(senior: Staff) -> None:
    gaps.look()
    gaps.dismiss(Gap.objects.get(), by=senior)
    gaps.look()
    assert Gap.objects.get().state == GapState.DISMISSED


@pytest.mark.usefixtures("lids")
def test_authors_work_from_the_list(
    brand: Brand, mei: Staff, senior: Staff, charlie: Staff, foreign_team: object
) -> None:
    gaps.look()
    gap = Gap.objects.get()
    draft, dismissal = (f"/console/articles/gaps/{gap.pk}/{verb}" for verb in ("draft", "dismissal"))
    assert signed_in(mei).get("/console/articles/gaps").status_code == 403
    assert signed_in(mei).post(draft).status_code == 403
    page = signed_in(senior).get("/console/articles/gaps").content.decode()
    assert gap.words in page
    assert signed_in(senior).post(draft).status_code == 302
    assert signed_in(senior).post(dismissal, follow=True).content.decode().count("seen to this") == 1
    assert signed_in(charlie).post(draft).status_code == 403


@pytest.mark.usefixtures("lids")
def test_another_brands_authors_find_nothing(foreign_team: object) -> None:
    from conftest import make_staff
    from kefu.people.roles import Role

    gaps.look()
    stranger = signed_in(make_staff("stranger", Role.SENIOR, foreign_team))  # type: ignore[arg-type]
    assert Gap.objects.get().words not in stranger.get("/console/articles/gaps").content.decode()
    assert stranger.post(f"/console/articles/gaps/{Gap.objects.get().pk}/draft").status_code == 404
