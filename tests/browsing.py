"""Real browsers for tests: Chromium, what it complains about, and the screens of both sides as people use them."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, expect, sync_playwright

from kefu.conversations.models import Inbox, Message
from kefu.people.models import Staff
from kefu.people.testing import begin_session
from tests.house import House

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOST = ("Failed to load resource", "Failed to fetch", "net::ERR_")
PATIENCE = 10_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """Playwright's calls run a loop in this thread, which Django would take for asynchronous code."""
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with pytest.MonkeyPatch.context() as patched, sync_playwright() as playwright:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=_executable(), args=flags)
        yield browser
        browser.close()


def _executable() -> str | None:
    """One of the system's, else Playwright's own."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Complaints:
    """What browsers complained about: scripts that failed, refused policies, dialogs. Lost connections are no complaint."""

    heard: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> BrowserContext:
        context.on("console", lambda message: self._note(message.type, message.text))
        context.on("weberror", lambda error: self._hear_script(str(error.error)))
        context.on("dialog", self._refuse)
        return context

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and not any(sign in text for sign in LOST):
            self.heard.append(text)

    def _hear_script(self, problem: str) -> None:
        if not any(sign in problem for sign in LOST):
            self.heard.append(f"script: {problem}")

    def _refuse(self, dialog: Any) -> None:
        self.heard.append(f"dialog: {dialog.message}")
        dialog.dismiss()


def open_context(chromium: Browser, complaints: Complaints, **options: Any) -> BrowserContext:
    usual = {"locale": "en-GB", "viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
    context = chromium.new_context(**usual | options)
    context.set_default_timeout(PATIENCE)
    return complaints.watch(context)


def sign_in(context: BrowserContext, desk: House, staff: Staff) -> None:
    """As signing in leaves it, without the pages of signing in."""
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": begin_session(staff), "url": desk.base, "httpOnly": True}])


def soon(true: Callable[[], Any], seconds: float = 10, *, in_: Page | None = None) -> bool:
    """``in_``: the page whose news (its address, what it complains about) are waited for."""
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        if in_ is None:
            time.sleep(0.05)
        else:
            in_.wait_for_timeout(50)
    return bool(true())


def stored(kind: str = "reply") -> list[str]:
    return list(
        Message.objects.filter(kind=kind).order_by("conversation_id", "seq").values_list("text", flat=True)
    )


class Chat:
    """The chat as a customer uses it: in a frame on the brand's page, or as a page of its own."""

    def __init__(self, page: Page, here: Page | FrameLocator) -> None:
        self.page, self.here = page, here

    @classmethod
    def on_site(cls, page: Page, address: str) -> Chat:
        page.goto(address)
        page.locator("#kefu .button").click()
        chat = cls(page, page.frame_locator("#kefu iframe"))
        expect(chat.here.locator(".home, .thread")).to_be_visible()
        return chat

    @classmethod
    def alone(cls, page: Page, desk: House, inbox: Inbox) -> Chat:
        page.goto(f"{desk.base}/chat/{inbox.key}")
        expect(page.locator(".home, .thread")).to_be_visible()
        return cls(page, page)

    def begins(self, words: str, topic: str = "Something else") -> None:
        self.here.get_by_role("button", name=topic).click()
        self.here.get_by_label("How can we help?").fill(words)
        self.here.get_by_role("button", name="Start the chat").click()
        expect(self.bubbles.first).to_have_text(words)

    def writes(self, words: str) -> None:
        self.field.fill(words)
        self.field.press("Enter")

    @property
    def field(self) -> Locator:
        return self.here.get_by_role("textbox", name="Write a message")

    @property
    def bubbles(self) -> Locator:
        return self.here.locator(".bubble")

    @property
    def notice(self) -> Locator:
        return self.here.locator("#notice")


class Console:
    """The console as an agent uses it."""

    def __init__(self, page: Page, desk: House) -> None:
        self.page, self.desk = page, desk

    def opens(self, view: str) -> None:
        self.page.goto(f"{self.desk.base}/console/?view={view}")
        expect(self.page.locator("[data-console]")).to_have_attribute("data-line", "open")

    def opens_row(self, words: str) -> None:
        self.row(words).locator("a").click()
        expect(self.page.locator("#main[data-conversation]:not([data-conversation=''])")).to_be_visible()

    def answers(self, words: str) -> None:
        self.page.get_by_role("textbox", name="Your message").fill(words)
        self.page.get_by_role("textbox", name="Your message").press("Control+Enter")

    def row(self, words: str) -> Locator:
        return self.page.locator("[data-row]", has_text=words)

    def bubble(self, words: str) -> Locator:
        return self.page.locator("[data-log] [data-bubble]:not([data-pending])", has_text=words)

    @property
    def said(self) -> Locator:
        return self.page.locator("[data-log] [data-bubble] .bubble-text")

    @property
    def reconnecting(self) -> Locator:
        return self.page.locator("[data-reconnecting]")
