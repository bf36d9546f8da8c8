"""Those who have no business here, or no longer: a colleague who was deactivated, a page that is not the brand's."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, expect

from conftest import begin, says
from kefu.conversations.models import Conversation, Inbox, Message
from kefu.inboxes.chat.settings import ChatSettings
from kefu.lib.ids import uuid7
from kefu.people.models import Customer, Staff, StaffToken
from kefu.people.roles import Can
from tests.browsing import Chat, Complaints, Console, open_context, sign_in, soon, stored
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]


def test_a_colleague_who_is_deactivated_in_a_chat_sees_and_says_nothing_more_within_five_seconds(
    chat: Chat, console: Console, agents: BrowserContext, desk: House, mei: Staff, admin: Staff, omar: Staff
) -> None:
    """C3: the session, the API token and the open stream all end; the customer's chat goes on."""
    chat.begins("Hello")
    console.opens_row("Hello")
    expect(console.said).to_have_text(["Hello"])
    conversation = Conversation.objects.get()
    token = StaffToken.issue(
        staff=mei, name="hers", scopes=[Can.READ_CONVERSATIONS], lasts=timedelta(days=1)
    )[1]
    cookies = {cookie["name"]: cookie["value"] for cookie in agents.cookies(desk.base)}
    bearer = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{desk.base}/api/v1/conversations", headers=bearer).status_code == 200
    mei.deactivate(by=admin)
    console.page.wait_for_url("**/account/login/**", timeout=5000)
    says(omar, "Secret after she left", in_=conversation)
    assert "Secret" not in console.page.content()
    assert httpx.get(f"{desk.base}/api/v1/conversations", headers=bearer).status_code == 401
    page = httpx.get(f"{desk.base}/console/", cookies=cookies)
    assert (page.status_code, page.headers["Location"].split("?")[0]) == (302, "/account/login/")
    message = {"conversation": str(conversation.pk), "client_id": str(uuid7()), "text": "Still me"}
    sent = httpx.post(
        f"{desk.base}/live/console/messages", json=message, cookies=cookies, headers={"Origin": desk.base}
    )
    assert sent.status_code == 401
    assert httpx.get(f"{desk.base}/live/console/events", cookies=cookies).status_code == 401
    expect(chat.here.get_by_text("Secret after she left")).to_be_visible()
    assert stored() == ["Hello", "Secret after she left"]
    assert settings.SESSION_COOKIE_NAME in cookies


def test_a_site_that_is_not_on_the_list_cannot_frame_the_chat_nor_anything_else(
    browser: Browser, site: str, desk: House, inbox: Inbox
) -> None:
    """A11, F12: the frame, the page, the console and the sign-in page, each by its frame-ancestors."""
    ChatSettings(allowed_origins=("https://shop.example",)).save(inbox)
    complaints = Complaints()
    context = open_context(browser, complaints)
    page = context.new_page()
    page.goto(site)
    framed = [f"/w/{inbox.key}/chat?host={site}", f"/chat/{inbox.key}", "/console/", "/account/login/", "/"]
    for path in framed:
        page.evaluate(
            "address => document.body.append(Object.assign(document.createElement('iframe'), {src: address}))",
            desk.base + path,
        )
    assert soon(lambda: sum("frame-ancestors" in one for one in complaints.heard) >= len(framed), in_=page)
    assert not Customer.objects.exists()
    context.close()


def test_a_hostile_page_cannot_speak_for_the_brand_or_for_the_chat(
    chat: Chat, site: str, desk: House
) -> None:
    """A11: a forged window, a forged origin and a launcher of one's own; event.source and event.origin both count."""
    chat.begins("Hello")
    chat.page.evaluate(
        """origin => {
             window.told = []
             kefu("on", "unread", count => told.push(count))
             const chat = document.querySelector("#kefu").shadowRoot.querySelector("iframe").contentWindow
             const other = document.createElement("iframe")
             other.srcdoc = "<script>addEventListener('message', e => e.data.target && 0)</" + "script>"
             document.body.append(other)
             other.contentWindow.eval("top.forge = (target, message) => target.postMessage(message, '*')")
             for (const what of ["logout", "close", "identify", "set", "label", "__proto__", "constructor"]) forge(chat, { kefu: 1, do: what, with: { identifier: "u-1", hash: "0" } })
             const say = { kefu: 1, say: "unread", count: 66, name: "<img src=x onerror=alert(1)>", text: "<b>evil</b>" }
             for (const given of [{ origin, source: other.contentWindow }, { origin: "https://evil.example", source: chat }, { origin: "null", source: null }])
               dispatchEvent(new MessageEvent("message", { ...given, data: say }))
           }""",
        desk.base,
    )
    chat.writes("Still here")
    expect(chat.bubbles).to_have_text(["Hello", "Still here"])
    assert soon(lambda: len(stored()) == 2)
    assert 66 not in chat.page.evaluate("told")


def test_another_site_cannot_use_the_chats_requests(
    browser: Browser, site: str, desk: House, inbox: Inbox
) -> None:
    """F12, F14: no CORS and a checked origin, so a page elsewhere reads nothing and changes nothing."""
    context = open_context(browser, Complaints())
    page = context.new_page()
    page.goto(site)
    reached = page.evaluate(
        """async addresses => {
             const reached = []
             for (const [method, address] of addresses) try {
               const answer = await fetch(address, { method, mode: "cors", headers: { Authorization: "Bearer x" }, body: method === "POST" ? "{}" : undefined })
               reached.push(address + answer.status)
             } catch {}
             return reached
           }""",
        [
            ["POST", f"{desk.base}/w/{inbox.key}/api/start"],
            ["GET", f"{desk.base}/w/{inbox.key}/api/state"],
            ["GET", f"{desk.base}/live/w/{inbox.key}/events"],
            ["POST", f"{desk.base}/live/w/{inbox.key}/messages"],
            ["GET", f"{desk.base}/api/v1/conversations"],
        ],
    )
    assert reached == []
    assert not Customer.objects.exists()
    context.close()


def test_an_agent_of_another_brand_sees_nothing_of_a_chat_while_it_goes_on(
    browser: Browser, complaints: Complaints, desk: House, chat: Chat, charlie: Staff, other_inbox: Inbox
) -> None:
    begin(Customer.objects.create(name="Theirs"), other_inbox, "A matter of ours")
    context = open_context(browser, complaints)
    sign_in(context, desk, charlie)
    theirs = Console(context.new_page(), desk)
    theirs.opens("unassigned")
    expect(theirs.row("A matter of ours")).to_be_visible()
    chat.begins("Not for Charlie")
    chat.writes("Nor this")
    assert soon(lambda: Message.objects.filter(text="Nor this").exists())
    begin(Customer.objects.create(name="Second"), other_inbox, "Another matter of ours")
    expect(theirs.row("Another matter of ours")).to_be_visible()
    assert "Not for Charlie" not in theirs.page.content()
    number = Conversation.objects.get(inbox__brand__slug="lumo").number
    theirs.page.goto(f"{desk.base}/console/k/{number}")
    expect(theirs.page.get_by_text("Not for Charlie")).to_have_count(0)
    context.close()
