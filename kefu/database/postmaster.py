"""The server process of a private cluster: is it there, start it, stop it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from kefu.database import binaries, places
from kefu.database.places import SOCKET_NAME, Place
from kefu.database.unusable import Unusable

ORPHANS_MAY_FINISH = 5.0
STARTING_MAY_TAKE = 600.0
STOPPING_MAY_TAKE = 30.0
NO_SUCH_PID = 2**31 - 1
QUIET_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}


@dataclass
class Postmaster:
    place: Place
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def pid(self) -> int | None:
        """Of the running server. The pid file alone says little: kill -9 leaves it, and numbers return."""
        noted = self._noted()
        pid = int(noted[0]) if noted and noted[0].strip().isdigit() else None
        return pid if pid and self._is_ours(pid) else None

    def start(self) -> None:
        self._clear_away()
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                [*self.place.account, *self._command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=QUIET_ENVIRONMENT,
                start_new_session=True,  # Ctrl-C is for the starts; the last of them stops the server
            )
        self._wait_until_ready(self._child)

    def stop(self) -> None:
        """Fast: whoever is still connected is sent away, nothing committed is lost."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, signal.SIGINT)
            if not self._gone_within(STOPPING_MAY_TAKE, pid):
                os.kill(pid, signal.SIGQUIT)
                self._gone_within(STOPPING_MAY_TAKE, pid)
            places.remove_sockets(self.place)

    @property
    def _log(self) -> Path:
        return self.place.folder.with_name("postgres.log")

    def _command(self) -> list[str]:
        return [str(binaries.programs_for(self.place.account) / "postgres"), "-D", str(self.place.folder)]

    def _noted(self) -> list[str]:
        try:
            return (self.place.folder / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _is_ours(self, pid: int) -> bool:
        words = _command_line(pid).rstrip("\0").split("\0")
        return len(words) == 3 and Path(words[0]).name == "postgres" and words[2] == str(self.place.folder)

    def _clear_away(self) -> None:
        """What a kill -9 left: backends that still finish, and a pid file that may name another program."""
        deadline = time.monotonic() + ORPHANS_MAY_FINISH
        while (orphans := self._orphans()) and time.monotonic() < deadline:
            time.sleep(0.05)
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)
        self._disown_the_pid()
        for left in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (self.place.sockets / left).unlink(missing_ok=True)

    def _orphans(self) -> list[int]:
        ours = f"postgres: {self.place.name}: "
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [pid for pid in pids if _command_line(pid).startswith(ours)]

    def _disown_the_pid(self) -> None:
        # The rest stays: by the shared memory key in it PostgreSQL notices backends that outlived the server.
        noted = self._noted()
        if noted and noted[0].strip().isdigit():
            held = os.open(self.place.folder / "postmaster.pid", os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
            with os.fdopen(held, "w") as file:
                file.write("\n".join([str(NO_SUCH_PID), *noted[1:], ""]))

    def _wait_until_ready(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + STARTING_MAY_TAKE
        while not self._ready(child.pid):
            if child.poll() is not None or time.monotonic() > deadline:
                raise Unusable(f"PostgreSQL does not start: {self._last_words()}")
            time.sleep(0.01)

    def _ready(self, pid: int) -> bool:
        noted = self._noted()
        return len(noted) > 7 and noted[0] == str(pid) and noted[7].strip() == "ready"

    def _gone_within(self, seconds: float, pid: int) -> bool:
        deadline = time.monotonic() + seconds
        while self._is_ours(pid) and time.monotonic() < deadline:
            if self._child is not None:
                self._child.poll()
            time.sleep(0.01)
        return not self._is_ours(pid)

    def _last_words(self) -> str:
        told = self._log.read_text(errors="replace").strip().splitlines()
        reasons = [line for line in told if "FATAL" in line or "PANIC" in line]
        return (reasons or told or ["it says no word why."])[-1]


def _command_line(pid: int) -> str:
    """Readable for everyone, unlike the program's path, which root in a container may not see."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
