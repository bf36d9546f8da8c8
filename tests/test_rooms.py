"""The order of the rooms holds for tables too: a foreign key, even a string one, to a room further down is an import."""

from __future__ import annotations

import tomllib
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent


def order() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [layer.removeprefix("kefu.") for layer in reversed(layers) if "|" not in layer]


def room_of(module: str) -> str:
    return module.split(".")[1]


def test_no_foreign_key_points_to_a_room_further_down() -> None:
    rooms = order()
    wrong = [
        f"{model.__name__}.{field.name} → {field.related_model.__name__}"
        for model in apps.get_models()
        if model.__module__.startswith("kefu.")
        for field in model._meta.get_fields()
        if not field.auto_created and field.is_relation and isinstance(field.related_model, type)
        if field.related_model.__module__.startswith("kefu.")
        if rooms.index(room_of(field.related_model.__module__)) > rooms.index(room_of(model.__module__))
    ]
    assert wrong == []


def test_every_room_says_what_it_is() -> None:
    for room in order():
        package = ROOT / "kefu" / room
        folder = package / "__init__.py"
        if package.is_dir():
            assert folder.read_text().startswith('"""'), f"{room} does not say what it is"
