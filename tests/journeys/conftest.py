"""One desk and one browser for all journeys; each story has its own inbox, its own people and its own windows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from kefu.conversations.models import Inbox
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.stored import Words
from kefu.inboxes.topics import FormField, Topic
from kefu.people.models import Staff
from kefu.widget.tests.embedding import Shop, shop
from tests.browsing import Chat, Complaints, Console, chromium, open_context, sign_in
from tests.house import House, house

ORDER = Topic(
    "order",
    Words("订单", "Order"),
    (
        FormField("order_number", Words("订单号", "Order number"), required=True),
        FormField("product_model", Words("产品型号", "Product model")),
    ),
)
OTHER = Topic("other", Words("其他问题", "Something else"))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def desk() -> Iterator[House]:
    with house(jobs=True, KEFU_DEMO="yes") as desk:
        yield desk


@pytest.fixture(scope="package")
def server() -> Iterator[Shop]:
    with shop() as server:
        yield server


@pytest.fixture
def site(server: Shop, desk: House, inbox: Inbox) -> str:
    """The brand's own site, which is another site than the desk: storage in the frame is a third party's."""
    server.script = f"{desk.base}/w/{inbox.key}.js"
    address = server.address.replace("localhost", "127.0.0.1")
    ChatSettings(allowed_origins=(address,), topics=(ORDER, OTHER)).save(inbox)
    return address


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    complaints = Complaints()
    yield complaints
    assert complaints.heard == []


@pytest.fixture
def customers(browser: Browser, complaints: Complaints, committed: None) -> Iterator[BrowserContext]:
    """The browser of one customer."""
    context = open_context(browser, complaints)
    yield context
    context.close()


@pytest.fixture
def agents(
    browser: Browser, complaints: Complaints, committed: None, desk: House, mei: Staff
) -> Iterator[BrowserContext]:
    """Mei's browser, signed in."""
    context = open_context(browser, complaints)
    sign_in(context, desk, mei)
    yield context
    context.close()


@pytest.fixture
def chat(customers: BrowserContext, site: str) -> Chat:
    return Chat.on_site(customers.new_page(), site)


@pytest.fixture
def console(agents: BrowserContext, desk: House) -> Console:
    console = Console(agents.new_page(), desk)
    console.opens("unassigned")
    return console
