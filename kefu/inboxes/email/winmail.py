"""winmail.dat: what Outlook wraps a mail in when it writes in its own format (TNEF, [MS-OXTNEF])."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from kefu.inboxes.email.charsets import decode
from kefu.inboxes.email.parsed import Attachment

TYPES = {"application/ms-tnef", "application/vnd.ms-tnef"}
MOST_ATTACHMENTS = 200
_SIGNATURE = 0x223E9F78
_CODE_PAGE, _BODY, _PROPERTIES, _FILE_BEGINS, _FILE_NAME, _FILE_CONTENT, _FILE_PROPERTIES = (
    0x9007,
    0x800C,
    0x9003,
    0x9002,
    0x8010,
    0x800F,
    0x9005,
)
_TEXT, _TEXT_RTF, _TEXT_HTML, _DATA, _NAME, _SHORT_NAME, _MIME, _CONTENT_ID = (
    0x1000,
    0x1009,
    0x1013,
    0x3701,
    0x3707,
    0x3704,
    0x370E,
    0x3712,
)


class Damaged(Exception):
    """This is no winmail.dat, or only the beginning of one."""


class Winmail(NamedTuple):
    text: str
    html: str
    attachments: tuple[Attachment, ...]


def read_winmail(content: bytes) -> Winmail:
    """A text that is only there as RTF is among the attachments, as ``text.rtf``."""
    try:
        return _read(content)
    except (struct.error, IndexError, ValueError, OverflowError) as problem:
        raise Damaged from problem


@dataclass
class _File:
    """``properties`` is what MAPI calls them, by number."""

    name: bytes = b""
    content: bytes = b""
    properties: dict[int, bytes | str] = field(default_factory=dict)


def _read(content: bytes) -> Winmail:
    if len(content) < 6 or int.from_bytes(content[:4], "little") != _SIGNATURE:
        raise Damaged
    body, code_page, properties, files = b"", "cp1252", dict[int, bytes | str](), list[_File]()
    for name, value in _attributes(content):
        if name == _CODE_PAGE:
            code_page = f"cp{int.from_bytes(value[:4], 'little')}"
        elif name == _BODY:
            body = value
        elif name == _PROPERTIES:
            properties |= _properties(value)
        elif name == _FILE_BEGINS and len(files) < MOST_ATTACHMENTS:
            files.append(_File())
        elif files:
            _add(files[-1], name, value)
    text = _text(properties.get(_TEXT, b"") or body.rstrip(b"\0"), code_page)
    html = _text(properties.get(_TEXT_HTML, b""), "utf-8")
    attachments = [_attachment(file, code_page) for file in files]
    if not text and not html and isinstance(rtf := properties.get(_TEXT_RTF), bytes):
        attachments.insert(0, Attachment("text.rtf", "application/rtf", unpacked_rtf(rtf)))
    return Winmail(text, html, tuple(attachments))


def _add(file: _File, name: int, value: bytes) -> None:
    if name == _FILE_NAME:
        file.name = value
    elif name == _FILE_CONTENT:
        file.content = value
    elif name == _FILE_PROPERTIES:
        file.properties |= _properties(value)


def _attachment(file: _File, code_page: str) -> Attachment:
    told = file.properties
    name = told.get(_NAME) or told.get(_SHORT_NAME) or file.name.rstrip(b"\0")
    data = told.get(_DATA, b"")
    return Attachment(
        name=_text(name, code_page),
        type=_text(told.get(_MIME, ""), code_page) or "application/octet-stream",
        content=file.content or (data if isinstance(data, bytes) else b""),
        content_id=_text(told.get(_CONTENT_ID, ""), code_page).strip("<>"),
        inline=bool(told.get(_CONTENT_ID)),
    )


def _text(value: bytes | str, code_page: str) -> str:
    content = value.encode("utf-8", "replace") if isinstance(value, str) else value
    return decode(content, "utf-8" if isinstance(value, str) else code_page).text


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    while position + 9 <= len(content):
        _level, name, _type, length = struct.unpack_from("<BHHI", content, position)
        position += 9
        if position + length > len(content):
            raise Damaged
        yield name, content[position : position + length]
        position += length + 2  # and a checksum


_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x0A: 4, 0x0B: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}
_UNICODE, _STRINGS = 0x1F, {0x0D, 0x1E, 0x1F, 0x102}
_MANY, _NAMED = 0x1000, 0x8000


def _properties(content: bytes) -> dict[int, bytes | str]:
    """The first value of each property, numbers as bytes."""
    (count,) = struct.unpack_from("<I", content, 0)
    found: dict[int, bytes | str] = {}
    position = 4
    for _each in range(min(count, 2_000)):
        type_, name = struct.unpack_from("<HH", content, position)
        position += 4
        if name >= _NAMED:
            position = _after_its_name(content, position)
        value, position = _value(content, position, type_)
        found.setdefault(name, value)
    return found


def _after_its_name(content: bytes, position: int) -> int:
    (kind, number) = struct.unpack_from("<II", content, position + 16)
    return position + 24 + (_rounded(number) if kind else 0)


def _value(content: bytes, position: int, type_: int) -> tuple[bytes | str, int]:
    single = type_ & ~_MANY
    count = 1
    if single in _STRINGS or type_ & _MANY:
        (count,) = struct.unpack_from("<I", content, position)
        position += 4
    if count > 10_000:
        raise Damaged
    values = []
    for _each in range(count):
        value, position = _one_value(content, position, single)
        values.append(value)
    return (values[0] if values else b""), position


def _one_value(content: bytes, position: int, type_: int) -> tuple[bytes | str, int]:
    if type_ not in _STRINGS:
        length = _FIXED[type_] if type_ in _FIXED else _unknown()
        return content[position : position + length], position + length
    (length,) = struct.unpack_from("<I", content, position)
    position += 4
    value = content[position : position + length]
    if len(value) < length:
        raise Damaged
    position += _rounded(length)
    if type_ == _UNICODE:
        return value.decode("utf-16-le", "replace").rstrip("\0"), position
    return (value.rstrip(b"\0") if type_ == 0x1E else value), position


def _unknown() -> int:
    raise Damaged


def _rounded(length: int) -> int:
    return (length + 3) // 4 * 4


_RTF_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
MOST_RTF = 10_000_000


def unpacked_rtf(content: bytes) -> bytes:
    """[MS-OXRTFCP]: a dictionary of 4,096 bytes that begins with what most texts begin with."""
    _packed, size, kind, _checksum = struct.unpack_from("<IIII", content, 0)
    if kind == 0x414C454D:  # not packed
        return content[16 : 16 + size]
    window = bytearray(_RTF_START.ljust(4096, b"\0"))
    written, position, found = len(_RTF_START), 16, bytearray()
    while position < len(content) and len(found) < min(size, MOST_RTF):
        flags = content[position]
        position += 1
        for bit in range(8):
            if position >= len(content) or len(found) >= size:
                break
            if not flags >> bit & 1:
                piece = content[position : position + 1]
                position += 1
            else:
                (pair,) = struct.unpack_from(">H", content, position)
                position += 2
                start, length = pair >> 4, (pair & 15) + 2
                if start == written % 4096:
                    return bytes(found)
                piece = b""
            for step in range(len(piece) or length):
                byte = piece[step] if piece else window[(start + step) % 4096]
                window[written % 4096] = byte
                written += 1
                found.append(byte)
    return bytes(found)
