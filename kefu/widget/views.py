"""The script on the brand's page, the frame that it opens, and the same chat as a page of its own."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.templatetags.static import static
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kefu.articles import leading
from kefu.conversations.models import Inbox, InboxKind
from kefu.conversations.posting import MOST_FILES
from kefu.inboxes.chat.settings import ChatSettings
from kefu.lib.files import ENDINGS, LARGEST
from kefu.people.access import public_route
from kefu.web.headers import headers_for_api
from kefu.widget.texts import chat_texts, launcher_texts

KEPT_SECONDS = 300


@require_safe
@public_route
def launcher(request: HttpRequest, key: str) -> HttpResponse:
    """Asked for by other sites' pages: the same for everyone, no cookie read or set."""
    headers = {**headers_for_api(cross_origin=True), "Cache-Control": f"public, max-age={KEPT_SECONDS}"}
    return HttpResponse(
        launcher_script(_inbox(key)), content_type="text/javascript; charset=utf-8", headers=headers
    )


@require_safe
@public_route
def frame(request: HttpRequest, key: str) -> HttpResponse:
    """Only the inbox's sites may frame it, and only one of those is told anything by postMessage."""
    inbox = _inbox(key)
    sites = [*ChatSettings.of(inbox).allowed_origins, _own_origin(request)]
    host = request.GET.get("host", "")
    response = _chat(request, inbox, "widget/frame.html", host=host if host in sites else None)
    response.frame_ancestors = sites  # type: ignore[attr-defined]
    return response


@require_safe
@public_route
def page(request: HttpRequest, key: str) -> HttpResponse:
    return _chat(request, _inbox(key), "widget/page.html", host=None, read=leading.token_of(request))


def launcher_script(inbox: Inbox) -> str:
    """One expression: the launcher as it lies in the repository, called with what differs between inboxes."""
    given = {
        "key": inbox.key,
        "language": inbox.language,
        "accent": inbox.brand.accent,
        "texts": launcher_texts([code for code, _name in settings.LANGUAGES]),
    }
    return f"{_launcher_source()}({json.dumps(given, ensure_ascii=False)})\n"


def _chat(
    request: HttpRequest, inbox: Inbox, template: str, *, host: str | None, read: str = ""
) -> HttpResponse:
    wanted = request.GET.get("language", "")
    language = wanted if wanted in dict(settings.LANGUAGES) else get_language() or inbox.language
    with translation.override(language):
        return render(request, template, {"config": config_for(inbox, language, host, read)})


def config_for(inbox: Inbox, language: str, host: str | None, read: str = "") -> dict[str, Any]:
    """``read``: what ``articles.leading`` gave the browser of somebody who comes from the help centre."""
    return {
        "read": read,
        "key": inbox.key,
        "base": "",
        "language": language,
        "title": _("Chat with %(brand)s") % {"brand": inbox.brand.name},
        "brand": {"name": inbox.brand.name, "accent": inbox.brand.accent},
        "texts": chat_texts(),
        "host": host,
        "masking": static("privacy/masking.js"),
        "files": {"max_bytes": LARGEST, "max_count": MOST_FILES, "types": ["image/*", *ENDINGS]},
    }


def _inbox(key: str) -> Inbox:
    return get_object_or_404(
        Inbox.objects.select_related("brand"), key=key, kind=InboxKind.CHAT, is_active=True
    )


def _own_origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


@cache
def _launcher_source() -> str:
    """Without the indents and the lines of comment, which only we need."""
    found = finders.find("widget/launcher.js")
    assert isinstance(found, str)
    lines = [line.strip() for line in Path(found).read_text(encoding="utf-8").splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("//"))
