"""The API in writing as a page: the OpenAPI description, grouped and flattened for reading."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kefu.web.contract import operations

Text = list[tuple[str, bool]]


def pieces(text: str) -> Text:
    """What stands between backticks is code; the second of each pair says so."""
    return [(words, bool(place % 2)) for place, words in enumerate(text.split("`"))] if text else []


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or a field."""

    name: str
    where: str
    kind: str
    required: bool
    text: Text


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    text: Text


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    text: Text
    scope: str
    rows: list[Row]
    asked: str
    answers: list[Answer]
    answered: str


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class Reference:
    title: str
    paragraphs: list[Text]
    groups: list[Group]


def of(whole: Mapping[str, Any]) -> Reference:
    groups: dict[str, list[Operation]] = {}
    for path, method, operation in operations(dict(whole)):
        groups.setdefault(operation["tags"][0], []).append(
            _operation(path, method, operation, whole["components"])
        )
    return Reference(
        title=whole["info"]["title"],
        paragraphs=[pieces(one) for one in whole["info"]["description"].strip().split("\n\n")],
        groups=[Group(name, found) for name, found in groups.items()],
    )


def _operation(
    path: str, method: str, operation: Mapping[str, Any], components: Mapping[str, Any]
) -> Operation:
    body = _content(operation.get("requestBody", {}))
    good = next(answer for status, answer in operation["responses"].items() if status < "300")
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=pieces(operation.get("description", "")),
        scope=", ".join(
            scope for scheme in operation["security"] for scopes in scheme.values() for scope in scopes
        ),
        rows=[*_parameters(operation, components), *_fields(body.get("schema", {}), components)],
        asked=_written(body.get("example")),
        answers=[
            Answer(status, pieces(answer["description"])) for status, answer in operation["responses"].items()
        ],
        answered=_written(_content(good).get("example")),
    )


def _content(body: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(iter(body.get("content", {}).values()), {})
    return found


def _parameters(operation: Mapping[str, Any], components: Mapping[str, Any]) -> list[Row]:
    found = [
        components["parameters"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
        for one in operation["parameters"]
    ]
    return [
        Row(
            one["name"],
            one["in"],
            _kind(one["schema"], components),
            one["required"],
            pieces(one.get("description", "")),
        )
        for one in found
    ]


def _fields(shape: Mapping[str, Any], components: Mapping[str, Any]) -> list[Row]:
    shape = _resolved(shape, components)
    required = shape.get("required", [])
    return [
        Row(name, "body", _kind(one, components), name in required, pieces(one.get("description", "")))
        for name, one in shape.get("properties", {}).items()
    ]


def _kind(shape: Mapping[str, Any], components: Mapping[str, Any]) -> str:
    shape = _resolved(shape, components)
    if "enum" in shape:
        return " | ".join(map(str, shape["enum"]))
    if "anyOf" in shape or "allOf" in shape:
        return " | ".join(_kind(one, components) for one in shape.get("anyOf") or shape["allOf"])
    if shape.get("type") == "array":
        return f"[{_kind(shape['items'], components)}]"
    return str(shape.get("format") or shape.get("type") or "any")


def _resolved(shape: Mapping[str, Any], components: Mapping[str, Any]) -> Mapping[str, Any]:
    named: Mapping[str, Any] = (
        components["schemas"][shape["$ref"].rpartition("/")[2]] if "$ref" in shape else shape
    )
    return named


def _written(example: Any) -> str:
    return json.dumps(example, ensure_ascii=False, indent=2) if example is not None else ""
