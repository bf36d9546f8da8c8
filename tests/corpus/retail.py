"""The retail data set: where it lies, and how it comes into the desk."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from kefu.orders import importing
from kefu.orders.models import ImportRun, OrderSource
from kefu.people.models import Brand

HERE = Path(__file__).resolve().parent
FOLDER = Path(os.environ.get("KEFU_RETAIL_CORPUS", HERE.parents[2] / "shared" / "data" / "tau-retail"))
FILES = {"products": "products.json", "customers": "users.json", "orders": "orders.json"}


def mapping() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((HERE / "retail-mapping.json").read_text())
    return document


def load(name: str) -> dict[str, Any]:
    """One of the set's files, as it is."""
    found: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return found


def source_of(brand: Brand) -> OrderSource:
    return OrderSource.objects.create(brand=brand, kind="file", name="Retail", mapping=mapping())


def imported(source: OrderSource, what: str, *, dry: bool = False) -> ImportRun:
    """As a worker does it, from a kept file to the end."""
    content = (FOLDER / FILES[what]).read_bytes()
    stored = default_storage.save(f"imports/{what}", ContentFile(content))
    run = ImportRun.objects.create(source=source, what=what, file=stored, dry=dry)
    importing.go_on(run)
    return run


def whole_world(brand: Brand) -> OrderSource:
    """Products, customers and orders, as the set begins."""
    source = source_of(brand)
    for what in FILES:
        run = imported(source, what)
        assert (run.state, run.bad, run.problem) == ("done", 0, "")
    return source
