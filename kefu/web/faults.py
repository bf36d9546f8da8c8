"""What is wrong with a request to the API, told for people in their language and for programs by code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.web.rest import Fault

SENTENCES: Mapping[str, str | Promise] = {
    "missing": _("This is missing."),
    "extra_forbidden": _("There is no such field."),
    "string_type": _("This must be text."),
    "string_too_short": _("At least %(min_length)s characters."),
    "string_too_long": _("At most %(max_length)s characters."),
    "string_pattern_mismatch": _("This contains something that is not allowed here."),
    "string_unicode": _("This contains characters that cannot be stored."),
    "uuid_parsing": _("This must be an id."),
    "uuid_type": _("This must be an id."),
    "enum": _("One of: %(expected)s."),
    "int_parsing": _("This must be a whole number."),
    "int_type": _("This must be a whole number."),
    "greater_than_equal": _("At least %(ge)s."),
    "less_than_equal": _("At most %(le)s."),
    "bool_parsing": _("This must be true or false."),
    "bool_type": _("This must be true or false."),
    "list_type": _("This must be a list."),
    "dict_type": _("This must be an object."),
    "model_type": _("This must be an object."),
    "model_attributes_type": _("This must be an object."),
    "too_long": _("At most %(max_length)s of them."),
}
OTHERWISE = _("This is not right.")


def told(errors: Iterable[Mapping[str, Any]]) -> list[Fault]:
    """From what validation found; where several kinds were possible, each place is told of once."""
    found: dict[tuple[str, str], Fault] = {}
    for error in errors:
        at, field = _place(error["loc"])
        found.setdefault((at, field), Fault(at=at, field=field, code=error["type"], message=_sentence(error)))
    return list(found.values())


def _place(loc: tuple[str | int, ...]) -> tuple[str, str]:
    """Where in the request; how the operation calls its own parameter for it says nothing to a caller."""
    at, *steps = map(str, loc)
    if at in {"body", "query", "file", "form"} and steps[:1] in (["given"], ["asked"]):
        steps = steps[1:]
    return ("body" if at in {"file", "form"} else at), ".".join(steps)


def _sentence(error: Mapping[str, Any]) -> str:
    context = error.get("ctx") or {}
    if error["type"] == "value_error":
        return str(context.get("error") or OTHERWISE)
    words = SENTENCES.get(error["type"])
    return str(words) % context if words else str(OTHERWISE)
