from __future__ import annotations

import pytest

from kefu.conversations.models import Inbox
from kefu.inboxes.chat.tests.chatting import Browser


@pytest.fixture
def browser(inbox: Inbox) -> Browser:
    """Somebody on the brand's site, not known to us."""
    browser = Browser(inbox)
    browser.start()
    return browser


@pytest.fixture
def stranger(inbox: Inbox) -> Browser:
    """Another browser, which has no business in the first one's conversations."""
    browser = Browser(inbox)
    browser.start()
    return browser
