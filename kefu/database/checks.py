"""What `kefu doctor` and the metrics ask about a database and the machine beneath it."""

from __future__ import annotations

import resource
import shutil
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg

from kefu.database import binaries
from kefu.database.cluster import DURABLE

LONGEST_HORIZON = 60
LEAST_SPACE = 2 * 1024**3
LEAST_OPEN_FILES = 4096


class Health(StrEnum):
    GOOD = "ok"
    DOUBTFUL = "warning"
    BAD = "problem"


@dataclass(frozen=True)
class Finding:
    health: Health
    sentence: str


def of_the_server(connection: psycopg.Connection[Any]) -> list[Finding]:
    return [_version(connection), *_durability(connection), _role(connection), _horizon(connection)]


def of_the_machine(data: Path) -> list[Finding]:
    return [_space(data), _open_files()]


def of_the_keys(keys: Path) -> Finding:
    ring = keys / "keyring.json"
    if not ring.exists():
        return Finding(Health.DOUBTFUL, f"There is no key ring in {keys} yet; it is made at the first start.")
    if stat.S_IMODE(ring.stat().st_mode) & 0o077:
        return Finding(Health.BAD, f"The key ring {ring} can be read by others: run chmod 600 on it.")
    return Finding(
        Health.GOOD, f"The key ring {ring} is there and private; is there a copy apart from the data?"
    )


def horizon_age(connection: psycopg.Connection[Any]) -> float | None:
    """Seconds that the oldest running writer holds back all readers; None if this role may not see it."""
    connection.execute("SELECT pg_stat_clear_snapshot()")
    row = connection.execute(
        "SELECT count(*), extract(epoch FROM clock_timestamp() - min(xact_start))"
        " FROM pg_locks LEFT JOIN pg_stat_activity USING (pid)"
        " WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock'"
        " AND pid IS DISTINCT FROM pg_backend_pid()"
    ).fetchone()
    writers, age = row or (0, None)
    if not writers:
        return 0.0
    return None if age is None else float(age)


def _version(connection: psycopg.Connection[Any]) -> Finding:
    version = connection.info.server_version
    told = f"PostgreSQL {version // 10000}.{version % 10000}"
    if version < binaries.OLDEST * 10000:
        return Finding(Health.BAD, f"{told} is too old; Kefu needs {binaries.OLDEST} or newer.")
    if version < 170000:
        return Finding(Health.DOUBTFUL, f"{told} cannot limit whole transactions; 17 or newer can.")
    return Finding(Health.GOOD, f"{told}.")


def _durability(connection: psycopg.Connection[Any]) -> list[Finding]:
    off = [name for name in DURABLE if _shown(connection, name) == "off"]
    if not off:
        return [Finding(Health.GOOD, "What is acknowledged is on the disk.")]
    return [Finding(Health.BAD, f"{name} is off: acknowledged messages can be lost.") for name in off]


def _shown(connection: psycopg.Connection[Any], setting: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
    return str(row[0]) if row else ""


def _role(connection: psycopg.Connection[Any]) -> Finding:
    row = connection.execute(
        "SELECT current_user, rolsuper, pg_catalog.pg_get_userbyid(datdba) = current_user"
        " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"
    ).fetchone()
    role, superuser, owner = row or ("?", True, True)
    if superuser:
        return Finding(Health.BAD, f"The web role {role} is a superuser; give it a role that is none.")
    if owner:
        return Finding(
            Health.DOUBTFUL, f"The web role {role} owns the database; set KEFU_DATABASE_OWNER_URL."
        )
    return Finding(Health.GOOD, f"The web role {role} owns nothing and is no superuser.")


def _horizon(connection: psycopg.Connection[Any]) -> Finding:
    age = horizon_age(connection)
    if age is None:
        return Finding(
            Health.DOUBTFUL, "Something writes in this cluster, and this role may not see for how long."
        )
    if age > LONGEST_HORIZON:
        return Finding(
            Health.BAD, f"A transaction has been writing for {age:.0f} s and holds back all readers."
        )
    return Finding(Health.GOOD, f"The oldest writing transaction is {age:.0f} s old.")


def _space(data: Path) -> Finding:
    free = shutil.disk_usage(data).free
    told = f"{free / 1024**3:.1f} GiB are free where {data} is."
    return Finding(Health.GOOD if free >= LEAST_SPACE else Health.BAD, told)


def _open_files() -> Finding:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    told = f"A process may open {most} files; each live screen needs one."
    return Finding(Health.GOOD if most >= LEAST_OPEN_FILES else Health.DOUBTFUL, told)
