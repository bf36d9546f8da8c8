"""A real Postfix and Dovecot on loopback, as ``servers/mail`` beside the project sets them up; nothing leaves."""

from __future__ import annotations

import os
import smtplib
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from imapclient import IMAPClient  # type: ignore[import-untyped]

from tests.house import ROOT, free_port

FOLDER = Path(os.environ.get("KEFU_TEST_SERVERS", ROOT.parent / "shared" / "servers")) / "mail"
PORTS = ("SMTP", "SUBMISSION", "SMTPS", "IMAP", "IMAPS", "INTROSPECT")
MISSING = "not run: Postfix and Dovecot for tests are missing"


def is_there() -> bool:
    return (FOLDER / "start.sh").exists() and os.geteuid() == 0


@dataclass(frozen=True)
class MailServer:
    """``ports`` by the names of PORTS. Who is there, and with which passwords: ``password_of``."""

    folder: Path
    ports: dict[str, int]

    @property
    def authority(self) -> Path:
        return self.folder / "tls" / "cert.pem"

    def deliver(self, mail: EmailMessage | bytes, *, to: str, sender: str) -> None:
        """As the world does: without signing in."""
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        with smtplib.SMTP("127.0.0.1", self.ports["SMTP"], timeout=10) as line:
            line.sendmail(sender, [to], raw)

    def mails_of(self, user: str) -> list[bytes]:
        """What lies in somebody's inbox, the oldest first."""
        with self._opened(user) as client:
            client.select_folder("INBOX", readonly=True)
            found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
            return [bytes(found[uid][b"BODY[]"]) for uid in sorted(found)]

    def empty(self, user: str) -> None:
        with self._opened(user) as client:
            client.select_folder("INBOX")
            client.delete_messages(client.search("ALL"))
            client.expunge()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Nobody takes mail meanwhile; what lies in mailboxes can still be read."""
        self._postfix("stop")
        try:
            yield
        finally:
            self._postfix("start")

    def _postfix(self, verb: str) -> None:
        folder = str(self.folder / "postfix" / "etc")
        nothing = subprocess.DEVNULL
        subprocess.run(
            ["postfix", "-c", folder, verb],
            stdin=nothing,
            stdout=nothing,
            stderr=nothing,
            timeout=60,
            check=True,
        )

    @contextmanager
    def _opened(self, user: str) -> Iterator[IMAPClient]:
        trusted = ssl.create_default_context(cafile=str(self.authority))
        client = IMAPClient("localhost", self.ports["IMAPS"], ssl_context=trusted, timeout=10)
        try:
            client.login(user, password_of(user))
            yield client
        finally:
            client.logout()


def password_of(user: str) -> str:
    return f"{user.partition('@')[0]}-pw"


@contextmanager
def running() -> Iterator[MailServer]:
    folder = Path(tempfile.mkdtemp(prefix="kefu-mail-", dir="/tmp"))  # postfix must get there
    folder.chmod(0o755)
    ports = {name: free_port() for name in PORTS}
    environment = os.environ | {f"KEFU_MAIL_{name}_PORT": str(port) for name, port in ports.items()}
    _run("start.sh", folder, environment)
    try:
        yield MailServer(folder, ports)
    finally:
        _run("stop.sh", folder, environment)
        subprocess.run(["rm", "-rf", str(folder)], check=False)


def _run(script: str, folder: Path, environment: dict[str, str]) -> None:
    """Into a file: the servers keep what they were started with open, and a pipe would never end."""
    said = folder / f"{script}.log"
    with said.open("wb") as file:
        done = subprocess.run(
            [str(FOLDER / script), str(folder)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            timeout=180,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(said.read_text(errors="replace")[-2000:])
