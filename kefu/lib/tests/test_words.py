"""What is indexed and what is asked for are cut alike."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kefu.lib import words


def test_chinese_becomes_words_and_characters() -> None:
    assert words.tokens("我想退货") == ["退货", "我", "想", "退", "货"]


def test_traditional_and_full_width_are_folded() -> None:
    assert words.tokens("退貨ＡＢＣ") == words.tokens("退货abc")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("refunded", "refunds"),
        ("cancellation", "cancelled"),
        ("deliveries", "delivery"),
        ("shipping", "shipped"),
        ("charging", "charge"),
        ("returned", "returns"),
    ],
)
def test_forms_of_a_word_are_one(one: str, other: str) -> None:
    assert words.stem(one) == words.stem(other)


def test_numbers_addresses_and_models_stay_whole_beside_their_parts() -> None:
    found = words.tokens("KX-200 a.b@c.com 10482")
    assert {"kx-200", "kx", "200", "a.b@c.com", "10482"} <= {*found}


def test_a_word_sounds() -> None:
    assert words.pinyin("退款") == ("tuikuan", "tk")


def test_letters_are_pairs_of_characters_and_parts_of_words() -> None:
    assert words.letters("退货款") == ["退货", "货款"]
    assert {" re", "fun", "efund", "nd "} <= {*words.letters("refund")}


def test_nothing_heavy_is_imported_at_the_start() -> None:
    script = "import sys, kefu.lib.words; sys.exit(bool({'rjieba', 'opencc', 'pypinyin', 'numpy'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
