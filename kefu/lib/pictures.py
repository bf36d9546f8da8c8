"""Pictures are decoded and drawn anew: what comes out has no place, camera, comment or passenger."""

from __future__ import annotations

import io
import threading
from typing import NamedTuple

from PIL import Image, ImageCms, ImageOps

MOST_PIXELS = 60_000_000
LONGEST_SIDE = 4_096
THUMB_SIDE = 480

# A decoded picture takes up to 240 MB, so a process draws them one at a time.
_drawing = threading.Lock()


class TooManyPixels(Exception):
    pass


class Unreadable(Exception):
    pass


class Picture(NamedTuple):
    data: bytes
    thumb: bytes
    type: str
    extension: str
    width: int
    height: int


def redraw(data: bytes) -> Picture:
    """JPEG, PNG, WebP or GIF, upright, at most 4,096 pixels a side; of moving pictures the first frame.

    Raises ``TooManyPixels`` before anything is decoded, or ``Unreadable``.
    """
    with _drawing:
        try:
            return _drawn(data)
        except TooManyPixels:
            raise
        except Image.DecompressionBombError as problem:
            raise TooManyPixels from problem
        except Exception as problem:  # a decoder fails with whatever the damaged bytes led it to
            raise Unreadable from problem


def _drawn(data: bytes) -> Picture:
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "GIF", "WEBP")) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise TooManyPixels
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        kind = opened.format or ""
        image = _upright(opened)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = image.copy()
    small.thumbnail((THUMB_SIDE, THUMB_SIDE))
    written = {"GIF": "PNG"}.get(kind, kind)
    return Picture(
        _written(image, written),
        _written(small, "WEBP"),
        f"image/{written.lower()}",
        {"JPEG": "jpg"}.get(written, written.lower()),
        image.width,
        image.height,
    )


def _upright(opened: Image.Image) -> Image.Image:
    opened.load()
    profile = opened.info.get("icc_profile")
    image = ImageOps.exif_transpose(opened)
    transparent = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    image = _in_common_colours(image, profile).convert("RGBA" if transparent else "RGB")
    image.info.clear()
    return image


def _in_common_colours(image: Image.Image, profile: bytes | None) -> Image.Image:
    """sRGB: the profile is dropped, and without it a telephone's wide colours would look faded."""
    if not profile or image.mode not in ("RGB", "CMYK"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image
    return converted or image


def _written(image: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    quality = {"JPEG": 88, "WEBP": 82}.get(kind, 75)
    image.save(file, kind, quality=quality)
    return file.getvalue()
