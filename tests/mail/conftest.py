from __future__ import annotations

from collections.abc import Iterator

import pytest

from kefu.conversations.models import Inbox, InboxKind
from kefu.inboxes.email.models import MailAddress
from kefu.inboxes.email.settings import MailSecrets, MailSettings, Security, Server, WayIn, WayOut
from kefu.people.models import Brand, Team
from tests import mailserver
from tests.house import House, house
from tests.mailserver import MISSING, MailServer

SUPPORT = "support@desk.test"


@pytest.fixture(scope="package")
def mail_server() -> Iterator[MailServer]:
    if not mailserver.is_there():
        pytest.skip(MISSING)
    with mailserver.running() as server:
        yield server


@pytest.fixture(scope="package")
def desk(mail_server: MailServer) -> Iterator[House]:
    """Trusts the test server's certificate, and may reach it on loopback."""
    trusted, near = str(mail_server.authority), "127.0.0.0/8,::1/128"
    with house(jobs=True, KEFU_MAIL_CA=trusted, KEFU_OUTBOUND_NETWORKS=near) as desk:
        yield desk


@pytest.fixture
def mailbox(committed: None, brand: Brand, support: Team, mail_server: MailServer) -> Iterator[Inbox]:
    """Fetched by IMAP, answered through submission."""
    inbox = Inbox.objects.create(brand=brand, team=support, name="Mail", kind=InboxKind.EMAIL, language="en")
    MailAddress.objects.create(inbox=inbox, address=SUPPORT, is_main=True)
    MailSettings(
        way_in=WayIn.IMAP,
        imap=Server("localhost", mail_server.ports["IMAPS"], Security.TLS, user=SUPPORT),
        way_out=WayOut.SMTP,
        smtp=Server("localhost", mail_server.ports["SUBMISSION"], Security.STARTTLS, user=SUPPORT),
        plus_addresses=True,
        bounce_addresses=True,
    ).save(inbox)
    MailSecrets.change(inbox, imap_password="support-pw", smtp_password="support-pw")
    yield inbox
    for user in (SUPPORT, "alice@customer.test", "wang@customer.test"):
        mail_server.empty(user)
