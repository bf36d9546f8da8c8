"""The three panes: the lists, a conversation, what stands beside it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages as django_messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kefu.conversations import keys, thread
from kefu.conversations.channels import CHANNELS, Channel, composer_of
from kefu.conversations.context import PANELS
from kefu.conversations.models import Conversation, Reading
from kefu.conversations.views.common import (
    around,
    find,
    is_fragment,
    kind_of,
    listing,
    number_given,
    page,
    rail,
    view_of,
)
from kefu.events import log
from kefu.people.access import StaffRequest
from kefu.people.roles import Can


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def console(request: StaffRequest) -> HttpResponse:
    """With HX-Request only the list pane, as the scripts ask for it."""
    if is_fragment(request):
        return _remembering_view(request, render(request, "conversations/list.html", listing(request)))
    return _remembering_view(request, render(request, "conversations/console.html", console_page(request)))


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def conversation(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """With HX-Request only the conversation and what stands beside it."""
    found = find(request, conversation_id)
    shown = around(request.agent, found) | _thread(request, found) | {"cursor": str(log.horizon())}
    if is_fragment(request):
        return render(request, "conversations/panes.html", shown)
    return render(request, "conversations/console.html", console_page(request) | shown)


def with_what_was_written(request: StaffRequest, found: Conversation, why: str) -> HttpResponse:
    """The page after a reply or note that was refused: the words still stand there. Files have to be chosen anew."""
    django_messages.error(request, why)
    shown = console_page(request) | around(request.agent, found) | _thread(request, found)
    if (leaves_by := shown["leaves_by"]) is not None:
        channel, fields = leaves_by
        shown["leaves_by"] = (channel, fields | {"chosen": channel.chosen(request.POST)})
    written = {"text": request.POST.get("text", ""), "is_note": request.POST.get("kind") == "note"}
    return render(request, "conversations/console.html", shown | {"written": written}, status=422)


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def by_number(request: StaffRequest, number: int) -> HttpResponse:
    """People pass numbers around; the address that opens is the unguessable one."""
    found = Conversation.objects.visible_to(request.agent).filter(number=number).first()
    address = (
        reverse("conversation", args=[found.pk]) if found else f"{reverse('console-search')}?q=K-{number}"
    )
    return HttpResponseRedirect(address)


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def messages(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """A page of it as a fragment: before a number when one scrolls back, after one when one was away."""
    found = find(request, conversation_id)
    after, before = number_given(request, "after"), number_given(request, "before")
    stretch = thread.newer(found, after) if after is not None else thread.older(found, before or 2**30)
    return render(request, "conversations/stretch.html", {"conversation": found, "stretch": stretch})


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def again(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """The head, what stands beside and the composer's lines, after somebody changed or wrote something."""
    found = find(request, conversation_id)
    leaves_by = _leaves_by(request, found)
    return render(
        request, "conversations/again.html", around(request.agent, found) | {"leaves_by": leaves_by}
    )


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def all_keys(request: StaffRequest) -> HttpResponse:
    return render(request, "conversations/keys_page.html", {"groups": keys.GROUPS})


def console_page(request: StaffRequest) -> dict[str, Any]:
    """The cursor is taken before anything is read: what happens meanwhile comes by the stream."""
    return {
        "cursor": str(log.horizon()),
        "key_groups": keys.GROUPS,
        "channels": CHANNELS,
        "panel_stylesheets": [panel.stylesheet for panel in PANELS],
        "panel_scripts": [panel.script for panel in PANELS if panel.script],
        "sound": request.agent.preferences.get("sound", True),
        "desktop": request.agent.preferences.get("desktop", True),
        **rail(request.agent),
        **listing(request),
    }


def _thread(request: StaffRequest, found: Conversation) -> dict[str, Any]:
    read = (
        Reading.objects.filter(staff=request.agent, conversation=found).values_list("seq", flat=True).first()
        or 0
    )
    return {
        "stretch": _stretch(request, found, read),
        "read": read,
        "client_id": uuid4(),
        "leaves_by": _leaves_by(request, found),
    }


def _leaves_by(request: StaffRequest, found: Conversation) -> tuple[Channel, dict[str, Any]] | None:
    return composer_of(found, request.agent) if request.agent.can(Can.ANSWER) else None


def _stretch(request: StaffRequest, found: Conversation, read: int) -> thread.Stretch:
    before, at = number_given(request, "before"), number_given(request, "at")
    if at is not None:
        return thread.around(found, at)
    return thread.latest(found, read) if before is None else thread.older(found, before)


def _remembering_view(request: StaffRequest, response: HttpResponse) -> HttpResponse:
    if request.GET.get("view"):
        kind = kind_of(request)
        for name, value in (("kefu-view", view_of(request).value), ("kefu-kind", kind.value if kind else "")):
            response.set_cookie(name, value, samesite="Lax", httponly=True, path="/console/")
    return response
