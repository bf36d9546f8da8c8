from __future__ import annotations

import copy
import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

import pytest

from kefu.lib import ids


def test_an_id_is_a_version_7_uuid_of_this_moment() -> None:
    before = time.time_ns() // 1_000_000
    made = ids.uuid7()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= after


def test_an_id_is_like_any_other_uuid() -> None:
    made = ids.uuid7()
    assert made == UUID(str(made)) == copy.deepcopy(made) == pickle.loads(pickle.dumps(made))
    assert hash(made) == hash(UUID(str(made)))


def test_later_ids_sort_after_earlier_ones_even_within_a_millisecond() -> None:
    made = [ids.uuid7() for _ in range(20_000)]
    assert made == sorted(made)
    assert [str(each) for each in made] == sorted(str(each) for each in made)


def test_ids_stay_in_order_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ids.uuid7()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    assert first < ids.uuid7() < ids.uuid7()


def test_threads_never_make_the_same_id() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = [each for some in threads.map(_two_thousand, range(4)) for each in some]
    assert len(set(made)) == len(made)
    assert len({each.int >> 64 for each in made}) == len(made)


def test_a_token_has_256_bits_and_is_stored_as_its_hash() -> None:
    token, other = ids.secret_token(), ids.secret_token()
    assert token != other
    assert len(token) == 43
    assert ids.token_hash(token) == ids.token_hash(token)
    assert len(ids.token_hash(token)) == 32
    assert ids.token_hash(token) != ids.token_hash(other)


def _two_thousand(_: int) -> list[UUID]:
    return [ids.uuid7() for _ in range(2_000)]
