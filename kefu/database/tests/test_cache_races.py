from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import connections


@pytest.mark.usefixtures("committed")
def test_of_many_who_add_the_same_key_one_succeeds_and_every_incr_counts() -> None:
    cache.set("count", 0)
    added: list[bool] = []

    def take_part() -> None:
        added.append(cache.add("once", 1))
        for _ in range(20):
            cache.incr("count")
        connections.close_all()

    together(take_part, times=8)
    assert sorted(added) == [False] * 7 + [True]
    assert cache.get("count") == 160


def together(what: Callable[[], None], times: int) -> None:
    threads = [threading.Thread(target=what) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
