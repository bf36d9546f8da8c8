"""Small helpers for the few addresses that are served outside Django: reading a request, answering, the checks that
middleware makes elsewhere (host, origin, body size)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache, lru_cache
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils import translation
from django.utils.functional import Promise

from kefu.web.headers import headers_for_api

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_BODY_BYTES = 256 * 1024


class Problem(Exception):
    """An answer other than the one hoped for; ``detail`` is a sentence for the person asking."""

    def __init__(self, status: int, detail: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.retry_after = status, detail, retry_after


class Request:
    """A request as a plain application sees it. Header names are lower case."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self._headers: dict[bytes, bytes] = dict(scope["headers"])

    def header(self, name: str) -> str | None:
        """Read when asked for: a browser sends some twenty, of which few matter here."""
        value = self._headers.get(name.encode())
        return None if value is None else value.decode("latin-1")

    def forget_headers(self) -> None:
        """For a request that lasts for hours: what it said at its beginning need not be kept."""
        self._headers = {}
        self.scope["headers"].clear()

    @property
    def query(self) -> dict[str, str]:
        return dict(self.query_list)

    @property
    def query_list(self) -> list[tuple[str, str]]:
        return parse_qsl(self.scope["query_string"].decode("latin-1"), max_num_fields=50)

    @property
    def cookies(self) -> dict[str, str]:
        jar = SimpleCookie()
        try:
            jar.load(self.header("cookie") or "")
        except CookieError:
            return {}
        return {name: morsel.value for name, morsel in jar.items()}

    @property
    def bearer(self) -> str | None:
        kind, _, token = (self.header("authorization") or "").partition(" ")
        return token.strip() if kind.lower() == "bearer" and token else None

    @property
    def language(self) -> str:
        return _language_of(
            self.header("accept-language") or "", self.cookies.get(settings.LANGUAGE_COOKIE_NAME)
        )

    def check_host(self) -> None:
        if not _host_is_ours(self.header("host") or ""):
            raise Problem(400)

    def check_origin(self) -> None:
        """For methods that change something: the browser must say that the page asking is ours."""
        origin, site = self.header("origin"), self.header("sec-fetch-site")
        if site not in {None, "same-origin"} or (origin is not None and not self._is_ours(origin)):
            raise Problem(403)

    def require_origin(self) -> None:
        """Where a cookie lets someone in, a missing Origin is not good enough."""
        if self.header("origin") is None:
            raise Problem(403)
        self.check_origin()

    def _is_ours(self, origin: str) -> bool:
        return origin == settings.KEFU_BASE_URL or origin.partition("://")[2] == self.header("host")

    async def json(self, receive: Receive) -> dict[str, Any]:
        body = await self.body(receive)
        try:
            found = json.loads(body.decode())
        except (ValueError, RecursionError):
            raise Problem(422) from None
        if not isinstance(found, dict):
            raise Problem(422)
        return found

    async def body(self, receive: Receive) -> bytes:
        declared = self.header("content-length") or "0"
        if not declared.isdigit() or int(declared) > MOST_BODY_BYTES:
            raise Problem(413)
        message = await receive()
        body: bytes = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
            if len(body) > MOST_BODY_BYTES:
                raise Problem(413)
        return body


@lru_cache(maxsize=256)
def _host_is_ours(host: str) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


@lru_cache(maxsize=512)
def _language_of(accepted: str, chosen: str | None) -> str:
    if chosen in dict(settings.LANGUAGES):
        return str(chosen)
    for tag in accepted.lower().replace(";", ",").split(","):
        if tag.strip().startswith("zh"):
            return "zh-hans"
        if tag.strip().startswith("en"):
            return "en"
    return settings.LANGUAGE_CODE


@cache
def api_headers() -> list[tuple[bytes, bytes]]:
    """What every answer outside Django carries; the same as Django's, made once."""
    return [(name.lower().encode(), value.encode()) for name, value in headers_for_api().items()]


_as_json = json.JSONEncoder(ensure_ascii=False, default=str).encode


async def answer(
    send: Send, status: int, data: dict[str, Any] | None = None, *headers: tuple[bytes, bytes]
) -> None:
    body = b"" if data is None else _as_json(data).encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/problem+json" if status >= 400 else b"application/json"),
                (b"content-length", str(len(body)).encode()),
                *api_headers(),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def problem(
    send: Send,
    status: int,
    detail: str | Promise = "",
    *,
    retry_after: int | None = None,
    language: str | None = None,
) -> None:
    """RFC 9457. ``detail`` is a sentence in the reader's language."""
    with translation.override(language or settings.LANGUAGE_CODE):
        data = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
        if detail:
            data["detail"] = str(detail)
    extra = [(b"retry-after", str(retry_after).encode())] if retry_after is not None else []
    await answer(send, status, data, *extra)
