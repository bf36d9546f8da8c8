"""The parts that are filled in, outside a Django form. Inside one, `{{ form }}` and `{{ form.name.as_field_group }}`
look the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.safestring import SafeString

from kefu.web.drawing import attributes, part

register = template.Library()

Options = Iterable[tuple[Any, Any]]


@register.simple_tag
def field(
    name: str,
    label: str,
    *,
    value: Any = "",
    help: str = "",  # noqa: A002
    error: str = "",
    type: str = "text",  # noqa: A002
    required: bool = False,
    optional: bool = False,
    rows: int = 0,
    id: str = "",  # noqa: A002
    **attrs: Any,
) -> SafeString:
    """A labelled input, or a textarea when rows is given."""
    context = _around(id or f"id_{name}", label, help, error, required=required, optional=optional)
    return part("input", **context, name=name, value=value, type=type, rows=rows, attrs=attributes(attrs))


@register.simple_tag
def password(
    name: str,
    label: str,
    *,
    help: str = "",  # noqa: A002
    error: str = "",
    id: str = "",  # noqa: A002
    autocomplete: str = "current-password",
    **attrs: Any,
) -> SafeString:
    """A password field with a button that shows what was typed."""
    context = _around(id or f"id_{name}", label, help, error, required=True)
    return part("password", **context, name=name, autocomplete=autocomplete, attrs=attributes(attrs))


@register.simple_tag
def select(
    name: str,
    label: str,
    options: Options,
    *,
    value: Any = "",
    help: str = "",  # noqa: A002
    error: str = "",
    required: bool = False,
    id: str = "",  # noqa: A002
    **attrs: Any,
) -> SafeString:
    """options: pairs of value and text."""
    context = _around(id or f"id_{name}", label, help, error, required=required)
    return part("select", **context, name=name, options=_chosen(options, value), attrs=attributes(attrs))


@register.simple_tag
def combobox(
    name: str,
    label: str,
    options: Options,
    *,
    value: Any = "",
    help: str = "",  # noqa: A002
    error: str = "",
    required: bool = False,
    placeholder: str = "",
    id: str = "",  # noqa: A002
    **attrs: Any,
) -> SafeString:
    """A select that one can type in. Without JavaScript it is the select."""
    context = _around(id or f"id_{name}", label, help, error, required=required)
    return part(
        "combobox",
        **context,
        name=name,
        options=_chosen(options, value),
        placeholder=placeholder,
        has_value=value not in ("", None),
        attrs=attributes(attrs),
    )


@register.simple_tag
def checkbox(name: str, label: str, **options: Any) -> SafeString:
    """checked, value ("on"), help, error, id, radio (a radio button instead); the rest become attributes."""
    return _choice("checkbox", name, label, **options)


@register.simple_tag
def switch(name: str, label: str, **options: Any) -> SafeString:
    """A checkbox whose change takes effect at once: pair it with hx_post and hx_trigger="change"."""
    return _choice("switch", name, label, **options)


@register.simple_tag
def file_drop(
    name: str,
    label: str,
    *,
    url: str = "",
    accept: str = "",
    limit_mb: int = 25,
    most: int = 10,
    help: str = "",  # noqa: A002
    error: str = "",
    id: str = "",  # noqa: A002
    **attrs: Any,
) -> SafeString:
    """Files by choosing, dropping or pasting. With a url each is sent at once, with progress and cancel:
    the answer's `{"id": …}` lands in a hidden `<name>` field. Without one they go with the form."""
    context = _around(id or f"id_{name}", label, help, error)
    return part(
        "file_drop",
        **context,
        name=name,
        url=url,
        accept=accept,
        limit_mb=limit_mb,
        most=most,
        attrs=attributes(attrs),
    )


def _around(
    identity: str, label: str, help_text: str, error: str, *, required: bool = False, optional: bool = False
) -> dict[str, Any]:
    described = [f"{identity}_helptext"] * bool(help_text) + [f"{identity}_error"] * bool(error)
    return {
        "id": identity,
        "label": label,
        "help": help_text,
        "errors": [error] if error else [],
        "required": required,
        "optional": optional,
        "described": " ".join(described),
    }


def _chosen(options: Options, value: Any) -> list[tuple[Any, Any, bool]]:
    return [(key, text, str(key) == str(value)) for key, text in options]


def _choice(
    look: str,
    name: str,
    label: str,
    *,
    checked: bool = False,
    value: Any = "on",
    radio: bool = False,
    help: str = "",  # noqa: A002
    error: str = "",
    id: str = "",  # noqa: A002
    **attrs: Any,
) -> SafeString:
    context = _around(id or f"id_{name}", label, help, error)
    return part(
        "choice",
        **context,
        look=look,
        name=name,
        checked=checked,
        value=value,
        type="radio" if radio else "checkbox",
        attrs=attributes(attrs),
    )
