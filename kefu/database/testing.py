"""The cluster that tests run on: the same engine as the product's, in a folder of its own."""

from __future__ import annotations

import atexit
import os
from pathlib import Path

import psycopg

from kefu.database import cluster

# One for each xdist worker: the log's horizon belongs to the whole cluster, so a test that holds a
# transaction open would hold back the readers of all others.
TESTS = "-".join(filter(None, ["test-cluster", os.environ.get("PYTEST_XDIST_WORKER", "")]))
_lease: cluster.Lease | None = None


def database_urls() -> None:
    """Sets `DATABASE_URL` (web role) and `KEFU_DATABASE_OWNER_URL`, unless a server is given from outside.

    Every process that calls this holds a lease until it ends.
    """
    global _lease
    if _lease is None and not os.environ.get("DATABASE_URL"):
        _lease = cluster.running(_data() / TESTS)
        atexit.register(_lease.release)
        _let_the_owner_make_databases(_lease)
    if _lease is not None:
        os.environ["DATABASE_URL"] = _lease.url(cluster.WEB)
        os.environ["KEFU_DATABASE_OWNER_URL"] = _lease.url(cluster.OWNER)
        os.environ["KEFU_DB_MAJOR"] = str(_lease.major)


def _data() -> Path:
    given = os.environ.get("KEFU_TEST_DATA") or os.environ.get("KEFU_DATA")
    return Path(given) if given else Path(__file__).resolve().parents[2] / ".kefu"


def _let_the_owner_make_databases(lease: cluster.Lease) -> None:
    with psycopg.connect(lease.url(cluster.KEEPER), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")  # xdist's workers come at the same time
        connection.execute("ALTER ROLE kefu CREATEDB")
        connection.execute("GRANT pg_signal_backend TO kefu")  # to drop what a killed test left connected
