from __future__ import annotations

import pytest

from kefu.lib.storable import storable


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("台灯 😀", "台灯 😀"),
        ("a\0b", "ab"),
        ("a\ud83db", "ab"),
        ("\udfff", ""),
        ("\ufeff\ufffd", "\ufeff\ufffd"),
    ],
)
def test_only_what_cannot_be_kept_is_left_out(said: str, kept: str) -> None:
    assert storable(said) == kept
    kept.encode()
