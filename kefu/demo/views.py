"""The demo brand's website: a page as a shop would have it, with the chat on it."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kefu.conversations.models import Inbox, InboxKind
from kefu.demo.cast import LUMQUAY
from kefu.people.access import public_route


@require_safe
@public_route
def website(request: HttpRequest) -> HttpResponse:
    chats = Inbox.objects.filter(brand__slug=LUMQUAY, kind=InboxKind.CHAT, is_active=True)
    inbox = chats.order_by("created_at").first()
    if not settings.KEFU_DEMO or inbox is None:
        raise Http404
    return render(request, "demo/website.html", {"key": inbox.key})
