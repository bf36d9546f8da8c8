"""A contact form and somebody who fills it in, for tests."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

from django.test import Client

from kefu.conversations.models import Inbox, InboxKind
from kefu.inboxes.form import stamps
from kefu.inboxes.form.settings import EMAIL, FILES, NAME, FormSettings, FormTopic, Question, When
from kefu.inboxes.kinds import name_at_the_desk
from kefu.inboxes.stored import Words
from kefu.inboxes.topics import ORDER_NUMBER, FieldType
from kefu.people.models import Team

ORDER = FormTopic(
    "order",
    Words("订单", "Order"),
    (
        NAME,
        EMAIL,
        Question("order_number", ORDER_NUMBER.label, required=True),
        Question(
            "state",
            Words("状态", "State"),
            FieldType.CHOICE,
            required=True,
            choices=("完好 | Whole", "破损 | Broken"),
        ),
        Question(
            "parts",
            Words("部位", "Parts"),
            FieldType.SEVERAL,
            required=True,
            choices=("Lid", "Base"),
            when=When("state", ("破损 | Broken",)),
        ),
        replace(FILES, when=When("state", ("破损 | Broken",)), required=True),
        Question("consent", Words("同意", "I agree"), FieldType.CHECKBOX, required=True),
    ),
    intro=Words("", "About something you bought."),
    prepare=(Words("", "The invoice"), Words("", "A photo of the label")),
    answer_hours=8,
)
OTHER = FormTopic("other", Words("其他", "Something else"), (NAME, EMAIL, FILES))
TEXT = "The lamp does not charge any more, what can I do?"


def make_form(team: Team, *topics: FormTopic, name: str = "Contact", **more: Any) -> Inbox:
    inbox = Inbox.objects.create(brand=team.brand, team=team, kind=InboxKind.FORM, name=name, language="en")
    settings = FormSettings(topics=topics or (ORDER, OTHER), **more)
    settings.save(inbox)
    name_at_the_desk(inbox, settings)
    return inbox


class Writer:
    """Somebody in front of the form, with a browser of their own. The stamp is as old as people are slow."""

    def __init__(
        self, inbox: Inbox, *, topic: str = "other", seconds: int = 30, address: str = "192.0.2.7"
    ) -> None:
        self.inbox, self.topic, self.address = inbox, topic, address
        self.client = Client(headers={"accept-language": "en", "sec-fetch-site": "same-origin"})
        stamp = stamps.fresh(inbox)
        self.stamp = stamps.stamped(inbox, stamp.id, stamp.given_at - seconds)

    @property
    def here(self) -> str:
        return f"/contact/{self.inbox.key}/"

    def opens(self, topic: str = "") -> Any:
        return self.client.get(self.here, {"topic": topic} if topic else {}, REMOTE_ADDR=self.address)

    def sends(self, given: dict[str, Any] | None = None, /, **more: Any) -> Any:
        usual = {"stamp": self.stamp.text, "topic": self.topic, "a-email": "lin@example.test", "text": TEXT}
        posted = {name.replace("a_", "a-", 1): value for name, value in ((given or {}) | more).items()}
        return self.client.post(self.here, usual | posted, REMOTE_ADDR=self.address)


def challenge_in(page: Any) -> str:
    found = re.search(r'data-proof="([^"]+)"', page.content.decode())
    assert found
    return html.unescape(found[1])
