"""Any folder of raw mails, named by ``KEFU_MAIL_CORPUS``: each is read or set aside with a reason.

None may crash or hang the reader, lose a word of its text, or yield HTML that runs or fetches anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kefu.inboxes.email.limits import LARGEST, Pool, Unreadable
from kefu.inboxes.email.lines import lines_of_html, text_of
from kefu.inboxes.email.parsed import Mail, Problem
from kefu.lib.html import clean_mail

FOLDER = Path(os.environ.get("KEFU_MAIL_CORPUS") or os.devnull)
LINKS = ("http://", "https://", "mailto:", "tel:")
EVERY_TAG = (
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em"
    " figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp section"
    " small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var wbr"
)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no folder of mails was named")


def mails() -> Iterator[Path]:
    return (path for path in sorted(FOLDER.rglob("*")) if path.is_file() and not path.name.startswith("."))


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool(most=1)
    yield pool
    pool.end()


@pytest.mark.parametrize("path", list(mails()) if FOLDER.is_dir() else [], ids=lambda path: path.name)
def test_a_mail_is_read_or_set_aside(path: Path, pool: Pool) -> None:
    raw = path.read_bytes()
    if len(raw) > LARGEST:
        pytest.skip("larger than any mailbox takes")
    try:
        read = pool.parse(raw)
    except Unreadable as refused:
        assert refused.reason.value
        return
    _can_be_stored(read)
    _has_lost_nothing(read, raw)
    for html in (read.html, read.reply_html):
        _is_harmless(clean_mail(html, inline=lambda cid: f"/files/{len(cid)}").html)


def test_none_is_set_aside_because_of_a_fault_of_ours(pool: Pool) -> None:
    """Time and memory may run out; an error in the reader's own code is ours to mend."""
    refused = {path.name: told for path in mails() if (told := _refusal(path, pool))}
    assert {name: told for name, told in refused.items() if told.startswith(("error", "crash"))} == {}


def _refusal(path: Path, pool: Pool) -> str:
    try:
        pool.parse(path.read_bytes()[:LARGEST])
    except Unreadable as refused:
        return str(refused)
    return ""


def _can_be_stored(read: Mail) -> None:
    people = [each.name for each in (*read.to, *read.cc, *read.reply_to)]
    files = [each.name for each in read.attachments]
    headers = [value for _name, value in read.headers]
    for text in (read.subject, read.plain, read.html, read.message_id, *people, *files, *headers):
        assert "\0" not in text
        text.encode("utf-8")


def _has_lost_nothing(read: Mail, raw: bytes) -> None:
    """Reply, signature and quote are the whole; and every part that the standard library reads is there."""
    whole = _squeezed(read.text + read.signature + read.quoted)
    assert whole == _squeezed(read.plain)
    if Problem.LONG_TEXT in read.problems or Problem.CHARSET in read.problems:
        return
    shown = whole + _squeezed(text_of(lines_of_html(read.html)))
    kept = [each.content for each in read.attachments]
    for text in _texts(raw):
        assert _squeezed(text) in shown or any(text.strip().encode() in each for each in kept), text[:200]


def _texts(raw: bytes) -> Iterator[str]:
    """Plain parts of a mail in good order; what is broken has no second opinion."""
    try:
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(preferencelist=("plain",))
        if body is None or any(part.defects for part in message.walk()) or _is_flowed(body):
            return
        text = body.get_content()
    except Exception:  # its own parser raises on headers that it does not expect
        return
    if isinstance(text, str) and "\ufffd" not in text and "\0" not in text:
        yield text


def _is_flowed(body: MIMEPart) -> bool:
    return str(body.get_param("format", "")).lower() == "flowed"


def _squeezed(text: str) -> str:
    return "".join(text.replace(">", "").replace("\ufeff", "").split())


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def _is_harmless(html: str) -> None:
    for tag, attributes in _Tags(html).found:
        assert tag in EVERY_TAG.split()
        assert not any(
            name.startswith("on") or name in ("id", "class", "srcset", "background") for name in attributes
        )
        link, source = attributes.get("href") or "", attributes.get("src") or ""
        assert not link or link.lower().startswith(LINKS), link
        assert not source or source.startswith(("/files/", "data:image/")), source
        assert "url" not in (attributes.get("style") or "").lower()
