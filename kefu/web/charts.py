"""Bar and line charts, drawn on the server: places in a box of 640 × 200, for the SVG in parts/."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, log10
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 200, 44, 24, 12


@dataclass(frozen=True)
class Mark:
    """One number: where it stands, and what it says."""

    name: Any
    number: float
    x: float
    y: float
    width: float
    height: float
    named: bool

    @property
    def left(self) -> float:
        return round(self.x - self.width / 2, 1)


@dataclass(frozen=True)
class Chart:
    marks: list[Mark]
    grid: list[tuple[float, float]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM

    @property
    def path(self) -> str:
        return " ".join(f"{mark.x},{mark.y}" for mark in self.marks)

    @property
    def area(self) -> str:
        if not self.marks:
            return ""
        return f"{self.marks[0].x},{self.base} {self.path} {self.marks[-1].x},{self.base}"


def bars(points: Iterable[tuple[Any, float]]) -> Chart:
    return _drawn(list(points), share=0.7)


def line(points: Iterable[tuple[Any, float]]) -> Chart:
    return _drawn(list(points), share=0)


def _drawn(points: list[tuple[Any, float]], *, share: float) -> Chart:
    top = nice_top(max((number for _, number in points), default=0))
    step = (WIDTH - LEFT) / max(len(points), 1)
    every = -(-len(points) // 12) or 1
    marks = [
        _mark(name, number, LEFT + step * (place + 0.5), step * share, top, named=place % every == 0)
        for place, (name, number) in enumerate(points)
    ]
    return Chart(marks, [(_at(value, top), value) for value in (0, top / 2, top)])


def _mark(name: Any, number: float, middle: float, width: float, top: float, *, named: bool) -> Mark:
    y = _at(number, top)
    return Mark(name, number, round(middle, 1), y, round(width, 1), round(HEIGHT - BOTTOM - y, 1), named)


def _at(number: float, top: float) -> float:
    room = HEIGHT - BOTTOM - TOP
    return round(HEIGHT - BOTTOM - room * number / top, 1)


def nice_top(number: float) -> float:
    """The next 1, 2, 4, 5 or 10 × 10ⁿ, so that half of it is a round number as well."""
    if number <= 0:
        return 1
    scale = 10 ** floor(log10(number))
    return float(next(step * scale for step in (1, 2, 4, 5, 10) if number <= step * scale))
