from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpResponse
from django.test import Client, RequestFactory

from kefu.web.logs import STRANGERS_A_MINUTE, JsonFormatter, Strangers
from kefu.web.tests.addresses_shown import SECRET


def line(message: str, *args: object, **extra: Any) -> str:
    record = logging.LogRecord("kefu.test", logging.INFO, __file__, 1, message, args, None)
    vars(record).update(extra)
    return JsonFormatter().format(record)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\u2028", "\x85", "\x00"])
def test_one_event_stays_one_line(ending: str) -> None:
    """D9"""
    written = line("a%sb", ending, note=f"x{ending}y")
    assert len(written.splitlines()) == 1
    assert json.loads(written)["note"] == f"x{ending}y"


def test_addresses_and_long_numbers_are_masked() -> None:
    written = line("bounced: lin@example.com, 138 0013 8000, 4111111111111111")
    assert "example.com" not in written
    assert "8000" not in written and "4111" not in written


def test_what_callers_add_becomes_fields() -> None:
    assert json.loads(line("request", status=200, route="a/<int:b>"))["route"] == "a/<int:b>"


def test_a_failure_is_noted_by_place_and_id_without_what_it_said(
    visitor: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """G1"""
    answer = visitor.get("/breaks/token-that-lets-one-in")
    written = [JsonFormatter().format(record) for record in caplog.records]
    failure = next(json.loads(text) for text in written if "problem" in text)
    assert failure["problem"] == "ValueError"
    assert failure["request"] == answer["X-Request-Id"]
    assert any("addresses_shown.py" in place for place in failure["at"])
    assert not any("token-that-lets-one-in" in text or SECRET[:8] in text for text in written)


def test_a_body_that_is_too_large_is_a_warning_and_not_many_of_them(
    ask: RequestFactory, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    """D9"""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    their = settings.LOGGING["handlers"]["out"]["filters"]
    assert [settings.LOGGING["filters"][name]["()"] for name in their] == ["kefu.web.logs.Strangers"]
    read: Callable[[Any], Any] = convert_exception_to_response(lambda request: HttpResponse(request.body))
    tries = STRANGERS_A_MINUTE + 5
    assert {read(ask.post("/", {"a": "x" * 200})).status_code for _try in range(tries)} == {400}
    told = [record for record in caplog.records if record.name == "django.security.RequestDataTooBig"]
    assert len(told) == tries
    filtered = Strangers()
    written = [record for record in told if filtered.filter(record)]
    assert len(written) == STRANGERS_A_MINUTE
    assert {(record.levelname, record.exc_info) for record in written} == {("WARNING", None)}
    written[0].created += 61
    assert filtered.filter(written[0])


def test_what_fails_on_our_side_stays_an_error() -> None:
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "failed", (), None)
    assert all(Strangers().filter(record) for _again in range(100))
    assert record.levelname == "ERROR"
