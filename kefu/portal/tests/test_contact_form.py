"""A contact form as people without and with scripts send it in."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.utils import timezone

from kefu.conversations.models import Conversation, File, Inbox, Message, Priority
from kefu.events.models import Delivery, Event
from kefu.hours.models import Schedule
from kefu.inboxes.form import proofs, stamps, suspicion
from kefu.inboxes.form.models import Submission
from kefu.inboxes.form.testing import OTHER, TEXT, Writer, challenge_in, make_form
from kefu.inboxes.models import AnswerByMail
from kefu.orders.testing import make_order
from kefu.people import customer_sessions, customers
from kefu.people.models import Customer, Team

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


def photo(name: str = "lid.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PNG, "image/png")


@pytest.fixture
def form(support: Team) -> Inbox:
    return make_form(support)


@pytest.fixture
def writer(form: Inbox) -> Writer:
    return Writer(form)


@pytest.fixture
def owner(form: Inbox) -> Writer:
    return Writer(form, topic="order")


BROKEN: dict[str, Any] = {
    "a_order_number": "W1001",
    "a_state": "破损 | Broken",
    "a_parts": ["Lid", "Base"],
    "a_consent": "yes",
}


# -- looking


def test_the_topics_are_offered_first_and_each_shows_just_its_questions(writer: Writer) -> None:
    offered = writer.opens().content.decode()
    assert "Something else" in offered and "About something you bought." in offered
    page = writer.opens("order").content.decode()
    assert "A photo of the label" in page and "We answer within 8 working hours." in page
    assert "Only if “State” is: Broken" in page
    assert "a-order_number" not in writer.opens("other").content.decode()


def test_one_topic_alone_is_no_choice(support: Team) -> None:
    assert 'name="text"' in Writer(make_form(support, OTHER)).opens().content.decode()


def test_the_form_speaks_the_language_of_the_browser(form: Inbox) -> None:
    page = (
        Client(headers={"accept-language": "zh-CN"}).get(f"/contact/{form.key}/?topic=order").content.decode()
    )
    assert ">完好</option>" in page and ">Whole<" not in page


def test_a_form_that_is_off_or_a_chat_is_not_there(writer: Writer, form: Inbox, inbox: Inbox) -> None:
    assert Client().get(f"/contact/{inbox.key}/").status_code == 404
    form.is_active = False
    form.save()
    assert writer.opens().status_code == 404
    assert writer.sends().status_code == 404


# -- sending


def test_what_is_sent_becomes_a_conversation_with_its_answers_as_fields(owner: Writer, support: Team) -> None:
    answer = owner.sends(BROKEN | {"a_name": "Lin", "a-files": photo()}, prepared=["1"])
    assert answer.status_code == 302
    conversation = Conversation.objects.get()
    assert answer["Location"] == f"/contact/conversations/{Submission.objects.get().pk}/receipt"
    assert (conversation.topic, conversation.subject) == ("order", f"Order · {TEXT}"[:80])
    assert conversation.fields == {
        "order_number": "W1001",
        "state": "破损 | Broken",
        "parts": "Lid\nBase",
        "files": "lid.png",
        "consent": "Yes",
        "prepared": "– The invoice\n✓ A photo of the label",
    }
    assert conversation.customer.name == "Lin"
    (email,) = conversation.customer.identities.all()
    assert (email.value, email.verified_at) == ("lin@example.test", None)
    assert Message.objects.get().text == TEXT
    assert File.objects.get().message == Message.objects.get()


def test_a_question_whose_condition_does_not_hold_is_neither_wanted_nor_taken(owner: Writer) -> None:
    whole = BROKEN | {"a_state": "完好 | Whole"}
    assert owner.sends(whole | {"a-files": photo()}).status_code == 302
    conversation = Conversation.objects.get()
    assert "parts" not in conversation.fields and "files" not in conversation.fields
    assert File.objects.get().message is None


def test_what_is_wrong_is_said_at_each_question_and_everything_typed_stays(owner: Writer) -> None:
    answer = owner.sends(a_name="Lin Lin", a_email="lin", a_state="破损 | Broken", text=" ", prepared=["0"])
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Lin Lin" in page and 'value="lin"' in page and '<option value="破损 | Broken" selected>' in page
    assert 'name="prepared" value="0" checked' in page
    for sentence in (
        "such as name@example.com",
        "Please choose at least one.",
        "Please add a file.",
        "Please tick this to continue.",
        "Please write what it is about.",
    ):
        assert page.count(sentence) == 2, sentence  # on top and in place
    assert not Conversation.objects.exists() and not Customer.objects.exists()


def test_files_that_were_good_need_not_be_chosen_again(owner: Writer) -> None:
    wrong = owner.sends(
        BROKEN | {"a_consent": "", "a-files": [photo(), SimpleUploadedFile("x.exe", b"MZ\0")]}
    )
    assert wrong.status_code == 422
    page = wrong.content.decode()
    kept = File.objects.get()
    assert f'name="kept-files" value="{kept.pk}" checked' in page
    assert "x.exe: Files of this type are not accepted." in page
    assert owner.sends(BROKEN | {"kept-files": str(kept.pk)}).status_code == 302
    assert list(Message.objects.get().files.values_list("name", flat=True)) == ["lid.png"]


def test_a_file_of_somebody_elses_form_is_not_taken(writer: Writer, form: Inbox) -> None:
    other = Writer(form)
    other.sends({"a-files": photo()}, a_email="")
    assert writer.sends({"kept-files": str(File.objects.get().pk)}).status_code == 302
    assert not Message.objects.get().files.exists()


def test_ten_files_are_the_most(writer: Writer) -> None:
    answer = writer.sends({"a-files": [photo(f"{number}.png") for number in range(11)]})
    assert answer.status_code == 422 and "At most 10 files in all." in answer.content.decode()
    assert File.objects.count() == 10


def test_what_is_far_too_large_is_refused_before_it_is_read(writer: Writer) -> None:
    answer = writer.client.post(writer.here, {"text": "x"}, CONTENT_LENGTH=str(300 * 1024 * 1024))
    assert answer.status_code == 413


@pytest.mark.parametrize("topic", ["", "unknown", "\0"])
def test_an_unknown_topic_leads_back_to_the_choice(writer: Writer, topic: str) -> None:
    answer = writer.sends(topic=topic)
    assert answer.status_code == 422 and "contact-topics" in answer.content.decode()


def test_a_null_character_is_said_to_be_unreadable(writer: Writer) -> None:
    assert writer.sends(text="a\0b").status_code == 422
    assert writer.sends(a_name="a\0b").status_code == 422
    assert not Conversation.objects.exists()


def test_a_topic_has_its_own_team(support: Team, returns: Team, foreign_team: Team) -> None:
    from dataclasses import replace

    theirs = make_form(support, replace(OTHER, team=str(returns.pk)), name="One")
    strange = make_form(support, replace(OTHER, team=str(foreign_team.pk)), name="Two")
    Writer(theirs).sends()
    Writer(strange).sends(a_email="omar@example.test")
    assert [one.team for one in Conversation.objects.order_by("number")] == [returns, support]


# -- once


def test_a_double_click_is_one_conversation(writer: Writer) -> None:
    first, second = writer.sends(), writer.sends()
    assert first["Location"] == second["Location"]
    assert Conversation.objects.count() == Message.objects.count() == Submission.objects.count() == 1
    assert Delivery.objects.count() == 1


def test_the_same_form_sent_at_once_has_one_effect(committed: None, support: Team) -> None:
    form = make_form(support)
    writer = Writer(form)

    def send(_number: int) -> int:
        try:
            return int(writer.sends().status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as several:
        assert list(several.map(send, range(4))) == [302] * 4
    assert Conversation.objects.count() == Message.objects.count() == Customer.objects.count() == 1
    assert Event.objects.filter(kind="form.submitted").count() == 1


# -- the receipt


def test_the_receipt_names_number_hours_and_the_expected_time_and_repeats_nothing(form: Inbox) -> None:
    form.schedule = Schedule.objects.create(
        brand=form.brand, name="Always", week={str(d): [["00:00", "24:00"]] for d in range(7)}
    )
    form.save()
    owner = Writer(form, topic="order")
    answer = owner.sends(BROKEN | {"a_name": "Lin-the-named", "a-files": photo()})
    page = owner.client.get(answer["Location"]).content.decode()
    submission = Submission.objects.get()
    assert submission.expected_at is not None
    assert timedelta(hours=7) < submission.expected_at - timezone.now() < timedelta(hours=9)
    number = submission.conversation.public_number
    assert number in page and "You can expect an answer by" in page and "00:00–24:00" in page
    mail = Delivery.objects.get()
    assert mail.recipient == "lin@example.test"
    content = str(mail.content)
    assert number in content and "/contact/followed/" in content and "00:00" in content
    assert "Lin-the-named" not in content and "charge" not in content and "W1001" not in content


def test_a_stranger_cannot_look_at_a_receipt(writer: Writer) -> None:
    address = writer.sends()["Location"]
    assert writer.client.get(address).status_code == 200
    assert Client().get(address).status_code == 404


def test_nobody_fills_a_mailbox_with_receipts(form: Inbox) -> None:
    for number in range(4):
        Writer(form, address=f"192.0.{number}.7").sends()
    assert Conversation.objects.count() == 4
    assert Delivery.objects.count() == 1
    assert AnswerByMail.objects.count() == 4


# -- who it is


def test_somebody_signed_in_writes_as_themselves(form: Inbox, lin: Customer) -> None:
    from django.http import HttpResponse

    customers.verify(lin, "email", "lin@example.test", by=lin)
    writer, response = Writer(form), HttpResponse()
    customer_sessions.begin(lin, response)
    writer.client.cookies.update(response.cookies)
    assert writer.sends({"a-files": photo()}, a_email="").status_code == 422
    kept = File.objects.get()
    assert writer.sends({"kept-files": str(kept.pk)}).status_code == 302
    assert Conversation.objects.get().customer == lin
    assert Message.objects.get().files.count() == 1


def test_a_claimed_address_opens_nothing_of_whoever_has_proved_it(writer: Writer, lin: Customer) -> None:
    customers.verify(lin, "email", "lin@example.test", by=lin)
    writer.sends()
    assert Conversation.objects.get().customer != lin


def test_an_order_is_linked_if_the_address_is_the_one_it_was_placed_with(
    owner: Writer, form: Inbox, lin: Customer
) -> None:
    order = make_order(lin, form.brand, "W1001", email="lin@example.test")
    owner.sends(BROKEN | {"a-files": photo()})
    stranger = Writer(form, topic="order", address="192.0.2.9")
    stranger.sends(BROKEN | {"a_email": "eve@example.test", "a-files": photo()})
    first, second = Conversation.objects.order_by("number")
    assert [link.order for link in first.linked_orders.all()] == [order]
    assert not second.linked_orders.exists()


# -- spam


def test_what_fills_in_the_hidden_field_must_prove_itself_and_is_then_marked(writer: Writer) -> None:
    asked = writer.sends(homepage="https://spam.example")
    assert asked.status_code == 200 and not Conversation.objects.exists()
    assert TEXT in asked.content.decode()
    challenge = challenge_in(asked)
    answer = writer.sends(homepage="https://spam.example", challenge=challenge, proof=solved(challenge))
    assert answer.status_code == 302
    conversation = Conversation.objects.get()
    assert [tag.name for tag in conversation.tags.all()] == ["Suspected spam"]
    assert conversation.priority == Priority.LOW
    assert Submission.objects.get().suspected == "hidden field"
    assert not Delivery.objects.exists()


def test_who_is_faster_than_anyone_types_proves_it_and_is_not_marked(form: Inbox) -> None:
    quick = Writer(form, seconds=1)
    challenge = challenge_in(quick.sends())
    assert quick.sends(challenge=challenge, proof=solved(challenge)).status_code == 302
    assert Submission.objects.get().suspected == ""


def test_a_page_from_yesterday_proves_it_as_well(form: Inbox) -> None:
    slow = Writer(form, seconds=2 * 24 * 3600)
    challenge = challenge_in(slow.sends())
    assert slow.sends(challenge=challenge, proof=solved(challenge)).status_code == 302


def test_without_scripts_waiting_is_proof_enough(form: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = Writer(form, seconds=1)
    challenge = challenge_in(quick.sends())
    assert challenge_in(quick.sends(challenge=challenge))
    assert not Conversation.objects.exists()
    now = time.time()
    monkeypatch.setattr("kefu.inboxes.form.proofs.time.time", lambda: now + proofs.WAIT_SECONDS + 1)
    assert quick.sends(challenge=challenge).status_code == 302


def test_a_proof_serves_no_other_form_and_no_second_one(form: Inbox) -> None:
    first, second = Writer(form, seconds=1), Writer(form, seconds=1)
    challenge = challenge_in(first.sends())
    proof = solved(challenge)
    assert challenge_in(second.sends(challenge=challenge, proof=proof))
    for _again in range(2):
        assert first.sends(challenge=challenge, proof=proof).status_code == 302
    assert Conversation.objects.count() == 1


@pytest.mark.parametrize("proof", ["", "0", "１２", "x" * 21, "\0"])
def test_a_wrong_proof_is_asked_for_again(form: Inbox, proof: str) -> None:
    quick = Writer(form, seconds=1)
    challenge = challenge_in(quick.sends())
    assert challenge_in(quick.sends(challenge=challenge, proof=proof))
    assert challenge_in(quick.sends(challenge="forged", proof=proof))


def test_many_from_one_address_have_to_prove_themselves_then_have_to_wait(form: Inbox) -> None:
    for number in range(4):
        assert Writer(form).sends(a_email=f"n{number}@example.test").status_code == 302
    fifth = Writer(form)
    challenge = challenge_in(fifth.sends(a_email="n5@example.test"))
    assert (
        fifth.sends(a_email="n5@example.test", challenge=challenge, proof=solved(challenge)).status_code
        == 302
    )
    for _again in range(30):
        last = Writer(form).sends(a_email="n6@example.test")
    assert last.status_code == 429 and TEXT in last.content.decode()


def test_a_form_that_is_flooded_from_everywhere_asks_everybody_for_work(
    form: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspicion, "CALM_OF_A_FORM", 2)
    for number in range(2):
        assert Writer(form, address=f"198.51.100.{number}").sends().status_code == 302
    third = Writer(form, address="203.0.113.7")
    challenge = challenge_in(third.sends())
    assert third.sends(challenge=challenge, proof=solved(challenge)).status_code == 302


def test_only_links_land_marked_instead_of_lost(form: Inbox) -> None:
    writer = Writer(form)
    assert writer.sends(text="https://spam.example/a www.spam.example buy").status_code == 302
    assert Submission.objects.get().suspected == "only links"


def test_a_stamp_of_another_form_or_of_nobody_is_replaced_and_nothing_typed_is_lost(
    writer: Writer, support: Team
) -> None:
    other = make_form(support, name="Another")
    for text in ("", "forged", stamps.fresh(other).text):
        answer = writer.sends(stamp=text)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert TEXT in page and "This page has expired" in page
    assert not Conversation.objects.exists()


def test_another_site_cannot_send_it(writer: Writer) -> None:
    assert writer.client.post(writer.here, {}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert writer.client.post(writer.here, {}, headers={"origin": "https://evil.example"}).status_code == 403


def solved(challenge: str) -> str:
    return next(
        str(number)
        for number in range(10_000_000)
        if proofs.leading_zeros(hashlib.sha256(f"{challenge}:{number}".encode()).digest()) >= proofs.BITS
    )
