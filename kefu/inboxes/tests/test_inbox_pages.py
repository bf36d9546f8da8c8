from __future__ import annotations

import hmac
import re
import threading
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from kefu.conversations.models import FieldDefinition, Inbox
from kefu.events.models import Audit
from kefu.hours.models import Schedule
from kefu.inboxes import flows
from kefu.inboxes.chat.keys import keys_of
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.stored import Words
from kefu.inboxes.topics import Topic
from kefu.people.models import Brand, Refused, Staff, Team
from kefu.people.testing import signed_in

INBOXES = "/console/settings/inboxes/"


@pytest.fixture
def desk(admin: Staff) -> Client:
    return signed_in(admin)


def form(team: Team, **more: str) -> dict[str, str]:
    return {
        "name": "Shop",
        "team": str(team.pk),
        "language": "en",
        "origins": "https://shop.example\nhttps://www.shop.example/",
        "greeting_zh": "您好",
        "greeting_en": "Hello",
        **more,
    }


def kinds() -> list[str]:
    return list(Audit.objects.order_by("id").values_list("kind", flat=True))


def test_opening_an_inbox_leads_to_what_goes_on_the_website(desk: Client, support: Team) -> None:
    page = desk.post(INBOXES + "new/", form(support), follow=True).content.decode()
    inbox = Inbox.objects.get()
    chat = ChatSettings.of(inbox)
    assert inbox.brand == support.brand
    assert chat.allowed_origins == ("https://shop.example", "https://www.shop.example")
    assert chat.greeting == Words("您好", "Hello")
    assert f"/w/{inbox.key}.js" in page
    assert kinds() == ["inbox.opened"]


def test_changing_an_inbox_leaves_its_form_alone(desk: Client, inbox: Inbox, returns: Team) -> None:
    replace(ChatSettings(), topics=(Topic("one", Words(en="One")),)).save(inbox)
    desk.post(f"{INBOXES}{inbox.pk}/", form(returns))
    inbox.refresh_from_db()
    assert (inbox.name, inbox.team) == ("Shop", returns)
    assert [topic.key for topic in ChatSettings.of(inbox).topics] == ["one"]
    assert kinds() == ["inbox.changed"]


@pytest.mark.parametrize(
    "origin",
    [
        "shop.example",
        "https://shop.example/page",
        "https://*.shop.example",
        "javascript:alert(1)",
        "https://a b",
    ],
)
def test_what_is_not_a_website_is_refused_in_its_place(desk: Client, support: Team, origin: str) -> None:
    page = desk.post(INBOXES + "new/", form(support, origins=origin))
    assert page.context["form"].errors["origins"]
    assert not Inbox.objects.exists()


def test_a_team_or_hours_of_another_brand_cannot_be_chosen(
    desk: Client, inbox: Inbox, foreign_team: Team, other_brand: Brand, admin: Staff, support: Team
) -> None:
    page = desk.post(f"{INBOXES}{inbox.pk}/", form(foreign_team))
    assert page.context["form"].errors["team"]
    theirs = Schedule.objects.create(brand=other_brand, name="Theirs")
    with pytest.raises(Refused):
        flows.open_inbox(
            team=support, name="x", language="en", schedule=theirs, settings=ChatSettings(), by=admin
        )


def test_a_name_is_taken_once_in_a_brand(desk: Client, inbox: Inbox, support: Team) -> None:
    page = desk.post(INBOXES + "new/", form(support, name=inbox.name))
    assert "already" in page.content.decode()
    assert Inbox.objects.count() == 1


def test_turning_it_off_and_on_is_told_once(desk: Client, inbox: Inbox) -> None:
    for on in ("no", "no", "yes"):
        desk.post(f"{INBOXES}{inbox.pk}/service", {"on": on})
    inbox.refresh_from_db()
    assert inbox.is_active
    assert kinds() == ["inbox.switched", "inbox.switched"]


# -- the form before a chat


def topic_form(*rows: dict[str, str], **more: str) -> dict[str, str]:
    sent = {"label_zh": "维修", "label_en": "Repair", "rows": str(len(rows)), **more}
    for place, row in enumerate(rows):
        sent.update({f"{name}-{place}": value for name, value in row.items()})
    return sent


SERIAL = {"key": "own", "label_en": "Serial number", "type": "text", "required": "on"}


def test_a_topic_with_a_question_of_ones_own(desk: Client, inbox: Inbox) -> None:
    desk.post(f"{INBOXES}{inbox.pk}/topics/new/", topic_form(SERIAL))
    inbox.refresh_from_db()
    topic = ChatSettings.of(inbox).topic("repair")
    assert topic is not None
    assert [(field.key, field.required) for field in topic.fields] == [("serial_number", True)]
    assert FieldDefinition.objects.get(key="serial_number").label == "Serial number"
    assert "inbox.form_changed" in kinds()


def test_buttons_change_the_form_and_store_nothing(desk: Client, inbox: Inbox) -> None:
    address = f"{INBOXES}{inbox.pk}/topics/new/"
    added = desk.post(address, topic_form(SERIAL, act="add", question="email"))
    assert [row.key for row in added.context["form"].rows] == ["own", "email"]
    moved = desk.post(address, topic_form(SERIAL, {"key": "email", "type": "email"}, act="up:1"))
    assert [row.key for row in moved.context["form"].rows] == ["email", "own"]
    removed = desk.post(address, topic_form(SERIAL, act="remove:0"))
    assert removed.context["form"].rows == []
    for nonsense in ("up:9", "remove:x", "explode", "add"):
        assert desk.post(address, topic_form(SERIAL, act=nonsense)).status_code == 200
    inbox.refresh_from_db()
    assert ChatSettings.of(inbox) == ChatSettings()


@pytest.mark.parametrize(
    "row",
    [
        {"key": "own", "type": "text"},
        {"key": "own", "label_en": "Mail", "type": "email"},
        {"key": "own", "label_en": "Which", "type": "choice", "choices": "\n \n"},
        {"key": "Evil Key", "label_en": "x", "type": "text"},
        {"key": "phone", "label_en": "x", "type": "text"},
        {"key": "own", "label_en": "x" * 61, "type": "text"},
        {"key": "own", "label_en": "x", "type": "password"},
    ],
)
def test_a_wrong_question_is_marked_and_nothing_is_stored(
    desk: Client, inbox: Inbox, row: dict[str, str]
) -> None:
    page = desk.post(f"{INBOXES}{inbox.pk}/topics/new/", topic_form(row))
    assert page.status_code == 422
    assert page.context["form"].rows[0].error
    inbox.refresh_from_db()
    assert ChatSettings.of(inbox) == ChatSettings()


def test_moving_and_removing_topics(desk: Client, inbox: Inbox) -> None:
    address = f"{INBOXES}{inbox.pk}/topics/"
    desk.post(address, {"topic": "return", "to": "up"})
    desk.post(address, {"topic": "return", "to": "up"})
    desk.post(f"{address}other/removal")
    desk.post(f"{address}other/removal")
    inbox.refresh_from_db()
    assert [topic.key for topic in ChatSettings.of(inbox).topics] == ["return", "order", "fault"]
    assert kinds() == ["inbox.form_changed", "inbox.form_changed"]


def test_a_topic_called_new_gets_an_address_of_its_own(desk: Client, inbox: Inbox) -> None:
    desk.post(f"{INBOXES}{inbox.pk}/topics/new/", topic_form(label_en="New"))
    assert desk.get(f"{INBOXES}{inbox.pk}/topics/new_2/").status_code == 200


def test_a_topic_that_is_not_there_is_not_found(desk: Client, inbox: Inbox) -> None:
    assert desk.get(f"{INBOXES}{inbox.pk}/topics/nowhere/").status_code == 404


@pytest.mark.usefixtures("committed")
def test_two_admins_who_add_topics_at_once_both_keep_theirs(inbox: Inbox, admin: Staff) -> None:
    def add(key: str) -> None:
        mine = Inbox.objects.get(pk=inbox.pk)
        flows.change_topics(mine, lambda held: (*held, Topic(key, Words(en=key))), by=admin)
        connections.close_all()

    threads = [threading.Thread(target=add, args=(f"topic_{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    inbox.refresh_from_db()
    stored = {topic.key for topic in ChatSettings.of(inbox).topics}
    assert {f"topic_{number}" for number in range(6)} <= stored


# -- identity


def test_a_secret_is_shown_once_and_two_keys_are_valid_while_changing_over(
    desk: Client, inbox: Inbox
) -> None:
    address = f"{INBOXES}{inbox.pk}/identity/"
    pages = [desk.post(f"{address}hash/keys").content.decode() for _ in range(3)]
    inbox.refresh_from_db()
    newest, before = keys_of(inbox, "hash")
    assert newest.secret in pages[2] and before.secret in pages[1]
    assert before.secret not in pages[2]
    later = desk.get(address).content.decode()
    assert newest.kid in later and newest.secret not in later
    assert keys_of(inbox, "jwt") == []
    assert newest.secret not in str(list(Audit.objects.values_list("data", flat=True)))


def test_ending_a_key_and_ending_it_again(desk: Client, inbox: Inbox) -> None:
    desk.post(f"{INBOXES}{inbox.pk}/identity/jwt/keys")
    inbox.refresh_from_db()
    end = f"{INBOXES}{inbox.pk}/identity/jwt/{keys_of(inbox, 'jwt')[0].kid}/end"
    assert desk.post(end).status_code == 302
    assert desk.post(end).status_code == 404
    assert desk.post(f"{INBOXES}{inbox.pk}/identity/magic/keys").status_code == 404
    inbox.refresh_from_db()
    assert keys_of(inbox, "jwt") == []


def test_the_page_shows_how_a_website_signs_and_an_example_that_is_right(desk: Client, inbox: Inbox) -> None:
    page = unescape(re.sub("<[^>]+>", "\n", desk.get(f"{INBOXES}{inbox.pk}/identity/").content.decode()))
    assert f'hex(HMAC-SHA256(secret, "{inbox.key}" + "\\n" + expires + "\\n" + identifier))' in page
    shown = dict(re.findall(r"^(secret|identifier|expires|hash) +(\S+)$", page, re.MULTILINE))
    said = f"{inbox.key}\n{shown['expires']}\n{shown['identifier']}"
    assert hmac.new(shown["secret"].encode(), said.encode(), "sha256").hexdigest() == shown["hash"]
    assert f'"aud": "{inbox.key}"' in page


def test_the_rules_of_identity_are_kept(desk: Client, inbox: Inbox) -> None:
    address = f"{INBOXES}{inbox.pk}/identity/"
    desk.post(address, {"rules": "1", "enforce_identity": "on"})
    inbox.refresh_from_db()
    assert ChatSettings.of(inbox).enforce_identity
    desk.post(address, {"rules": "1"})
    inbox.refresh_from_db()
    assert not ChatSettings.of(inbox).enforce_identity


def test_the_list_asks_the_database_as_often_for_many_as_for_one(
    desk: Client, inbox: Inbox, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    desk.get(INBOXES)
    for number in range(20):
        Inbox.objects.create(brand=inbox.brand, team=inbox.team, name=f"Inbox {number}")
    with django_assert_max_num_queries(8):
        page = desk.get(INBOXES).content.decode()
    assert "Inbox 19" in page


# -- those who have no business here


def doors(inbox: Inbox) -> list[tuple[str, dict[str, Any]]]:
    one = f"{INBOXES}{inbox.pk}/"
    return [
        (INBOXES + "new/", {}),
        (one, {}),
        (one + "service", {"on": "no"}),
        (one + "topics/new/", topic_form(SERIAL)),
        (one + "topics/order/removal", {}),
        (one + "identity/hash/keys", {}),
    ]


def test_nobody_below_an_admin_changes_an_inbox(
    mei: Staff, supervisor: Staff, auditor: Staff, inbox: Inbox
) -> None:
    before = Inbox.objects.values().get()
    for browser in (signed_in(mei), signed_in(supervisor), signed_in(auditor)):
        for address, given in doors(inbox):
            assert browser.post(address, given).status_code == 403
    for address, given in doors(inbox):
        assert Client().post(address, given).status_code == 302
    assert {**Inbox.objects.values().get(), "secrets": None} == {**before, "secrets": None}
    assert Inbox.objects.get().secrets is None


def test_pages_show_what_people_wrote_as_text(desk: Client, inbox: Inbox) -> None:
    evil = "<script>alert(1)</script>"
    Inbox.objects.update(name=evil)
    replace(ChatSettings(), topics=(Topic("one", Words(en=evil)),), greeting=Words(en=evil)).save(inbox)
    for page in ("", "topics/", "topics/one/", "identity/", "install/"):
        shown = desk.get(f"{INBOXES}{inbox.pk}/{page}").content.decode()
        assert evil not in shown
        assert "&lt;script&gt;alert(1)" in shown
