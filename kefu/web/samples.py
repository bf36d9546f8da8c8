"""Examples for the written API, made from the shapes themselves so that they cannot disagree with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BY_FORMAT = {
    "uuid": "0192f7c1-6a4e-7b1c-9d2e-3f5a7c9b1e24",
    "date-time": "2026-11-22T06:02:00Z",
    "binary": "…",
}
BY_TYPE: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}


def sample(shape: Mapping[str, Any], shapes: Mapping[str, Any]) -> Any:
    """One value of this JSON schema. ``shapes`` are those that references name."""
    if "$ref" in shape:
        return sample(shapes[shape["$ref"].rpartition("/")[2]], shapes)
    if shape.get("examples"):
        return shape["examples"][0]
    if "properties" in shape:
        return {name: sample(one, shapes) for name, one in shape["properties"].items()}
    for several in ("anyOf", "allOf", "oneOf"):
        if several in shape:
            return sample(shape[several][0], shapes)
    return _of_type(shape, shapes)


def _of_type(shape: Mapping[str, Any], shapes: Mapping[str, Any]) -> Any:
    if "enum" in shape:
        return shape["enum"][0]
    if shape.get("type") == "object":
        return {}
    if shape.get("type") == "array":
        return [sample(shape["items"], shapes)]
    if shape.get("type") == "string":
        return BY_FORMAT.get(shape.get("format", ""), "…")
    return BY_TYPE.get(shape.get("type", "null"))
