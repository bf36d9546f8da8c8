from __future__ import annotations

import pytest
from django.utils import timezone

from kefu.conversations import timeline
from kefu.conversations.models import Conversation, FieldDefinition
from kefu.conversations.models.conversation import Refused
from kefu.events.models import Event
from kefu.orders import linking
from kefu.orders.models import LinkedOrder, Order
from kefu.orders.testing import make_order
from kefu.people.models import Brand, Customer, Staff


@pytest.fixture
def order(lin: Customer, brand: Brand) -> Order:
    return make_order(lin, brand)


def number_in(conversation: Conversation) -> str:
    conversation.refresh_from_db()
    return str(conversation.fields.get("order_number", ""))


def test_an_order_is_linked_once_and_by_whom_is_kept(
    mei: Staff, order: Order, parcel_question: Conversation
) -> None:
    linking.link(order, parcel_question, by=mei)
    linking.link(order, parcel_question, by=order.customer)
    assert LinkedOrder.objects.get().linked_by == mei
    told = Event.objects.get(kind="conversation.order_linked")
    assert (told.subject_id, told.actor_id) == (parcel_question.pk, mei.pk)
    assert (told.data["order"], told.data["team"]) == (str(order.pk), str(parcel_question.team_id))
    (fact,) = timeline.between(parcel_question.pk, told.at, timezone.now())
    assert fact.sentence == "Mei linked an order"


def test_the_first_number_becomes_the_conversations_where_the_brand_keeps_one(
    mei: Staff, order: Order, parcel_question: Conversation, brand: Brand, lin: Customer
) -> None:
    linking.link(make_order(lin, brand, "A-0"), parcel_question, by=mei)
    assert number_in(parcel_question) == ""
    FieldDefinition.objects.create(brand=brand, key="order_number", label="Order number")
    linking.link(order, parcel_question, by=mei)
    linking.link(make_order(lin, brand, "B-2"), parcel_question, by=mei)
    assert number_in(parcel_question) == "#W1001"


def test_an_order_of_another_brand_is_not_linked(
    mei: Staff, parcel_question: Conversation, other_brand: Brand, lin: Customer
) -> None:
    with pytest.raises(Refused):
        linking.link(make_order(lin, other_brand), parcel_question, by=mei)
    assert not LinkedOrder.objects.exists()


def test_what_was_linked_by_mistake_is_taken_away_again(
    mei: Staff, order: Order, parcel_question: Conversation
) -> None:
    linking.link(order, parcel_question, by=mei)
    linking.unlink(order, parcel_question, by=mei)
    linking.unlink(order, parcel_question, by=mei)
    assert not LinkedOrder.objects.exists()
    assert Event.objects.filter(kind="conversation.order_unlinked").count() == 1
