"""What changed between two versions can be read, and loses nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kefu.articles.differing import Line, lines_between

TEXTS = st.lists(st.sampled_from(["一行", "another line", "", "third", "第三行很长很长"]), max_size=30).map(
    "\n".join
)


def said(line: Line) -> str:
    return "".join(piece.text for piece in line.pieces)


def test_a_reworded_line_shows_its_changed_words() -> None:
    gone, new = lines_between("签收后七天内可以退货。", "签收后十天内可以退货。")
    assert [piece.text for piece in gone.pieces if piece.changed] == ["七"]
    assert [piece.text for piece in new.pieces if piece.changed] == ["十"]


def test_a_line_that_shares_little_is_shown_whole() -> None:
    gone, new = lines_between("Seven days.", "完全不同的一句话")
    assert [piece.changed for piece in (*gone.pieces, *new.pieces)] == [False, False]


def test_what_stayed_is_folded_but_for_the_lines_around() -> None:
    before = [f"line {number}" for number in range(20)]
    after = [*before[:10], "new", *before[10:]]
    found = lines_between("\n".join(before), "\n".join(after))
    assert [(line.kind, line.skipped or said(line)) for line in found] == [
        ("skipped", 8),
        ("same", "line 8"),
        ("same", "line 9"),
        ("new", "new"),
        ("same", "line 10"),
        ("same", "line 11"),
        ("skipped", 8),
    ]


def test_very_long_lines_are_not_compared_by_their_characters() -> None:
    gone, new = lines_between("a" * 5000, "a" * 5001)
    assert not any(piece.changed for piece in (*gone.pieces, *new.pieces))


@given(TEXTS, TEXTS)
def test_nothing_is_lost_or_made_up(before: str, after: str) -> None:
    found = lines_between(before, after)
    old, new = before.splitlines(), after.splitlines()
    skipped = sum(line.skipped for line in found)
    assert len([line for line in found if line.kind in ("same", "gone")]) + skipped == len(old)
    assert len([line for line in found if line.kind in ("same", "new")]) + skipped == len(new)
    assert all(said(line) in old for line in found if line.kind == "gone")
    assert all(said(line) in new for line in found if line.kind == "new")
