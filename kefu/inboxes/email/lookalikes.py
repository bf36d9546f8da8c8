"""Senders that pose as the brand: by the name they show, or by a domain that is read as the brand's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from enum import StrEnum

from kefu.inboxes.email.parsed import Address

SHORTEST_PART = 4


class Pose(StrEnum):
    NAME = "name"
    DOMAIN = "domain"


def poses_as(sender: Address, *, brand_names: Collection[str], brand_domains: Collection[str]) -> Pose | None:
    """None for the brand's own domains: whether they are rightly named is what ``authenticity`` tells."""
    domains = [each.strip().lower().rstrip(".") for each in brand_domains if each.strip()]
    domain = sender.domain.rstrip(".")
    if any(domain == each or domain.endswith("." + each) for each in domains):
        return None
    if any(_is_like(domain, each) for each in domains):
        return Pose.DOMAIN
    return Pose.NAME if _is_named_like(sender, brand_names, domains) else None


# -- domains


def _is_like(domain: str, brand: str) -> bool:
    """Read alike, one slip of the pen away, or with the brand's name as one of its parts."""
    looks, wanted = _looks(_readable(domain)), _looks(_readable(brand))
    name, *_suffix = wanted.split(".")
    if looks == wanted or (len(name) > SHORTEST_PART and _is_near(looks, wanted)):
        return True
    parts = [part for label in looks.split(".")[:-1] for part in (label, *label.split("-"))]
    return (
        any(part == name or _is_near_name(part, name) for part in parts)
        if len(name) >= SHORTEST_PART
        else False
    )


def _is_near_name(part: str, name: str) -> bool:
    return len(name) > SHORTEST_PART and part[:1] == name[:1] and _is_near(part, name)


def _readable(domain: str) -> str:
    """As a mail program shows it: with the letters that punycode stands for."""
    return ".".join(map(_decoded, domain.split(".")))


def _decoded(label: str) -> str:
    if not label.startswith("xn--") or len(label) > 63:
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label


def _is_near(one: str, other: str) -> bool:
    """At most one letter more, fewer, another, or two that changed places."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return one == other
    start = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    one, other = one[start:], other[start:]
    swapped = one[1::-1] + one[2:] == other if len(one) == len(other) >= 2 else False
    return one[1:] == other or one == other[1:] or one[1:] == other[1:] or swapped


# -- names


def _is_named_like(sender: Address, brand_names: Collection[str], domains: list[str]) -> bool:
    shown = _looks(sender.name)
    if any(_looks(each) in shown for each in domains):
        return True
    return any(_holds(shown, _looks(each)) for each in brand_names if each.strip())


def _holds(shown: str, brand: str) -> bool:
    """As words of its own; scripts that put no space between words are searched in."""
    if not brand.isascii():
        return brand.replace(" ", "") in shown.replace(" ", "")
    spaced = re.sub(r"[^a-z0-9]+", " ", brand).strip()
    return bool(spaced) and f" {spaced} " in f" {re.sub('[^a-z0-9]+', ' ', shown)} "


def _looks(text: str) -> str:
    """What the eye takes it for: no accents, no letters of other scripts that look Latin, no 0 for o."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = (each for each in plain if unicodedata.category(each) not in {"Mn", "Cf", "Cc"})
    return "".join(letters).translate(_LOOKALIKES).replace("rn", "m").replace("vv", "w")


_LOOKALIKES = str.maketrans(
    "аеорсухкмнтвіїјѕԁһԛԝьѵӏαεορυνκιτχηβγωɑɡıłøđ0135$|",
    "aeopcyxkmhtbiijsdhqwbvlaeopuvkitxnbywagilodolessl",
)
