from __future__ import annotations

import json

from conftest import says
from kefu.conversations.models import Conversation
from kefu.events.models import Delivery
from kefu.inboxes.chat.tests.chatting import Browser
from kefu.inboxes.chat.tests.test_codes import code_in_the_mail
from kefu.people.models import Staff


def test_a_transcript_can_be_downloaded_at_any_time(browser: Browser, mei: Staff) -> None:
    started = browser.asks("Hello").json()
    says(mei, "Good morning", in_=Conversation.objects.get())
    answer = browser.get(f"conversations/{started['id']}/transcript")
    words = answer.content.decode()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{started["number"]}.txt"'
    assert words.index("Hello") < words.index("Mei") < words.index("Good morning")


def test_a_transcript_is_mailed_to_a_confirmed_address_only(browser: Browser) -> None:
    started = browser.asks("Hello <script>").json()
    refused = browser.post(f"conversations/{started['id']}/transcript")
    assert refused.status_code == 409
    assert refused.json()["detail"]
    browser.post("code", {"email": "lin@example.com"})
    browser.post("code/check", {"email": "lin@example.com", "code": code_in_the_mail()})
    assert browser.post(f"conversations/{started['id']}/transcript").status_code == 204
    mail = Delivery.objects.get(template="mail/chat_transcript")
    content = json.loads(mail.content or "")
    assert mail.recipient == "lin@example.com"
    assert "Hello <script>" in content["text"]
    assert "<script>" not in content["html"]
