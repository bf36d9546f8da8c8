"""The installation that a command works on: its data folder and its database, given or private."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kefu.database import cluster
from kefu.database.unusable import Unusable
from kefu.database.url import data_folder, given, owner_url, server_major


@dataclass
class Desk:
    data: Path
    web: str
    owner: str
    major: int
    lease: cluster.Lease | None

    def environment(self, process: str) -> dict[str, str]:
        """For a process of this desk. Only those who migrate or keep it learn the owner's address."""
        environment = {name: value for name, value in os.environ.items() if name not in ADDRESSES}
        # A question is encoded in 2 ms by one thread; several, which wait for each other, took up to 400 on a busy day.
        return (
            {"OPENBLAS_NUM_THREADS": "1"}
            | environment
            | {
                "DJANGO_SETTINGS_MODULE": "kefu.settings",
                "DATABASE_URL": self.owner if process == "migrate" else self.web,
                "KEFU_DB_MAJOR": str(self.major),
                "KEFU_PROCESS": process,
                "KEFU_DATA": str(self.data),
            }
        )

    def enter(self, process: str) -> None:
        """Django in this very process, as `process`; once only."""
        import django
        from django.core.exceptions import ImproperlyConfigured

        os.environ.update(self.environment(process))
        for name in ADDRESSES - {"DATABASE_URL"}:
            os.environ.pop(name, None)
        try:
            django.setup()
        except ImproperlyConfigured as sentence:
            raise Unusable(str(sentence)) from sentence

    def look_after(self) -> None:
        """The private server may be killed like anything else; who runs the desk brings it back."""
        if self.lease and not self.lease.alive():
            print("PostgreSQL ended and is started again.", file=sys.stderr, flush=True)
            try:
                self.lease.revive()
            except Unusable as sentence:
                print(f"kefu: {sentence}", file=sys.stderr, flush=True)


ADDRESSES = {
    "DATABASE_URL",
    "DATABASE_URL_FILE",
    "KEFU_DATABASE_OWNER_URL",
    "KEFU_DATABASE_OWNER_URL_FILE",
}


@contextmanager
def opened() -> Iterator[Desk]:
    """For as long as the command runs; a private server that nobody else uses stops with it."""
    data = data_folder(os.environ)
    if web := given(os.environ, "DATABASE_URL"):
        yield Desk(data, web, owner_url(os.environ), server_major(web), None)
    else:
        with cluster.running(data) as lease:
            yield Desk(data, lease.url(), lease.url(cluster.OWNER), lease.major, lease)
