"""Contact details as shown to those who need to recognise them, not to know them (GB/T 35273, 7.2)."""

from __future__ import annotations

STARS = "***"


def mask_email(address: str) -> str:
    """``l***@example.com``: the first character and the domain."""
    name, at, domain = address.strip().rpartition("@")
    if not at or not name:
        return STARS
    return f"{name[0]}{STARS}@{domain}"


def mask_phone(number: str) -> str:
    """``138****8000``, ``+44 ****3210``: where it is from, and the last four digits."""
    digits = "".join(each for each in number if each.isascii() and each.isdigit())
    if len(digits) < 7:
        return STARS
    elif len(digits) == 11 and digits.startswith("1") and not number.strip().startswith("+"):
        return f"{digits[:3]}****{digits[-4:]}"
    elif digits.startswith("861") and len(digits) == 13:
        return f"+86 {digits[2:5]}****{digits[-4:]}"
    return f"{_country(number)}****{digits[-4:]}"


def mask_name(name: str) -> str:
    """``L***``, ``林***``: the first character."""
    return f"{name.strip()[0]}{STARS}" if name.strip() else ""


def _country(number: str) -> str:
    """The country code, if it stands apart: without a separator it could be the number's own beginning."""
    first = number.strip().replace("-", " ").split(" ")[0]
    return f"{first} " if first.startswith("+") and 2 <= len(first) <= 4 else ""
