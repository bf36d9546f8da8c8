from __future__ import annotations

import time
from collections.abc import Set
from pathlib import Path

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from kefu.claims.tasks import HEARS
from kefu.demo import claims, load
from kefu.events import readers
from kefu.events.readers import Reader
from kefu.portal import letters


def test_no_letter_is_written_about_what_is_long_past_but_refunds_go_on(
    committed: None, tmp_path: Path, settings: Settings
) -> None:
    folder = {"location": str(tmp_path / "files")}
    files = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": folder}}
    settings.KEFU_DATA, settings.STORAGES = tmp_path, settings.STORAGES | files
    load.load_demo()
    claims.tell(ProcrastinateJob.objects.get(task_name="demo:tell_claims").args["plans"])
    assert not _heard(claims.LETTERS, letters.HEARS)
    assert _heard_soon("refunds", HEARS)


def _heard_soon(name: str, kinds: Set[str]) -> list[str]:
    """Another transaction of the cluster may hold the horizon back for a moment."""
    until = time.monotonic() + 15
    while not (found := _heard(name, kinds)) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def _heard(name: str, kinds: Set[str]) -> list[str]:
    found: list[str] = []
    reader = Reader(name, kinds, lambda entries: found.extend(entry.kind for entry in entries))
    while readers.step(reader):
        pass
    return found


@pytest.mark.usefixtures("db")
def test_the_reader_that_is_set_forward_is_the_one_that_writes_letters() -> None:
    from kefu import reactions

    writing = [reader.name for reader in reactions.readers() if reader.react is letters.write]
    assert writing == [claims.LETTERS]
