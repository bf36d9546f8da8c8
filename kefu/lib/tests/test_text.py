from __future__ import annotations

import time

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kefu.lib.text import index_text, query_text, written_in

PARCEL = (
    "您好，上周买的耳机还没发货，订单 K-10482（20261118-4821）。"
    "请回复 lin@example.com 或 +86 138 0013 8000。The left Earbud doesn't charge"
)
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x4E30), min_size=2, max_size=40)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "耳机",
        "还没发货",
        "的",
        "货",
        "K-10482",
        "k-104",
        "10482",
        "20261118-4821",
        "202611184821",
        "lin@example.com",
        "example.com",
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "EARBUD",
        "earb",
        "doesn't",
        "ｋ－１０４８２",
        "耳机 earbud",
        "charge 发货",
    ],
)
def test_a_message_is_found_by_what_people_type(query: str) -> None:
    assert _finds(query, PARCEL)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["机耳", "耳货", "K-10483", "bud", "13800138001", "发货 refund", "lin@example.org"]
)
def test_a_message_is_not_found_by_other_words(query: str) -> None:
    assert not _finds(query, PARCEL)


@pytest.mark.django_db
@given(text=HAN, data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_part_of_two_or_more_han_characters_is_found(text: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(text) - 2))
    behind = data.draw(st.integers(first + 2, len(text)))
    assert _finds(text[first:behind], f"a {text}，b")


@pytest.mark.django_db
@given(st.text())
@example("' & | ! <-> :* \\ ( ) '':1")
@example("a'b\\'c''d:A,*")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_input_is_safe_and_finds_itself(text: str) -> None:
    text = text.replace("\0", "")
    found = _finds(text, text)
    assert found or not query_text(text)


@pytest.mark.django_db
def test_a_phrase_is_found_to_the_end_of_the_longest_message() -> None:
    characters = [chr(0x4E00 + number % 9_000) for number in range(20_000)]
    text = "".join(characters)
    for place in (0, 16_100, 16_126, 16_381, 19_980):
        assert _finds(text[place : place + 12], text)


def test_a_query_with_nothing_in_it_is_empty() -> None:
    assert query_text(" ，。!'\\ 😀") == ""
    assert index_text("") == ""


@pytest.mark.parametrize("text", ["一" * 20_000, "a@" * 10_000, "1 " * 10_000, "k" * 20_000, "ﷺ" * 1_000])
def test_the_longest_message_is_cut_in_milliseconds(text: str) -> None:
    began = time.process_time()
    index_text(text)
    query_text(text)
    assert time.process_time() - began < 0.5


def _finds(query: str, text: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [index_text(text), query_text(query)])
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("请问 Luma Arc 台灯什么时候发货？ Regards, Lin", "zh-hans"),
        ("喜欢の颜色有吗", "zh-hans"),
        ("Where is my lamp, order 12?", "en"),
        ("Où est ma lampe, s'il vous plaît ?", "en"),
        ("ランプはいつ届きますか", "en"),
        ("12345 🙂", ""),
        ("", ""),
    ],
)
def test_which_of_the_desks_languages_a_writer_will_rather_read(text: str, language: str) -> None:
    assert written_in(text) == language
