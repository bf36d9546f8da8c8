"""Pictures that customers hand in with a claim, drawn here: nobody's photograph is in the demo."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw

SIZE = (480, 360)
TABLE, CARTON, EDGE, SHELL, DARK = "#b9a58a", "#c8955c", "#8f6534", "#ece7dc", "#3c3a36"


@cache
def photo(shows: str) -> bytes:
    """``shows``: carton (crushed), fault (a light that blinks red), label (of another item), scratch."""
    picture = Image.new("RGB", SIZE, TABLE)
    _DRAWINGS[shows](ImageDraw.Draw(picture))
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=80)
    return kept.getvalue()


def _carton(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon([(90, 120), (300, 90), (400, 150), (395, 300), (180, 330), (95, 260)], CARTON, EDGE)
    draw.line([(95, 260), (190, 190), (395, 170)], EDGE, 3)
    draw.polygon([(300, 90), (330, 150), (290, 190), (360, 210), (400, 150)], "#a87743", EDGE)
    draw.line([(310, 120), (335, 160), (300, 200), (345, 250)], DARK, 4)


def _fault(draw: ImageDraw.ImageDraw) -> None:
    draw.rounded_rectangle((130, 90, 350, 280), 60, SHELL, DARK, 3)
    draw.line([(130, 170), (350, 170)], DARK, 2)
    draw.ellipse((205, 195, 275, 265), "#f4c3b6")
    draw.ellipse((225, 215, 255, 245), "#d43a24")


def _label(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((100, 70, 390, 300), CARTON, EDGE, 4)
    draw.rectangle((140, 110, 350, 250), "#fbfaf6", DARK)
    for place, width in enumerate((2, 5, 2, 3, 7, 2, 4, 2, 6, 3, 2, 5)):
        draw.rectangle((155 + 15 * place, 125, 155 + 15 * place + width, 180), DARK)
    draw.text((158, 200), "LQ  DEEP GREY  x1", DARK)


def _scratch(draw: ImageDraw.ImageDraw) -> None:
    draw.rounded_rectangle((120, 70, 360, 300), 30, SHELL, DARK, 3)
    for place in range(4):
        draw.line([(180 + 9 * place, 130), (250 + 12 * place, 215 - 6 * place)], "#8a857a", 2)
    draw.ellipse((165, 110, 315, 240), outline="#d43a24", width=4)


_DRAWINGS = {"carton": _carton, "fault": _fault, "label": _label, "scratch": _scratch}
