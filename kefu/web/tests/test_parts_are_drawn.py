from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.template import engines
from django.test import Client
from django.utils import timezone, translation

from kefu.web import charts, colour, moments
from kefu.web.money import price

POLYGLOT = "\"'><img src=x onerror=alert(1)>{{7*7}}"
SPRITE = Path(__file__).parents[1] / "static/vendor/icons.svg"


def drawn(source: str, **context: Any) -> str:
    with translation.override("en"):
        return engines["django"].from_string(source).render(context)


def test_every_part_stands_on_the_page_of_parts() -> None:
    room = Path(__file__).parents[1]
    shown = (room / "templates/web/parts_shown.html").read_text()
    sources = "".join(file.read_text() for file in (room / "templatetags").glob("*.py"))
    tags = re.findall(r"@register\.simple(?:_block)?_tag\ndef (\w+)", sources)
    elsewhere = {"stylesheets", "icon"}
    assert [name for name in tags if f"{{% {name} " not in shown and name not in elsewhere] == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_of_parts_is_shown_in_both_languages(visitor: Client, language: str) -> None:
    answer = visitor.get(f"/-/parts?language={language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    known = set(re.findall(r'<symbol id="([\w-]+)"', SPRITE.read_text()))
    room = Path(__file__).parents[2]
    used: set[str] = set()
    for file in room.glob("**/templates/**/*.html"):
        used |= set(re.findall(r'(?:{% icon |icon=|{% icon_button )"([\w-]+)"', file.read_text()))
    assert used - known == set()


@pytest.mark.parametrize(
    "source",
    [
        "{% button x key=x data_tip=x href=x %}",
        "{% icon_button 'x' x %}",
        "{% field x x value=x help=x error=x placeholder=x %}",
        "{% field x x value=x rows=3 %}",
        "{% password x x help=x %}",
        "{% select x x options value=x %}",
        "{% combobox x x options placeholder=x %}",
        "{% checkbox x x help=x error=x value=x %}",
        "{% file_drop x x url=x accept=x %}",
        "{% tag x href=x %}{% tag x remove_url=x %}{% pill x x %}{% count x label=x %}",
        "{% avatar x src=x presence='online' %}",
        "{% menu x %}{% menu_item x href=x key=x %}{% endmenu %}",
        "{% dialog x x %}{{ x }}{% enddialog %}",
        "{% toast x undo_url=x undo_label=x %}",
        "{% list_row x text=x href=x who=x %}",
        "{% empty x x action=x href=x %}",
        "{% banner 'bad' x %}{{ x }}{% endbanner %}",
        "{% stat x x unit=x change=x %}",
        "{% bar_chart points x x %}{% line_chart points x x %}",
    ],
)
def test_what_people_wrote_stays_text(source: str) -> None:
    """A2, A7"""
    html = drawn(source, x=POLYGLOT, options=[(POLYGLOT, POLYGLOT)], points=[(POLYGLOT, 1)])
    assert "<img src=x" not in html
    assert "49" not in html


def test_further_keywords_become_attributes() -> None:
    html = drawn('{% button "Solve" hx_post="/x" disabled=True data_none=None data_id=3 %}')
    assert (
        'hx-post="/x"' in html and " disabled" in html and 'data-id="3"' in html and "data-none" not in html
    )


def test_a_field_ties_label_help_and_error_to_its_control() -> None:
    html = drawn('{% field "order" "Order" help="12 digits" error="Too short" %}')
    assert '<label class="field-label" for="id_order">' in html
    assert 'aria-describedby="id_order_helptext id_order_error"' in html
    assert 'aria-invalid="true"' in html and 'id="id_order_error"' in html


def test_a_django_form_is_drawn_the_same_way() -> None:
    class Order(forms.Form):
        number = forms.CharField(help_text="12 digits")
        kind = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)

    html = str(Order({}))
    assert 'aria-describedby="id_number_helptext id_number_error"' in html
    assert "<fieldset" in html and "<legend" in html
    assert html.count('class="field-errors"') == 2


@pytest.mark.parametrize(
    ("name", "initials"), [("陈梅", "梅"), ("Omar Haddad", "OH"), ("Léa", "L"), ("", "?")]
)
def test_avatars_take_the_letters_people_are_known_by(name: str, initials: str) -> None:
    assert f">{initials}</span>" in drawn("{% avatar name %}", name=name)


@pytest.mark.parametrize(
    ("ago", "shown"), [(5, "now"), (130, "2 min"), (3 * 3600, "3 h"), (49 * 3600, "2 d"), (8 * 86400, "-")]
)
def test_ages_are_said_in_the_shortest_word(ago: int, shown: str) -> None:
    with translation.override("en"):
        assert shown in moments.shown(timezone.now() - timedelta(seconds=ago), "relative")


def test_the_zone_is_named_where_it_matters() -> None:
    moment = datetime(2026, 11, 22, 6, 2, tzinfo=UTC)
    with timezone.override("Asia/Shanghai"):
        assert moments.shown(moment, "stamp", zone=True) == "2026-11-22 14:02 (Asia/Shanghai, UTC+8)"
    with timezone.override("Asia/Kolkata"):
        assert moments.exact(moment).endswith("Asia/Kolkata, UTC+5:30")


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "22 November 2026, 14:02"), ("zh-hans", "2026年11月22日 14:02")]
)
def test_customers_read_dates_in_words(language: str, shown: str) -> None:
    with timezone.override("Asia/Shanghai"), translation.override(language):
        assert moments.shown(datetime(2026, 11, 22, 6, 2, tzinfo=UTC), "words") == shown


@pytest.mark.parametrize(
    ("minor", "currency", "language", "shown"),
    [
        (129900, "CNY", "zh-hans", "¥1,299.00"),
        (1999, "USD", "en", "$19.99"),
        (1200, "JPY", "en", "¥1,200"),
        (1234, "KWD", "en", "KWD1.234"),
        (-5, "USD", "en", "-$0.05"),
    ],
)
def test_money_respects_the_currencys_own_minor_unit(
    minor: int, currency: str, language: str, shown: str
) -> None:
    with translation.override(language):
        assert price(minor, currency) == shown


@pytest.mark.parametrize(("number", "top"), [(0, 1), (1, 1), (7, 10), (96, 100), (101, 200), (4100, 5000)])
def test_charts_end_at_a_round_number(number: float, top: float) -> None:
    assert charts.nice_top(number) == top


def test_a_chart_without_points_is_still_a_chart() -> None:
    assert charts.line([]).area == ""
    assert charts.bars([]).marks == []


@pytest.mark.parametrize(
    "brand", ["#156d75", "#ffcc00", "#e60012", "#000000", "#ffffff", "#00ff00", "#0000ff"]
)
def test_any_brand_colour_is_made_readable(brand: str) -> None:
    tokens = dict(re.findall(r"--([\w-]+): light-dark\((.+)\);", colour.accent_css(brand)))
    for side in (0, 1):
        each = {name: picked(value, side) for name, value in tokens.items()}
        assert colour.contrast(each["accent"], each["on-accent"]) >= 4.5
        assert colour.contrast(each["accent-text"], each["accent-soft"]) >= 4.5


@pytest.mark.parametrize("text", ["", "red", "#12", "#12345g", "#156d75;}"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        colour.accent_css(text)


def picked(value: str, side: int) -> colour.Colour:
    parts = re.findall(r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)", value)[side]
    return colour.Colour(*(float(part) for part in parts))
