from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from conftest import begin, says
from kefu.conversations import flows
from kefu.conversations.models import Conversation, Inbox, Tag
from kefu.inboxes.chat.models import Visitor
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.chat.tests.chatting import Browser
from kefu.lib.ids import token_hash, uuid7
from kefu.people.models import Customer, Staff
from kefu.people.testing import signed_in


def test_a_new_browser_gets_a_token_of_which_we_keep_only_the_hash(inbox: Inbox) -> None:
    found = Browser(inbox).start()
    visitor = Visitor.objects.get()
    assert bytes(visitor.token_hash) == token_hash(found["token"])
    assert found["visitor"] == {"name": "", "verified": False}
    assert found["state"]["conversations"] == []


def test_a_browser_that_comes_back_keeps_its_token_and_its_conversations(browser: Browser) -> None:
    browser.asks("Where is my parcel?")
    again = Browser(browser.inbox, browser.token).start()
    assert "token" not in again
    assert again["state"]["conversations"][0]["messages"][0]["text"] == "Where is my parcel?"
    assert Customer.objects.count() == 1


def test_no_answer_of_the_chat_sets_a_cookie_or_may_be_kept(browser: Browser) -> None:
    answer = browser.get("state")
    assert not answer.cookies
    assert answer["Cache-Control"] in {"no-store", "private, no-cache"}


def test_a_token_in_the_address_opens_nothing(browser: Browser) -> None:
    token, browser.token = browser.token, ""
    assert browser.get(f"state?token={token}").status_code == 401


def test_a_token_opens_nothing_at_another_inbox(browser: Browser, other_inbox: Inbox) -> None:
    assert Browser(other_inbox, browser.token).get("state").status_code == 401


def test_a_token_ends_with_its_time_with_logout_and_with_the_inbox(browser: Browser) -> None:
    Visitor.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert browser.get("state").status_code == 401
    Visitor.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert browser.get("state").status_code == 200
    Inbox.objects.update(is_active=False)
    assert browser.get("state").status_code == 401
    Inbox.objects.update(is_active=True)
    assert browser.post("logout").status_code == 204
    assert browser.get("state").status_code == 401


def test_another_site_is_refused_whatever_token_it_has(browser: Browser) -> None:
    assert browser.get("state", sec_fetch_site="cross-site").status_code == 403
    assert browser.post("logout", origin="https://evil.example").status_code == 403
    assert browser.get("state").status_code == 200


def test_someone_elses_conversation_is_not_found(browser: Browser, stranger: Browser) -> None:
    mine = browser.asks("My secret").json()["id"]
    assert stranger.state()["conversations"] == []
    for path in (f"conversations/{mine}/messages?after=0", f"conversations/{mine}/transcript"):
        assert stranger.get(path).status_code == 404
    for path in (f"conversations/{mine}/end", f"conversations/{mine}/transcript"):
        assert stranger.post(path).status_code == 404
    assert Conversation.objects.get().status == "open"


def test_a_customer_never_sees_a_note_nor_a_colleagues_name_or_address(browser: Browser, mei: Staff) -> None:
    Staff.objects.filter(pk=mei.pk).update(name="Mei Canary", alias="Mei")
    started = browser.asks("Hello").json()
    conversation = Conversation.objects.get()
    flows.leave_note(conversation, "canary-note", by=mei)
    says(mei, "Good morning", in_=conversation)
    for answer in (
        browser.get("state"),
        browser.get(f"conversations/{started['id']}/messages?after=0"),
        browser.get(f"conversations/{started['id']}/transcript"),
    ):
        words = answer.content.decode()
        assert "Good morning" in words
        assert "canary-note" not in words
        assert "Canary" not in words
        assert mei.email not in words


def test_messages_are_read_page_by_page_in_both_directions(browser: Browser, mei: Staff) -> None:
    started = browser.asks("1").json()
    conversation = Conversation.objects.get()
    for number in range(2, 121):
        says(mei, str(number), in_=conversation)
    path = f"conversations/{started['id']}/messages"
    latest = browser.state()["conversations"][0]
    assert [m["seq"] for m in latest["messages"]] == list(range(71, 121))
    earlier = browser.get(f"{path}?before=71").json()
    assert [m["seq"] for m in earlier["messages"]] == list(range(21, 71))
    assert earlier["more"] is True
    first = browser.get(f"{path}?before=21").json()
    assert (len(first["messages"]), first["more"]) == (20, False)
    later = browser.get(f"{path}?after=100").json()
    assert ([m["seq"] for m in later["messages"]], later["more"]) == (list(range(101, 121)), False)


def test_ending_a_conversation_solves_it_and_ending_it_twice_changes_nothing(browser: Browser) -> None:
    started = browser.asks("Hello").json()
    assert browser.post(f"conversations/{started['id']}/end").json()["status"] == "solved"
    assert browser.post(f"conversations/{started['id']}/end").json()["status"] == "solved"


def test_an_inbox_may_insist_on_a_signed_identity(inbox: Inbox) -> None:
    ChatSettings(enforce_identity=True).save(inbox)
    refused = Browser(inbox).post("start")
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    assert not Customer.objects.exists()


def test_what_the_site_says_of_the_visitor_is_kept_small_and_plain(browser: Browser) -> None:
    many = {f"key{n}": n for n in range(100)} | {"__proto__": {"admin": True}}
    browser.post("about", {"attributes": {"plan": "gold", "deep": {"a": 1}}})
    browser.post("about", {"attributes": many, "page": {"address": "https://shop.example/cart?token=1#x"}})
    browser.post("about", {"attributes": {"plan": "platinum"}})
    kept = Customer.objects.get().fields["sites"][str(browser.inbox.brand_id)]
    assert len(kept["said"]) == 30
    assert kept["said"]["plan"] == "platinum"
    assert not {"__proto__", "deep"} & set(kept["said"])
    assert kept["page"] == "https://shop.example/cart"


def test_the_desk_sees_what_its_own_site_says_as_text_and_no_other_brand_does(
    browser: Browser, mei: Staff, charlie: Staff, other_inbox: Inbox
) -> None:
    browser.asks("Hello")
    browser.post(
        "about", {"attributes": {"plan": "<b>gold</b>"}, "page": {"address": "https://shop.example/cart"}}
    )
    customer = Customer.objects.get()
    here, there = Conversation.objects.get(), begin(customer, other_inbox)
    shown, elsewhere = (
        signed_in(staff).get(f"/console/c/{one.pk}/").content.decode()
        for staff, one in ((mei, here), (charlie, there))
    )
    assert "&lt;b&gt;gold&lt;/b&gt;" in shown and "https://shop.example/cart" in shown
    assert "gold" not in elsewhere and "shop.example" not in elsewhere


def test_a_site_can_only_set_labels_that_the_brand_has(browser: Browser) -> None:
    browser.asks("Hello")
    conversation = Conversation.objects.get()
    Tag.objects.create(brand=conversation.brand, name="vip")
    browser.post("about", {"labels": ["vip", "unknown", 5]})
    assert list(conversation.tags.values_list("name", flat=True)) == ["vip"]


def test_what_makes_no_sense_is_refused_with_a_sentence(browser: Browser) -> None:
    for answer in (
        browser.post("conversations", {"client_id": "x", "text": "hi"}),
        browser.post("conversations", {"client_id": str(uuid7()), "text": 5}),
        browser.post("conversations", {"client_id": str(uuid7()), "text": ""}),
        browser.post("conversations", [1]),
        browser.post("code", {"email": "nobody"}),
    ):
        assert answer.status_code == 422
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"]
    assert not Conversation.objects.exists()


def test_too_many_conversations_at_once_are_slowed_down(browser: Browser) -> None:
    answers = [browser.asks("again").status_code for _ in range(11)]
    assert answers == [201] * 10 + [429]
