"""How a part is drawn: a small template of its own, and any further keyword as an attribute of the control."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils.safestring import SafeString


def part(template_name: str, /, **context: Any) -> SafeString:
    return render_to_string(f"parts/{template_name}.html", context)


def attributes(given: Mapping[str, Any]) -> SafeString:
    """`hx_post=url` → ` hx-post="…"`; what is empty is left out."""
    return flatatt({name.replace("_", "-"): value for name, value in given.items() if value != ""})
