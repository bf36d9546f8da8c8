from __future__ import annotations

import stat
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.hashers import check_password
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conftest import begin
from kefu.conversations import flows
from kefu.conversations.models import AuthorKind, Conversation, Inbox, Message, Status
from kefu.demo import load, purchases
from kefu.demo.dialogues import read
from kefu.events import log
from kefu.hours import clock
from kefu.inboxes.chat.settings import ChatSettings
from kefu.orders import flows as looking_up
from kefu.orders.models import LinkedOrder, Order, OrderStatus, TrackingEvent
from kefu.people.models import Brand, Customer, Staff, Team
from kefu.people.roles import Role


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.KEFU_DATA = tmp_path
    settings.KEFU_DEMO = True
    return tmp_path


@pytest.fixture
def loaded(db: None, folder: Path) -> None:
    load.load_demo()


def test_there_are_enough_dialogues_written_by_hand() -> None:
    dialogues = [*read("zh.txt", "zh-hans"), *read("en.txt", "en"), *read("kettlemoth.txt", "en")]
    assert len(dialogues) >= 60
    assert {line.kind for one in dialogues for line in one.lines} == {
        "customer",
        "agent",
        "note",
        "handover",
        "pause",
        "status",
    }


@pytest.mark.usefixtures("loaded")
def test_some_weeks_of_conversations_in_both_languages_and_every_state() -> None:
    found = Conversation.objects.all()
    assert 230 <= len(found) <= 300
    languages = Counter(found.values_list("customer__language", flat=True))
    assert 0.5 <= languages["zh-hans"] / len(found) <= 0.6
    assert {one.status for one in found} == set(Status.values)
    assert any(one.assignee_id is None and one.waiting_since for one in found)
    assert any(one.last_message_at > timezone.now() - timedelta(hours=6) for one in found)
    assert any(one.created_at < timezone.now() - timedelta(weeks=3) for one in found)


@pytest.mark.usefixtures("loaded")
def test_every_role_is_there_and_each_brand_has_its_own_desk() -> None:
    assert set(Staff.objects.values_list("role", flat=True)) == set(Role.values)
    lumquay, kettlemoth = Brand.objects.order_by("-created_at")[::-1]
    assert {one.brand for one in Inbox.objects.all()} == {lumquay, kettlemoth}
    kitchen = Staff.objects.get(email="yutong@kefu.example")
    brands = set(Conversation.objects.visible_to(kitchen).values_list("brand", flat=True))
    assert brands == {kettlemoth.pk}


@pytest.mark.usefixtures("loaded")
def test_what_was_said_is_in_order_complete_and_past() -> None:
    assert not Message.objects.filter(text__regex=r"[{}\[\]|]").exists()
    assert not Message.objects.exclude(masked=[]).exists()
    assert not Message.objects.filter(created_at__gt=timezone.now()).exists()
    for conversation in Conversation.objects.prefetch_related("messages"):
        messages = sorted(conversation.messages.all(), key=lambda message: message.seq)
        times = [message.created_at for message in messages]
        assert times == sorted(times)
        assert conversation.last_seq == len(messages)
        last = [message for message in messages if message.kind == "reply"][-1]
        assert conversation.last_message_at == last.created_at
        unfinished = conversation.status not in {Status.SOLVED, Status.CLOSED}
        waits = last.author_kind == AuthorKind.CUSTOMER and unfinished
        assert (conversation.waiting_since is not None) is waits


@pytest.mark.usefixtures("loaded")
def test_numbers_rise_with_time() -> None:
    began = list(Conversation.objects.order_by("number").values_list("created_at", flat=True))
    assert began == sorted(began)


@pytest.mark.usefixtures("loaded")
def test_nobody_has_read_more_than_there_is() -> None:
    assert not Conversation.objects.filter(staff_read_seq__gt=F("last_reply_seq")).exists()
    unread = Conversation.objects.filter(staff_read_seq__lt=F("last_reply_seq"))
    assert unread.count() >= 10


@pytest.mark.usefixtures("loaded")
def test_the_facts_of_the_past_look_like_those_of_the_verbs() -> None:
    told = _shapes(Conversation.objects.values_list("pk", flat=True))
    assert told == _shapes([_real_conversation().pk])


def _real_conversation() -> Conversation:
    inbox = Inbox.objects.get(brand__slug="lumquay", kind="chat")
    staff = Staff.objects.get(email="admin@kefu.example")
    conversation = begin(Customer.objects.create(), inbox)
    conversation.take(by=staff)
    conversation.prioritise(2, by=staff)  # type: ignore[arg-type]
    conversation.tag(inbox.brand.tags.all()[0], by=staff)
    flows.hand_over(conversation, to=Team.objects.exclude(pk=inbox.team_id)[0], by=staff, note="Please")
    for verb in ("wait_for_customer", "put_on_hold", "solve", "reopen", "close"):
        getattr(conversation, verb)(by=staff)
    return conversation


def _shapes(conversations: object) -> dict[str, set[str]]:
    """The keys of each kind of fact, as far as all of that kind have them."""
    shapes: dict[str, set[str]] = {}
    for conversation in conversations:  # type: ignore[attr-defined]
        for entry in log.about(conversation):
            keys = set(entry.data) - {"follows"}
            shapes[entry.kind] = shapes.get(entry.kind, keys) & keys
    return shapes


@pytest.mark.usefixtures("loaded")
def test_loading_twice_changes_nothing() -> None:
    before = Conversation.objects.count(), Staff.objects.count(), load.sign_ins()
    load.load_demo()
    assert (Conversation.objects.count(), Staff.objects.count(), load.sign_ins()) == before


@pytest.mark.usefixtures("loaded")
def test_the_password_is_this_folders_own_and_readable_by_its_owner_only(folder: Path) -> None:
    file = folder / "demo-sign-ins.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    roles = {one.email: one.role for one in load.sign_ins()}
    assert dict(Staff.objects.values_list("email", "role")) == roles
    assert check_password(load.sign_ins()[0].password, Staff.objects.all()[0].password)


@pytest.mark.usefixtures("loaded")
def test_a_lost_password_is_replaced(folder: Path) -> None:
    lost = load.sign_ins()[0].password
    (folder / "demo-sign-ins.json").unlink()
    new = load.sign_ins()[0].password
    assert new != lost
    assert Staff.objects.get(email="admin@kefu.example").check_password(new)


@pytest.mark.usefixtures("loaded")
def test_the_chat_is_open_at_any_hour_and_asks_by_topic() -> None:
    inbox = Inbox.objects.select_related("schedule").get(brand__slug="lumquay", kind="chat")
    assert all(clock.is_open(inbox.schedule, timezone.now() + timedelta(hours=hour)) for hour in range(24))
    chat = ChatSettings.of(inbox)
    fault, order = chat.topic("fault"), chat.topic("order")
    assert fault and "error_text" in {field.key for field in fault.fields}
    assert order and "order_number" in {field.key for field in order.fields}
    defined = set(inbox.brand.fields.values_list("key", flat=True))
    asked = {field.key for topic in chat.topics for field in topic.fields if not field.about_person}
    assert asked <= defined


@pytest.mark.parametrize(
    ("base", "origins"),
    [
        ("http://localhost:8123", ("http://localhost:8123", "http://127.0.0.1:8123")),
        ("https://demo.example", ("https://demo.example",)),
    ],
)
def test_the_chat_may_be_tried_on_a_page_of_another_origin(
    db: None, folder: Path, settings: Settings, base: str, origins: tuple[str, ...]
) -> None:
    settings.KEFU_BASE_URL = base
    load.load_demo()
    assert ChatSettings.of(Inbox.objects.get(brand__slug="lumquay", kind="chat")).allowed_origins == origins


@pytest.mark.usefixtures("loaded")
def test_the_website_carries_the_chat(client: Client) -> None:
    page = client.get("/demo/").content.decode()
    assert f"/w/{Inbox.objects.get(brand__slug='lumquay', kind='chat').key}.js" in page


def test_without_the_demo_there_is_no_website(client: Client, loaded: None, settings: Settings) -> None:
    settings.KEFU_DEMO = False
    assert client.get("/demo/").status_code == 404


@pytest.mark.django_db
def test_before_loading_there_is_no_website(client: Client, folder: Path) -> None:
    assert client.get("/demo/").status_code == 404


@pytest.mark.usefixtures("loaded")
def test_what_a_conversation_asks_about_was_ordered_and_can_be_looked_up() -> None:
    for conversation in Conversation.objects.filter(brand__slug="lumquay", fields__has_key="order_number"):
        order = Order.objects.numbered(conversation.fields["order_number"]).get()
        assert order.customer_id == conversation.customer_id
        assert LinkedOrder.objects.filter(conversation=conversation, order=order).exists()
    statuses = set(Order.objects.values_list("status", flat=True))
    assert statuses >= {OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.DELIVERED}
    assert not TrackingEvent.objects.filter(at__gt=timezone.now()).exists()


@pytest.mark.usefixtures("loaded")
def test_the_order_to_try_is_found_in_either_language() -> None:
    for number, _product, _days in purchases.TO_TRY.values():
        found = looking_up.look_up(
            number,
            purchases.TAIL,
            brand=Brand.objects.get(slug="lumquay"),
            address="192.0.2.1",
            holder="page",
        )
        assert found is not None and [order.external_no for order in found.orders] == [number]
