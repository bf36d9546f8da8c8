"""Keeps child processes running: a small supervisor, and what its children do so as not to outlive it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import NoReturn

LOOK_EVERY = 0.1
LIVED_LONG_ENOUGH = 5.0
LONGEST_PAUSE = 1.5
GRACE = 30.0
WRONG_SETTING = os.EX_CONFIG
PARENT = "KEFU_PARENT"
GATE = "KEFU_GATE"
PR_SET_PDEATHSIG = 1


@dataclass
class Program:
    """What to run. ``keeps`` are open files that the child goes on using, such as a listening socket."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    keeps: tuple[int, ...] = ()
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _started: float = 0.0
    _falls: int = 0
    _due: float = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        self._start({}, self.keeps)

    def start_at_a_gate(self) -> Callable[[], None]:
        """As ``start``, while something that it needs is still being made: it waits where it calls ``pass_the_gate``
        until what is returned here is called. If we end instead, it ends there.
        """
        reading, writing = os.pipe()
        try:
            self._start({GATE: str(reading)}, (*self.keeps, reading))
        finally:
            os.close(reading)

        def open_it() -> None:
            with suppress(BrokenPipeError), os.fdopen(writing, "wb") as gate:
                gate.write(b".")

        return open_it

    def _start(self, more: Mapping[str, str], keeps: tuple[int, ...]) -> None:
        self._started = time.monotonic()
        with _deaf_to_ctrl_c():
            self._process = subprocess.Popen(
                self.command, env={**self.environment, PARENT: str(os.getpid()), **more}, pass_fds=keeps
            )

    def ended(self) -> int | None:
        return self._process.poll() if self._process else None

    def send(self, number: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)

    def start_again(self) -> None:
        """At once the first time; one that falls again and again waits a little longer each time."""
        now = time.monotonic()
        if not self._due:
            self._falls = 0 if now - self._started > LIVED_LONG_ENOUGH else self._falls + 1
            self._due = now + min(LONGEST_PAUSE, 0.2 * (self._falls - 1) if self._falls else 0)
        if now >= self._due:
            self._due = 0.0
            self.start()


class Supervisor:
    """Runs programs until SIGTERM or Ctrl-C; a second one ends them at once."""

    def __init__(self, programs: Sequence[Program], *, look_after: Callable[[], None] | None = None) -> None:
        self.programs = programs
        self._look_after = look_after
        self._asked_to_stop = 0
        self._restart_asked = False

    def run(self) -> int:
        """The exit code: 0 after being asked to stop, else that of the child whose settings are wrong."""
        with _on_signals(self._ask_to_stop):
            for program in self.programs:
                if program.pid is None:
                    program.start()
            code = 0
            while not self._asked_to_stop and not code:
                code = self._keep_running()
                time.sleep(LOOK_EVERY)
            self._stop()
        return code

    def restart(self) -> None:
        """Every child ends gently and begins anew; from any thread."""
        self._restart_asked = True

    def _keep_running(self) -> int:
        if self._restart_asked:
            self._restart_asked = False
            self._tell(signal.SIGTERM)
        for program in self.programs:
            code = program.ended()
            if code == WRONG_SETTING:
                return code
            if code is not None:
                self._start_again(program, code)
        if self._look_after:
            self._look_after()
        return 0

    def _start_again(self, program: Program, code: int) -> None:
        if code not in {0, -signal.SIGTERM} and not program._due:
            print(
                f"{program.name} ended ({_reason(code)}) and is started again.", file=sys.stderr, flush=True
            )
        program.start_again()

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._asked_to_stop += 1

    def _stop(self) -> None:
        self._tell(signal.SIGTERM)
        asked, deadline = self._asked_to_stop, time.monotonic() + GRACE
        while any(program.pid and program.ended() is None for program in self.programs):
            if self._asked_to_stop > asked or time.monotonic() > deadline:
                self._tell(signal.SIGKILL)
            time.sleep(0.02)

    def _tell(self, number: signal.Signals) -> None:
        for program in self.programs:
            program.send(number)


def apart(work: Callable[[], str], *, expected: type[Exception]) -> str:
    """What ``work`` returns, done in a copy of this process that then ends, with everything that it loaded.

    An ``expected`` exception is raised again with its words; any other has shown its trace and ends us too.
    """
    return begun_apart(work, expected=expected)()


def begun_apart(work: Callable[[], str], *, expected: type[Exception]) -> Callable[[], str]:
    """The same, while we go on: the answer waits for it, and is to be called once."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _answer(work, expected, writing)
    os.close(writing)

    def ended() -> str:
        with os.fdopen(reading) as pipe:
            outcome, _, words = pipe.read().partition(":")
        os.waitpid(pid, 0)
        if outcome == "done":
            return words
        if outcome == "stopped":
            raise expected(words)
        sys.exit(1)

    return ended


def _answer(work: Callable[[], str], expected: type[Exception], writing: int) -> NoReturn:
    try:
        with os.fdopen(writing, "w") as pipe:
            try:
                pipe.write(f"done:{work()}")
            except expected as problem:
                pipe.write(f"stopped:{problem}")
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def end_with_the_parent() -> None:
    """Called by a child: when the supervisor is killed, this process is asked to end too."""
    parent = os.environ.get(PARENT)
    if parent is not None:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != int(parent):  # it was killed before we could ask
            sys.exit(0)


def pass_the_gate() -> None:
    """Called by a child: goes on at once, or once the one who started it at a gate has opened that."""
    gate = os.environ.pop(GATE, None)
    if gate is not None:
        with os.fdopen(int(gate), "rb") as waiting:
            if not waiting.read(1):
                sys.exit(0)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """The terminal sends it to the whole group; what begins here waits for the supervisor instead."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _on_signals(heard: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    numbers = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, heard) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _reason(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
