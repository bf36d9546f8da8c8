"""``bin/bench [NAME …] [--json] [--size N]``: one figure in this process, several in one process each."""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Sequence

from bench.figure import Figure
from bench.ground import ROOT, raise_open_files

# The figure's name → the module that measures it; all of them as rows of the table, in this order.
FIGURES = {
    "posting": "bench.posting",
    "latency": "bench.latency",
    "screens": "bench.screens",
    "start": "bench.start",
    "weight": "bench.weight",
    "list": "bench.listing",
    "search": "bench.searching",
    "imports": "bench.imports",
    "previews": "bench.previews",
    "claims": "bench.claims",
    "articles": "bench.articles",
    "answers": "bench.answers",
    "mail": "bench.mail",
    "mail-out": "bench.mailing",
}


def main() -> int:
    chosen = _arguments()
    raise_open_files()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the processes of a desk
    names = chosen.names or list(FIGURES)
    if len(names) == 1:
        figure = _measure(names[0], chosen.size)
        print(figure.line() if chosen.json else figure.table(), flush=True)
        return 0 if figure.met else 1
    return _one_after_the_other(names, chosen.size, as_json=chosen.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description="What Kefu must reach, measured.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FIGURES))
    parser.add_argument("--json", action="store_true", help="one JSON object a figure, on a line of its own")
    parser.add_argument(
        "--size", type=int, help="screens, conversations or orders, instead of the full number"
    )
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(FIGURES):
        parser.error(f"there is no figure named {', '.join(sorted(unknown))}; there are {', '.join(FIGURES)}")
    return chosen


def _measure(name: str, size: int | None) -> Figure:
    measure = importlib.import_module(FIGURES[name]).measure
    if size and "size" in inspect.signature(measure).parameters:
        return measure(size=size)  # type: ignore[no-any-return]
    return measure()  # type: ignore[no-any-return]


def _one_after_the_other(names: Sequence[str], size: int | None, *, as_json: bool) -> int:
    """Each in a process of its own: a Django knows one database, and nothing weighs on the next."""
    missed = False
    for name in names:
        line = _apart(name, size)
        if line is None:
            print(f"{name:<10} could not be measured", flush=True)
        else:
            print(line if as_json else Figure(**json.loads(line)).table(), flush=True)
        missed = missed or line is None or not json.loads(line).get("met")
    return 1 if missed else 0


def _apart(name: str, size: int | None) -> str | None:
    sized = ["--size", str(size)] if size else []
    command = [sys.executable, "-m", "bench", name, "--json", *sized]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    return lines[-1] if lines and lines[-1].startswith("{") else None


if __name__ == "__main__":
    sys.exit(main())
