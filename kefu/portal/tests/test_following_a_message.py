"""Following one's own message from a link: who may, who may not, and what comes of writing more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conftest import says
from kefu.conversations import flows, posting
from kefu.conversations.models import Conversation, File, Inbox, Message
from kefu.events import log
from kefu.events.models import Delivery
from kefu.inboxes.answers_by_mail import mail_answers
from kefu.inboxes.form import following
from kefu.inboxes.form.following import By
from kefu.inboxes.form.models import Submission
from kefu.inboxes.form.testing import TEXT, Writer, make_form
from kefu.inboxes.models import AnswerByMail
from kefu.lib.ids import uuid7
from kefu.people import customers
from kefu.people.models import Customer, Staff, Team


@pytest.fixture
def form(support: Team) -> Inbox:
    return make_form(support)


@pytest.fixture
def submission(form: Inbox) -> Submission:
    Writer(form).sends()
    return Submission.objects.get()


def opened(submission: Submission, by: By = By.MAIL) -> Client:
    """A browser that has opened the link."""
    browser = Client(headers={"accept-language": "en"})
    answer = browser.get(f"/contact/followed/{following.token(submission, by=by)}")
    assert answer.status_code == 302
    assert (
        answer["Location"] == f"/contact/conversations/{submission.pk}"
    )  # nothing of the token stays in the address
    return browser


def here(submission: Submission) -> str:
    return f"/contact/conversations/{submission.pk}"


def test_the_link_shows_what_both_sides_said_and_no_notes(submission: Submission, mei: Staff) -> None:
    says(mei, "Please send us a photo.", in_=submission.conversation)
    flows.leave_note(submission.conversation, "He is angry", by=mei)
    page = opened(submission).get(here(submission)).content.decode()
    assert TEXT in page and "Please send us a photo." in page and "Mei" in page
    assert "He is angry" not in page


def test_a_stranger_sees_nothing_whatever_they_try(submission: Submission, form: Inbox) -> None:
    Writer(form, address="192.0.2.8").sends(a_email="eve@example.test")
    eves = Submission.objects.exclude(pk=submission.pk).get()
    for browser in (Client(), opened(eves)):
        for address in ("", "/receipt", f"/files/{uuid7()}"):
            assert browser.get(here(submission) + address).status_code == 404
        assert browser.post(here(submission), {"text": "x"}).status_code == 404
        assert browser.post(f"{here(submission)}/end").status_code == 404
    for token in ("forged", following.token(submission, by=By.MAIL)[:-1] + "!", "\0", submission.pk.hex):
        assert Client().get(f"/contact/followed/{token}").status_code in {404, 400}


def test_a_link_ends_after_three_months(submission: Submission, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    token, now = following.token(submission, by=By.MAIL), time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + timedelta(days=91).total_seconds())
    assert following.named_in(token) is None


def test_links_that_were_ended_open_nothing_and_neither_does_the_cookie(
    submission: Submission, mei: Staff
) -> None:
    browser = opened(submission)
    assert browser.get(here(submission)).status_code == 200
    following.end_links(submission, by=mei)
    assert browser.get(here(submission)).status_code == 404
    assert Client().get(f"/contact/followed/{following.token(submission, by=By.MAIL)}").status_code == 404


def test_who_was_joined_to_somebody_else_keeps_the_mails_link_and_loses_the_pages(
    submission: Submission, lin: Customer, mei: Staff
) -> None:
    """Whoever filled in the form need not be the person that the desk took them for."""
    by_page, by_mail = opened(submission, By.PAGE), opened(submission, By.MAIL)
    customers.merge(submission.customer, lin, by=mei)
    flows.move_matters(of=submission.customer, to=lin, by=mei)
    assert by_page.get(here(submission)).status_code == 404
    assert by_mail.get(here(submission)).status_code == 200
    customers.withdraw(AnswerByMail.objects.get().address, by=mei)
    assert by_mail.get(here(submission)).status_code == 404


def test_words_and_files_land_in_the_same_conversation_once(submission: Submission) -> None:
    browser, client_id = opened(submission), str(uuid7())
    for _click in range(2):
        file = SimpleUploadedFile("log.txt", b"E42", "text/plain")
        answer = browser.post(here(submission), {"text": "Here it is", "files": file, "client_id": client_id})
        assert answer.status_code == 302
    said = list(Message.objects.filter(conversation=submission.conversation).order_by("seq"))
    assert [one.text for one in said] == [TEXT, "Here it is"]
    file_id = said[1].files.get().pk
    assert b"E42" in browser.get(f"{here(submission)}/files/{file_id}").content
    assert Client().get(f"{here(submission)}/files/{file_id}").status_code == 404


def test_what_cannot_be_sent_is_said_and_kept_on_the_page(submission: Submission) -> None:
    browser = opened(submission)
    assert browser.post(here(submission), {"text": " "}).status_code == 422
    bad = SimpleUploadedFile("x.exe", b"MZ\0")
    answer = browser.post(here(submission), {"text": "Look at this", "files": bad})
    assert answer.status_code == 422 and "Look at this" in answer.content.decode()
    assert Message.objects.count() == 1


def test_a_file_that_hangs_on_a_note_is_not_there(submission: Submission, mei: Staff) -> None:
    from kefu.conversations import files

    kept = files.keep(SimpleUploadedFile("n.txt", b"secret", "text/plain"), by=mei, conversation=None)
    posting.post_one(
        posting.Draft(
            conversation_id=submission.conversation_id,
            client_id=uuid7(),
            author_kind="staff",
            author_id=mei.pk,
            text="",
            may=posting.anyone,
            kind="note",
            file_ids=(kept.pk,),
        )
    )
    assert File.objects.get().message is not None
    assert opened(submission).get(f"{here(submission)}/files/{kept.pk}").status_code == 404


def test_after_closing_it_goes_on_in_a_follow_up_with_the_same_promise(
    submission: Submission, admin: Staff, mei: Staff
) -> None:
    submission.conversation.close(by=admin)
    browser = opened(submission)
    assert browser.post(here(submission), {"text": "It broke again"}).status_code == 302
    further = Conversation.objects.exclude(pk=submission.conversation_id).get()
    assert further.follow_up_of == submission.conversation
    page = browser.get(here(submission)).content.decode()
    assert TEXT in page and "It broke again" in page and further.public_number in page
    answer_by(mei, further, "We are sorry")
    mail = Delivery.objects.get(template="mail/answer")
    assert mail.recipient == "lin@example.test"
    assert "We are sorry" in browser.get(here(submission)).content.decode()


def test_staffs_answer_leaves_by_mail_with_a_fresh_link(submission: Submission, mei: Staff) -> None:
    answer_by(mei, submission.conversation, "Please send us a photo.")
    mail = Delivery.objects.get(template="mail/answer")
    content = str(mail.content)
    assert "Please send us a photo." in content
    token = content.split("/contact/followed/")[1].split("\\n")[0]
    assert following.named_in(token) == (submission.pk, By.MAIL)


def test_it_can_be_put_away_on_a_computer_that_others_use(submission: Submission) -> None:
    browser = opened(submission)
    assert browser.post(f"{here(submission)}/end").status_code == 302
    assert browser.get(here(submission)).status_code == 404


def test_a_forged_cookie_opens_nothing(submission: Submission) -> None:
    browser = Client()
    browser.cookies["kefu-contact"] = f"{{{submission.pk.hex}: mail}}"
    assert browser.get(here(submission)).status_code == 404


def test_words_need_the_pages_own_token(submission: Submission) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get(f"/contact/followed/{following.token(submission, by=By.MAIL)}")
    assert browser.post(here(submission), {"text": "x"}).status_code == 403


def answer_by(agent: Staff, conversation: Conversation, words: str) -> None:
    says(agent, words, in_=conversation)
    mail_answers(log.about(conversation.pk, ["message.posted"]))
