"""Whether this process lives, and whether it should be sent work."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

LONGEST = 1.0

_stopping = threading.Event()
_migrated = threading.Event()
# One thread: while a hung database holds it, further checks wait behind it and run out of time.
_checker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ready")


def stop_taking_work() -> None:
    """Called when the process was told to end, so that the balancer sends its requests elsewhere."""
    _stopping.set()


def is_stopping() -> bool:
    return _stopping.is_set()


def problem() -> str:
    """One word for why no work should be sent here, or nothing."""
    if is_stopping():
        return "stopping"
    try:
        return _checker.submit(_look_at_database).result(LONGEST)
    except TookTooLong:
        return "database-slow"


def _look_at_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "" if _is_migrated() else "migrations"
    except (DatabaseError, InterfaceError):
        return "database"
    finally:
        connection.close()


def _is_migrated() -> bool:
    """Looked up until it is true: what is applied stays applied while this process lives."""
    if not _migrated.is_set():
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _migrated.set()
    return True
