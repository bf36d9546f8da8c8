"""What is often needed is what is read most: counted once a reader and day, without crawlers, keeping nobody's name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from kefu.articles import reading
from kefu.articles.addresses import address_of
from kefu.articles.models import Article, Audience, DayOfReading, Translation
from kefu.people.models import Brand, Staff
from kefu.people.testing import begin_session
from kefu.portal.tests.helping import also_in, announce, publish, read

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
BAIDU = "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"
WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/15E148 MicroMessenger/8.0.50 NetType/WIFI Language/zh_CN"
)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    reading._known.clear()


def opens(translation: Translation, address: str = "203.0.113.7", agent: str = FIREFOX, **more: Any) -> None:
    headers = {"user-agent": agent} | more.pop("headers", {})
    answer = Client(REMOTE_ADDR=address).get(address_of(translation), headers=headers, **more)
    assert answer.status_code == 200


def readers(translation: Translation) -> int:
    return sum(DayOfReading.objects.filter(translation=translation).values_list("readers", flat=True))


def was_read(translation: Translation, times: int, days_ago: int = 0) -> None:
    day = timezone.now().date() - timedelta(days=days_ago)
    DayOfReading.objects.create(translation=translation, day=day, readers=times)


def test_a_reader_counts_once_a_day_and_others_beside_them(brand: Brand) -> None:
    asked = publish(brand)
    for address in ("203.0.113.7", "203.0.113.7", "203.0.113.8", "2001:db8::1", "2001:db8::2:3"):
        opens(asked, address)
    opens(asked, "203.0.113.8", WECHAT)
    assert readers(asked) == 3


@pytest.mark.parametrize(
    ("agent", "headers"),
    [
        (GOOGLEBOT, {}),
        (BAIDU, {}),
        ("curl/8.5.0", {}),
        ("", {}),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0", {}),
        (FIREFOX, {"sec-purpose": "prefetch;prerender"}),
    ],
)
def test_crawlers_and_what_is_fetched_ahead_count_nothing(
    agent: str, headers: dict[str, str], brand: Brand
) -> None:
    asked = publish(brand)
    opens(asked, agent=agent, headers=headers)
    assert readers(asked) == 0


def test_colleagues_looking_at_their_own_page_count_nothing(brand: Brand, mei: Staff) -> None:
    asked, client = publish(brand), Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = begin_session(mei)
    client.get(address_of(asked), headers={"user-agent": FIREFOX})
    client.head(address_of(asked), headers={"user-agent": FIREFOX})
    assert readers(asked) == 0


def test_nothing_is_kept_of_who_read_it(brand: Brand) -> None:
    columns = {field.name for field in DayOfReading._meta.get_fields()}
    assert columns == {"id", "translation", "day", "readers"}


def test_the_home_shows_what_is_read_most_and_then_as_authors_put_it(brand: Brand) -> None:
    first, second, third = (publish(brand, f"Question {place}") for place in "ABC")
    assert in_order(brand) == ["Question A", "Question B", "Question C"]
    chinese = also_in(third, "zh-hans", "问题")
    was_read(chinese, 6)
    was_read(second, 3, days_ago=1)
    was_read(second, 2, days_ago=2)
    was_read(first, 4)
    assert in_order(brand) == ["Question C", "Question B", "Question A"]
    DayOfReading.objects.update(day=F("day") - timedelta(days=40))
    assert in_order(brand) == ["Question A", "Question B", "Question C"]
    assert reading.sweep(timezone.now()) == 4


def in_order(brand: Brand) -> list[str]:
    reading._known.clear()
    page = read(f"/b/{brand.slug}/en/")
    return sorted((f"Question {place}" for place in "ABC"), key=page.index)


def test_being_read_shows_nobody_what_they_may_not_read(brand: Brand, other_brand: Brand) -> None:
    hidden, theirs = (
        publish(brand, "Members only", audience=Audience.CUSTOMERS),
        publish(other_brand, "Elsewhere"),
    )
    gone, news = publish(brand, "Archived"), announce(brand, "News of ours")
    publish(brand, "For everyone")
    for one in (hidden, theirs, gone, news):
        was_read(one, 50)
    Article.objects.filter(pk=gone.article_id).update(archived_at=timezone.now())
    page = read("/b/lumo/en/")
    often = page[page.index("Often needed") :]
    assert "For everyone" in often
    assert not [title for title in ("Members only", "Elsewhere", "Archived") if title in page]
    assert reading.most_read(brand) and theirs.article_id not in reading.most_read(brand)


def test_reading_costs_two_statements_the_first_time_and_one_after_it(
    brand: Brand, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    asked = publish(brand)
    read(address_of(asked))
    with django_assert_num_queries(6):
        opens(asked)
    with django_assert_num_queries(5):
        opens(asked)
