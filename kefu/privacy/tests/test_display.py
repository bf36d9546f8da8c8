from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.privacy.display import mask_email, mask_name, mask_phone


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("lin@example.com", "l***@example.com"),
        ("林@例子.测试", "林***@例子.测试"),
        ("a@b", "a***@b"),
        ('"odd@name"@example.com', '"***@example.com'),
        ("@example.com", "***"),
        ("not an address", "***"),
        ("", "***"),
    ],
)
def test_an_address_shows_its_first_character_and_its_domain(address: str, shown: str) -> None:
    assert mask_email(address) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13800138000", "138****8000"),
        ("138 0013 8000", "138****8000"),
        ("+86 138 0013 8000", "+86 138****8000"),
        ("+8613800138000", "+86 138****8000"),
        ("+44 20 7946 3210", "+44 ****3210"),
        ("+442079463210", "****3210"),
        ("021-64370001", "****0001"),
        ("12345", "***"),
        ("", "***"),
    ],
)
def test_a_number_shows_where_it_is_from_and_its_last_four_digits(number: str, shown: str) -> None:
    assert mask_phone(number) == shown


@given(st.from_regex(r"\+?[0-9 \-]{0,20}", fullmatch=True))
def test_a_number_is_never_shown_whole(number: str) -> None:
    digits = "".join(filter(str.isdigit, number))
    shown = mask_phone(number)
    assert "***" in shown
    assert digits == "" or digits not in shown.replace(" ", "")


@pytest.mark.parametrize(
    ("name", "shown"), [("Lin Tao", "L***"), (" 林沐 ", "林***"), ("L", "L***"), ("", "")]
)
def test_a_name_shows_its_first_character(name: str, shown: str) -> None:
    assert mask_name(name) == shown
