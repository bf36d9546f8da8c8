"""What the console's pages share: finding a conversation through who asks, showing it again after a verb."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kefu.conversations import lists
from kefu.conversations.context import Context
from kefu.conversations.models import Conversation, InboxKind
from kefu.conversations.models.conversation import Refused
from kefu.conversations.wordless import last_sent
from kefu.people import models as people
from kefu.people import presence
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import PresenceState, Staff
from kefu.people.roles import Can
from kefu.web.templatetags.parts import toast

View = Callable[..., HttpResponseBase]


def page(capability: Can, *methods: str) -> Callable[[View], View]:
    """A page of the console: for those who may, in their own time zone; a refused verb says why."""

    def declare(view: View) -> View:
        @wraps(view)
        def shown(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with timezone.override(ZoneInfo(request.agent.time_zone)):
                try:
                    return view(request, *args, **kwargs)
                except (Refused, people.Refused) as refusal:
                    return refused(request, str(refusal), kwargs.get("conversation_id"))

        return staff_route(capability)(require_http_methods(methods)(shown))

    return declare


def find(request: StaffRequest, conversation_id: UUID) -> Conversation:
    """Through the person asking: what they may not see is not found."""
    visible = Conversation.objects.visible_to(request.agent)
    return get_object_or_404(
        visible.select_related("customer", "inbox", "team", "assignee", "brand"), pk=conversation_id
    )


def is_fragment(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))


def method_of(request: HttpRequest) -> str:
    """Plain forms know only GET and POST."""
    return str(request.POST.get("_method") or request.method)


def without_nul(text: str) -> str:
    """PostgreSQL keeps no NUL, and nobody types one."""
    return text.replace("\0", "")


def one_line(text: str) -> str:
    return " ".join(without_nul(text).split())


def show_again(
    request: StaffRequest, conversation: Conversation, said: str = "", *, undo: str = "", undo_label: str = ""
) -> HttpResponse:
    """After a verb: the head and what stands beside, in place; without scripts the page."""
    if not is_fragment(request):
        if said:
            messages.success(request, said)
        return HttpResponseRedirect(reverse("conversation", args=[conversation.pk]))
    told = toast(said, undo_url=undo, undo_label=undo_label, oob=True) if said else ""
    fresh = find_or_none(request.agent, conversation.pk)
    if fresh is None:
        return HttpResponse(told, headers={"HX-Trigger": "dialog-close, conversation-gone"})
    html = render_to_string("conversations/again.html", around(request.agent, fresh), request)
    return HttpResponse(html + told, headers={"HX-Trigger": "dialog-close, conversation-changed"})


def find_or_none(agent: Staff, conversation_id: UUID) -> Conversation | None:
    visible = Conversation.objects.visible_to(agent).filter(pk=conversation_id)
    return visible.select_related("customer", "inbox", "team", "assignee", "brand").first()


def around(agent: Staff, conversation: Conversation) -> dict[str, Any]:
    """What the head and the pane beside a conversation are drawn from."""
    return {
        "conversation": conversation,
        "context": Context(conversation, agent),
        "agent": agent,
        "can": rights(agent),
    }


def rights(agent: Staff) -> dict[str, bool]:
    return {can.name.lower(): agent.can(can) for can in Can}


def rail(agent: Staff) -> dict[str, Any]:
    """What the desk's rail is drawn from, in the console and on the pages of other rooms (with ``rail_here``)."""
    return {
        "agent": agent,
        "can": rights(agent),
        "presence": presence.of([agent])[agent.pk],
        "presences": [PresenceState.ONLINE, PresenceState.BUSY, PresenceState.AWAY],
    }


def refused(request: HttpRequest, why: str, conversation_id: UUID | None) -> HttpResponse:
    """A toast, or the page again with the sentence on it."""
    if is_fragment(request):
        return HttpResponse(toast(why, "bad", oob=True), status=200)
    messages.error(request, why)
    address = reverse("conversation", args=[conversation_id]) if conversation_id else reverse("console")
    return HttpResponseRedirect(address)


def show_dialog(request: StaffRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
    """One form, as a dialog over the console; without scripts as a page of its own."""
    form = render_to_string(f"conversations/dialogs/{name}.html", context | {"agent": request.agent}, request)
    frame = "dialog" if is_fragment(request) else "page"
    shown = {"form": form, "dialog_title": title, "dialog_id": f"dialog-{name}"}
    return render(request, f"conversations/dialogs/{frame}.html", shown)


def listing(request: StaffRequest) -> dict[str, Any]:
    """The list pane: which view, its page, the counts."""
    agent = request.agent
    view = view_of(request)
    teams = lists.teams_of(agent)
    before = request.GET.get("before", "")
    kind = kind_of(request)
    found = lists.page(view, agent, teams, before, limit_of(request), kind)
    counted = lists.counts(agent, teams, kind)
    return {
        "listing": found,
        "last_sent": last_sent(row.conversation for row in found.rows),
        "views": [
            {
                "view": one,
                "label": lists.LABELS[one],
                "href": _list_at(one, kind),
                "count": lists.count_shown(counted[one]) if one in counted else "",
                "current": one == view,
            }
            for one in lists.View
        ],
        "kind": kind,
        "kinds": [
            {
                "kind": one,
                "label": InboxKind(one).label if one else _("Every channel"),
                "href": _list_at(view, one),
                "current": one == kind,
            }
            for one in (None, *InboxKind)
        ],
        "empty": lists.EMPTY[view] if kind is None else lists.EMPTY_OF_KIND,
        "is_first_page": not before,
        "agent": agent,
    }


def view_of(request: StaffRequest) -> lists.View:
    """As asked (``list`` is not remembered, ``view`` is), else as last chosen on this device."""
    asked = request.GET.get("list") or request.GET.get("view") or request.COOKIES.get("kefu-view", "")
    if asked in set(lists.View):
        return lists.View(asked)
    return lists.View.MINE if request.agent.can(Can.ANSWER) else lists.View.ALL


def kind_of(request: StaffRequest) -> InboxKind | None:
    """Only what came in by such inboxes. An address that names a view says it all, without a kind every one."""
    named = request.GET.get("list") or request.GET.get("view")
    asked = request.GET.get("kind") or ("" if named else request.COOKIES.get("kefu-kind", ""))
    return InboxKind(asked) if asked in InboxKind.values else None


def _list_at(view: lists.View, kind: InboxKind | None) -> str:
    return f"{reverse('console')}?{urlencode({'view': view.value} | ({'kind': kind.value} if kind else {}))}"


def limit_of(request: HttpRequest) -> int:
    """A list that was scrolled down is asked for again as long as it was."""
    asked = number_given(request, "rows") or 0
    return max(lists.PAGE, min(asked, 5 * lists.PAGE))


def number_given(request: HttpRequest, name: str) -> int | None:
    """None for what is no number of ours: "²" counts as a digit in Python, and is none."""
    asked = request.GET.get(name, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
