"""One-time codes by mail."""

from __future__ import annotations

import json
import re
import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.utils import timezone

from kefu.events.models import Delivery
from kefu.people import codes
from kefu.people.models import OneTimeCode

LIN = "lin@example.test"


@pytest.fixture
def browser(db: None) -> UUID:
    return uuid4()


def mailed() -> str:
    """The newest code, as its reader gets it."""
    letter = json.loads(Delivery.objects.order_by("-id")[0].content or "{}")
    return str(re.findall(r"\d{6}", letter["text"])[0])


def test_the_right_digits_are_taken_once(browser: UUID) -> None:
    assert codes.send(LIN, asked_by=browser, language="en")
    code = mailed()
    assert codes.check(" LIN@example.test", f"{code[:3]} {code[3:]}", asked_by=browser)
    assert not codes.check(LIN, code, asked_by=browser)


def test_full_width_digits_are_digits(browser: UUID) -> None:
    codes.send(LIN, asked_by=browser, language="zh-hans")
    wide = mailed().translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    assert codes.check(LIN, wide, asked_by=browser)


def test_a_code_is_for_whoever_asked_and_for_that_address(browser: UUID) -> None:
    """ASVS 6.6.2."""
    codes.send(LIN, asked_by=browser, language="en")
    code = mailed()
    assert not codes.check(LIN, code, asked_by=uuid4())
    assert not codes.check("other@example.test", code, asked_by=browser)
    assert codes.check(LIN, code, asked_by=browser)


def test_five_tries_and_it_is_over(browser: UUID) -> None:
    codes.send(LIN, asked_by=browser, language="en")
    code = mailed()
    for _try in range(5):
        assert not codes.check(LIN, "000000" if code != "000000" else "111111", asked_by=browser)
    assert not codes.check(LIN, code, asked_by=browser)


def test_tries_at_the_same_moment_are_tries_too(committed: None) -> None:
    browser = uuid4()
    codes.send(LIN, asked_by=browser, language="en")
    wrong = "000000" if mailed() != "000000" else "111111"

    def guess() -> None:
        codes.check(LIN, wrong, asked_by=browser)
        connections.close_all()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert OneTimeCode.objects.get().tries == 5
    assert not codes.check(LIN, mailed(), asked_by=browser)


def test_after_ten_minutes_it_has_ended(browser: UUID) -> None:
    codes.send(LIN, asked_by=browser, language="en")
    made = OneTimeCode.objects.get()
    assert made.expires_at - made.created_at <= timedelta(minutes=10)
    OneTimeCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not codes.check(LIN, mailed(), asked_by=browser)


def test_a_new_code_ends_the_one_before(browser: UUID) -> None:
    codes.send(LIN, asked_by=browser, language="en")
    early = mailed()
    codes.send(LIN, asked_by=browser, language="en")
    late = mailed()
    if early != late:
        assert not codes.check(LIN, early, asked_by=browser)
    assert codes.check(LIN, late, asked_by=browser)


def test_so_many_for_an_address_and_so_many_for_a_browser(browser: UUID) -> None:
    sent = [codes.send(LIN, asked_by=uuid4(), language="en") for _ in range(5)]
    assert sent == [True, True, True, False, False]
    sent = [codes.send(f"a{n}@example.test", asked_by=browser, language="en") for n in range(7)]
    assert sent == [True] * 5 + [False] * 2


@pytest.mark.parametrize("guess", ["", "0", "abcdef", "٠٠٠٠٠٠", "1" * 10_000, "\x00", "%"])
def test_what_is_no_code_is_only_wrong(browser: UUID, guess: str) -> None:
    codes.send(LIN, asked_by=browser, language="en")
    assert not codes.check(LIN, guess, asked_by=browser)


def test_the_digits_cannot_be_found_from_what_is_stored(browser: UUID) -> None:
    """A million codes are soon tried against a plain hash: it is keyed."""
    from kefu.lib.ids import token_hash

    codes.send(LIN, asked_by=browser, language="en")
    row = OneTimeCode.objects.get()
    assert bytes(row.code_hash) != token_hash(f"{row.pk}:{mailed()}")
