"""Settings from the environment, or from a file that ``NAME_FILE`` points at. A wrong one is told in a sentence."""

from __future__ import annotations

import os
from collections.abc import Collection
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """The value of ``name``, or the first line of the file that ``name_FILE`` points at. Empty counts as not set."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text().splitlines()[0].strip()
        except (OSError, UnicodeDecodeError, IndexError) as problem:
            raise ImproperlyConfigured(f"{name}_FILE points at {file}, which cannot be read.") from problem
    return os.environ.get(name) or default


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name, "yes" if default else "no").lower()
    if value not in {"yes", "no", "true", "false", "1", "0"}:
        raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")
    return value in {"yes", "true", "1"}


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not _is_number(value):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def port(name: str, default: int) -> int:
    value = text(name, str(default))
    if not (_is_number(value) and 0 < int(value) < 65536):
        raise ImproperlyConfigured(f"{name} must be a port from 1 to 65535, not {value!r}.")
    return int(value)


def choice(name: str, default: str, known: Collection[str]) -> str:
    value = text(name, default)
    if value not in known:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(known)}, not {value!r}.")
    return value


def listed(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(name: str, default: str = "") -> list[str]:
    found = listed(name, default)
    for network in found:
        try:
            ip_network(network, strict=False)
        except ValueError as problem:
            raise ImproperlyConfigured(
                f"{name} must list networks such as 10.0.0.0/8, not {network!r}."
            ) from problem
    return found


def web_address(name: str, default: str = "") -> str:
    """Without a slash at its end."""
    value = text(name, default).rstrip("/")
    if value and not _is_web_address(value):
        raise ImproperlyConfigured(f"{name} must look like https://desk.example.com, not {value!r}.")
    return value


def site(name: str, default: str) -> str:
    """A web address that is nothing but scheme, host and port."""
    value = web_address(name, default)
    if urlsplit(value).path or urlsplit(value).query or urlsplit(value).fragment:
        raise ImproperlyConfigured(f"{name} must end with the host or the port, not as in {value!r}.")
    return value


def sender(name: str, default: str) -> str:
    value = text(name, default)
    before, at, host = parseaddr(value)[1].partition("@")
    if not (before and at and host) or len(value.splitlines()) != 1:
        raise ImproperlyConfigured(f"{name} must look like Desk <desk@example.com>, not {value!r}.")
    return value


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 10


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        named = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return False
    return named and parts.scheme in {"http", "https"}
