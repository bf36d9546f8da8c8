from __future__ import annotations

from django.test import Client
from django.urls import reverse

from conftest import begin, says
from kefu.conversations import flows, lists
from kefu.conversations.models import Conversation, Inbox, Tag
from kefu.people.models import Customer, Staff, Team


def signed_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def test_the_console_shows_the_conversations_of_my_teams(mei: Staff, parcel_question: Conversation) -> None:
    answer = signed_in(mei).get("/console/", {"view": "unassigned"})
    assert answer.status_code == 200
    assert "Where is my parcel?" in answer.content.decode()


def test_a_conversation_opens_as_a_page_and_as_a_fragment(mei: Staff, parcel_question: Conversation) -> None:
    client, address = signed_in(mei), reverse("conversation", args=[parcel_question.pk])
    page = client.get(address).content.decode()
    assert "<html" in page and "Where is my parcel?" in page and parcel_question.public_number in page
    fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment and 'id="context"' in fragment
