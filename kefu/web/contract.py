"""The API in writing: what ninja writes down, completed with what holds for every operation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache, wraps
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from kefu.web.rest import Fault, ProblemShown, Refusal
from kefu.web.samples import sample

UNSAFE = {"post", "put", "patch", "delete"}
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
MEANINGS = {
    "400": "The body could not be read.",
    "401": "No token, or one that is unknown, expired or revoked.",
    "403": "The token or its owner may not do this.",
    "404": "There is nothing here for this token.",
    "405": "This method is not offered here.",
    "409": "It does not fit how things stand, or the first call with this key is still being worked on.",
    "412": "It has changed since the version that `If-Match` names. Nothing was changed.",
    "413": "Too large.",
    "415": "Files of this kind are not taken.",
    "422": "Something in the request is not right; `errors` says what and where.",
    "429": "Too many calls; `Retry-After` says when to go on.",
    "500": "Our fault. Nothing was changed.",
    "503": "Busy; `Retry-After` says when to try again. Nothing was changed.",
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a repeat harmless for 24 hours: same key and body, same answer, no second effect.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "Of sentences for people: `zh-hans` or `en`.",
    "schema": {"type": "string"},
}
VERSION = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of what you last saw. Refused with 412 if it has changed since.",
    "schema": {"type": "string", "pattern": '^(\\*|"[1-9][0-9]{0,9}")$'},
}
VERSIONED = {"x-versioned": True}  # in ``openapi_extra`` of an operation that takes it
RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
REPLAYED = {
    "Idempotent-Replayed": {
        "description": "Sent when this is the first call's answer.",
        "schema": {"type": "string"},
    }
}
FILE = {"*/*": {"schema": {"type": "string", "format": "binary"}}}


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """A copy that also says what every operation may answer, takes in headers and asks of a token."""
    whole: dict[str, Any] = deepcopy(dict(schema))
    whole["components"]["schemas"] |= _shapes()
    whole["components"]["parameters"] = {
        "IdempotencyKey": KEY,
        "AcceptLanguage": LANGUAGE,
        "IfMatch": VERSION,
    }
    for path, method, operation in operations(whole):
        is_versioned = operation.pop("x-versioned", False)
        operation["responses"] = _responses(path, method, operation, is_versioned=is_versioned)
        operation["parameters"] = [
            *map(_without_null, operation["parameters"]),
            *_headers(method, is_versioned=is_versioned),
        ]
        _close_form(operation)
        _name_scope(operation)
        _give_examples(operation, whole["components"]["schemas"])
    return whole


def operations(whole: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _shapes() -> dict[str, Any]:
    problem = ProblemShown.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**problem.pop("$defs"), "Problem": problem}


def _responses(path: str, method: str, operation: dict[str, Any], *, is_versioned: bool) -> dict[str, Any]:
    known = {str(status): answer for status, answer in operation["responses"].items()}
    for answer in known.values():
        if path.endswith("/content"):
            answer["content"] = FILE
        if method in UNSAFE:
            answer["headers"] = REPLAYED
    refusals = {"401", "403", "422", "429", "500", "503"}
    refusals |= {"404"} if "{" in path or method in UNSAFE else set()
    refusals |= {"400", "409", "413"} if method in UNSAFE else set()
    refusals |= (
        {"415"} if "multipart/form-data" in operation.get("requestBody", {}).get("content", {}) else set()
    )
    refusals |= {"412"} if is_versioned else set()
    return known | {status: _problem(status) for status in sorted(refusals)}


def _problem(status: str) -> dict[str, Any]:
    headers = {"headers": RETRY} if status in {"409", "429", "503"} else {}
    return {"description": MEANINGS[status], "content": PROBLEM, **headers}


def _headers(method: str, *, is_versioned: bool) -> list[dict[str, Any]]:
    names = ["IdempotencyKey", "AcceptLanguage"] if method in UNSAFE else ["AcceptLanguage"]
    names += ["IfMatch"] if is_versioned else []
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _without_null(parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may be left out is left out; there is no way to write null into an address."""
    shape = parameter["schema"]
    kinds = [kind for kind in shape.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        others = {name: value for name, value in shape.items() if name not in {"anyOf", "title"}}
        parameter["schema"] = others | kinds[0]
    return parameter


def _close_form(operation: dict[str, Any]) -> None:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "properties" in content["schema"]:
            content["schema"]["additionalProperties"] = False
            for part in content["schema"]["properties"].values():
                part.update({"minLength": 1} if part.get("format") == "binary" else {})


def _name_scope(operation: dict[str, Any]) -> None:
    scope = operation.pop("x-scope", None)
    if scope is not None:
        operation["security"] = [
            {name: [scope] if name == "StaffBearer" else [] for name in scheme}
            for scheme in operation["security"]
        ]


def _give_examples(operation: dict[str, Any], shapes: dict[str, Any]) -> None:
    bodies = [operation.get("requestBody", {}), *(operation["responses"].values())]
    for content in (body["content"] for body in bodies if "content" in body):
        if "application/json" in content:
            content["application/json"]["example"] = sample(content["application/json"]["schema"], shapes)


# -- held against what is asked


def only_known_parameters(
    written: Callable[[], dict[str, Any]],
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Refuses a parameter that the operation does not know: a misspelt filter would find everything."""

    @cache
    def known(route: str, method: str) -> tuple[frozenset[str], frozenset[str]]:
        """Names in the address, and of the parts of a form."""
        operation = written()["paths"]["/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)][method]
        form = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data")
        query = (one["name"] for one in operation["parameters"] if one.get("in") == "query")
        return frozenset(query), frozenset(form["schema"]["properties"] if form else ())

    def around(operation: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(operation)
        def call(request: HttpRequest, **given: Any) -> Any:
            assert request.resolver_match and request.method
            query, form = known(request.resolver_match.route, request.method.lower())
            faults = [_unknown("query", name) for name in sorted(set(request.GET) - query)]
            if form:
                faults += [
                    _unknown("body", name) for name in sorted((set(request.POST) | set(request.FILES)) - form)
                ]
            if faults:
                raise Refusal(422, faults=faults)
            return operation(request, **given)

        return call

    return around


def _unknown(at: str, name: str) -> Fault:
    return Fault(at=at, field=name[:100], code="extra_forbidden", message=_("There is no such parameter."))
