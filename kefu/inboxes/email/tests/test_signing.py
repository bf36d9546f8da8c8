"""Whose signature stands below a mail: the agent's, else the team's, else the mailbox's; the same wherever it is shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kefu.conversations.models import Conversation, Inbox
from kefu.conversations.tests.test_console_pages import signed_in
from kefu.events.models import Audit, Event
from kefu.inboxes.email import console, testmail
from kefu.inboxes.email.models import OutgoingMail
from kefu.inboxes.email.settings import MailSettings
from kefu.inboxes.email.tests.test_composer import send
from kefu.inboxes.email.tests.test_phrases import both, parts_of
from kefu.inboxes.email.tests.test_taking_in import conversation_of, mail, take
from kefu.inboxes.stored import Words
from kefu.people.models import Staff, Team
from tests.calling import calling, problem_of


@pytest.fixture
def asked(mailbox: Inbox) -> Conversation:
    MailSettings(signature=Words("流明客服", "Lumo Support"), trusted_server="mx.desk.test").save(mailbox)
    return conversation_of(take(mailbox, mail()))


def answered(asked: Conversation, by: Staff, **extra: Any) -> tuple[str, str]:
    assert send(signed_in(by), asked, **extra).status_code == 201
    return both(OutgoingMail.objects.filter(message__conversation=asked).latest("pk"))


def test_without_any_other_it_is_the_mailbox_s_below_the_name(asked: Conversation, mei: Staff) -> None:
    plain, html = answered(asked, mei)
    assert "On its way.\n\nMei\nLumo Support\n" in plain
    assert "Mei<br>Lumo Support" in html


def test_a_team_s_stands_instead_and_an_agent_s_before_both(
    asked: Conversation, mei: Staff, support: Team
) -> None:
    support.sign(zh="", en="**Support desk**, [help](https://lumo.test/help)", by=mei)
    plain, html = answered(asked, mei)
    assert "Mei\nSupport desk, help (https://lumo.test/help)\n" in plain and "Lumo Support" not in plain
    assert "<strong>Support desk</strong>" in html and 'href="https://lumo.test/help"' in html
    mei.sign(zh="美", en="Mei, *evenings*\n- lamps\n- <b>shades</b>", by=mei)
    plain, html = answered(asked, mei)
    assert "On its way.\n\nMei, evenings\n• lamps\n• <b>shades</b>\n" in plain and "Support desk" not in plain
    assert "<em>evenings</em>" in html and "<li>lamps</li>" in html and "<b>shades</b>" not in html
    mei.sign(zh="", en="", by=mei)
    assert "Support desk" in answered(asked, mei)[0]


def test_it_is_said_in_the_customer_s_language(asked: Conversation, mei: Staff) -> None:
    mei.sign(zh="美，流明客服", en="Mei of Lumo", by=mei)
    asked.customer.language = "zh-hans"
    asked.customer.save()
    assert "美，流明客服" in answered(asked, mei)[0]


def test_another_agent_s_is_never_taken(asked: Conversation, mei: Staff, senior: Staff) -> None:
    senior.sign(zh="", en="The senior", by=senior)
    assert "The senior" not in answered(asked, mei)[0]


def test_what_the_desk_says_by_itself_has_nobody_s_name(
    asked: Conversation, support: Team, mei: Staff
) -> None:
    mei.sign(zh="", en="Mei herself", by=mei)
    support.sign(zh="", en="Support desk", by=mei)
    made = testmail.preview(asked.inbox, "acknowledgement", language="en", by=mei)
    assert "Support desk" in parts_of(made)[0] and "Mei" not in parts_of(made)[0]
    assert "Mei herself" in parts_of(testmail.preview(asked.inbox, "answer", language="en", by=mei))[0]


def test_the_composer_shows_it_as_it_will_go_out(asked: Conversation, mei: Staff) -> None:
    mei.sign(zh="", en="**Mei** of Lumo", by=mei)
    shown = console.writes(asked, mei)
    assert shown is not None and shown["signature"] == "<p><strong>Mei</strong> of Lumo</p>"
    page = signed_in(mei).get(reverse("conversation", args=[asked.pk])).content.decode()
    assert shown["signature"] in page
    assert shown["signature"] in answered(asked, mei)[1]


def test_it_can_be_left_out_of_one_mail(asked: Conversation, mei: Staff) -> None:
    plain, html = answered(asked, mei, signature=False)
    assert "Lumo Support" not in plain + html
    assert "Lumo Support" in answered(asked, mei, signature=True)[0]
    api = calling(mei)
    body = {"text": "Soon", "mail": {"signature": False}}
    assert api.post(f"/conversations/{asked.pk}/messages", body).status_code == 201
    assert "Lumo Support" not in both(OutgoingMail.objects.latest("pk"))[0]


def test_agents_write_their_own_and_admins_a_team_s(
    mei: Staff, omar: Staff, admin: Staff, support: Team, client: Client
) -> None:
    mine = {"name": "Mei", "alias": "Mei", "language": "en", "time_zone": "Asia/Shanghai"}
    page = signed_in(mei).post("/account/", mine | {"signature_zh": "美", "signature_en": "Mei\r\nof Lumo "})
    assert page.status_code == 302
    mei.refresh_from_db()
    assert mei.signature == {"zh": "美", "en": "Mei\nof Lumo"}
    assert "of Lumo</textarea>" in signed_in(mei).get("/account/").content.decode()
    team = {"name": "Support", "signature_en": "Support desk"}
    at = reverse("team", args=[support.pk])
    assert signed_in(admin).post(at, team).status_code == 302
    support.refresh_from_db()
    assert support.signature == {"zh": "", "en": "Support desk"}
    assert signed_in(omar).post(at, team).status_code == 403
    assert client.post(at, team).status_code == 302
    told = Audit.objects.filter(kind__endswith=".signature_changed")
    assert {one.kind for one in told} == {"staff.signature_changed", "team.signature_changed"}
    assert not Event.objects.filter(data__icontains="Lumo").exists()


def test_one_that_is_too_long_is_refused(mei: Staff) -> None:
    mine = {"name": "Mei", "alias": "Mei", "language": "en", "time_zone": "UTC", "signature_en": "x" * 601}
    assert signed_in(mei).post("/account/", mine).status_code == 200
    mei.refresh_from_db()
    assert mei.signature["en"] == ""


def test_programs_read_and_set_one_s_own(mei: Staff, support: Team) -> None:
    api = calling(mei)
    support.sign(zh="", en="Support desk", by=mei)
    shown = api.put("/me/signature", {"zh": "美", "en": " **Mei** "}).json()
    assert shown["signature"] == {"zh": "美", "en": "**Mei**"}
    assert shown["teams"][0]["signature"]["en"] == "Support desk"
    assert api.get("/me").json()["signature"]["zh"] == "美"
    assert problem_of(api.put("/me/signature", {"en": "x" * 601}))["status"] == 422
    assert problem_of(api.put("/me/signature", {"en": "x\x00"}))["status"] == 422
