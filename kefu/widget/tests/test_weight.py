from __future__ import annotations

from kefu.widget import weight


def test_the_launcher_and_the_chat_weigh_no_more_than_promised() -> None:
    assert weight.launcher_weight() <= weight.LAUNCHER_LIMIT
    assert sum(weight.chat_weights().values()) <= weight.CHAT_LIMIT
