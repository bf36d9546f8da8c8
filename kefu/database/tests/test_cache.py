from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from kefu.database import cache as table_cache

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("value", [1, 1.5, "退款", None, True, [1, "two"], {"a": {"b": []}}])
def test_what_was_stored_is_read_again(value: Any) -> None:
    cache.set("key", value)
    assert cache.get("key", "missing") == value


@pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}, float("nan")])
def test_only_json_is_stored(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        cache.set("key", value)
    assert cache.get("key") is None


def test_a_value_is_gone_after_its_time(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    cache.set("brief", 1, timeout=0)
    cache.set("long", 1, timeout=60)
    cache.set("for ever", 1, timeout=None)
    with django_assert_num_queries(1):
        assert cache.get_many(["brief", "long", "for ever"]) == {"long": 1, "for ever": 1}


def test_add_stores_only_what_is_not_there() -> None:
    assert cache.add("code", 1)
    assert not cache.add("code", 2)
    assert cache.get("code") == 1
    cache.set("code", 1, timeout=0)
    assert cache.add("code", 3)
    assert cache.get("code") == 3


def test_incr_counts_and_keeps_the_time_to_live() -> None:
    cache.set("tries", 1, timeout=60)
    assert cache.incr("tries") == 2
    assert cache.decr("tries", 5) == -3
    with connection.cursor() as cursor:
        cursor.execute("SELECT expires < clock_timestamp() + interval '61 seconds' FROM database_cache")
        assert cursor.fetchall() == [(True,)]


def test_incr_of_what_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="not found"):
        cache.incr("tries")
    cache.set("tries", 1, timeout=0)
    with pytest.raises(ValueError, match="not found"):
        cache.incr("tries")


def test_touch_prolongs_only_what_is_there() -> None:
    cache.set("key", 1, timeout=1)
    assert cache.touch("key", None)
    assert not cache.touch("nothing", 60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT expires FROM database_cache")
        assert cursor.fetchall() == [(None,)]


def test_many_at_once() -> None:
    assert cache.set_many({"a": 1, "b": 2, "c": 3}) == []
    assert cache.get_many(["a", "b", "c", "d"]) == {"a": 1, "b": 2, "c": 3}
    cache.delete_many(["a", "b"])
    assert cache.has_key("c")
    assert "a" not in cache
    assert cache.delete("c")
    assert not cache.delete("c")
    cache.set("d", 1)
    cache.clear()
    assert cache.get("d") is None


def test_versions_do_not_meet() -> None:
    cache.set("key", "old", version=1)
    cache.set("key", "new", version=2)
    assert (cache.get("key", version=1), cache.get("key", version=2)) == ("old", "new")


def test_expired_rows_are_swept() -> None:
    cache.set("old", 1, timeout=0)
    cache.set("new", 1)
    assert table_cache.sweep() == 1
    assert cache.get("new") == 1
