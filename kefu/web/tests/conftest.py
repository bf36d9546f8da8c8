"""The web room by itself: its own addresses, no people, no database."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.contrib.staticfiles import finders
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, RequestFactory
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import Settings
from whitenoise import WhiteNoise  # type: ignore[import-untyped]


@pytest.fixture(autouse=True)
def _alone(settings: Settings) -> None:
    settings.ROOT_URLCONF = "kefu.web.tests.addresses_shown"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "kefu.people" not in name]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture
def visitor() -> Client:
    """Someone with a browser; what goes wrong is answered as in production."""
    return Client(raise_request_exception=False, headers={"Accept": "text/html", "Accept-Language": "en"})


@pytest.fixture
def ask() -> RequestFactory:
    return RequestFactory()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *words: Any) -> None:
        """Nothing on the screen of whoever runs the tests."""


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    """Where the room is served for a real browser, static files included."""
    files = WhiteNoise(WSGIHandler())
    for path, storage in finders.get_finder("django.contrib.staticfiles.finders.AppDirectoriesFinder").list(
        []
    ):
        files.add_file_to_dictionary(f"/static/{path}", storage.path(path))
    with make_server("127.0.0.1", 0, files, _Server, _Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page that fails the test when the browser complains, a refused policy included."""
    page = chromium.new_page(locale="en-US", viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert complaints == []


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Where pictures of screens go: KEFU_PHOTOGRAPHS, if somebody wants to look at them."""
    folder = Path(os.environ.get("KEFU_PHOTOGRAPHS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
