"""A5 A6 A9 C4 F15 F16 F17: what is uploaded, what it is kept as, and what comes back, at both doors."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Callable
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from PIL import Image

from kefu.conversations import files
from kefu.conversations.models import Conversation, File, Inbox
from kefu.inboxes.chat.models import Visitor
from kefu.inboxes.chat.tests.chatting import SAME_SITE, Browser
from kefu.people.models import Staff
from kefu.people.testing import signed_in

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
PHP = b"<?php system($_GET['x']); ?>"
NAMES = [
    "x.html",
    "x.svg",
    "x.svgz",
    "x.xhtml",
    "x.pht",
    "x.php5",
    ".htaccess",
    "x.js",
    "x.png",
    "x.jpg",
    "x.txt",
    "x.pdf",
    "x",
]
TYPES = ["text/html", "image/svg+xml", "image/png", "application/xhtml+xml", "text/plain"]
ODD = [
    "../../../../etc/cron.d/x.txt",
    "..\\..\\windows\\x.txt",
    "/etc/passwd.txt",
    "\u200b.htaccess",
    "\u202etxt.exe.txt",
    "a\r\nSet-Cookie: x=1.txt",
    'a"; filename="b.html.txt',
    "a\x00.php.txt",
    "\u2028x.txt",
    "é" * 300 + ".txt",
    "CON.txt",
    "x.php%00.txt",
    "....//....//x.txt",
]


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def visitor(inbox: Inbox) -> Browser:
    browser = Browser(inbox)
    browser.start()
    return browser


@pytest.fixture
def by_visitor(visitor: Browser) -> Callable[[str, bytes, str], Any]:
    def upload(name: str, data: bytes, type_: str) -> Any:
        headers = SAME_SITE | {"authorization": f"Bearer {visitor.token}"}
        return Client().post(
            f"/w/{visitor.inbox.key}/api/files", {"file": _sent(name, data, type_)}, headers=headers
        )

    return upload


@pytest.fixture
def by_agent(mei: Staff, parcel_question: Conversation) -> Callable[[str, bytes, str], Any]:
    browser = signed_in(mei)

    def upload(name: str, data: bytes, type_: str) -> Any:
        given = {"conversation": str(parcel_question.pk), "file": _sent(name, data, type_)}
        return browser.post("/console/files", given)

    return upload


def _sent(name: str, data: bytes, type_: str) -> SimpleUploadedFile:
    upload = SimpleUploadedFile("x", data, type_)
    upload._name = name  # type: ignore[attr-defined]
    return upload


@pytest.mark.parametrize("door", ["by_visitor", "by_agent"])
def test_whatever_a_file_is_called_and_claims_to_be_it_never_runs_in_our_name(
    door: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A5, A6, F15: extension × declared type × content."""
    upload = request.getfixturevalue(door)
    monkeypatch.setattr("kefu.database.limits.hit", lambda *_given, **_named: True)
    types = cycle(TYPES)
    for data, name in product((SVG, HTML, PHP, picture() + HTML), NAMES):
        answer = upload(name, data, next(types))
        assert answer.status_code in {201, 422}, answer.content
        if answer.status_code == 201:
            _check_what_comes_back(File.objects.get(pk=answer.json()["id"]))


def _check_what_comes_back(kept: File) -> None:
    for thumb in (False, True):
        answer = files.answer(kept, thumb=thumb)
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Content-Type"].split(";")[0] not in {
            "text/html",
            "image/svg+xml",
            "application/xhtml+xml",
        }
        if answer["Content-Type"].startswith("image/"):
            assert b"<script" not in answer.content


@pytest.mark.parametrize("name", ODD)
def test_a_hostile_name_reaches_neither_the_disk_nor_a_header(
    name: str, by_visitor: Callable[[str, bytes, str], Any]
) -> None:
    """A9, F16: kept under a random name without an extension, in a folder that nobody else may enter."""
    answer = by_visitor(name, b"words", "text/plain")
    if answer.status_code != 201:
        assert answer.status_code == 422
        return
    kept = File.objects.get(pk=answer.json()["id"])
    assert re.fullmatch(r"[\w-]{2}/[\w-]{43}", kept.stored)
    path = (Path(settings.MEDIA_ROOT) / kept.stored).resolve()
    assert path.is_relative_to(Path(settings.MEDIA_ROOT).resolve())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    header = files.answer(kept)["Content-Disposition"]
    assert header.isascii() and "\r" not in header and "\n" not in header
    assert header.count("filename=") == 1
    assert "/" not in kept.name and "\\" not in kept.name and kept.name.isprintable()


@limits(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=300))
def test_any_name_is_kept_harmless_or_refused(inbox: Inbox, visitor: Browser, name: str) -> None:
    """A9"""
    try:
        kept = files.keep(
            _sent(f"{name}.txt", b"words", "text/plain"), by=visitor_customer(visitor), conversation=None
        )
    except files.NotKept:
        return
    header = files.answer(kept)["Content-Disposition"]
    assert header.isascii() and header.isprintable()
    assert len(kept.name.encode()) <= 800
    assert kept.name == kept.name.strip() and kept.name.isprintable()
    kept.delete()


def visitor_customer(browser: Browser) -> Any:
    return Visitor.objects.get(inbox=browser.inbox).customer


def _bomb(member: bytes, name: str = "x.txt") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, member)
    return out.getvalue()


def _claiming(size: int) -> bytes:
    """An archive whose directory says that its member unpacks to so many bytes, as those of a bomb do."""
    data = bytearray(_bomb(b"x" * 1000))
    place = data.find(b"PK\x01\x02") + 24
    data[place : place + 4] = size.to_bytes(4, "little")
    return bytes(data)


def _wide_picture() -> bytes:
    """30,000 × 30,000 in a few kB: the head says so, and nobody should find out."""
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    return out.getvalue()


def test_bombs_and_ways_out_of_an_archive_are_refused_at_once(
    by_visitor: Callable[[str, bytes, str], Any],
) -> None:
    """F16, F17"""
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    for name, data in (
        ("bomb.zip", _claiming(2**32 - 2)),
        ("wide.png", _wide_picture()),
        ("way-out.zip", _bomb(b"x", "../../etc/cron.d/x")),
        ("laughs.svg", laughs),
        ("laughs.docx", _bomb(laughs, "word/document.xml")),
    ):
        answer = by_visitor(name, data, "application/octet-stream")
        assert answer.status_code == 422, name
        assert answer.json()["detail"]
    assert not File.objects.exists()


def test_a_file_address_is_worth_nothing_to_anyone_else(
    mei: Staff,
    omar: Staff,
    charlie: Staff,
    parcel_question: Conversation,
    by_agent: Callable[[str, bytes, str], Any],
) -> None:
    """C4: signed, expiring, bound to the viewer; forged, guessed and borrowed ones are not found."""
    kept = File.objects.get(pk=by_agent("manual.txt", b"words", "text/plain").json()["id"])
    hers = signed_in(mei)
    address = hers.get(f"/console/files/{kept.pk}")["Location"]
    assert hers.get(address).status_code == 200
    for stranger in (signed_in(omar), signed_in(charlie)):
        assert stranger.get(address).status_code == 404
        assert stranger.get(f"/console/files/{kept.pk}").status_code == 404
    assert Client().get(address).status_code == 302
    for forged in (
        address[:-2] + "xx",
        address.replace("/files/", "/files/x"),
        f"/files/{kept.pk}",
        "/files/a:b:c",
    ):
        assert hers.get(forged).status_code == 404


def test_nothing_below_the_data_folder_is_served(client: Client) -> None:
    """F16"""
    for prefix in ("/static", "/files", "/media", "/-", "", "/demo", "/b"):
        for way in ("../", "..%2f", "%2e%2e/", "..%5c", "....//", "%2e%2e%2f"):
            for target in ("keys/secret", "etc/passwd", ".kefu/keys/secret"):
                answer = client.get(f"{prefix}/{way * 6}{target}")
                assert answer.status_code in {301, 302, 400, 404}, (prefix, way)
                assert "root:" not in getattr(answer, "content", b"").decode(errors="ignore")
