from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

HASHED = re.compile(r"\.[0-9a-f]{12}\.(?:js|css|svg|\w+)$")
# Of our own scripts only: vendored ones may carry what looks like an import inside a string.
OURS = re.compile(r"^\s*(?:import|export)\b[^;'\"]*['\"](\.[^'\"]+)['\"]", re.MULTILINE)


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> Path:
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "kefu.web.storage.HashedFiles"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_scripts_name_each_other_by_content(collected: Path) -> None:
    scripts = [file for file in collected.rglob("*.js") if HASHED.search(file.name)]
    wanted = {(file.name, name) for file in scripts for name in OURS.findall(file.read_text())}
    assert ("controller.js", "./controller.js") not in wanted
    assert len(wanted) > 20
    assert {pair for pair in wanted if not HASHED.search(pair[1])} == set()


def test_what_is_served_is_compressed_once_at_the_start(collected: Path) -> None:
    assert list(collected.glob("css/tokens.*.css.gz"))
