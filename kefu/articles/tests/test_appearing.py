"""What is set to appear does so once, whoever else tries; two that write at once lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from kefu.articles import arranging, shelves, tasks, writing
from kefu.articles.models import Translation
from kefu.articles.shelves import Shelf
from kefu.articles.writing import Overtaken, Said
from kefu.events import log
from kefu.people.models import Brand, Refused, Staff


def due(text: Translation) -> None:
    writing.publish(text, by=None, at=timezone.now() + timedelta(hours=1))
    Translation.objects.filter(pk=text.pk).update(publish_at=timezone.now() - timedelta(minutes=1))


def times_published(text: Translation) -> int:
    return len(log.about(text.pk, ["article.published"]))


def at_once(*verbs: Callable[[], object]) -> list[object]:
    """Each in a connection of its own; a refusal is an answer like any other."""

    def run(verb: Callable[[], object]) -> object:
        try:
            return verb()
        except Refused as problem:
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return [done.result(30) for done in [pool.submit(run, verb) for verb in verbs]]


def fresh(text: Translation) -> Translation:
    return Translation.objects.get(pk=text.pk)


@pytest.mark.django_db
def test_it_appears_when_its_time_has_come_and_no_second_time(returns_text: Translation) -> None:
    due(returns_text)
    tasks.publish_due_articles(0)
    tasks.publish_due_articles(0)
    text = fresh(returns_text)
    assert text.live_id == text.latest_id
    assert text.publish_at is None
    assert times_published(text) == 1
    assert text.passages.exists()


@pytest.mark.django_db
def test_what_is_not_due_or_archived_waits(
    returns_text: Translation, brand: Brand, supervisor: Staff, senior: Staff
) -> None:
    later = writing.begin(brand, language="en", said=Said("Later", "Words."), by=senior)
    writing.publish(later, by=supervisor, at=timezone.now() + timedelta(hours=1))
    due(returns_text)
    arranging.archive(returns_text.article, by=supervisor)
    assert writing.publish_due(timezone.now()) == 0


@pytest.mark.django_db
def test_a_text_that_was_emptied_meanwhile_is_not_tried_for_ever(
    returns_text: Translation, supervisor: Staff
) -> None:
    due(returns_text)
    writing.write(returns_text, Said("怎样退货", ""), by=supervisor)
    assert writing.publish_due(timezone.now()) == 0
    assert fresh(returns_text).publish_at is None


@pytest.mark.usefixtures("committed")
def test_two_workers_publish_it_once(returns_text: Translation) -> None:
    due(returns_text)
    now = timezone.now()
    found = at_once(*[lambda: writing.publish_due(now)] * 4)
    assert sum(int(str(one)) for one in found) == 1
    assert times_published(returns_text) == 1


@pytest.mark.usefixtures("committed")
def test_one_that_another_worker_holds_is_left_to_it(returns_text: Translation) -> None:
    due(returns_text)
    with transaction.atomic():
        Translation.objects.select_for_update().get(pk=returns_text.pk)
        assert at_once(lambda: writing.publish_due(timezone.now())) == [0]


@pytest.mark.usefixtures("committed")
def test_of_two_who_save_at_once_one_is_told(
    returns_text: Translation, senior: Staff, supervisor: Staff
) -> None:
    seen = returns_text.latest_id
    found = at_once(
        lambda: writing.write(fresh(returns_text), Said("怎样退货", "Hers"), by=senior, seen=seen),
        lambda: writing.write(fresh(returns_text), Said("怎样退货", "His"), by=supervisor, seen=seen),
    )
    assert len([one for one in found if isinstance(one, Overtaken)]) == 1
    assert returns_text.versions.count() == 2


@pytest.mark.usefixtures("committed")
def test_of_two_who_translate_at_once_one_is_told(returns_text: Translation, senior: Staff) -> None:
    article = returns_text.article
    found = at_once(
        *[lambda: writing.translate(article, language="en", said=Said("Returns", "Words."), by=senior)] * 2
    )
    assert len([one for one in found if isinstance(one, Refused)]) == 1
    assert article.translations.count() == 2


@pytest.mark.usefixtures("committed")
def test_of_two_who_want_one_address_one_is_told(
    returns_text: Translation, brand: Brand, senior: Staff
) -> None:
    other = writing.begin(brand, language="zh-hans", said=Said("另一篇", "文字"), by=senior)
    found = at_once(
        lambda: writing.rename(fresh(returns_text), "same", by=senior),
        lambda: writing.rename(fresh(other), "same", by=senior),
    )
    assert len([one for one in found if isinstance(one, Refused)]) == 1
    assert Translation.objects.filter(slug="same").count() == 1


@pytest.mark.usefixtures("committed")
def test_of_two_categories_with_one_address_one_is_told(brand: Brand, supervisor: Staff) -> None:
    shelf = Shelf(names={"en": "Returns"}, slug="returns")
    found = at_once(*[lambda: shelves.put_up(brand, shelf, by=supervisor)] * 2)
    assert len([one for one in found if isinstance(one, Refused)]) == 1
    assert brand.categories.count() == 1
