"""One line of JSON for each thing that happened: ids, routes, states, times; nothing people said or are."""

from __future__ import annotations

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")

MAIL_ADDRESS = re.compile(r"[^\s\"'(<=]+@[^\s\"')>,;]+")
LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}")
LONGEST = 500
STRANGERS_A_MINUTE = 10


class Strangers(logging.Filter):
    """What anybody can cause with a bad request is a warning, and of each kind so many a minute are written: nobody
    fills the log with them. Django logs them as errors, with a traceback.
    """

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[str, list[float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("django.security."):
            return True
        record.levelno, record.levelname, record.exc_info = logging.WARNING, "WARNING", None
        recent = [at for at in self._written.get(record.name, []) if 0 <= record.created - at < 60]
        self._written[record.name] = recent
        if len(recent) < STRANGERS_A_MINUTE:
            recent.append(record.created)
            return True
        return False


class JsonFormatter(logging.Formatter):
    """What callers pass as extra={…} becomes fields. Line breaks are escaped, so one event stays one line."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(_message(record)),
        }
        request = getattr(record, "request", None)
        if identity := request_id.get() or getattr(request, "request_id", ""):
            entry["request"] = identity
        if record.exc_info and record.exc_info[1]:
            entry.update(_problem(record.exc_info[1]))
        entry.update(_extra(record))
        return json.dumps(entry, default=_plain)


def _message(record: logging.LogRecord) -> str:
    """Django names the path of a failed request. Ours carry tokens, so the route stands in for it."""
    text = record.getMessage()
    request = getattr(record, "request", None)
    path = getattr(request, "path", "")
    if len(path) < 2:
        return text
    match = getattr(request, "resolver_match", None)
    return text.replace(path, match.route if match else "…")


def masked(text: str) -> str:
    """Without what slips into messages of libraries: addresses, phone and card numbers, long text."""
    return LONG_NUMBER.sub("…", MAIL_ADDRESS.sub("…@…", text))[:LONGEST]


def _problem(problem: BaseException) -> dict[str, Any]:
    """Where it happened and the first line of what it says: PostgreSQL quotes values in the later ones."""
    frames = traceback.extract_tb(problem.__traceback__)[-12:]
    text = str(problem).partition("\n")[0]
    return {
        "problem": type(problem).__name__,
        "says": masked(text),
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_NOT_FOR_LOGS = frozenset({"request", "args", "socket", "response"})


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {
        name: masked(value) if isinstance(value, str) else value
        for name, value in vars(record).items()
        if name not in _ORDINARY and name not in _NOT_FOR_LOGS
    }


def _plain(value: object) -> str:
    return masked(str(value))
