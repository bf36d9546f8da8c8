"""`DATABASE_URL` and what connections made from it may do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from kefu.database import binaries, cluster, places
from kefu.database.unusable import Unusable

SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
DEAD_LINKS = {
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "connect_timeout": 5,
}


@dataclass(frozen=True)
class Limits:
    """In seconds; 0 is none. Waiting for a lock ends before the statement, so the reason is known."""

    statement: float
    lock: float
    transaction: float
    pool: str


PROCESSES = {
    "web": Limits(statement=5, lock=4, transaction=30, pool="1-8"),
    # Four jobs at once, and beside them the readers, the fetching of mail and the making of indexes.
    "worker": Limits(statement=60, lock=5, transaction=120, pool="1-8"),
    "migrate": Limits(statement=0, lock=3, transaction=0, pool="0"),
    "command": Limits(statement=0, lock=10, transaction=0, pool="0"),
}


def databases(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Django's DATABASES. ``KEFU_PROCESS`` (web, worker, migrate, command) says whose limits hold.

    Without `DATABASE_URL` this is the private cluster of the data folder, there while something runs it.
    """
    limits = _limits(environ)
    known = _parsed(_address(environ))
    settings = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": known.pop("dbname"),
        "USER": known.pop("user", ""),
        "PASSWORD": known.pop("password", ""),
        "HOST": known.pop("host", ""),
        "PORT": known.pop("port", ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": DEAD_LINKS | known,
    }
    settings["OPTIONS"] |= {
        "application_name": known.get("application_name", f"kefu {_process(environ)}"),
        "options": " ".join(filter(None, [known.get("options"), *_timeouts(limits, _major(environ))])),
    }
    if pool := _pool(environ.get("KEFU_DB_POOL", limits.pool)):
        settings["OPTIONS"]["pool"] = pool
    return {"default": settings}


def owner_url(environ: Mapping[str, str]) -> str:
    """Whose role migrates: `KEFU_DATABASE_OWNER_URL`, else the one role that `DATABASE_URL` names."""
    return given(environ, "KEFU_DATABASE_OWNER_URL") or _address(environ)


def given(environ: Mapping[str, str], name: str) -> str:
    """The value of ``name``, or what the file says that ``name_FILE`` points at; else nothing."""
    file = environ.get(f"{name}_FILE")
    if not file:
        return environ.get(name, "")
    try:
        return Path(file).read_text().strip()
    except OSError as problem:
        raise Unusable(f"{name}_FILE points at {file}, which cannot be read.") from problem


def data_folder(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("KEFU_DATA") or Path(__file__).resolve().parents[2] / ".kefu").resolve()


def server_major(address: str) -> int:
    """Of the server behind ``address``; one that is too old or does not answer is refused with a sentence."""
    known = _parsed(address)
    try:
        with psycopg.connect(address, connect_timeout=10) as connection:
            binaries.refuse_old(connection.info.server_version)
            return connection.info.server_version // 10000
    except psycopg.OperationalError as problem:
        where = known.get("host") or "the default socket"
        raise Unusable(f"No PostgreSQL to be had at {where}: {_first_line(problem)}") from problem


def _address(environ: Mapping[str, str]) -> str:
    return given(environ, "DATABASE_URL") or _private_address(environ)


def _private_address(environ: Mapping[str, str]) -> str:
    role = cluster.OWNER if _process(environ) == "migrate" else cluster.WEB
    return cluster.url(places.sockets(data_folder(environ)), "kefu", role)


def _parsed(address: str) -> dict[str, Any]:
    if not address.startswith(("postgresql://", "postgres://")):
        raise Unusable("DATABASE_URL must look like postgresql://user:password@host:5432/name.")
    try:
        known = conninfo_to_dict(address)
    except psycopg.ProgrammingError as problem:
        # libpq quotes what it could not read, and that may be the password.
        raise Unusable("DATABASE_URL cannot be read; is its password percent-encoded?") from problem
    return _sensible(known)


def _sensible(known: dict[str, Any]) -> dict[str, Any]:
    if not known.get("dbname"):
        raise Unusable("DATABASE_URL names no database; it must end in /name.")
    if known.get("sslmode", "prefer") not in SSL_MODES:
        modes = ", ".join(sorted(SSL_MODES))
        raise Unusable(f"DATABASE_URL: sslmode must be one of {modes}, not {known['sslmode']!r}.")
    for port in str(known.get("port") or "5432").split(","):
        if not (port.isdigit() and 0 < int(port) < 65536):
            raise Unusable(f"DATABASE_URL: the port must be a number from 1 to 65535, not {port!r}.")
    return known


def _process(environ: Mapping[str, str]) -> str:
    name = environ.get("KEFU_PROCESS", "command")
    if name not in PROCESSES:
        raise Unusable(f"KEFU_PROCESS must be one of {', '.join(PROCESSES)}, not {name!r}.")
    return name


def _limits(environ: Mapping[str, str]) -> Limits:
    usual = PROCESSES[_process(environ)]
    return Limits(
        statement=_seconds(environ, "KEFU_DB_STATEMENT_TIMEOUT", usual.statement),
        lock=_seconds(environ, "KEFU_DB_LOCK_TIMEOUT", usual.lock),
        transaction=_seconds(environ, "KEFU_DB_TRANSACTION_TIMEOUT", usual.transaction),
        pool=usual.pool,
    )


def _seconds(environ: Mapping[str, str], name: str, usual: float) -> float:
    value = environ.get(name, "")
    if not re.fullmatch(r"(\d+(\.\d+)?)?", value):
        raise Unusable(f"{name} must be a number of seconds, not {value!r}.")
    return float(value) if value else usual


def _major(environ: Mapping[str, str]) -> int:
    """Told by whoever started this process and has asked the server; unknown counts as the oldest."""
    value = environ.get("KEFU_DB_MAJOR", "")
    return int(value) if value.isdigit() else binaries.OLDEST


def _timeouts(limits: Limits, major: int) -> list[str]:
    whole = "transaction_timeout" if major >= 17 else "idle_in_transaction_session_timeout"
    named = {"statement_timeout": limits.statement, "lock_timeout": limits.lock, whole: limits.transaction}
    return [f"-c {name}={int(seconds * 1000)}" for name, seconds in named.items()]


def _pool(value: str) -> dict[str, Any] | None:
    """`2-10` connections for each process; `0` is none, each thread then keeps its own."""
    if value == "0":
        return None
    found = re.fullmatch(r"(\d+)-(\d+)", value)
    if found is None or not 0 < max(1, int(found[1])) <= int(found[2]):
        raise Unusable(f"KEFU_DB_POOL must be two numbers such as 2-10, or 0 for no pool, not {value!r}.")
    return {"min_size": int(found[1]), "max_size": int(found[2]), "timeout": 5, "max_waiting": 200}


def _first_line(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or ["no answer"])[0]
