"""Where measuring takes place: a cluster away from the demo's, a fresh database, real web processes."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql

from kefu.database import cluster

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("KEFU_BENCH_DATA", ROOT / ".kefu" / "bench")).resolve()

_MIGRATE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "kefu.settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, skip_checks=True)
from kefu.events import era
era.settle()
"""


def raise_open_files() -> None:
    """Ten thousand screens are twenty thousand sockets, half of them in the process that opens them."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Ground:
    """A migrated database in the bench's cluster. With ``keep`` the one of the run before is taken."""

    def __init__(self, lease: cluster.Lease, database: str, *, keep: bool = False) -> None:
        self.lease, self.database = lease, database
        if not (keep and self._is_there()):
            self.make_anew()

    def url(self, role: str = cluster.WEB) -> str:
        return cluster.url(self.lease.place.sockets, self.database, role)

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DATABASE_URL": self.url(),
            "KEFU_DATABASE_OWNER_URL": self.url(cluster.OWNER),
            "KEFU_DB_MAJOR": str(self.lease.major),
            "KEFU_DATA": str(DATA / "desk"),
            "KEFU_LIVE_RATE": "1000000",
            "KEFU_LIVE_BURST": "1000000",
            "KEFU_LOG_LEVEL": "ERROR",
        }

    def adopt(self) -> None:
        """Make this process a part of the desk: Django's settings point at this database from here on."""
        os.environ.update(self.environment())
        os.environ["DJANGO_SETTINGS_MODULE"] = "kefu.settings"
        import django

        django.setup()

    def make_anew(self) -> None:
        name = sql.Identifier(self.database)
        with self._keeper() as db:
            db.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            db.execute(sql.SQL("CREATE DATABASE {} OWNER kefu").format(name))
        migrating = self.environment() | {"DATABASE_URL": self.url(cluster.OWNER), "KEFU_PROCESS": "migrate"}
        subprocess.run([sys.executable, "-c", _MIGRATE], check=True, cwd=ROOT, env=migrating)

    def _is_there(self) -> bool:
        with self._keeper() as db:
            found = db.execute("SELECT FROM pg_database WHERE datname = %s", [self.database]).fetchone()
        return found is not None

    def _keeper(self) -> psycopg.Connection[tuple[object, ...]]:
        keeper = cluster.url(self.lease.place.sockets, "postgres", cluster.KEEPER)
        return psycopg.connect(keeper, autocommit=True)


@contextmanager
def ground(database: str = "bench", *, keep: bool = False) -> Iterator[Ground]:
    DATA.mkdir(parents=True, exist_ok=True)
    with cluster.running(DATA) as lease:
        yield Ground(lease, database, keep=keep)


@contextmanager
def web(where: Ground, *, workers: int = 1, **environment: str) -> Iterator[tuple[int, int]]:
    """A desk that serves; gives its port and its process id."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "kefu", "web", "--port", str(port), "--workers", str(workers)],
        cwd=ROOT,
        env=where.environment()
        | {"KEFU_PORT": str(port), "KEFU_BASE_URL": f"http://localhost:{port}", "KEFU_PROCESS": "web"}
        | environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(port, process)
        yield port, process.pid
    finally:
        ended(process)


def ended(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_ready(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> float:
    """Until it serves; answers how long that took."""
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        if process.poll() is not None:
            raise SystemExit("the desk stopped while starting")
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return time.monotonic() - began
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise SystemExit("the desk did not come up")


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    children: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has just ended
            children += map(int, thread.read_text().split())
    return [pid, *[one for child in children for one in family(child)]]


def resident_kb(pid: int) -> int:
    """What the fattest of a process's family holds in memory: of a desk with one worker, that worker."""
    return max(_resident_kb(one) for one in family(pid))


def _resident_kb(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0  # it has just ended
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024
