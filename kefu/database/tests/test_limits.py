from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from django.db import DatabaseError, connection

from kefu.database import limits

ROOT = Path(__file__).resolve().parents[3]
FIFTY_HITS = """
import django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.db import connections
from kefu.database import limits

def hit(_):
    try:
        return limits.hit("sign-in:mei", limit=10, per=3600)
    finally:
        connections.close_all()

with ThreadPoolExecutor(10) as pool:
    print(sum(pool.map(hit, range(50))))
"""


@pytest.mark.django_db
def test_hits_are_allowed_up_to_the_limit_and_no_further() -> None:
    assert [limits.hit("key", limit=3, per=3600) for _ in range(5)] == [True, True, True, False, False]


@pytest.mark.django_db
def test_a_hit_that_is_given_back_does_not_count() -> None:
    for _again in range(10):
        assert limits.hit("key", limit=3, per=3600)
        limits.give_back("key", limit=3, per=3600)
    assert [limits.hit("key", limit=3, per=3600) for _ in range(4)] == [True, True, True, False]


@pytest.mark.django_db
def test_keys_have_limits_of_their_own() -> None:
    assert limits.hit("mei", limit=1, per=3600)
    assert limits.hit("omar", limit=1, per=3600)
    assert not limits.hit("mei", limit=1, per=3600)


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [3, 7, 11, 60])
def test_the_whole_limit_can_be_used_at_once(limit: int) -> None:
    assert all(limits.hit("key", limit=limit, per=60) for _ in range(limit))


@pytest.mark.django_db
def test_a_key_recovers_with_time_and_a_refused_hit_prolongs_nothing() -> None:
    assert limits.hit("key", limit=2, per=3600)
    assert limits.hit("key", limit=2, per=3600)
    assert not limits.hit("key", limit=2, per=3600)
    time_passes(minutes=31)
    assert limits.hit("key", limit=2, per=3600)
    assert not limits.hit("key", limit=2, per=3600)


@pytest.mark.django_db
def test_the_table_names_nobody_and_is_swept() -> None:
    limits.hit("mei@desk.test", limit=1, per=3600)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM database_limits")
        assert "mei" not in cursor.fetchone()[0]
    assert limits.sweep() == 0
    time_passes(minutes=61)
    assert limits.sweep() == 1


@pytest.mark.django_db
def test_without_a_database_everything_is_refused() -> None:
    with mock.patch.object(limits, "_hit", side_effect=DatabaseError("gone")):
        assert not limits.hit("key", limit=10, per=60)


@pytest.mark.usefixtures("committed")
def test_a_hundred_hits_from_two_processes_let_exactly_the_limit_through() -> None:
    command = [sys.executable, "-c", FIFTY_HITS]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
    assert sum(int(process.communicate(timeout=60)[0]) for process in both) == 10


def time_passes(*, minutes: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE database_limits SET free_at = free_at - make_interval(mins => %s)", [minutes])
