"""`kefu createadmin`."""

from __future__ import annotations

import argparse
import getpass
import sys

from kefu.cli import preparing
from kefu.cli.desk import opened
from kefu.database.unusable import Unusable


def createadmin(chosen: argparse.Namespace) -> int:
    with opened() as desk:
        desk.enter("command")
        preparing.refuse_without_tables()
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
    from django.core.exceptions import ValidationError
    from django.utils import translation

    from kefu.people import setup

    try:
        with translation.override("en"):  # as everything that this command says
            setup.create_admin(email, name, password)
    except ValidationError as problem:
        raise Unusable(f"No account was made: {' '.join(problem.messages)}") from problem
