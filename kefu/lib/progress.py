"""Says what is going on, once it takes longer than a reader likes to wait."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 2.0


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Prints nothing for quick work; after two seconds a line on stderr, and another every five."""
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(what, done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(what: str, done: threading.Event) -> None:
    began, pause = time.monotonic(), PATIENCE
    while not done.wait(pause):
        print(f"{what} … {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        pause = 5.0
