"""Nothing acknowledged is lost and nothing is shown twice, whatever dies in between (faults 1, 3)."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import begin
from kefu.conversations.models import Inbox, Message
from kefu.events import log
from tests.house import House, Listener, house, message, send_until_acknowledged, visitor

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("committed"), pytest.mark.timeout(300)]

KILLS = 20
SENDERS = 4


def test_a_desk_killed_twenty_times_in_a_chat_loses_and_doubles_nothing(inbox: Inbox) -> None:
    browser = visitor(inbox)
    conversation = begin(browser.customer, inbox)
    with house() as desk:
        listener = Listener(desk.base, browser, cursor=str(log.horizon()))
        listening = threading.Thread(target=listener.run)
        listening.start()
        stop = threading.Event()
        with ThreadPoolExecutor(SENDERS) as senders:
            chats = [senders.submit(_talk, desk, browser, conversation.pk, n, stop) for n in range(SENDERS)]
            for _ in range(KILLS):
                time.sleep(0.3)
                desk.kill()
                desk.start()
            stop.set()
            acknowledged = [text for chat in chats for text in chat.result()]
        _wait_until_shown(listener, conversation.messages.count() - 1)
        listener.stopped = True
        listening.join()
    stored = list(Message.objects.filter(conversation=conversation).order_by("seq"))
    texts = [one.text for one in stored]
    assert [one.seq for one in stored] == list(range(1, len(stored) + 1))
    assert set(acknowledged) <= set(texts)
    assert len(texts) == len(set(texts))
    for sender in range(SENDERS):
        own = [text for text in texts if text.startswith(f"{sender}:")]
        assert own == sorted(own, key=lambda text: int(text.split(":")[1]))
    shown = {one["seq"] for one in listener.seen}
    assert listener.resyncs == 0
    assert set(range(2, len(stored) + 1)) - shown == set()


def _talk(
    desk: House, browser: object, conversation: object, sender: int, stop: threading.Event
) -> list[str]:
    said: list[str] = []
    while not stop.is_set():
        text = f"{sender}:{len(said)}"
        send_until_acknowledged(desk.base, browser, message(conversation, text))  # type: ignore[arg-type]
        said.append(text)
    return said


def _wait_until_shown(listener: Listener, count: int, seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while len({one["seq"] for one in listener.seen}) < count and time.monotonic() < until:
        time.sleep(0.1)


def test_two_web_processes_post_to_the_same_conversations_without_a_deadlock(inbox: Inbox) -> None:
    browser = visitor(inbox)
    conversations = [begin(browser.customer, inbox) for _ in range(5)]
    with house(workers=2) as desk:
        until = time.monotonic() + 60

        def talk(sender: int) -> int:
            count = 0
            while time.monotonic() < until:
                target = conversations[(count + sender) % len(conversations)]
                send_until_acknowledged(desk.base, browser, message(target.pk, f"{sender}:{count}"))
                count += 1
            return count

        with ThreadPoolExecutor(8) as senders:
            counts = list(senders.map(talk, range(8)))
        assert "deadlock" not in desk.log()
    assert Message.objects.filter(conversation__in=conversations).count() == sum(counts) + len(conversations)
    for conversation in conversations:
        seqs = list(conversation.messages.order_by("seq").values_list("seq", flat=True))
        assert seqs == list(range(1, len(seqs) + 1))
