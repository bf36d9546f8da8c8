"""Numbers for Prometheus. Rooms register what they can count; nobody's name or text is a label."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

Labels = tuple[tuple[str, str], ...]
Reading = float | Mapping[str, float]


@dataclass(frozen=True)
class Gauge:
    name: str
    help: str
    read: Callable[[], Reading]
    label: str


@dataclass
class Timed:
    """How often something happened in this process, and how long it took altogether."""

    name: str
    help: str
    counts: dict[Labels, int] = field(default_factory=dict)
    seconds: dict[Labels, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, took: float, **labels: str) -> None:
        key = tuple(sorted(labels.items()))
        with self.lock:
            self.counts[key] = self.counts.get(key, 0) + 1
            self.seconds[key] = self.seconds.get(key, 0.0) + took


_gauges: dict[str, Gauge] = {}
_timed: dict[str, Timed] = {}


def gauge(name: str, help: str, fn: Callable[[], Reading], *, label: str = "") -> None:  # noqa: A002
    """Registers a number read at each scrape. With a label fn returns one number for each of its values."""
    _gauges[name] = Gauge(name, help, fn, label)


def timed(name: str, help: str) -> Timed:  # noqa: A002
    return _timed.setdefault(name, Timed(name, help))


requests = timed("kefu_request_seconds", "Requests answered by Django, by class of status.")


def exposition() -> str:
    """All of it in Prometheus's text format 0.0.4."""
    return "\n".join([*_gauge_lines(), *_timed_lines(), ""])


def _gauge_lines() -> Iterator[str]:
    for each in list(_gauges.values()):
        yield from _head(each.name, each.help, "gauge")
        try:
            reading = each.read()
        except Exception:  # noqa: S112 -- one number that cannot be read must not hide the others
            continue
        if isinstance(reading, Mapping):
            yield from (
                _line(each.name, ((each.label, str(key)),), number) for key, number in reading.items()
            )
        else:
            yield _line(each.name, (), reading)


def _timed_lines() -> Iterator[str]:
    mine = (("process", str(os.getpid())),)
    for each in list(_timed.values()):
        yield from _head(each.name, each.help, "summary")
        for labels, number in list(each.counts.items()):
            yield _line(f"{each.name}_count", labels + mine, number)
            yield _line(f"{each.name}_sum", labels + mine, round(each.seconds[labels], 6))


def _head(name: str, help_text: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {help_text}"
    yield f"# TYPE {name} {kind}"


def _line(name: str, labels: Labels, number: float) -> str:
    inside = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels)
    return f"{name}{{{inside}}} {number}" if inside else f"{name} {number}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
