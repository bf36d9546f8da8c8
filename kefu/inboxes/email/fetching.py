"""Mailboxes at mail servers: one thread for each, one desk process at a time, every mail once.

A mail is told to be seen only after it is stored; how far a folder has been read moves with it. Whatever dies in
between is read again and recognised. What the server says about "seen" decides nothing but at the very first look.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.db import close_old_connections, connection, transaction
from django.utils import timezone
from imapclient import SEEN, IMAPClient  # type: ignore[import-untyped]

from kefu.conversations.models import Inbox, InboxKind
from kefu.database.plain import plain_connection
from kefu.inboxes.email import connecting, oauth, raws
from kefu.inboxes.email.connecting import Unreachable
from kefu.inboxes.email.models import MailFolder, Way
from kefu.inboxes.email.settings import MailSecrets, MailSettings, SignIn, WayIn

LOOK_FOR_MAILBOXES = 10.0
POLL_SECONDS = 30.0
IDLE_SECONDS = 9 * 60.0  # of one folder; servers end an IDLE after half an hour, and routers sooner
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
BATCH = 20
BACK = timedelta(days=30)  # how far to look again when a server has numbered its mails anew

logger = logging.getLogger(__name__)


def fetch_forever(stop: threading.Event) -> None:
    """Until ``stop``, whatever the mail servers, the database and the admins do meanwhile."""
    fetchers = Fetchers()
    while not stop.is_set():
        try:
            close_old_connections()
            fetchers.tend()
        except Exception:
            logger.warning("mailboxes could not be looked for", exc_info=True)
        connection.close()
        stop.wait(LOOK_FOR_MAILBOXES)
    fetchers.end()


class Fetchers:
    """The threads of one process."""

    def __init__(self) -> None:
        self._running: dict[UUID, _Fetcher] = {}

    def end(self) -> None:
        for fetcher in self._running.values():
            fetcher.end()

    def tend(self) -> None:
        """Start what is missing, end what is not wanted any more or is set up differently."""
        wanted = {inbox.pk: _fingerprint(inbox) for inbox in _mailboxes()}
        for pk, fetcher in list(self._running.items()):
            if wanted.get(pk) != fetcher.fingerprint or not fetcher.is_alive():
                fetcher.end()
                del self._running[pk]
        for pk in wanted.keys() - self._running.keys():
            self._running[pk] = _Fetcher(pk, wanted[pk])
            self._running[pk].start()


def _mailboxes() -> list[Inbox]:
    active = Inbox.objects.filter(kind=InboxKind.EMAIL, is_active=True)
    return [inbox for inbox in active if MailSettings.of(inbox).way_in == WayIn.IMAP]


def _fingerprint(inbox: Inbox) -> str:
    """Changes with whatever a connection depends on."""
    settings, secrets = MailSettings.of(inbox), MailSecrets.of(inbox)
    return repr((settings.imap, settings.folders, settings.oauth, hash(secrets.imap_password)))


class _Fetcher(threading.Thread):
    def __init__(self, inbox: UUID, fingerprint: str) -> None:
        super().__init__(name=f"mailbox {inbox}", daemon=True)
        self.fingerprint = fingerprint
        self._inbox = inbox
        self._stop_asked = threading.Event()

    def end(self) -> None:
        self._stop_asked.set()

    def run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stop_asked.is_set():
            try:
                close_old_connections()
                with _alone(self._inbox) as alone:
                    if alone:
                        _stay(Inbox.objects.get(pk=self._inbox), self._stop_asked)
                        pause = FIRST_PAUSE
            except Unreachable as problem:
                _note_trouble(self._inbox, problem.code)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception:
                logger.warning("a mailbox could not be read", exc_info=True)
                pause = min(pause * 2, LONGEST_PAUSE)
            connection.close()
            self._stop_asked.wait(pause)


@contextmanager
def _alone(inbox: UUID) -> Iterator[bool]:
    """Of many workers one reads a mailbox; the lock ends with its connection, however that ends."""
    line: psycopg.Connection = plain_connection(autocommit=True)
    try:
        key = int.from_bytes(inbox.bytes[-8:], signed=True)
        got = line.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()
        yield bool(got and got[0])
    finally:
        line.close()


def _stay(inbox: Inbox, stop: threading.Event) -> None:
    """Connected, as long as the server and we want. Raises ``Unreachable``."""
    client, several = signed_in(inbox), len(MailSettings.of(inbox).folders) > 1
    try:
        with connecting.told():
            while not stop.is_set():
                fetch(inbox, client)
                connection.close()  # nothing is held while nothing comes
                _wait(client, stop, POLL_SECONDS if several else IDLE_SECONDS)
    finally:
        client.shutdown()


def signed_in(inbox: Inbox) -> IMAPClient:
    """The caller ends the connection. Raises ``Unreachable``."""
    server = MailSettings.of(inbox).imap
    if server.sign_in == SignIn.PASSWORD:
        return connecting.imap(server, MailSecrets.of(inbox).imap_password)
    try:
        return connecting.imap(server, oauth.access_token(inbox))
    except Unreachable as problem:
        if problem.code == "sign_in":
            oauth.forget(inbox)
        raise


def fetch(inbox: Inbox, client: IMAPClient) -> int:
    """Whatever is new in its folders, the first of which stays chosen. The answer: how many mails that were."""
    names = MailSettings.of(inbox).folders
    return sum(_read_folder(inbox, client, name) for name in reversed(names))


def _read_folder(inbox: Inbox, client: IMAPClient, name: str) -> int:
    folder, _made = MailFolder.objects.get_or_create(inbox=inbox, name=name)
    status: dict[bytes, Any] = client.select_folder(name)
    fresh = _fresh(client, folder, int(status[b"UIDVALIDITY"]), inbox.created_at)
    last = int(status.get(b"UIDNEXT", 0)) - 1
    for start in range(0, len(fresh), BATCH):
        _take_batch(inbox, client, folder, fresh[start : start + BATCH])
    with transaction.atomic():
        MailFolder.objects.filter(pk=folder.pk).update(
            uid_validity=int(status[b"UIDVALIDITY"]),
            last_uid=max(folder.last_uid, last, *fresh),
            looked_at=timezone.now(),
            trouble="",
            trouble_since=None,
        )
    return len(fresh)


def _fresh(client: IMAPClient, folder: MailFolder, validity: int, set_up: datetime) -> list[int]:
    """The numbers of what we may not have yet, smallest first.

    At the first look that is what nobody has read; after the server has numbered anew, everything that is recent.
    """
    if folder.uid_validity == validity:
        found = client.search(["UID", f"{folder.last_uid + 1}:*"])
        return sorted(uid for uid in found if uid > folder.last_uid)
    folder.last_uid = 0
    if folder.uid_validity == 0:
        return sorted(client.search(["UNSEEN"]))
    since = max(set_up, timezone.now() - BACK) - timedelta(days=1)
    return sorted(client.search(["SINCE", since.date()]))


def _take_batch(inbox: Inbox, client: IMAPClient, folder: MailFolder, uids: list[int]) -> None:
    sizes = client.fetch(uids, ["RFC822.SIZE"])
    for uid in uids:
        if uid in sizes:  # somebody may have taken it away meanwhile
            _take(inbox, client, uid, int(sizes[uid][b"RFC822.SIZE"]))
    client.add_flags(uids, [SEEN], silent=True)


def _take(inbox: Inbox, client: IMAPClient, uid: int, size: int) -> None:
    too_large = size > raws.LARGEST
    part = b"BODY[HEADER]" if too_large else b"BODY[]"
    asked = "BODY.PEEK[HEADER]" if too_large else "BODY.PEEK[]"
    found = client.fetch([uid], [asked, "INTERNALDATE"]).get(uid)
    if found and found.get(part):
        raws.keep(
            found[part],
            inbox=inbox,
            way=Way.IMAP,
            received_at=_aware(found.get(b"INTERNALDATE")),
            aside="too large" if too_large else "",
        )


def _aware(at: datetime | None) -> datetime:
    """The server's own moment, unless it lies ahead."""
    now = timezone.now()
    if at is None:
        return now
    return min(now, at if at.tzinfo else at.astimezone())


def _wait(client: IMAPClient, stop: threading.Event, seconds: float) -> None:
    """Until the server tells that something came, at most so long; where it cannot tell, it is asked again soon."""
    if not client.has_capability("IDLE"):
        stop.wait(POLL_SECONDS)
        client.noop()
        return
    client.idle()
    try:
        end = time.monotonic() + seconds
        while not stop.is_set() and time.monotonic() < end and not client.idle_check(timeout=1.0):
            pass
    finally:
        client.idle_done()


def _note_trouble(inbox: UUID, code: str) -> None:
    now = timezone.now()
    with transaction.atomic():
        names = MailSettings.of(Inbox.objects.get(pk=inbox)).folders
        for name in names:
            MailFolder.objects.get_or_create(inbox_id=inbox, name=name)
        rows = MailFolder.objects.filter(inbox=inbox)
        rows.filter(trouble_since=None).update(trouble_since=now)
        rows.update(trouble=code)
