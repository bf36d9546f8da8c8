"""Clusters of their own for tests that kill, starve and mislead them."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kefu.database import cluster, places
from kefu.database.postmaster import Postmaster


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder that the server's user can reach (pytest's own folders are closed)."""
    made = Path(tempfile.mkdtemp(prefix="kefu-test-"))
    made.chmod(0o711)
    data = made / "data"
    yield data
    _clear(data)
    shutil.rmtree(made)


@pytest.fixture
def lease(data: Path) -> Iterator[cluster.Lease]:
    with cluster.running(data) as lease:
        yield lease


def _clear(data: Path) -> None:
    if not (data / "postgres").exists():
        return
    place = places.place(data)
    if pid := Postmaster(place).pid():
        os.kill(pid, signal.SIGQUIT)
    if place.folder.parent != data:
        shutil.rmtree(place.folder.parent)
    shutil.rmtree(place.sockets, ignore_errors=True)
