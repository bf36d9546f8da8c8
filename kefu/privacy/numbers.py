"""Bank cards and Chinese ID numbers in running text, whether spaced, full-width or spelt out (零一二)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple

import re2

HAN_DIGITS = "零一二三四五六七八九〇幺壹贰叁肆伍陆柒捌玖"
DIGIT = rf"\p{{Nd}}⁰¹²³⁴-⁹₀-₉①-⑨⓪❶-❾{HAN_DIGITS}"
GAP = r"\s\p{Zs}\p{Pd}\x{2212}·•‧・._\x{ad}\x{200b}-\x{200f}\x{2060}\x{feff}\x{fe0f}\x{20e3}"
LONG_NUMBER = rf"[{DIGIT}](?:[{GAP}]{{0,4}}[{DIGIT}]){{12,}}(?:[{GAP}]{{0,4}}[xXｘＸ])?"

_LONG_NUMBER = re2.compile(LONG_NUMBER)
_GROUP = re.compile(r"[0-9]+|[a-j]+|x")
_SPELT = str.maketrans("abcdefghij", "0123456789")
_CARD = re.compile(
    r"62\d{11,17}|(?:9558|6013)\d{12,15}|3[47]\d{13}"
    r"|(?:4\d{3}|5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720|352[89]|35[3-8]\d|6011|64[4-9]\d|65\d\d)\d{12}"
)
_RARE_VISA = re.compile(r"4(?:\d{12}|\d{18})")
_ID_NUMBER = re.compile(r"[1-9]\d{16}[\dxX]")
_CARD_CONTEXT = ("卡", "card", "visa", "银行", "信用")
_CARD_WORDS = frozenset({"card", "visa", "no", "pan", "cc", "bank", "amex", "mc", "jcb", "id"})


class Number(NamedTuple):
    kind: str
    start: int
    end: int
    shown: str


class _Group(NamedTuple):
    """Digits written together, and what separates them from those before."""

    start: int
    end: int
    digits: str
    gap: str


def numbers(text: str) -> Iterator[Number]:
    for run in _LONG_NUMBER.finditer(text):
        yield from _in_run(text, _groups(run.group(), run.start()))


def is_card(digits: str) -> bool:
    """Luhn and a known issuer."""
    return bool(_CARD.fullmatch(digits)) and _luhn(digits)


def is_rare_card(digits: str) -> bool:
    """Visa of 13 or 19 digits, which look like the numbers of parcels and orders."""
    return bool(_RARE_VISA.fullmatch(digits)) and _luhn(digits)


def is_id_number(number: str) -> bool:
    """GB 11643: a real date of birth and the check character. No area code: every list of them has gaps."""
    if not _ID_NUMBER.fullmatch(number):
        return False
    values = [10 if each in "xX" else int(each) for each in number]
    weighted = sum(value << power for power, value in enumerate(reversed(values)))
    return weighted % 11 == 1 and _is_birthday(number[6:14])


def _in_run(text: str, groups: list[_Group]) -> Iterator[Number]:
    """Takes the whole run if it is one number, else the first part that is written like one, and goes on."""
    while groups:
        if whole := _whole(text, groups):
            yield whole
            return
        first, behind, found = _first_part(text, groups)
        if found is None:
            return
        if before := _whole(text, groups[:first]):
            yield before
        yield found
        groups = groups[behind:]


def _whole(text: str, groups: list[_Group]) -> Number | None:
    """Digits in any grouping, unless a full stop parts them: those are amounts, versions, addresses."""
    if len(groups) > 19 or any("." in group.gap for group in groups[1:]):
        return None
    return _number(text, groups, spaced=False)


def _first_part(text: str, groups: list[_Group]) -> tuple[int, int, Number | None]:
    for first in range(len(groups)):
        for behind in _longest_first(groups, first):
            part = groups[first:behind]
            if _is_usual_grouping(part) and (found := _number(text, part, spaced=len(part) > 1)):
                return first, behind, found
    return 0, 0, None


def _longest_first(groups: list[_Group], first: int) -> Iterator[int]:
    # Usual groupings begin with four or six digits; else only an x can belong to the first group.
    last = first + (6 if len(groups[first].digits) in (4, 6) else 2)
    behind, digits = first, 0
    while behind < min(last, len(groups)) and digits + len(groups[behind].digits) <= 19:
        digits += len(groups[behind].digits)
        behind += 1
    return iter(range(behind, first, -1))


def _is_usual_grouping(part: list[_Group]) -> bool:
    lengths = [len(group.digits) for group in part]
    if part[-1].digits == "x" and not part[-1].gap and len(lengths) > 1:
        lengths[-2:] = [lengths[-2] + 1]
    fours = all(length == 4 for length in lengths[:-1]) and lengths[-1] <= 4
    return len(lengths) == 1 or fours or lengths in ([4, 6, 5], [6, 8, 4], [6, 4, 4, 4], [6, 4, 2, 2, 4])


def _number(text: str, part: list[_Group], *, spaced: bool) -> Number | None:
    if not part or sum(len(group.digits) for group in part) > 19:
        return None
    digits = "".join(group.digits for group in part)
    start, end = part[0].start, part[-1].end
    if is_id_number(digits):
        return Number("id_number", start, end, f"{digits[:3]}***********{digits[-4:].upper()}")
    rare = is_rare_card(digits) and (spaced or _speaks_of_a_card(text[:start]))
    if (rare or is_card(digits)) and _may_be_card(text, part[0]):
        return Number("card", start, end, f"**** **** **** {digits[-4:]}")
    return None


def _speaks_of_a_card(text: str) -> bool:
    lower = text.lower()
    return any(word in lower for word in _CARD_CONTEXT)


def _may_be_card(text: str, group: _Group) -> bool:
    """Not a decimal fraction, a telephone number with its country, or a parcel's (SF…)."""
    before = text[max(0, group.start - 12) : group.start]
    if group.gap == "." or before.endswith("+"):
        return False
    word = _WORD_AT_END.search(before)
    return not word or len(word.group()) > 4 or word.group().lower() in _CARD_WORDS


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(each // 10 + each % 10 for each in doubled)) % 10 == 0


def _is_birthday(digits: str) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return born.year >= 1800 and born <= datetime.now(UTC).date()


def _groups(run: str, offset: int) -> list[_Group]:
    plain = run.translate(_PLAIN)
    groups: list[_Group] = []
    end = 0
    for match in _GROUP.finditer(plain):
        digits, gap = match.group().translate(_SPELT), plain[end : match.start()]
        groups.append(_Group(offset + match.start(), offset + match.end(), digits, gap))
        end = match.end()
    return _joined(groups)


def _joined(groups: list[_Group]) -> list[_Group]:
    """Digits that stand alone, one after the other, are one group: 4 1 1 1 …"""
    joined: list[_Group] = []
    alone = False
    for group in groups:
        was_alone, alone = alone, len(group.digits) == 1 and group.digits != "x"
        if alone and was_alone:
            last = joined.pop()
            group = last._replace(end=group.end, digits=last.digits + group.digits)
        joined.append(group)
    return joined


class _Plain(dict[int, str]):
    """What each character of a run stands for: a digit, a to j for spelt ones, x, a full stop, a gap."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        digit = unicodedata.digit(character, None)
        if digit is not None:
            plain = str(digit)
        elif character in HAN_DIGITS:
            plain = "abcdefghij"[int(_HAN_VALUES[HAN_DIGITS.index(character)])]
        else:
            plain = _AS_THEY_ARE.get(character, " ")
        self[code] = plain
        return plain


_HAN_VALUES = "012345678901123456789"
_AS_THEY_ARE = {"x": "x", "X": "x", "ｘ": "x", "Ｘ": "x", ".": "."}
_PLAIN = _Plain()
_WORD_AT_END = re.compile(r"(?<![\dA-Za-z])[A-Za-z]+$")
