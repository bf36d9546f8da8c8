from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from kefu.cli.tests.conftest import Desk
from kefu.database import places

PASSWORD = "a-long-walk-along-quay-7"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL must look like postgresql://"),
        ({"DATABASE_URL": "postgresql://x@127.0.0.1:9/kefu"}, "No PostgreSQL to be had at 127.0.0.1"),
        ({"KEFU_DATA": "/proc/kefu"}, "The data folder /proc/kefu cannot be made"),
    ],
)
def test_a_wrong_setting_stops_with_one_sentence(desk: Desk, wrong: dict[str, str], sentence: str) -> None:
    done = desk.kefu("migrate", **wrong)
    assert done.returncode == os.EX_CONFIG
    assert done.stderr.startswith(f"kefu: {sentence}")
    assert len(done.stderr.splitlines()) == 1


def test_a_port_that_is_taken_stops_with_one_sentence(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", desk.port)):
        done = desk.kefu("web")
    assert done.returncode == os.EX_CONFIG
    assert f"127.0.0.1:{desk.port} cannot be listened on" in done.stderr


def test_a_port_that_is_none_stops_with_one_sentence(desk: Desk) -> None:
    for port in ("0", "-5", "99999", "http", "８０００"):
        told = f"must be a port from 1 to 65535, not {port!r}.\n"
        assert desk.kefu("web", f"--port={port}").stderr.endswith(f"kefu: --port {told}")
        assert desk.kefu("web", KEFU_PORT=port).stderr == f"kefu: KEFU_PORT {told}"


def test_before_there_are_tables_one_is_told_how_to_make_them(desk: Desk) -> None:
    for command in (["web"], ["createadmin", "--email", "ada@desk.test", "--name", "Ada"]):
        done = desk.kefu(*command, stdin=f"{PASSWORD}\n")
        assert done.returncode == os.EX_CONFIG
        assert done.stderr.endswith("kefu: The database has no tables yet: run kefu migrate first.\n")
        assert "Traceback" not in done.stderr


def test_doctor_tells_what_is_wrong(desk: Desk) -> None:
    done = desk.kefu("doctor")
    assert done.returncode == 1
    assert "migrations are not applied: run kefu migrate" in done.stdout
    assert desk.kefu("migrate").returncode == 0
    done = desk.kefu("doctor")
    assert "The tables are up to date." in done.stdout
    assert done.returncode == 0


def test_an_admin_is_made_only_with_a_strong_password(desk: Desk) -> None:
    desk.kefu("migrate")
    admin = ["createadmin", "--email", "Ada@desk.test", "--name", "Ada"]
    weak = desk.kefu(*admin, stdin="password\n")
    assert weak.returncode == os.EX_CONFIG
    assert weak.stderr.startswith("kefu: No account was made: ")
    made = desk.kefu(*admin, stdin=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stderr
    assert "already an account" in desk.kefu(*admin, stdin=f"{PASSWORD}\n").stderr


def test_a_backup_becomes_a_desk_elsewhere_that_sends_nothing_yet(desk: Desk, tmp_path: Path) -> None:
    ada = ["createadmin", "--email", "ada@desk.test", "--name", "Ada"]
    backups, keys = str(tmp_path / "backups"), str(tmp_path / "keys")
    desk.kefu("migrate")
    assert desk.kefu(*ada, stdin=f"{PASSWORD}\n").returncode == 0
    assert desk.kefu("backup", backups, "--with-keys", keys).returncode == 0
    elsewhere = Desk(desk.data.parent / "elsewhere")
    try:
        restored = elsewhere.kefu("restore", backups, "--keys", keys)
        assert restored.returncode == 0, restored.stderr
        assert "Nothing is sent" in restored.stdout
        assert "until an admin confirms this copy (restored from a backup)" in elsewhere.kefu("doctor").stdout
        assert "already an account" in elsewhere.kefu(*ada, stdin=f"{PASSWORD}\n").stderr
        assert "The database is not empty" in elsewhere.kefu("restore", backups).stderr
    finally:
        shutil.rmtree(places.sockets(elsewhere.data), ignore_errors=True)
