"""Bytes to text, whatever they are said to be.

Half of the labels in Chinese mail are wrong or too small: gb2312 stands for all of GB 18030, iso-8859-1 for nothing
at all. A label that decodes to a plausible text is believed; else the commonest encodings are tried, strictly.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import NamedTuple

from charset_normalizer import from_bytes

_MEANT = {
    **dict.fromkeys(
        ("gb2312", "gbk", "cp936", "ms936", "x-gbk", "euc-cn", "gb_2312-80", "gb18030-2000"), "gb18030"
    ),
    **dict.fromkeys(("chinese", "csgb2312", "x-euc-cn", "gb-2312", "gb2312-80", "gb18030-2005"), "gb18030"),
    **dict.fromkeys(("us-ascii", "ascii", "ansi_x3.4-1968", "iso-8859-1", "iso8859-1", "latin1"), "cp1252"),
    **dict.fromkeys(("big5", "x-x-big5", "cn-big5", "big-5"), "big5hkscs"),
    **dict.fromkeys(("shift_jis", "shift-jis", "x-sjis", "sjis"), "cp932"),
    **dict.fromkeys(("ks_c_5601-1987", "ks_c_5601", "euc-kr", "korean"), "cp949"),
    **dict.fromkeys(("utf8mb4", "utf-8mb4", "unicode-1-1-utf-8", "utf8"), "utf-8"),
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-8-i": "iso-8859-8",
    "windows-874": "cp874",
}
# Only these: punycode and idna take quadratic time, and unicode_escape is no charset of any mail.
_KNOWN = re.compile(
    r"(utf|iso8859|cp\d|gb|big5|euc|iso2022|koi8|mac|shift_jis|johab|hz$|tis|kz|ptcp|ascii$)[\w-]*"
)
_GUESSES = ("gb18030", "big5hkscs", "cp932", "cp949")
_PLAUSIBLE = 0.8
_LOOKED_AT = 1024
_SINGLE_BYTES = ("cp12", "iso8859", "koi8", "mac")
_SHIFTING = {"utf_7", "hz", "iso2022_jp", "iso2022_kr"}


class Decoded(NamedTuple):
    """``certain`` is false when something could not be read or the label was not believed."""

    text: str
    certain: bool


def decode(content: bytes, label: str = "") -> Decoded:
    """Never fails; the text has no NUL and no lone surrogates."""
    found = _decode(content, _meant(label))
    return Decoded(clean(found.text), found.certain)


def clean(text: str) -> str:
    """What the database does not take becomes a replacement character."""
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    return _UNSTORABLE.sub("\ufffd", text)


_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def _meant(label: str) -> str:
    """The name of Python's codec; "" for a label that nobody knows."""
    name = label.strip().strip("\"'").lower().partition("*")[0].replace(" ", "")
    try:
        codec = codecs.lookup(_MEANT.get(name, name)).name.replace("-", "_")
    except (LookupError, ValueError):
        return ""
    return codec if _KNOWN.match(codec) else ""


def _decode(content: bytes, codec: str) -> Decoded:
    for mark, marked in _MARKS:
        if content.startswith(mark):
            return Decoded(content.decode(marked, "replace"), certain=True)
    if content.isascii() and not (codec.startswith(("utf_16", "utf_32")) or codec in _SHIFTING):
        return Decoded(content.decode("ascii"), certain=True)
    return (
        _as_said(content, codec)
        or _as_guessed(content)
        or _hardly_damaged(content, codec)
        or _as_detected(content)
        or Decoded(content.decode(codec or "cp1252", "replace"), certain=False)
    )


_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _as_said(content: bytes, codec: str) -> Decoded | None:
    text = _strictly(content, codec)
    if text is None:
        return None
    if codec.startswith(_SINGLE_BYTES) and (unicode := _strictly(content, "utf-8")) is not None:
        return Decoded(unicode, certain=False)
    if codec in {"utf_8", *_SHIFTING} or _plausibility(text, codec) >= _PLAUSIBLE:
        return Decoded(text, certain=True)
    better = _as_guessed(content)
    return better or Decoded(text, certain=True)


def _as_guessed(content: bytes) -> Decoded | None:
    text = _strictly(content, "utf-8")
    if text is not None and _plausibility(text) >= _PLAUSIBLE and not _is_chinese_by_chance(text, content):
        return Decoded(text, certain=False)
    texts = [text for guess in _GUESSES if (text := _strictly(content, guess)) is not None]
    best = max(texts, key=_plausibility, default="")  # the first of equals
    return Decoded(best, certain=False) if best and _plausibility(best) >= _PLAUSIBLE else None


def _is_chinese_by_chance(text: str, content: bytes) -> bool:
    """谢谢 in GB 2312 is лл in UTF-8; what is Russian does not read as the commonest Chinese characters."""
    if _BETWEEN.fullmatch(text) is None:
        return False
    chinese = _strictly(content, "gb18030")
    return chinese is not None and _plausibility(chinese) == 1.0


def _hardly_damaged(content: bytes, codec: str) -> Decoded | None:
    """A byte is missing here or there, often the last one."""
    for each in filter(None, (codec, "utf_8", "gb18030", "cp1252")):
        text = content.decode(each, "replace")
        if text.count("\ufffd") <= 1 + len(text) // 50 and _plausibility(text, each) >= _PLAUSIBLE:
            return Decoded(text, certain=False)
    return None


def _as_detected(content: bytes) -> Decoded | None:
    """Detection needs something to go by, and its time grows with it."""
    telling = re.sub(rb"[\x00-\x7f]{40,}", b" ", content[: 16 * _LOOKED_AT])[:_LOOKED_AT]
    if len(re.findall(rb"[\x80-\xff]", telling)) < 24:
        return None
    best = from_bytes(telling).best()
    codec = _meant(best.encoding) if best else ""
    text = content.decode(codec, "replace") if codec else ""
    return Decoded(text, certain=False) if text and _plausibility(text, codec) >= _PLAUSIBLE else None


def _strictly(content: bytes, codec: str) -> str | None:
    if not codec:
        return None
    try:
        return content.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _plausibility(text: str, codec: str = "") -> float:
    """How much of what is not ASCII is what people write, from 0 to 1."""
    others = "".join(_BEYOND_ASCII.findall(text[: 16 * _LOOKED_AT]))[:_LOOKED_AT]
    if not others:
        return 1.0
    if codec.startswith(_SINGLE_BYTES) and _LONG_RUN.search(text):
        return _western(others)
    return sum(map(_weight, others)) / len(others)


_BETWEEN = re.compile("[\0-\x7f\u0370-\u07ff]*")
_BEYOND_ASCII = re.compile("[^\0-\x7f]+")
_LONG_RUN = re.compile("[\x80-\u024f€-™]{4}")


def _western(others: str) -> float:
    """Four letters with marks in a row are another encoding's bytes, unless the script is one of its own."""
    return sum(
        unicodedata.name(each, "").startswith(("CYR", "GREEK", "ARAB", "HEB")) for each in others
    ) / len(others)


def _weight(character: str) -> float:
    if "\u4e00" <= character <= "\u9fff":
        return 1.0 if _is_common(character) else 0.2
    category = unicodedata.category(character)
    if category in {"Cc", "Cn", "Co", "Cs", "Mn"} or "\uff61" <= character <= "\uff9f":
        return 0.0
    return 1.0


def _is_common(character: str) -> bool:
    """Of the 3,755 characters that GB 2312 orders by sound, or the 5,401 that Big5 calls frequent."""
    simplified = character.encode("gb2312", "ignore")
    if simplified and simplified[0] < 0xD8:
        return True
    traditional = character.encode("big5", "ignore")
    return bool(traditional) and traditional[0] < 0xC7
