"""D2 D4 D5 D6 A7: our own source, read as a tree, calls nothing that turns text into code, markup, SQL or objects."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "kefu"
SOURCES = [
    path
    for path in sorted(ROOT.rglob("*.py"))
    if "/tests/" not in str(path) and "/migrations/" not in str(path)
]
TEMPLATES = sorted(ROOT.rglob("templates/**/*.*"))
SCRIPTS = [path for path in sorted(ROOT.rglob("static/**/*.js")) if "/vendor/" not in str(path)]

FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "yaml", "xml", "telnetlib", "requests.sessions"}
# Text that was made safe on the spot, each with a test of its own.
MAKES_MARKUP = {
    "lib/html.py",
    "web/templatetags/parts.py",
    "web/charts.py",
    "conversations/templatetags/console.py",
}
RUNS_SQL = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|TRUNCATE)\b", re.IGNORECASE)


def calls(path: Path) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_source_turns_no_text_into_something_else(path: Path) -> None:
    for call in calls(path):
        name = name_of(call)
        assert name not in FORBIDDEN_CALLS, ast.unparse(call)
        assert not any(keyword.arg == "shell" for keyword in call.keywords), ast.unparse(call)
        assert name not in {"os.system", "os.popen"}, ast.unparse(call)
        if name.endswith(("mark_safe", "SafeString")):
            assert str(path.relative_to(ROOT)) in MAKES_MARKUP, ast.unparse(call)
        if name.endswith((".raw", ".extra", "RawSQL")) and "objects" in name:
            raise AssertionError(ast.unparse(call))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_source_imports_nothing_that_makes_objects_of_bytes(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not [name for name in names if name.split(".")[0] in FORBIDDEN_MODULES], path


def test_templates_say_nowhere_that_text_is_safe_and_hold_no_handler() -> None:
    for path in TEMPLATES:
        text = path.read_text()
        assert not re.search(r"\|\s*safe(seq)?\b", text), path
        assert path.suffix == ".txt" or not re.search(r"autoescape\s+off", text), path
        if path.suffix == ".html" and "/mail/" not in str(path):
            markup = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text)
            assert not re.search(r"<[^>]+\s(on[a-z]+|style|hx-on[:\w-]*)\s*=", markup), path
            assert not re.search(r"javascript:|hx-vals=.js:|hx-trigger=\"[^\"]*\[", text), path


def test_scripts_make_markup_of_text_in_one_place_only() -> None:
    makes_markup = re.compile(
        r"\.(inner|outer)HTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function\(|setTimeout\(\s*[\"'`]"
    )
    found = [str(path.relative_to(ROOT)) for path in SCRIPTS if makes_markup.search(path.read_text())]
    assert set(found) <= {"web/static/js/trusted.js"}


def test_statements_are_put_together_from_our_own_text_only() -> None:
    """A formatted statement names the constants that go into it; values always travel beside it."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr) and RUNS_SQL.match(ast.unparse(node).lstrip("f'\"")):
                for value in node.values:
                    if isinstance(value, ast.FormattedValue):
                        assert ast.unparse(value.value).isupper(), (path, ast.unparse(node)[:120])
