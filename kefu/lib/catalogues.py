"""Message catalogues: compiled at start, completed from the sources, and checked to be complete.

`python -m kefu.lib.catalogues compile | update | check`. Needs no gettext tools.
"""

from __future__ import annotations

import ast
import io
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCES = Path(__file__).resolve().parents[1]
LANGUAGES = ("zh_Hans", "en")
HOME = SOURCES / "web" / "locale"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|(?<!\{)\{\w*\}(?!\})")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "_now": None,
    "now": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


class Clash(ValueError):
    """A catalogue holds one translation for both, and a reader of the single word would see the other's number."""


def compile_all(root: Path = SOURCES) -> int:
    """Every `.po` below ``root`` that is newer than its `.mo`; says how many were."""
    outdated = [po for po in _catalogues(root) if _is_outdated(po)]
    for po in outdated:
        _compile(po)
    return len(outdated)


def update(root: Path = SOURCES, home: Path = HOME) -> None:
    """Brings each language's catalogue up to what the sources say; what is new waits for translation."""
    wanted = _extracted(root)
    for language in LANGUAGES:
        po = home / language / "LC_MESSAGES" / "django.po"
        po.parent.mkdir(parents=True, exist_ok=True)
        known = _read(po) if po.exists() else Catalog(locale=language, fuzzy=False)
        known.update(wanted, no_fuzzy_matching=True)
        known.obsolete.clear()
        if language == "en":
            _say_it_as_written(known)
        with po.open("wb") as file:
            write_po(file, known, width=100, omit_header=False, sort_output=True, include_lineno=False)


def problems(root: Path = SOURCES) -> list[str]:
    """Sentences about whatever a reader of either language would see untranslated or broken."""
    wanted = _extracted(root)
    return [told for language in LANGUAGES for told in _problems_in(language, wanted, root)]


def _problems_in(language: str, wanted: Catalog, root: Path) -> Iterator[str]:
    known: dict[tuple[str | None, str], Message] = {}
    for po in _catalogues(root):
        if po.parent.parent.name == language:
            known |= {_key(message): message for message in _read(po) if message.id}
    for message in wanted:
        if message.id and (told := _problem_of(known.get(_key(message)))):
            yield f"{language}: {_key(message)[1]!r} {told} ({message.locations[0][0]})"


def _problem_of(message: Message | None) -> str:
    if message is None:
        return "is missing"
    said = list(message.string or [""]) if message.pluralizable else [str(message.string or "")]
    if not all(said):
        return "is not translated"
    if message.fuzzy:
        return "is marked fuzzy"
    return _problem_of_placeholders(message, said)


def _problem_of_placeholders(message: Message, said: list[str]) -> str:
    """Every form names what the original names; a plural form may leave out the number."""
    asked = [message.id] if isinstance(message.id, str) else list(message.id)
    allowed = [Counter(PLACEHOLDER.findall(one)) for one in asked]
    wrong = [one for one in said if Counter(PLACEHOLDER.findall(one)) not in allowed]
    return "has other placeholders in its translation" if wrong else ""


def _extracted(root: Path) -> Catalog:
    found = Catalog()
    for path in sorted([*root.rglob("*.py"), *root.rglob("templates/**/*.*")]):
        if not {"tests", "migrations"} & set(path.relative_to(root).parts):
            _extract_into(found, path, root)
    return found


def _extract_into(found: Catalog, path: Path, root: Path) -> None:
    place = str(path.relative_to(root.parent))
    for line, ids, comments, context in extract("python", io.BytesIO(_as_python(path)), KEYWORDS):
        known = found.get(ids if isinstance(ids, str) else ids[0], context)
        if known and known.pluralizable == isinstance(ids, str):
            raise Clash(f"{place}: {ids!r} is said with and without a plural; one of them needs a context.")
        found.add(ids, locations=[(place, line)], auto_comments=comments, context=context)


def _as_python(path: Path) -> bytes:
    if path.suffix == ".py":
        return ast.unparse(_Opened().visit(ast.parse(path.read_bytes()))).encode()
    from django.utils.translation.template import templatize

    # What templatize leaves between the strings has no indentation to speak of; brackets make that no matter.
    return f"(\n{templatize(path.read_text(), origin=str(path))}\n)".encode()


class _Opened(ast.NodeTransformer):
    """Before Python 3.12 an f-string is one token, and what is translated inside it stays unseen."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.Tuple:
        self.generic_visit(node)
        return ast.Tuple(
            [part.value for part in node.values if isinstance(part, ast.FormattedValue)], ast.Load()
        )


def _say_it_as_written(english: Catalog) -> None:
    for message in english:
        if message.id and not any(message.string or ""):
            message.string = message.id if isinstance(message.id, str) else tuple(message.id)


def _key(message: Message) -> tuple[str | None, str]:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def _catalogues(root: Path) -> list[Path]:
    return sorted(root.rglob("locale/*/LC_MESSAGES/*.po"))


def _read(po: Path) -> Catalog:
    with po.open("rb") as file:
        return read_po(file, locale=po.parent.parent.name, charset="utf-8")


def _is_outdated(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime


def _compile(po: Path) -> None:
    fresh = po.with_suffix(f".mo.{os.getpid()}")
    with fresh.open("wb") as file:
        write_mo(file, _read(po))
    fresh.replace(po.with_suffix(".mo"))


def main(wanted: str) -> int:
    if wanted == "update":
        update()
    elif wanted == "check":
        told = problems()
        print("\n".join(told) or "Both catalogues are complete.")
        return 1 if told else 0
    compile_all()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
