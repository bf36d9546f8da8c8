"""The private PostgreSQL: one cluster in the data folder, shared by every start that uses it.

Each user of the cluster holds a lease (a shared lock on a file, so kill -9 gives it back);
the last to leave stops it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, LiteralString, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from kefu.database import binaries, birth, places
from kefu.database.places import Place
from kefu.database.postmaster import Postmaster
from kefu.database.unusable import Unusable
from kefu.lib.progress import progress

KEEPER, OWNER, WEB = "postgres", "kefu", "kefu_web"
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
TEMPLATE: tuple[LiteralString, ...] = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE EXTENSION IF NOT EXISTS unaccent",
    "ALTER DEFAULT PRIVILEGES FOR ROLE kefu GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO kefu_web",
    "ALTER DEFAULT PRIVILEGES FOR ROLE kefu GRANT USAGE, SELECT ON SEQUENCES TO kefu_web",
)


class Lease:
    """The right to use the running cluster, given back by `release` or at the end of a `with`."""

    def __init__(self, place: Place, database: str, held: int) -> None:
        self.place = place
        self.database = database
        self.postmaster = Postmaster(place)
        self._held = held

    def url(self, role: str = WEB) -> str:
        return url(self.place.sockets, self.database, role)

    @property
    def major(self) -> int:
        return binaries.major()

    def alive(self) -> bool:
        return self.postmaster.pid() is not None

    def revive(self) -> None:
        """After somebody killed the server: start it again, for everyone who holds a lease."""
        with _locked(self.place.gate):
            _start(self.postmaster)

    def release(self) -> None:
        """The last to leave stops the server."""
        if self._held >= 0:
            with _locked(self.place.gate):
                self._leave()

    def _leave(self) -> None:
        os.close(self._held)
        self._held = -1
        if _nobody_uses(self.place.leases):
            self.postmaster.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.release()


def running(data: Path, database: str = "kefu") -> Lease:
    """A lease on the cluster in ``data``, made and started as needed, with its roles and ``database``."""
    data = data.resolve()
    places.make_data_folder(data)
    with _locked(places.gate(data)):
        place = places.place(data)
        lease = Lease(place, database, _hold(place.leases))
        try:
            _start(lease.postmaster)
            _furnish(lease)
        except BaseException:
            lease._leave()
            raise
    return lease


def url(sockets: Path, database: str, role: str) -> str:
    return f"postgresql://{role}@/{quote(database, safe='')}?host={quote(str(sockets), safe='')}"


def _start(postmaster: Postmaster) -> None:
    """Only behind the gate."""
    if postmaster.pid() is None:
        place = postmaster.place
        places.refuse_without_account(place)
        if not birth.complete(place):
            with progress("Making a new PostgreSQL data folder"):
                birth.make(place)
        birth.refuse_another_major(place)
        places.make_sockets(place)
        birth.configure(place, [KEEPER, OWNER, WEB])
        with progress("Starting PostgreSQL"):
            postmaster.start()


def _furnish(lease: Lease) -> None:
    with _connected(lease.place, "postgres") as connection:
        _insist_on_durability(connection)
        if not _exists(connection, "SELECT FROM pg_database WHERE datname = %s", lease.database):
            _make_roles(connection)
            _make_template(lease.place)
            made = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(made.format(sql.Identifier(lease.database), sql.Identifier(OWNER)))


def _insist_on_durability(connection: psycopg.Connection[Any]) -> None:
    for setting in DURABLE:
        row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
        if row != ("on",):
            raise Unusable(f"PostgreSQL runs without {setting} and could lose messages; see local.conf.")


def _make_roles(connection: psycopg.Connection[Any]) -> None:
    for role in (OWNER, WEB):
        if not _exists(connection, "SELECT FROM pg_roles WHERE rolname = %s", role):
            made = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS")
            connection.execute(made.format(sql.Identifier(role)))
    connection.execute("GRANT pg_read_all_stats TO kefu, kefu_web")  # the age of the log's horizon


def _make_template(place: Place) -> None:
    """What every database of the cluster begins with, test databases included."""
    with _connected(place, "template1") as connection:
        for statement in TEMPLATE:
            connection.execute(statement)


def _connected(place: Place, database: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url(place.sockets, database, KEEPER), autocommit=True)


def _exists(connection: psycopg.Connection[Any], query: LiteralString, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None


@contextmanager
def _locked(gate: Path) -> Iterator[None]:
    """One start or stop at a time."""
    held = _open(gate)
    try:
        with progress("Waiting for another start or stop"):
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _hold(leases: Path) -> int:
    held = _open(leases)
    fcntl.flock(held, fcntl.LOCK_SH)
    return held


def _nobody_uses(leases: Path) -> bool:
    tried = _open(leases)
    try:
        fcntl.flock(tried, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(tried)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise Unusable(f"{path} cannot be opened ({problem.strerror}); is the folder yours?") from problem
