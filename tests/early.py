"""Loaded by pytest before Django's settings: the test cluster, a database and a data folder for each xdist worker.

A migrated template database is made once for the present set of migrations; every worker's database is a copy of it.
Tests run as the web role, which owns nothing, as in production.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from kefu.database.testing import database_urls

ROOT = Path(__file__).resolve().parent.parent
CHECKOUT = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]  # two of them may be tested at the same time
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")


def _with_database(url: str, name: str) -> str:
    known = psycopg.conninfo.conninfo_to_dict(url)
    known["dbname"] = name
    host, port = known.pop("host", ""), known.pop("port", "")
    user, password = known.pop("user", ""), known.pop("password", "")
    secret = f":{password}" if password else ""
    query = "&".join(f"{key}={value}" for key, value in {"host": host, "port": port}.items() if value)
    return f"postgresql://{user}{secret}@/{name}?{query}"


def _template() -> str:
    files = sorted([*ROOT.glob("kefu/**/migrations/*.py"), ROOT / "kefu/events/schema.py"])
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    return f"kefu_tests_{digest}"


def _make_template(owner: str, name: str) -> None:
    with psycopg.connect(owner, autocommit=True) as db:
        if db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        half = f"{name}_half"
        db.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(half)))
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(half)))
        environment = os.environ | {"DATABASE_URL": _with_database(owner, half), "KEFU_PROCESS": "migrate"}
        migrate = [sys.executable, "-c", _MIGRATE]
        subprocess.run(migrate, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        db.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half), sql.Identifier(name))
        )


_MIGRATE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "kefu.settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, skip_checks=True)
from kefu.events import era
era.settle()
"""


def fresh_copy(owner: str, template: str, name: str) -> None:
    with psycopg.connect(owner, autocommit=True) as db:
        db.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        db.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )


def _prepare() -> None:
    database_urls()
    owner = os.environ["KEFU_DATABASE_OWNER_URL"] or os.environ["DATABASE_URL"]
    data = Path(tempfile.gettempdir()) / f"kefu-tests-{os.getuid()}-{CHECKOUT}" / WORKER
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True, mode=0o700)
    os.environ["KEFU_DATA"] = str(data)
    os.environ["KEFU_PORT"] = "8000"
    template, name = _template(), f"kefu_test_{WORKER}"
    with (data.parent / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make_template(owner, template)
        fresh_copy(owner, template, name)
    os.environ["DATABASE_URL"] = _with_database(os.environ["DATABASE_URL"], name)
    os.environ["KEFU_DATABASE_OWNER_URL"] = _with_database(owner, name)


_prepare()
