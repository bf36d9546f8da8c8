from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpcore
import pytest

from kefu.lib import hosts, http
from kefu.lib.http import Refused, Unanswered

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Here: yes\r\n\r\nhello"
FORMS = [
    *(
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "0",
        "0.0.0.0",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
    ),
    *(
        "127.0.0.1.",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "127.255.255.254",
        "１２７.0.0.1",
        "①②⑦.0.0.1",
        "127。0。0。1",
    ),
    *(
        "10.0.0.1",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "192.168.255.255",
        "100.64.0.1",
    ),
    *(
        "100.127.255.255",
        "169.254.169.254",
        "169.254.170.2",
        "2852039166",
        "0xa9fea9fe",
        "192.0.0.1",
        "192.0.2.1",
    ),
    *(
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
    ),
    *("255.255.255.255", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
    *(
        "[::ffff:10.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::1]",
    ),
    *(
        "[2002:7f00:1::]",
        "[2001::1]",
        "[2001:db8::1]",
        "[fc00::1]",
        "[fd00::1]",
        "[fe80::1]",
        "[fe80::1%25lo]",
    ),
    *("[fec0::1]", "[ff02::1]", "user@127.0.0.1", "example.com@127.0.0.1", "example.com:pw@example.com"),
]


@pytest.mark.parametrize("host", FORMS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_way_of_writing_an_inner_address_gets_through(scheme: str, host: str) -> None:
    url = f"{scheme}://{host}/x"
    with pytest.raises(Refused):
        http.check(url)
    with pytest.raises(Refused):
        http.request("GET", url)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "example",
            "//example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://example.com/_x",
        ),
        *("javascript:alert(1)", "data:,x", "http://", "http:///x", "https://:443/", "http://exa mple.com/"),
        *(
            "http://example.com\\@127.0.0.1/",
            "http://example.com\r\nHost: x/",
            "http://[::1",
            "http://a:b:c/",
        ),
        *("http://example.com:99999/", "http://1.1.1.1:22/", "http://1.1.1.1:25/", "https://1.1.1.1:6379/"),
    ],
)
def test_only_web_addresses_on_web_ports_are_allowed(url: str) -> None:
    with pytest.raises(Refused):
        http.check(url)


@pytest.mark.parametrize(
    "url", ["http://1.1.1.1/", "https://1.1.1.1:8443/x?y=z", "https://[2606:4700::1111]/"]
)
def test_a_public_address_is_allowed(url: str) -> None:
    http.check(url)


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "_resolved", lambda host, port: ["1.1.1.1", "10.0.0.1"])
    with pytest.raises(Refused):
        http.check("https://example.com/")


def test_a_name_without_an_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "_resolved", lambda host, port: [])
    with pytest.raises(Refused):
        http.request("GET", "https://example.com/")


def test_a_name_that_answers_differently_the_second_time_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([["1.1.1.1"], ["127.0.0.1"]])
    connected: list[str] = []

    def connect(self: Any, host: str, port: int, **_: Any) -> Any:
        connected.append(host)
        raise ConnectionRefusedError

    monkeypatch.setattr(hosts, "_resolved", lambda host, port: next(answers))
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(Unanswered):
        http.request("GET", "http://rebinding.example/")
    assert connected == ["1.1.1.1"]


def test_a_name_server_that_hangs_does_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "_resolved", lambda host, port: time.sleep(3))
    began = time.monotonic()
    with pytest.raises(Unanswered):
        http.request("GET", "http://example.com/", seconds=0.2)
    with pytest.raises(Refused):
        http.check("http://example.com/", seconds=0.2)
    assert time.monotonic() - began < 2


@pytest.fixture
def inside(settings: Any) -> None:
    settings.KEFU_OUTBOUND_NETWORKS = ["127.0.0.0/8"]


@pytest.mark.usefixtures("inside")
class TestTowardsAServerInANetworkThatTheSettingsOpen:
    def test_the_answer_comes_back(self, server: Server) -> None:
        answer = http.request("POST", server(OK), headers={"X-Kefu": "1"}, content=b'{"a":1}')
        assert (answer.status, answer.body, answer.headers["x-here"]) == (200, b"hello", "yes")
        sent = server.received[0]
        assert sent.startswith(b"POST /hook HTTP/1.1\r\n")
        assert sent.endswith(b'\r\n\r\n{"a":1}')
        assert b"X-Kefu: 1\r\n" in sent
        assert b"Host: 127.0.0.1:" in sent

    def test_a_redirect_is_an_answer_and_is_not_followed(self, server: Server) -> None:
        target = server(OK)
        moved = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
        assert http.request("GET", server(moved)).status == 302
        assert len(server.received) == 1

    def test_an_answer_that_does_not_end_is_cut_off(self, server: Server) -> None:
        url = server(b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 3_000_000)
        with pytest.raises(Unanswered):
            http.request("GET", url)

    @pytest.mark.parametrize(
        "start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"]
    )
    def test_an_answer_in_drops_is_cut_off_by_the_one_time_limit(self, server: Server, start: bytes) -> None:
        url = server(start, drops=40)
        began = time.monotonic()
        with pytest.raises(Unanswered):
            http.request("GET", url, seconds=0.5)
        assert time.monotonic() - began < 1.5

    @pytest.mark.parametrize(
        "answer", [b"", b"rubbish\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"]
    )
    def test_a_broken_answer_is_no_answer(self, server: Server, answer: bytes) -> None:
        with pytest.raises(Unanswered):
            http.request("GET", server(answer))

    def test_nobody_there_is_no_answer(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        with pytest.raises(Unanswered):
            http.request("GET", f"http://127.0.0.1:{port}/")

    def test_a_proxy_in_the_environment_is_not_used(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        assert http.request("GET", server(OK)).status == 200

    def test_a_header_cannot_smuggle_another(self, server: Server) -> None:
        with pytest.raises((Unanswered, ValueError)):
            http.request("GET", server(OK), headers={"X-A": "1\r\nX-B: 2"})
        assert b"X-B" not in b"".join(server.received)


class Server:
    """Says what it was told to whoever connects, and remembers what it heard."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self._sockets: list[socket.socket] = []

    def __call__(self, answer: bytes, *, drops: int = 0) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        self._sockets.append(listening)
        threading.Thread(target=self._serve, args=(listening, answer, drops), daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/hook"

    def _serve(self, listening: socket.socket, answer: bytes, drops: int) -> None:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(0.1)
            self.received.append(self._heard(connection.recv))
            try:
                connection.sendall(answer)
                for _ in range(drops):
                    connection.sendall(b"X")
                    time.sleep(0.1)
            except OSError:
                return

    def _heard(self, receive: Callable[[int], bytes]) -> bytes:
        heard = b""
        try:
            while piece := receive(65_536):
                heard += piece
        except TimeoutError:
            pass
        return heard

    def close(self) -> None:
        for each in self._sockets:
            each.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()
