"""One result, as a line of JSON and as a row of the table."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field


def load_average() -> float:
    return round(os.getloadavg()[0], 2)


@dataclass
class Figure:
    """``ratio`` is against the limit measured in the same run; absent parts are left out of the JSON."""

    figure: str
    value: float
    unit: str
    ratio: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    per_item_kb: float | None = None
    load: float = field(default_factory=load_average)
    size: int | None = None
    limit: str = ""
    met: bool | None = None
    parts: dict[str, float] | None = None

    def line(self) -> str:
        return json.dumps({name: value for name, value in asdict(self).items() if value not in (None, "")})

    def table(self) -> str:
        """Its row, and below it what it is made of."""
        parts = [f"{'':<10} {value:>12,.1f}   {name}" for name, value in (self.parts or {}).items()]
        return "\n".join([self.row(), *parts])

    def row(self) -> str:
        times = "  ".join(
            f"{name} {value:.1f} ms"
            for name, value in (("p50", self.p50_ms), ("p95", self.p95_ms), ("p99", self.p99_ms))
            if value is not None
        )
        ratio = f"{self.ratio:.2f} ×" if self.ratio is not None else ""
        mark = {True: "met", False: "MISSED", None: ""}[self.met]
        head = f"{self.figure:<10} {self.value:>12,.1f} {self.unit:<12} {ratio:>7}  {times:<40}"
        return f"{head} {self.limit:<46} load {self.load:<5} {mark}".rstrip()


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile of values that need not be sorted."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spread(milliseconds: list[float]) -> dict[str, float]:
    return {f"p{share}_ms": round(percentile(milliseconds, share / 100), 2) for share in (50, 95, 99)}
