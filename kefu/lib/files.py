"""What may be uploaded: known by its content, with a harmless name; pictures are drawn anew.

A file is looked at under its cleaned name only, so what was checked is what is stored. Nothing is unpacked.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

import puremagic
from django.utils.translation import gettext as _

from kefu.lib.archives import is_safe_archive, is_safe_office_file
from kefu.lib.pictures import Picture, TooManyPixels, Unreadable, redraw

LARGEST = 25 * 1024 * 1024
LONGEST_NAME = 200


class Forbidden(Exception):
    """The text is a sentence for the person who sent the file."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What may be stored, and how it is served. Only pictures may show inline; they have a WebP ``thumb``."""

    name: str
    type: str
    data: bytes
    thumb: bytes = b""
    width: int | None = None
    height: int | None = None

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def is_image(self) -> bool:
        return bool(self.thumb)

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.data).digest()


def examine(data: bytes, *, name: str) -> Checked:
    """Raises ``Forbidden``."""
    if not data:
        raise Forbidden(_("This file is empty. It was not sent."))
    if len(data) > LARGEST:
        raise Forbidden(_("This file is larger than 25 MB. It was not sent."))
    name = clean_name(name)
    found = _extensions_of(data)
    picture = next((each for each in _PICTURES if each in found), None)
    if picture and (_extension(name) in ("", *_PICTURES)):
        return _picture(data, name)
    return _document(data, name, found)


def clean_name(name: str) -> str:
    """Without folders, controls, and marks that turn the direction or have no width; at most 200 characters.

    What systems read a meaning into becomes a low line. The extension stays.
    """
    visible = "".join(each for each in name if unicodedata.category(each) not in _INVISIBLE)
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", visible))[-1]
    plain = re.sub(r'[<>:"|?*]', "_", re.sub(r"\s+", " ", last)).strip(" .") or "file"
    stem, dot, extension = plain.rpartition(".")
    if dot and len(extension) <= 10:
        return f"{stem[: LONGEST_NAME - len(extension) - 1]}.{extension}"
    return plain[:LONGEST_NAME]


def content_disposition(name: str, *, inline: bool = False) -> str:
    """RFC 6266, with the name in UTF-8 (RFC 8187) and a likeness of it for old readers."""
    likeness = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{likeness}\"; filename*=UTF-8''{quote(name, safe='')}"


def _picture(data: bytes, name: str) -> Checked:
    try:
        drawn = redraw(data)
    except TooManyPixels as problem:
        raise Forbidden(_("This picture has too many pixels. It was not sent.")) from problem
    except Unreadable as problem:
        raise Forbidden(_("This picture is damaged and cannot be read. It was not sent.")) from problem
    return Checked(
        _named_after_its_type(name, drawn),
        drawn.type,
        drawn.data,
        thumb=drawn.thumb,
        width=drawn.width,
        height=drawn.height,
    )


def _document(data: bytes, name: str, found: set[str]) -> Checked:
    kind = _KINDS.get(_extension(name))
    if kind is None:
        raise Forbidden(_("Files of this type are not accepted. It was not sent."))
    if not (_is_text(data) if kind.is_text else found & set(kind.looks_like)):
        raise Forbidden(_("What is in this file is not what its name says. It was not sent."))
    if not _is_safe_inside(data, _extension(name)):
        raise Forbidden(_("This file has something in it that is not accepted. It was not sent."))
    return Checked(name, kind.type, data)


def _is_safe_inside(data: bytes, extension: str) -> bool:
    if extension == "zip":
        return is_safe_archive(data, forbidden=_is_forbidden_inside)
    elif extension in ("docx", "xlsx", "pptx"):
        return is_safe_office_file(data, extension)
    return True


def _is_forbidden_inside(name: str) -> bool:
    extension = _extension(clean_name(name))
    return extension == "zip" or (extension not in _KINDS and extension not in _PICTURES)


def _extensions_of(data: bytes) -> set[str]:
    try:
        return {match.extension.lstrip(".") for match in puremagic.magic_string(data[:4096])}
    except (puremagic.PureError, ValueError):
        return set()


def _is_text(data: bytes) -> bool:
    """Text that no browser takes for a page, whatever it is told about the type."""
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", data) or _MARKUP.match(data[:1024]):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _extension(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem else ""


def _named_after_its_type(name: str, drawn: Picture) -> str:
    if _PICTURES.get(_extension(name)) == drawn.type:
        return name
    stem = name.rpartition(".")[0] if _extension(name) else name
    return clean_name(f"{stem}.{drawn.extension}")


class _Kind(NamedTuple):
    type: str
    looks_like: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        return not self.looks_like


_INVISIBLE = ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\s*[!?a-zA-Z]")
_PICTURES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "jfif": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
}
_OFFICE = "application/vnd.openxmlformats-officedocument"
_KINDS = {
    "pdf": _Kind("application/pdf", ("pdf",)),
    "docx": _Kind(f"{_OFFICE}.wordprocessingml.document", ("docx",)),
    "xlsx": _Kind(f"{_OFFICE}.spreadsheetml.sheet", ("docx",)),
    "pptx": _Kind(f"{_OFFICE}.presentationml.presentation", ("docx",)),
    "doc": _Kind("application/msword", ("doc",)),
    "xls": _Kind("application/vnd.ms-excel", ("doc",)),
    "ppt": _Kind("application/vnd.ms-powerpoint", ("doc",)),
    "zip": _Kind("application/zip", ("zip", "docx")),
    "txt": _Kind("text/plain"),
    "log": _Kind("text/plain"),
    "md": _Kind("text/plain"),
    "csv": _Kind("text/csv"),
    "json": _Kind("application/json"),
    "heic": _Kind("image/heic", ("heic", "heif")),
    "heif": _Kind("image/heif", ("heic", "heif")),
    "mp4": _Kind("video/mp4", ("mp4", "m4v")),
    "m4v": _Kind("video/mp4", ("mp4", "m4v")),
    "mov": _Kind("video/quicktime", ("mov",)),
    "3gp": _Kind("video/3gpp", ("3gp",)),
    "webm": _Kind("video/webm", ("webm",)),
    "mp3": _Kind("audio/mpeg", ("mp3", "mpga")),
    "m4a": _Kind("audio/mp4", ("m4a",)),
    "wav": _Kind("audio/wav", ("wav",)),
    "ogg": _Kind("audio/ogg", ("ogg", "opus", "ogx")),
    "amr": _Kind("audio/amr", ("amr",)),
}

ENDINGS = tuple(
    f".{extension}" for extension in (*_PICTURES, *_KINDS)
)  # what a form may offer to choose from
