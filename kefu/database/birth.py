"""Making a cluster's folder, and the configuration it is given at every start."""

from __future__ import annotations

import locale
import os
import shutil
import subprocess
from pathlib import Path

from kefu.database import binaries, places
from kefu.database.places import Place
from kefu.database.postmaster import QUIET_ENVIRONMENT
from kefu.database.unusable import Unusable

CONFIGURATION = """\
# Written by Kefu at every start; what you want otherwise belongs in local.conf beside this file.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
cluster_name = '{name}'
max_connections = 100
shared_buffers = 128MB
random_page_cost = 1.1
jit = off
max_wal_size = 1GB
timezone = 'UTC'
log_timezone = 'UTC'
# What a failed statement or a taken key contains is personal; only the server's own doings are logged.
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_checkpoints = off
include_if_exists = 'local.conf'
"""


def complete(place: Place) -> bool:
    return (place.folder / "PG_VERSION").exists()


def make(place: Place) -> None:
    """Made beside and moved into place when whole: a start killed half-way leaves nothing half-made."""
    fresh = place.folder.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    founder = places.founder()
    os.chown(fresh, founder, -1)
    _initdb(fresh, founder)
    _hand_over(fresh, place.uid)
    fresh.rename(place.folder)


def refuse_another_major(place: Place) -> None:
    theirs = (place.folder / "PG_VERSION").read_text().strip()
    if theirs != str(binaries.major()):
        raise Unusable(
            f"{place.folder} was made by PostgreSQL {theirs} and this Kefu brings {binaries.major()}: "
            "make a backup with the Kefu that wrote it, then restore it here into an empty data folder."
        )


def configure(place: Place, roles: list[str]) -> None:
    """Sockets only, and by `peer`: the system says who comes, the map which roles that account may take."""
    _write(place, "postgresql.conf", CONFIGURATION.format(sockets=place.sockets, name=place.name))
    _write(place, "pg_hba.conf", "local all all peer map=kefu\n")
    pairs = [f'kefu "{user}" {role}\n' for user in place.os_users for role in roles]
    _write(place, "pg_ident.conf", "".join(pairs))


def _initdb(fresh: Path, founder: int) -> None:
    account = places.as_user(founder)
    made = subprocess.run(
        [*account, binaries.programs_for(account) / "initdb", "-D", fresh, *_initdb_choices()],
        env=QUIET_ENVIRONMENT,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise Unusable(f"PostgreSQL's data folder cannot be made: {made.stderr.strip().splitlines()[-1]}")


def _initdb_choices() -> list[str]:
    """Code-point order and Unicode's own case rules: the same everywhere and after every upgrade."""
    return [
        "--username=postgres",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        f"--lc-ctype={_ctype()}",
        "--auth-local=peer",
        "--auth-host=reject",
        "--no-instructions",
    ]


def _ctype() -> str:
    """pg_trgm asks the C library what a letter is; in plain C it would drop every Chinese one."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        return locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)


def _hand_over(folder: Path, uid: int) -> None:
    if folder.stat().st_uid != uid:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, uid, uid, follow_symlinks=False)


def _write(place: Place, name: str, text: str) -> None:
    fresh = place.folder / f"{name}.new"
    fresh.unlink(missing_ok=True)
    # The folder is the server's: as root we follow no link that it could have left there.
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as file:
        os.fchown(file.fileno(), place.uid, -1)
        file.write(text)
    fresh.rename(place.folder / name)
