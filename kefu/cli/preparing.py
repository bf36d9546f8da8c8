"""What must be in place before a desk serves: tables, message catalogues, static files, the demo's brand."""

from __future__ import annotations

import fcntl
import gc
import hashlib
import time
from pathlib import Path

from kefu.cli.desk import Desk
from kefu.database.unusable import Unusable
from kefu.lib import catalogues
from kefu.lib.processes import apart, begun_apart
from kefu.lib.progress import progress

OBJECTS_BETWEEN_COLLECTIONS = 100_000  # migrations draw models by the thousand: garbage took 0.6 s to find
SOURCES = Path(__file__).resolve().parents[1]
LOCK_TRIES = 20


def everything(desk: Desk, *, demo: bool) -> str:
    """Says what to tell once the desk answers; the catalogues are compiled before. In a process that ends: a supervisor
    carries no Django.
    """

    def collect() -> str:
        _static()
        return ""

    def work() -> str:
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
        desk.enter("migrate")
        files_there = begun_apart(collect, expected=Unusable)
        bring_tables_up_to_date()
        files_there()
        if demo:
            _load_demo()
        return _welcome(_demo_lines() if demo else _first_lines())

    return apart(work, expected=Unusable)


def files(desk: Desk) -> str:
    """The same for web processes alone, which leave the tables to others."""

    def work() -> str:
        desk.enter("command")
        refuse_without_tables()
        compile_messages()
        _static()
        return _welcome(_first_lines())

    return apart(work, expected=Unusable)


def bring_tables_up_to_date() -> None:
    from django.core.management import call_command
    from django.db import OperationalError

    from kefu.events import era

    with progress("Bringing the tables up to date"):
        for _ in range(LOCK_TRIES):
            try:
                call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
                era.settle()
                return
            except OperationalError as problem:
                if "lock timeout" not in str(problem):
                    raise Unusable(f"The tables could not be brought up to date: {problem}") from problem
                time.sleep(1)
    raise Unusable("A table is in use by something long; the migration gave up and can simply be run again.")


def refuse_without_tables() -> None:
    from django.db import connection

    if "people_staff" not in connection.introspection.table_names():
        raise Unusable("The database has no tables yet: run kefu migrate first.")


def compile_messages() -> None:
    with progress("Compiling the message catalogues"):
        catalogues.compile_all(SOURCES)


def _load_demo() -> None:
    from kefu.demo import load

    with progress("Loading the demo brand"):
        load.load_demo()


def _welcome(lines: list[str]) -> str:
    return "\n".join(["", *lines, "", "Ctrl-C stops everything.", ""])


def _demo_lines() -> list[str]:
    from kefu.demo import load, signins

    known = load.addresses(_base_url())
    width = max(len(address) for _words, address in known)
    places = [f"  {address:<{width}}  {words}" for words, address in known]
    people = [f"  {one.role:<11} {one.email:<32} {one.password}" for one in signins.sign_ins()]
    return ["Kefu's demo is ready.", "", *places, "", "Sign in as", *people]


def _first_lines() -> list[str]:
    from kefu.people import setup

    token = setup.token_if_needed()
    ready = f"Kefu is ready at {_base_url()}/"
    return [ready, "", f"Set up this desk, once: {_base_url()}/setup/{token}/"] if token else [ready]


def _base_url() -> str:
    from django.conf import settings

    return str(settings.KEFU_BASE_URL)


def _static() -> None:
    """Only when a source changed: the manifest names every file by its content, which takes seconds."""
    from django.conf import settings
    from django.core.management import call_command

    if settings.KEFU_DEVELOPMENT:
        return
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    noted = root / ".collected"
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        present = _digest_of_static_sources()
        if not noted.exists() or noted.read_text() != present:
            with progress("Collecting the static files"):
                call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True)
            noted.write_text(present)


def _digest_of_static_sources() -> str:
    from django.contrib.staticfiles.finders import get_finders

    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            seen.update(f"{path}|{found.st_size}|{found.st_mtime_ns}\n".encode())
    return seen.hexdigest()
