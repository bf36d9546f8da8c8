"""Articles are written, published, changed and withdrawn; readers see what is live."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kefu.articles import writing
from kefu.articles.models import Audience, Translation
from kefu.articles.writing import Said
from kefu.people.models import Brand, Refused, Staff

pytestmark = pytest.mark.django_db

RETURNS = Said(
    "怎样退货", "## 时限\n\n签收后七天内。\n\n## 运费\n\n我们承担。", questions=["能退吗", "能退吗", " "]
)


@pytest.fixture
def going_back(brand: Brand, mei: Staff) -> Translation:
    return writing.begin(brand, language="zh-hans", said=RETURNS, by=mei)


def shown() -> list[str]:
    found = Translation.objects.for_customers(signed_in=False).select_related("live")
    return [one.live.title for one in found if one.live]


def test_nobody_outside_reads_it_before_it_is_published(going_back: Translation, mei: Staff) -> None:
    assert shown() == []
    writing.publish(going_back, by=mei)
    assert shown() == ["怎样退货"]


def test_what_is_changed_is_read_once_it_is_published_again(going_back: Translation, mei: Staff) -> None:
    writing.publish(going_back, by=mei)
    writing.write(going_back, Said("如何退货", RETURNS.body), by=mei)
    assert shown() == ["怎样退货"]
    writing.publish(going_back, by=mei)
    assert shown() == ["如何退货"]
    assert [version.number for version in going_back.versions.all()] == [2, 1]


def test_the_same_words_again_make_no_version(going_back: Translation, mei: Staff) -> None:
    writing.write(going_back, RETURNS, by=mei)
    assert going_back.versions.count() == 1


def test_who_saves_over_anothers_saving_is_told_and_nothing_is_lost(
    going_back: Translation, mei: Staff, omar: Staff
) -> None:
    seen = going_back.latest_id
    writing.write(going_back, Said("退货", "另一个人的"), by=omar, seen=seen)
    with pytest.raises(Refused):
        writing.write(going_back, Said("退货", "我的"), by=mei, seen=seen)
    assert going_back.latest is not None and going_back.latest.body == "另一个人的"


def test_what_is_withdrawn_is_not_read_and_can_come_back(going_back: Translation, mei: Staff) -> None:
    writing.publish(going_back, by=mei)
    writing.withdraw(going_back, by=mei)
    assert shown() == []
    assert not going_back.passages.exists()
    writing.publish(going_back, by=mei)
    assert shown() == ["怎样退货"]


def test_it_can_be_set_to_appear_later(going_back: Translation, mei: Staff) -> None:
    writing.publish(going_back, by=mei, at=timezone.now() + timedelta(hours=1))
    assert shown() == []
    assert going_back.publish_at is not None


def test_an_empty_text_is_not_published(brand: Brand, mei: Staff) -> None:
    empty = writing.begin(brand, language="en", said=Said("Returns"), by=mei)
    with pytest.raises(Refused):
        writing.publish(empty, by=mei)


def test_what_is_for_staff_or_for_signed_in_customers_is_for_them_alone(
    going_back: Translation, mei: Staff
) -> None:
    writing.publish(going_back, by=mei)
    article = going_back.article
    article.audience = Audience.CUSTOMERS
    article.save()
    assert shown() == []
    assert Translation.objects.for_customers(signed_in=True).count() == 1
    article.audience = Audience.STAFF
    article.save()
    assert Translation.objects.for_customers(signed_in=True).count() == 0


def test_a_translation_is_behind_once_its_source_goes_on(going_back: Translation, mei: Staff) -> None:
    writing.publish(going_back, by=mei)
    english = writing.translate(
        going_back.article, language="en", said=Said("Returns", "Seven days."), by=mei
    )
    assert not Translation.objects.with_source().get(pk=english.pk).is_behind
    writing.write(going_back, Said("怎样退货", "十天。"), by=mei)
    writing.publish(going_back, by=mei)
    assert Translation.objects.with_source().get(pk=english.pk).is_behind
    assert not Translation.objects.with_source().get(pk=going_back.pk).is_behind


def test_one_translation_a_language(going_back: Translation, mei: Staff) -> None:
    with pytest.raises(Refused):
        writing.translate(going_back.article, language="zh-hans", said=RETURNS, by=mei)


def test_a_new_address_leaves_a_sign_at_the_old_one(
    going_back: Translation, mei: Staff, brand: Brand
) -> None:
    writing.rename(going_back, "退货 指南", by=mei)
    assert going_back.slug == "退货-指南"
    assert [sign.slug for sign in going_back.redirects.all()] == ["怎样退货"]
    other = writing.begin(brand, language="zh-hans", said=RETURNS, by=mei)
    assert other.slug == "怎样退货-2"
    with pytest.raises(Refused):
        writing.rename(other, "退货-指南", by=mei)


def test_its_passages_are_what_stands_under_each_heading(going_back: Translation, mei: Staff) -> None:
    writing.publish(going_back, by=mei)
    assert [(one.heading, one.text) for one in going_back.passages.all()] == [
        ("时限", "签收后七天内。"),
        ("运费", "我们承担。"),
    ]
