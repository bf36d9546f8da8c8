"""When more arrives than can be stored, the rest is told to come back, and it can (fault 39)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from kefu.conversations.postbox import Full, Pace, Postbox
from kefu.conversations.posting import Draft, Posted, Unposted, anyone


def _draft() -> Draft:
    return Draft(uuid4(), uuid4(), "customer", uuid4(), "hello", anyone)


def _stored(draft: Draft) -> Posted | Unposted:
    return Posted(draft, 1, draft.conversation_id, 1, 1, datetime.now(UTC), draft.text, [], False)


def test_a_full_postbox_refuses_and_recovers() -> None:
    gate, batches = threading.Event(), []

    def slow(drafts: Sequence[Draft]) -> list[Posted | Unposted]:
        gate.wait()
        batches.append(len(drafts))
        return [_stored(draft) for draft in drafts]

    async def story() -> None:
        postbox = Postbox(slow, most_waiting=10)
        first = asyncio.create_task(postbox.post(_draft()))
        await asyncio.sleep(0.05)
        rest = [asyncio.create_task(postbox.post(_draft())) for _ in range(10)]
        await asyncio.sleep(0.05)
        with pytest.raises(Full):
            await postbox.post(_draft())
        gate.set()
        outcomes = await asyncio.gather(first, *rest)
        assert all(isinstance(outcome, Posted) for outcome in outcomes)
        assert isinstance(await postbox.post(_draft()), Posted)

    asyncio.run(story())
    assert batches == [1, 10, 1]


def test_a_sender_that_hangs_up_is_stored_all_the_same() -> None:
    stored: list[Draft] = []
    gate = threading.Event()

    def slow(drafts: Sequence[Draft]) -> list[Posted | Unposted]:
        gate.wait()
        stored.extend(drafts)
        return [_stored(draft) for draft in drafts]

    async def story() -> None:
        postbox = Postbox(slow)
        gone, stays = asyncio.create_task(postbox.post(_draft())), asyncio.create_task(postbox.post(_draft()))
        await asyncio.sleep(0.05)
        gone.cancel()
        gate.set()
        assert isinstance(await stays, Posted)

    asyncio.run(story())
    assert len(stored) == 2


def test_one_who_writes_too_fast_is_slowed_and_nobody_else() -> None:
    pace = Pace(burst=3, each_second=1)
    assert [pace.allows("fast", 0.0) for _ in range(4)] == [True, True, True, False]
    assert pace.allows("other", 0.0)
    assert pace.allows("fast", 1.5)
