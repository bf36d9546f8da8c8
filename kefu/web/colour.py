"""The brand's one colour as the five accent tokens, made darker or lighter until one can read on them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from math import atan2, cos, degrees, hypot, radians, sin

READABLE = 4.5
STEP = 0.01
HEX = re.compile(r"#?([0-9a-fA-F]{6})")


@dataclass(frozen=True)
class Colour:
    """OKLCH: lightness 0–1, chroma, hue in degrees."""

    lightness: float
    chroma: float
    hue: float

    @classmethod
    def from_hex(cls, text: str) -> Colour:
        """ "#156d75" → the colour. ValueError if it is none."""
        match = HEX.fullmatch(text.strip())
        if not match:
            raise ValueError(f"not a colour: {text!r}")
        digits = match.group(1)
        red, green, blue = (_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
        return cls(*_oklch(red, green, blue))

    def at(self, lightness: float, *, chroma: float | None = None) -> Colour:
        """The same hue at another lightness, as colourful as screens can show it there."""
        wanted = replace(self, lightness=lightness, chroma=self.chroma if chroma is None else chroma)
        while wanted.chroma > 0 and not all(-0.001 <= part <= 1.001 for part in _rgb(wanted)):
            wanted = replace(wanted, chroma=max(0.0, wanted.chroma - 0.005))
        return wanted

    @property
    def css(self) -> str:
        return f"oklch({self.lightness:.3f} {self.chroma:.3f} {self.hue:.1f})"


WHITE = Colour(1, 0, 0)
INK = Colour(0.2, 0.02, 80)


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2 contrast, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def accent_css(hex_colour: str) -> str:
    """A stylesheet that replaces the accent. ValueError if the text is no colour."""
    brand = Colour.from_hex(hex_colour)
    light, dark = _light(brand), _dark(brand)
    tokens = (f"  --{name}: light-dark({light[name].css}, {dark[name].css});" for name in light)
    return ":root {\n" + "\n".join(tokens) + "\n}\n"


def _light(brand: Colour) -> dict[str, Colour]:
    """The brand's own lightness if white can be read on it, else the nearest darker one."""
    fill = _readable(brand.at(min(brand.lightness, 0.62)), WHITE, -STEP)
    soft = brand.at(0.955, chroma=min(brand.chroma * 0.2, 0.02))
    return {
        "accent": fill,
        "accent-hover": fill.at(max(fill.lightness - 0.05, 0.1)),
        "on-accent": WHITE,
        "accent-soft": soft,
        "accent-text": _readable(fill, soft, -STEP),
    }


def _dark(brand: Colour) -> dict[str, Colour]:
    fill = _readable(brand.at(max(brand.lightness, 0.7)), INK, STEP)
    soft = brand.at(0.3, chroma=min(brand.chroma * 0.4, 0.05))
    return {
        "accent": fill,
        "accent-hover": fill.at(min(fill.lightness + 0.06, 0.97)),
        "on-accent": INK,
        "accent-soft": soft,
        "accent-text": _readable(fill, soft, STEP),
    }


def _readable(colour: Colour, against: Colour, step: float) -> Colour:
    while contrast(colour, against) < READABLE and 0.05 < colour.lightness < 0.98:
        colour = colour.at(colour.lightness + step)
    return colour


def _luminance(colour: Colour) -> float:
    red, green, blue = (min(1.0, max(0.0, part)) for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _rgb(colour: Colour) -> tuple[float, float, float]:
    """OKLCH to linear sRGB, by Björn Ottosson's matrices."""
    a = colour.chroma * cos(radians(colour.hue))
    b = colour.chroma * sin(radians(colour.hue))
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _oklch(red: float, green: float, blue: float) -> tuple[float, float, float]:
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, hypot(a, b), degrees(atan2(b, a)) % 360
