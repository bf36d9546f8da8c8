"""Looks into zip files; nothing of them is written to disk."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

MOST_MEMBERS = 1_000
MOST_BYTES = 250 * 1024 * 1024
_MOST_DIRECTORY_BYTES = 512 * 1024
_DIRECTORY_BYTES_A_MEMBER = 600
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_OFFICE_FOLDERS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}


def is_safe_archive(data: bytes, *, forbidden: Callable[[str], bool]) -> bool:
    """Few members, of bounded size, each inside, none a link, locked or ``forbidden`` by its name."""
    members = _members(data, MOST_MEMBERS, MOST_BYTES, _MOST_DIRECTORY_BYTES)
    return members is not None and not any(
        forbidden(member.filename) for member in members if not member.is_dir()
    )


def is_safe_office_file(data: bytes, extension: str) -> bool:
    """What it says it is, without macros and without document types, which XML bombs are made of."""
    members = _members(data, MOST_MEMBERS, MOST_BYTES, _MOST_DIRECTORY_BYTES)
    if members is None or not any(each.filename.startswith(_OFFICE_FOLDERS[extension]) for each in members):
        return False
    if any(each.filename.lower().endswith("vbaproject.bin") for each in members):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return not any(_declares_a_type(archive, each) for each in members)


class Untrusted(ValueError):
    """Too many members, too large unpacked, locked, damaged, or leading outside."""


def unpacked(data: bytes, *, most_members: int, most_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file, one at a time; no more is unpacked than its directory says. Raises
    ``Untrusted``.
    """
    members = _members(data, most_members, most_bytes, most_members * _DIRECTORY_BYTES_A_MEMBER)
    if members is None:
        raise Untrusted
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in members:
            if not member.is_dir():
                yield member.filename, _content(archive, member)


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(member) as file:
            return file.read(member.file_size)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError, EOFError) as problem:
        raise Untrusted from problem


def _members(
    data: bytes, most_members: int, most_bytes: int, most_directory_bytes: int
) -> list[zipfile.ZipInfo] | None:
    """None if the archive cannot be trusted."""
    if not _has_small_directory(data, most_directory_bytes):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    small = len(members) <= most_members and sum(each.file_size for each in members) <= most_bytes
    return members if small and all(_stays_inside(each) for each in members) else None


def _has_small_directory(data: bytes, most: int) -> bool:
    """Half a million members would take seconds to list; the directory's size tells before."""
    end = data.rfind(_END, -65_557)
    if end < 0 or _END_64 in data[max(0, end - 20) : end]:
        return False
    return int.from_bytes(data[end + 12 : end + 16], "little") <= most


def _stays_inside(member: zipfile.ZipInfo) -> bool:
    name = member.orig_filename
    path = PurePosixPath(name)
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    locked = member.flag_bits & 1
    outside = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name
    return not (is_link or locked or outside)


def _declares_a_type(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    if not member.filename.lower().endswith((".xml", ".rels")):
        return False
    try:
        with archive.open(member) as file:
            head = file.read(2_048)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError):
        return True
    return b"<!" in head.replace(b"\0", b"").replace(b"<!--", b"")
