"""A reply of files alone is named in the lists by what it brought."""

from __future__ import annotations

from dataclasses import replace

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import draft, says
from kefu.conversations import files, posting
from kefu.conversations.models import Conversation
from kefu.conversations.tests.test_console_pages import signed_in, text_of
from kefu.conversations.tests.test_files import picture
from kefu.conversations.wordless import last_sent
from kefu.people.models import Customer, Staff


def sends(customer: Customer, conversation: Conversation, *names: str) -> None:
    kept = [
        files.keep(
            SimpleUploadedFile(name, picture() if name.endswith(".png") else b"some words\n"),
            by=customer,
            conversation=None,
        )
        for name in names
    ]
    wordless = replace(draft(conversation, customer, ""), file_ids=tuple(file.pk for file in kept))
    posting.post_one(wordless)
    conversation.refresh_from_db()


def test_the_row_names_the_file_until_somebody_writes_again(
    mei: Staff, lin: Customer, parcel_question: Conversation
) -> None:
    sends(lin, parcel_question, "invoice.txt")
    assert "File: invoice.txt" in text_of(signed_in(mei), "/console/", view="team")
    says(mei, "Thank you", parcel_question)
    shown = text_of(signed_in(mei), "/console/", view="team")
    assert "Thank you" in shown and "invoice" not in shown


def test_pictures_are_counted_and_of_several_files_only_the_last_replys_are_named(
    lin: Customer, parcel_question: Conversation
) -> None:
    sends(lin, parcel_question, "old.txt")
    sends(lin, parcel_question, "a.png")
    assert last_sent([parcel_question]) == {parcel_question.pk: "Photo"}
    sends(lin, parcel_question, "a.png", "b.png")
    assert last_sent([parcel_question]) == {parcel_question.pk: "2 photos"}
    sends(lin, parcel_question, "a.png", "b.txt")
    assert last_sent([parcel_question]) == {parcel_question.pk: "File: a.png, b.txt"}


def test_where_everyone_wrote_something_nothing_is_asked(parcel_question: Conversation) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert last_sent([parcel_question]) == {}
    assert not queries
