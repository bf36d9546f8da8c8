"""Text is read whatever it says it is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.inboxes.email.charsets import decode

PARCEL = "您好，我的订单还没有收到，请问什么时候发货？谢谢！"
RARE = "㐂𠮷野家的订单没有收到"
WRONG = [
    "",
    "gb2312",
    "gbk",
    "utf-8",
    "iso-8859-1",
    "us-ascii",
    "big5",
    "shift_jis",
    "x-unknown",
    "nonsense",
    "zip",
]


@pytest.mark.parametrize("label", WRONG)
@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
@pytest.mark.parametrize("text", [PARCEL, RARE])
def test_chinese_is_read_under_any_label(text: str, charset: str, label: str) -> None:
    assert decode(text.encode(charset), label).text == text


@pytest.mark.parametrize("label", ["", "big5", "gb2312", "utf-8", "iso-8859-1"])
def test_traditional_chinese_is_read_under_any_label(label: str) -> None:
    text = "您好，請問我的訂單什麼時候發貨？謝謝您的協助"
    assert decode(text.encode("big5"), label).text == text


@pytest.mark.parametrize(
    "label", ["gb2312", "GBK", "GB_2312-80", '"gb2312"', "x-gbk", "gb2312*zh", "csGB2312"]
)
def test_gb2312_stands_for_all_of_gb18030(label: str) -> None:
    decoded = decode(RARE.encode("gb18030"), label)
    assert decoded == (RARE, True)


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("联通", "gbk"),
        ("好的", "gbk"),
        ("谢谢", "gbk"),
        ("订单", "gbk"),
        ("Grüße aus München", "iso-8859-1"),
        ("“smart” — it’s €5", "cp1252"),
        ("Привет, где мой заказ номер пять", "utf-8"),
        ("café", "utf-8"),
        ("こんにちは、注文はまだ届いていません", "shift_jis"),
        ("plain", "us-ascii"),
        ("", "utf-8"),
    ],
)
def test_a_few_characters_without_a_label_are_guessed(text: str, charset: str) -> None:
    assert decode(text.encode(charset)).text == text


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Żółć gęśla jaźń", "cp1250"),
        ("Привет, где мой заказ", "koi8-r"),
        ("Привет, где мой заказ", "windows-1251"),
        ("Καλημέρα", "iso-8859-7"),
        ("안녕하세요", "ks_c_5601-1987"),
        ("안녕하세요", "euc-kr"),
        ("こんにちは", "iso-2022-jp"),
        ("您好", "hz"),
        ("您好", "utf-7"),
        ("您好", "utf-16"),
        ("您好", "utf-16-le"),
        ("שלום", "iso-8859-8-i"),
    ],
)
def test_a_right_label_is_believed(text: str, charset: str) -> None:
    codec = {"ks_c_5601-1987": "cp949", "iso-8859-8-i": "iso-8859-8"}.get(charset, charset)
    assert decode(text.encode(codec), charset) == (text, True)


def test_utf_8_under_a_western_label_is_no_word_salad() -> None:
    assert decode("café, größer".encode(), "iso-8859-1").text == "café, größer"


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_believed_and_not_shown(mark: str) -> None:
    assert decode(PARCEL.encode(mark), "gb2312").text == PARCEL


@pytest.mark.parametrize("charset", ["gb18030", "utf-8"])
def test_a_character_cut_in_two_costs_only_itself(charset: str) -> None:
    text, certain = decode((PARCEL * 3).encode(charset)[:-1] + b"\xff", charset)
    assert text.startswith(PARCEL * 2)
    assert not certain


def test_dangerous_codecs_are_no_charsets() -> None:
    for label in (
        "punycode",
        "idna",
        "unicode_escape",
        "raw_unicode_escape",
        "undefined",
        "rot13",
        "base64",
        "\0",
    ):
        assert decode(b"abc\\u0041-", label).text == "abc\\u0041-"


@given(st.binary(max_size=300), st.one_of(st.sampled_from(WRONG), st.text(max_size=20)))
def test_anything_becomes_text_that_can_be_stored(content: bytes, label: str) -> None:
    text = decode(content, label).text
    assert "\0" not in text
    text.encode("utf-8")


@pytest.mark.parametrize("content", [b"\xff\xfe\xfd" * 300_000, b"\x81" * 900_000, bytes(range(256)) * 3_500])
def test_rubbish_is_given_up_soon(content: bytes) -> None:
    for label in ("", "gb2312", "utf-8", "utf-7", "hz"):
        began = time.process_time()
        decode(content, label)
        assert time.process_time() - began < 1
