"""Zip files are read without trusting what they say of themselves."""

from __future__ import annotations

import io
import zipfile

import pytest

from kefu.lib import archives


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def unpacked(data: bytes, *, most_members: int = 10, most_bytes: int = 1_000_000) -> dict[str, bytes]:
    return dict(archives.unpacked(data, most_members=most_members, most_bytes=most_bytes))


def test_each_file_comes_with_its_name_and_content() -> None:
    assert unpacked(zipped(a=b"1", b=b"2")) == {"a": b"1", "b": b"2"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 cut off",
        zipped(**{"../a": b"x"}),
        zipped(**{"/a": b"x"}),
        zipped(**{str(number): b"" for number in range(11)}),
        zipped(a=bytes(1_000_001)),
    ],
    ids=["empty", "damaged", "leads outside", "leads to the root", "too many", "too large"],
)
def test_what_cannot_be_trusted_is_not_read(data: bytes) -> None:
    with pytest.raises(archives.Untrusted):
        unpacked(data)


def test_one_that_says_it_is_smaller_than_it_is_yields_no_more_than_it_says() -> None:
    lying = bytearray(zipped(a=bytes(500_000)))
    start = lying.rfind(b"PK\x01\x02")
    lying[start + 24 : start + 28] = (100).to_bytes(4, "little")
    with pytest.raises(archives.Untrusted):
        unpacked(bytes(lying), most_bytes=1_000)


def test_a_damaged_member_is_told_and_not_half_of_it_taken() -> None:
    whole = bytearray(zipped(a=b"some words" * 100))
    whole[40] ^= 0xFF
    with pytest.raises(archives.Untrusted):
        unpacked(bytes(whole))
