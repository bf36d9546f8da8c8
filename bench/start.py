"""From nothing to serving: `kefu up` in a fresh data folder, the same folder once more, and a fresh demo."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from bench.figure import Figure
from bench.ground import DATA, ROOT, ended, free_port, wait_until_ready

FIRST_LIMIT, LATER_LIMIT = 8.0, 3.0
LATER_STARTS = 3


def measure() -> Figure:
    with _fresh_folder() as data:
        first = _start(data)
        later = statistics.median(_start(data) for _ in range(LATER_STARTS))
    with _fresh_folder() as data:
        demo = _start(data, "--demo")
    return Figure(
        "start",
        round(first, 2),
        "s",
        limit=f"first ≤ {FIRST_LIMIT:.0f} s, later ≤ {LATER_LIMIT:.0f} s",
        met=max(first, demo) <= FIRST_LIMIT and later <= LATER_LIMIT,
        parts={"later_s": round(later, 2), "first_with_demo_s": round(demo, 2)},
    )


def _start(data: Path, *options: str) -> float:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "kefu", "up", "--port", str(port), *options],
        cwd=ROOT,
        env=_environment(data),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return wait_until_ready(port, process)
    finally:
        ended(process)


def _environment(data: Path) -> dict[str, str]:
    foreign = ("KEFU_", "DATABASE_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | {
        "KEFU_DATA": str(data)
    }


@contextmanager
def _fresh_folder() -> Iterator[Path]:
    """Beside the bench's own: below a folder that is closed to others the cluster would lie elsewhere."""
    DATA.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="start-", dir=DATA))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
