"""Where a private cluster lives, and as whom its server runs."""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kefu.database.unusable import Unusable

LONGEST_SOCKET = 107
SOCKET_NAME = ".s.PGSQL.5432"
OUTSIDE = Path("/var/lib/kefu")
# A range that systemd's table of uids leaves unused; inside 65,536, so that user namespaces map it.
UNLISTED = range(60706, 61184)


@dataclass(frozen=True)
class Place:
    folder: Path
    """PostgreSQL's data folder, owned by ``uid``."""
    sockets: Path
    uid: int
    gate: Path
    """Locked for as long as someone starts or stops the server."""
    leases: Path
    """Locked, shared, by everyone who uses the server."""

    @property
    def name(self) -> str:
        return f"kefu-{_digest(self.folder)}"

    @property
    def account(self) -> list[str]:
        """What a command must begin with to run as the server's user."""
        return as_user(self.uid)

    @property
    def os_users(self) -> list[str]:
        """Who may come in by `peer`: whoever starts the server, and its owner if that is a listed account."""
        names = [name for uid in (os.geteuid(), self.uid) if (name := _name(uid))]
        return list(dict.fromkeys(names))


def place(data: Path) -> Place:
    folder = _folder(data)
    return Place(folder, _sockets(folder), _owner(folder), gate(data), data / "postgres.leases")


def gate(data: Path) -> Path:
    return data / "postgres.lock"


def sockets(data: Path) -> Path:
    """Where the cluster in ``data`` listens, if it runs."""
    return _sockets((data.resolve() / "postgres").resolve())


def make_data_folder(data: Path) -> None:
    """As root the server's own user must be able to pass through it; what is inside has modes of its own."""
    try:
        data.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise Unusable(f"The data folder {data} cannot be made: {problem.strerror}.") from problem


def refuse_without_account(place: Place) -> None:
    if not place.os_users:
        raise Unusable(f"The user id {os.geteuid()} has no account, PostgreSQL needs one; set DATABASE_URL.")


def make_sockets(place: Place) -> None:
    """Private to the server's user; a folder that somebody else made beforehand is not used."""
    if len(os.fsencode(place.sockets / SOCKET_NAME)) > LONGEST_SOCKET:
        raise Unusable(f"{place.sockets} is too long for a socket; {LONGEST_SOCKET} bytes are the limit.")
    try:
        place.sockets.mkdir(mode=0o700)
        os.chown(place.sockets, place.uid, place.uid if os.geteuid() == 0 else -1)
    except FileExistsError:
        _check_sockets(place)


def remove_sockets(place: Place) -> None:
    with suppress(OSError):  # a server that did not stop still has its socket there
        place.sockets.rmdir()


def as_user(uid: int) -> list[str]:
    if uid == os.geteuid():
        return []
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs", "--"]


def founder() -> int:
    """`initdb` wants a listed account: as root it runs as nobody, and the files change hands afterwards."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()


def _folder(data: Path) -> Path:
    here = data / "postgres"
    if here.is_symlink():
        return _linked(here)
    if here.exists() or os.geteuid() != 0 or _reaches(_unlisted(), data):
        return here
    return _outside(here)


def _linked(here: Path) -> Path:
    if not here.exists():
        gone = here.readlink()
        raise Unusable(f"{here} points at {gone}, which is gone; bring it back or remove the link.")
    return here.resolve()


def _outside(here: Path) -> Path:
    """Below a closed folder the server's user reaches nothing: the cluster lies outside, behind a link."""
    folder = OUTSIDE / f"{_digest(here)}-{secrets.token_hex(4)}" / "postgres"
    OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder.mkdir(mode=0o711, parents=True)
    here.symlink_to(folder)
    return folder


def _sockets(folder: Path) -> Path:
    name = f"kefu-{_digest(folder)}"
    if os.geteuid() == 0 and os.access("/run", os.W_OK):
        return Path("/run", name)
    return Path("/tmp", f"{name}-{os.geteuid()}")  # noqa: S108 - its owner and mode are checked before use


def _check_sockets(place: Place) -> None:
    found = place.sockets.lstat()
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == place.uid and not found.st_mode & 0o077
    if not private:
        raise Unusable(f"{place.sockets} is somebody else's or open to others; remove it and start again.")


def _owner(folder: Path) -> int:
    if (folder / "PG_VERSION").exists():
        return folder.stat().st_uid
    return _unlisted() if os.geteuid() == 0 else os.geteuid()


def _unlisted() -> int:
    return next(uid for uid in UNLISTED if _name(uid) is None)


def _name(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def _reaches(uid: int, folder: Path) -> bool:
    return subprocess.run([*as_user(uid), "test", "-x", folder], check=False, cwd="/").returncode == 0


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
