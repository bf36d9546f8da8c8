"""`kefu up`, `web`, `worker` and `migrate`."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing

from kefu.cli import preparing
from kefu.cli.desk import Desk, opened
from kefu.database.unusable import Unusable
from kefu.lib.processes import Program, Supervisor

FIRST_PORT = 8000
PORTS_TRIED = 100
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what to ask when one listens everywhere


def up(chosen: argparse.Namespace) -> int:
    if chosen.demo:
        os.environ["KEFU_DEMO"] = "yes"
        os.environ.setdefault("KEFU_LOG_LEVEL", "WARNING")  # the addresses shall stay in sight
    if chosen.reload:
        os.environ["KEFU_DEVELOPMENT"] = "yes"
    with opened() as desk, closing(_listening(chosen, next_free=chosen.demo)) as listening:
        web_programs = _web_programs(desk, listening, chosen.workers)
        preparing.compile_messages()  # what is imported at the gate speaks already
        gates = [program.start_at_a_gate() for program in web_programs]
        words = preparing.everything(desk, demo=chosen.demo)
        for open_gate in gates:
            open_gate()
        programs = [*web_programs, _worker_program(desk)]
        supervisor = Supervisor(programs, look_after=desk.look_after)
        _once_it_answers(listening, words)
        if chosen.reload:
            _watch_sources(supervisor.restart)
        return supervisor.run()


def web(chosen: argparse.Namespace) -> int:
    with opened() as desk, closing(_listening(chosen, next_free=False)) as listening:
        words = preparing.files(desk)
        programs = _web_programs(desk, listening, chosen.workers)
        _once_it_answers(listening, words)
        return Supervisor(programs, look_after=desk.look_after).run()


def worker(chosen: argparse.Namespace) -> int:
    with opened() as desk:
        return Supervisor([_worker_program(desk)], look_after=desk.look_after).run()


def migrate(chosen: argparse.Namespace) -> int:
    with opened() as desk:
        desk.enter("migrate")
        preparing.bring_tables_up_to_date()
    return 0


def _web_programs(desk: Desk, listening: socket.socket, count: int) -> list[Program]:
    if count < 1:
        raise Unusable("--workers must be at least 1.")
    number = listening.fileno()
    command = [sys.executable, "-m", "kefu", "web-process", str(number)]
    environment = desk.environment("web")
    return [Program(f"web {place}", command, environment, keeps=(number,)) for place in range(1, count + 1)]


def _worker_program(desk: Desk) -> Program:
    command = [sys.executable, "-m", "kefu", "worker-process"]
    return Program("worker", command, desk.environment("worker"))


def _listening(chosen: argparse.Namespace, *, next_free: bool) -> socket.socket:
    """Held by the supervisor: whoever comes while a child is started again waits and is not refused."""
    asked = _port("--port", chosen.port) or _port("KEFU_PORT", os.environ.get("KEFU_PORT", ""))
    if asked or not next_free:
        listening = _bound(chosen.host, asked or FIRST_PORT)
    else:
        listening = _first_free(chosen.host)
    os.environ["KEFU_PORT"] = str(listening.getsockname()[1])
    return listening


def _port(name: str, value: str) -> int | None:
    if value and not (value.isascii() and value.isdigit() and 0 < int(value[:9]) < 65536):
        raise Unusable(f"{name} must be a port from 1 to 65535, not {value!r}.")
    return int(value) if value else None


def _first_free(host: str) -> socket.socket:
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        try:
            return _bound(host, port)
        except Unusable:
            continue
    raise Unusable(
        f"None of the ports {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} is free; set KEFU_PORT."
    )


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as problem:
        raise Unusable(
            f"{host}:{port} cannot be listened on ({problem.strerror}); choose another --port."
        ) from problem
    listening.set_inheritable(True)
    return listening


def _once_it_answers(listening: socket.socket, words: str) -> None:
    host, port = listening.getsockname()[:2]
    host = WILDCARDS.get(host, host)
    address = f"http://[{host}]:{port}/healthz" if ":" in host else f"http://{host}:{port}/healthz"
    threading.Thread(target=_wait_then_tell, args=(address, words), daemon=True).start()


def _wait_then_tell(address: str, words: str) -> None:
    while not _answers(address):
        time.sleep(0.05)
    print(words, flush=True)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10):  # noqa: S310 - our own address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _watch_sources(changed: Callable[[], None]) -> None:
    from watchfiles import PythonFilter, watch

    wanted = PythonFilter(extra_extensions=(".html", ".po", ".txt"))

    def watching() -> None:
        for _ in watch(preparing.SOURCES, watch_filter=wanted):
            preparing.compile_messages()
            changed()

    threading.Thread(target=watching, daemon=True).start()
