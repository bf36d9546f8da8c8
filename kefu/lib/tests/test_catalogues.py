from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from kefu.lib import catalogues

GREETING = (
    'from django.utils.translation import gettext as _\n\n\ndef greet(n):\n    return _("Hello %(name)s")\n'
)
PAGE = """{% load i18n %}
  <p>{% translate "Closed" %}</p>
    {% blocktranslate trimmed count n=n %}
      {{ n }} message
    {% plural %}{{ n }} messages{% endblocktranslate %}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "desk"
    (root / "templates").mkdir(parents=True)
    (root / "greeting.py").write_text(GREETING)
    (root / "templates" / "page.html").write_text(PAGE)
    return root


def catalogue(root: Path, language: str) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def translate(root: Path, **said: str) -> None:
    po = catalogue(root, "zh_Hans")
    text = po.read_text()
    for asked, answer in said.items():
        text = text.replace(f'msgid "{asked}"\nmsgstr ""', f'msgid "{asked}"\nmsgstr "{answer}"')
    po.write_text(text.replace('msgstr[0] ""', 'msgstr[0] "%(n)s 条消息"'))


def test_a_new_string_is_missed_in_both_languages(root: Path) -> None:
    told = catalogues.problems(root)
    assert len(told) == 6
    assert "zh_Hans: 'Closed' is missing (desk/templates/page.html)" in told


def test_strings_inside_f_strings_and_those_asked_for_at_once_are_seen(root: Path) -> None:
    asked = """from django.utils.translation import gettext as _now\n\n\n"""
    (root / "at_once.py").write_text(asked + """def tell():\n    return f"{_now('Off')}: {_now('On')}"\n""")
    told = [one for one in catalogues.problems(root) if "at_once" in one]
    assert [one.split("'")[1] for one in told] == ["Off", "On"] * 2


def test_a_word_said_with_and_without_a_plural_must_be_told_apart(root: Path) -> None:
    (root / "letters.py").write_text(
        """from django.utils.translation import gettext as _\n_("%(n)s message")\n"""
    )
    with pytest.raises(catalogues.Clash, match="needs a context"):
        catalogues.problems(root)


def test_update_brings_new_strings_and_english_is_said_as_written(root: Path) -> None:
    catalogues.update(root, root / "locale")
    told = catalogues.problems(root)
    assert len(told) == 3
    assert all(one.startswith("zh_Hans: ") and "is not translated" in one for one in told)


def test_a_complete_translation_has_no_problems_and_keeps_through_updates(root: Path) -> None:
    catalogues.update(root, root / "locale")
    translate(root, **{"Closed": "休息中", "Hello %(name)s": "%(name)s，您好"})
    catalogues.update(root, root / "locale")
    assert catalogues.problems(root) == []


def test_a_translation_that_loses_a_placeholder_is_a_problem(root: Path) -> None:
    catalogues.update(root, root / "locale")
    translate(root, **{"Closed": "休息中", "Hello %(name)s": "您好"})
    assert catalogues.problems(root) == [
        "zh_Hans: 'Hello %(name)s' has other placeholders in its translation (desk/greeting.py)"
    ]


def test_catalogues_are_compiled_when_they_changed(root: Path) -> None:
    catalogues.update(root, root / "locale")
    translate(root, Closed="休息中")
    assert catalogues.compile_all(root) == 2
    assert catalogues.compile_all(root) == 0
    with catalogue(root, "zh_Hans").with_suffix(".mo").open("rb") as mo:
        assert gettext.GNUTranslations(mo).gettext("Closed") == "休息中"
