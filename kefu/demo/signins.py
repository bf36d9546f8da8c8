"""The demo's password: made for this data folder and kept in it, so that it can be printed at every start."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password

from kefu.demo.cast import COLLEAGUES
from kefu.people.models import Staff

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


@dataclass(frozen=True, slots=True)
class SignIn:
    role: str
    name: str
    email: str
    password: str


def sign_ins() -> list[SignIn]:
    """One password for all roles: they are told apart by their address. A lost file means a new password."""
    password = _kept() or _renew()
    return [
        SignIn(str(colleague.role.value), colleague.name, colleague.email, password)
        for colleague in COLLEAGUES
    ]


def new_password() -> tuple[str, str]:
    """Kept in the file, and its hash; hashed once, since nine times argon2 would be half of the start."""
    password = "-".join([_syllables(3), _syllables(3), _syllables(3), str(secrets.randbelow(900) + 100)])
    fresh = _file().with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"password": password}, file)
    fresh.replace(_file())
    return password, make_password(password)


def _renew() -> str:
    password, hashed = new_password()
    Staff.objects.filter(email__in=[colleague.email for colleague in COLLEAGUES]).update(password=hashed)
    return password


def _kept() -> str:
    try:
        return str(json.loads(_file().read_text())["password"])
    except (FileNotFoundError, ValueError, KeyError):
        return ""


def _file() -> Path:
    folder: Path = settings.KEFU_DATA
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / "demo-sign-ins.json"


def _syllables(count: int) -> str:
    return "".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(count))
