"""`kefu`: the one command that runs and keeps a desk."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from kefu import __version__
from kefu.cli import doctor, keeping, mailing, running, staff
from kefu.database.unusable import Unusable

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    try:
        return cast(Command, chosen.command)(chosen)
    except Unusable as sentence:
        print(f"kefu: {sentence}", file=sys.stderr)
        return os.EX_CONFIG
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kefu", description="A self-hosted customer-service desk.")
    parser.add_argument("--version", action="version", version=f"Kefu {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_running(commands)
    _add_keeping(commands)
    _add_children(commands)
    return parser


def _add_running(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    up = _add(commands, "up", running.up, "run everything: database, tables, web and worker")
    _add_address(up)
    up.add_argument("--demo", action="store_true", help="with a fictional brand, its staff and conversations")
    up.add_argument("--reload", action="store_true", help="start again when a source file changes")
    web = _add(commands, "web", running.web, "run web processes only")
    _add_address(web)
    _add(commands, "worker", running.worker, "run the worker only: log readers and jobs")
    _add(commands, "migrate", running.migrate, "bring the database's tables up to date")
    _add_mail_in(commands)


def _add_mail_in(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    mail = _add(
        commands, "mail-in", mailing.mail_in, "take mail from a mail server: listen, or read one with --to"
    )
    mail.add_argument(
        "--listen", default="127.0.0.1:8025", metavar="HOST:PORT", help="127.0.0.1:8025 unless told"
    )
    mail.add_argument("--smtp", action="store_true", help="speak SMTP; LMTP unless told")
    mail.add_argument(
        "--to", default="", metavar="ADDRESS", help="take one mail for ADDRESS from standard input"
    )
    mail.add_argument(
        "--from", dest="sender", metavar="ADDRESS", help="its return path, as the mail server says"
    )


def _add_keeping(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    _add(commands, "doctor", doctor.doctor, "say what is wrong with this installation")
    backup = _add(commands, "backup", keeping.backup, "store database and files in a new folder below FOLDER")
    backup.add_argument("folder", type=Path)
    backup.add_argument("--with-keys", type=Path, metavar="ELSEWHERE", help="copy the key ring to ELSEWHERE")
    restore = _add(commands, "restore", keeping.restore, "bring a backup back into an empty database")
    restore.add_argument("folder", type=Path)
    restore.add_argument("--keys", type=Path, metavar="ELSEWHERE", help="bring the key ring back from there")
    admin = _add(commands, "createadmin", staff.createadmin, "make an admin account; asks for its password")
    admin.add_argument("--email", required=True)
    admin.add_argument("--name", required=True)


def _add_children(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """What the supervisor starts; not for people."""
    web = commands.add_parser("web-process")
    web.set_defaults(command=_web_process)
    web.add_argument("socket", type=int)
    commands.add_parser("worker-process").set_defaults(command=_worker_process)


def _web_process(chosen: argparse.Namespace) -> int:
    from kefu.cli import serving  # uvicorn and all, which the supervisor need not carry

    return serving.web_process(chosen.socket)


def _worker_process(chosen: argparse.Namespace) -> int:
    from kefu.cli import serving

    return serving.worker_process()


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, command: Command, help_: str
) -> argparse.ArgumentParser:
    added = commands.add_parser(name, help=help_, description=help_.capitalize() + ".")
    added.set_defaults(command=command)
    return added


def _add_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default="127.0.0.1", help="where to listen; 127.0.0.1 unless told otherwise"
    )
    parser.add_argument("--port", default="", help="KEFU_PORT or 8000 unless told otherwise")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="web processes; 1 unless told")
