"""A payment provider on loopback that follows a script and calls back when it is told to.

    with ScriptedServer(notify_url=door) as server:
        server.script("R-1", Do.LOSE)  # pays, and the answer never comes
        answer = Scripted(server.settings()).refund(order)
        server.deliver(times=2, backwards=True)

``KEFU_OUTBOUND_NETWORKS`` must open 127.0.0.0/8 to whoever asks it.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import httpx

from kefu.claims.providers import signatures
from kefu.claims.providers.contract import ABSENT, State
from kefu.claims.providers.exchange import members
from kefu.claims.providers.scripted import SIGNATURE, Settings
from kefu.claims.providers.scripted_ledger import Entry, Ledger, Sending


class Do(StrEnum):
    """What happens to one sending, or to one question."""

    SUCCEED = "succeed"
    PEND = "pend"  # until ``settle``
    BECOME_ABNORMAL = "become_abnormal"
    CLOSE = "close"
    FAIL = "fail"  # refused: no money moves
    LOSE = "lose"  # paid, but the connection breaks before the answer
    TIME_OUT = "time_out"  # not taken, and no answer until the caller gives up
    PAGE = "page"  # not taken: some proxy answers 200 with HTML
    STUMBLE = "stumble"  # not taken: 500


@dataclass(frozen=True)
class Callback:
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """``status`` 0: the connection is cut, at once or when nobody waits any more."""

    status: int
    body: bytes = b""
    waits: bool = False


class ScriptedServer:
    """Threads may share it. A number without a script simply succeeds."""

    def __init__(self, *, notify_url: str = "", secret: str = "", port: int = 0) -> None:
        self.secret = secret or secrets.token_hex(16)
        self.notify_url = notify_url
        self.sent: list[str] = []  # every number that arrived, each time it did
        self._ledger = Ledger()
        self._scripts: dict[tuple[str, bool], list[Do]] = {}
        self._callbacks: list[Callback] = []
        self._lock = threading.RLock()
        self._server = _Server(self, port)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def settings(self, *, seconds: float = 20) -> Settings:
        return Settings(self.url, self.secret, str(seconds))

    def script(self, request_no: str, *steps: Do, asking: bool = False) -> None:
        """One step each time the number is sent (or asked about); afterwards all goes well."""
        with self._lock:
            self._scripts[request_no, asking] = list(steps)

    def settle(self, request_no: str, state: State, code: str = "") -> None:
        """What a bank decides some days later, and the callback about it."""
        with self._lock:
            entry = self.entry(request_no)
            entry.state, entry.code = state, code
            self.announce(request_no)

    def announce(self, request_no: str, state: State | None = None) -> None:
        """A callback about a number as it stands, or late news of how it once stood."""
        with self._lock:
            told = self.entry(request_no).told() | {"event_id": f"ev_{secrets.token_hex(8)}"}
            body = json.dumps(told if state is None else told | {"state": state}).encode()
            headers = {SIGNATURE: signatures.stamped(self.secret, body), "Content-Type": "application/json"}
            self._callbacks.append(Callback(headers, body))

    def callbacks(self) -> list[Callback]:
        """Takes those not delivered yet, oldest first."""
        with self._lock:
            waiting, self._callbacks = self._callbacks, []
            return waiting

    def deliver(self, *, times: int = 1, backwards: bool = False) -> list[int]:
        """Calls back at ``notify_url`` and tells the statuses it got."""
        waiting = self.callbacks()
        ordered = waiting[::-1] if backwards else waiting
        with httpx.Client(trust_env=False, timeout=20) as client:
            return [
                client.post(self.notify_url, content=each.body, headers=each.headers).status_code
                for each in ordered
                for _ in range(times)
            ]

    def entry(self, request_no: str) -> Entry:
        """``KeyError`` for a number that never arrived, or was refused."""
        with self._lock:
            found = self._ledger.find(request_no)
            if found is None:
                raise KeyError(request_no)
            return found

    def moved(self, payment_ref: str) -> int:
        with self._lock:
            return self._ledger.moved(payment_ref)

    def take(self, sending: Sending) -> Reply:
        with self._lock:
            self.sent.append(sending["request_no"])
            step = self._next(sending["request_no"], asking=False)
            if step in _FAULTS:
                return _FAULTS[step]
            if step == Do.FAIL:
                return _said(422, {"code": "refused_by_script"})
            entered = self._ledger.enter(sending, _STATES[step])
            if isinstance(entered, str):
                return _said(422, {"code": entered})
            return Reply(0) if step == Do.LOSE else _said(200, entered.told())

    def ask(self, request_no: str) -> Reply:
        with self._lock:
            step = self._next(request_no, asking=True)
            if step in _FAULTS:
                return _FAULTS[step]
            found = self._ledger.find(request_no)
            return _said(200, found.told()) if found else _said(404, {"code": ABSENT})

    def redirect(self, request_no: str) -> Reply:
        with self._lock:
            found = self._ledger.find(request_no)
            if found is None or found.state != State.ABNORMAL:
                return _said(422, {"code": "not_abnormal"})
            found.state = State.PROCESSING
            return _said(200, found.told())

    def _next(self, request_no: str, *, asking: bool) -> Do:
        steps = self._scripts.get((request_no, asking))
        return steps.pop(0) if steps else Do.SUCCEED


def _said(status: int, told: dict[str, object]) -> Reply:
    return Reply(status, json.dumps(told).encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, provider: ScriptedServer, port: int) -> None:
        self.provider = provider
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._say(self.server.provider.ask(self._number()) if self._is_known() else Reply(401))

    def do_POST(self) -> None:
        told: Any = members(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if not self._is_known():
            self._say(Reply(401))
        elif self.path.endswith("/redirect"):
            self._say(self.server.provider.redirect(self._number()))
        else:
            self._say(self.server.provider.take(told))

    def _is_known(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.server.provider.secret}"

    def _number(self) -> str:
        return self.path.split("/")[2]

    def _say(self, reply: Reply) -> None:
        if reply.waits:
            self.server.closing.wait(60)
        if reply.status == 0:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(reply.status)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: Any) -> None:
        """Nothing on the screen."""


_STATES = {
    Do.SUCCEED: State.SUCCEEDED,
    Do.LOSE: State.SUCCEEDED,
    Do.PEND: State.PROCESSING,
    Do.BECOME_ABNORMAL: State.ABNORMAL,
    Do.CLOSE: State.CLOSED,
}
_FAULTS = {
    Do.TIME_OUT: Reply(0, waits=True),
    Do.PAGE: Reply(200, b"<html><body>Please wait</body></html>"),
    Do.STUMBLE: Reply(500),
}
