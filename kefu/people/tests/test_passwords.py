"""What is taken as a password."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from kefu.people.models import Brand, Staff


def why(password: str, user: Staff | None = None) -> str:
    with pytest.raises(ValidationError) as wrong:
        validate_password(password, user)
    return str(wrong.value.error_list[0].code)


@pytest.mark.parametrize("password", ["umbrella violet tractor", "xK9#mQ2vLp", "正确的马电池钉书钉七十二"])
def test_what_nobody_guesses_is_taken(db: None, password: str) -> None:
    validate_password(password)


@pytest.mark.parametrize(
    "password", ["passwordpassword", "1234567890", "qwertyuiop", "aaaaaaaaaaaaaaaa", "iloveyou2020"]
)
def test_what_everyone_guesses_is_refused(db: None, password: str) -> None:
    assert why(password) == "too_weak"


@pytest.mark.parametrize("password", ["mei.example", "Meilinghua1", "meilinghua@desk", "lumolumolumo"])
def test_ones_own_words_are_refused(brand: Brand, password: str) -> None:
    mei = Staff(email="meilinghua@desk.test", name="Mei Linghua", alias="Mei Example")
    assert why(password, mei) == "too_weak"


def test_short_and_long_are_refused_before_anything_is_computed(db: None) -> None:
    began = time.perf_counter()
    assert why("xK9#mQ2vL") == "too_short"
    assert why("x" * 1025) == "too_long"
    assert why("密" * 342) == "too_long"
    assert why("x" * 10_000_000) == "too_long"
    assert time.perf_counter() - began < 0.5


def test_judging_a_long_one_takes_no_long_time(db: None) -> None:
    began = time.perf_counter()
    validate_password("correct horse battery staple " * 35)
    assert time.perf_counter() - began < 2
