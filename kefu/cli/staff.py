"""`kefu createadmin`."""

from __future__ import annotations

import argparse
import getpass
import sys

from kefu.cli.desk import opened
from kefu.database.unusable import Unusable


def createadmin(chosen: argparse.Namespace) -> int:
    with opened() as desk:
        desk.enter("command")
        _create(chosen.email.strip(), chosen.name.strip(), _password())
    print(f"{chosen.email} can sign in as admin.")
    return 0


def _password() -> str:
    """From the terminal, twice; from a script, one line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise Unusable("The two passwords differ; no account was made.")
    return first


def _create(email: str, name: str, password: str) -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.db import transaction

    from kefu.events import log
    from kefu.events.actors import SYSTEM
    from kefu.people.models import Staff
    from kefu.people.roles import Role

    admin = Staff(email=email.lower(), name=name, alias=name[:40], role=Role.ADMIN)
    try:
        validate_password(password, admin)
        admin.set_password(password)
        admin.full_clean()
    except ValidationError as problem:
        raise Unusable(f"No account was made: {' '.join(problem.messages)}") from problem
    with transaction.atomic():
        admin.save()
        log.audit("staff.created", admin, by=SYSTEM, role=admin.role)
