"""A mailbox of the cast, and a real mail server for those who need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from kefu.conversations.models import Inbox, InboxKind
from kefu.inboxes.email import connecting
from kefu.inboxes.email.models import MailAddress
from kefu.inboxes.email.settings import MailSecrets, MailSettings, Security, Server, WayIn, WayOut
from kefu.people.models import Brand, Team
from tests import mailserver
from tests.mailserver import MISSING, MailServer

SUPPORT = "support@desk.test"


@pytest.fixture
def mailbox(brand: Brand, support: Team) -> Inbox:
    """``support@desk.test``, reached by whatever delivers, answered through the desk's own mail."""
    inbox = Inbox.objects.create(brand=brand, team=support, name="Mail", kind=InboxKind.EMAIL, language="en")
    MailAddress.objects.create(inbox=inbox, address=SUPPORT, is_main=True)
    MailSettings(way_in=WayIn.DELIVERED, trusted_server="mx.desk.test", plus_addresses=True).save(inbox)
    return inbox


@pytest.fixture(scope="session")
def _server() -> Iterator[MailServer]:
    with mailserver.running() as server:
        yield server


@pytest.fixture
def mail_server(request: pytest.FixtureRequest, settings: Settings) -> Iterator[MailServer]:
    """Trusted by its own certificate, reached on loopback."""
    if not mailserver.is_there():
        pytest.skip(MISSING)
    server: MailServer = request.getfixturevalue("_server")
    settings.KEFU_MAIL_CA = str(server.authority)
    settings.KEFU_OUTBOUND_NETWORKS = ("127.0.0.0/8", "::1/128")
    connecting.tls.cache_clear()
    yield server
    connecting.tls.cache_clear()
    for user in (SUPPORT, "alice@customer.test", "wang@customer.test"):
        server.empty(user)


@pytest.fixture
def real_mailbox(mailbox: Inbox, mail_server: MailServer) -> Inbox:
    """The same at the real server, both ways."""
    MailSettings(
        way_in=WayIn.IMAP,
        imap=Server("localhost", mail_server.ports["IMAPS"], Security.TLS, user=SUPPORT),
        way_out=WayOut.SMTP,
        smtp=Server("localhost", mail_server.ports["SUBMISSION"], Security.STARTTLS, user=SUPPORT),
        plus_addresses=True,
        bounce_addresses=True,
    ).save(mailbox)
    MailSecrets.change(mailbox, imap_password="support-pw", smtp_password="support-pw")
    return mailbox
