"""The inboxes in the desk's settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefu.conversations.models import Inbox, InboxKind
from kefu.hours import clock
from kefu.inboxes import flows
from kefu.inboxes.chat.identity import example_for
from kefu.inboxes.chat.keys import PURPOSES, IdentityKey, Purpose, keys_of
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.forms import IdentityForm, InboxForm, said, shown
from kefu.inboxes.stored import BadSettings
from kefu.inboxes.topicform import TYPES, TopicForm, free_key, offers
from kefu.inboxes.topics import MOST_TOPICS, Topic
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Refused, Staff
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page
from kefu.web.addresses import absolute

HERE = "settings_inboxes"
# Where each kind is settled.
PAGES: dict[str, str] = {
    InboxKind.CHAT: "settings_inbox",
    InboxKind.FORM: "settings_form",
    InboxKind.EMAIL: "settings_mailbox",
}


class Tab(NamedTuple):
    route: str
    label: str | Promise
    icon: str


@require_safe
@staff_route(Can.MANAGE_INBOXES)
def inboxes(request: StaffRequest) -> HttpResponse:
    found = (
        _inboxes_of(request.agent)
        .prefetch_related("schedule__brand__special_days")
        .order_by("brand__name", "name")
    )
    now = timezone.now()
    rows = [
        {"inbox": one, "open": clock.is_open(one.schedule, now), "href": page_of(one)}
        for one in found.filter(kind__in=PAGES)
    ]
    return settings_page(request, "inboxes/inboxes.html", {"rows": rows}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def new_inbox(request: StaffRequest) -> HttpResponse:
    form = InboxForm(request.POST or None, agent=request.agent, initial=said(ChatSettings()))
    if form.is_valid():
        try:
            inbox = flows.open_inbox(
                **_in_common(form), settings=form.changed(ChatSettings()), by=request.agent
            )
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The inbox is open. Put it on the website next."))
            return redirect("settings_inbox_install", inbox.pk)
    return settings_page(request, "inboxes/new.html", {"form": form, "title": _("New chat")}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def inbox(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = _inbox(request, inbox)
    form = InboxForm(
        request.POST or None, agent=request.agent, inbox=one, initial=shown(one, ChatSettings.of(one))
    )
    if form.is_valid():
        try:
            flows.change(one, **_in_common(form), settings=form.changed, by=request.agent)
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("settings_inbox", one.pk)
    return _tab(request, "inboxes/inbox.html", one, "settings_inbox", {"form": form})


def _in_common(form: InboxForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("team", "name", "language", "schedule")}


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def service(request: StaffRequest, inbox: UUID) -> HttpResponse:
    """On or off, of whatever kind it is."""
    one = inbox_of(request.agent, inbox)
    on = request.POST.get("on") == "yes"
    flows.switch(one, on=on, by=request.agent)
    messages.success(
        request,
        _("The inbox is on.") if on else _("The inbox is off. It is closed to customers."),
    )
    return redirect(page_of(one))


# -- the form before a chat


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def topics(request: StaffRequest, inbox: UUID) -> HttpResponse:
    """The list of topics; posting to it moves one up or down."""
    one = _inbox(request, inbox)
    if request.method == "POST":
        key, step = request.POST.get("topic", ""), -1 if request.POST.get("to") == "up" else 1
        flows.change_topics(one, lambda held: moved(held, key, step), by=request.agent)
        return redirect("settings_topics", one.pk)
    chat = ChatSettings.of(one)
    context = {"topics": chat.topics, "full": len(chat.topics) >= MOST_TOPICS}
    return _tab(request, "inboxes/topics.html", one, "settings_topics", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def new_topic(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = _inbox(request, inbox)
    if request.method != "POST":
        return _edit_topic(request, one, TopicForm())
    return _act_on_topic(request, one, TopicForm.sent(request.POST, ""))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def topic(request: StaffRequest, inbox: UUID, key: str) -> HttpResponse:
    one = _inbox(request, inbox)
    stored = ChatSettings.of(one).topic(key)
    if stored is None:
        raise Http404
    if request.method != "POST":
        return _edit_topic(request, one, TopicForm.of(stored))
    return _act_on_topic(request, one, TopicForm.sent(request.POST, key))


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def topic_removal(request: StaffRequest, inbox: UUID, key: str) -> HttpResponse:
    one = _inbox(request, inbox)
    flows.change_topics(one, lambda held: tuple(x for x in held if x.key != key), by=request.agent)
    messages.success(request, _("The topic is no longer asked."))
    return redirect("settings_topics", one.pk)


def act_on_topic(
    request: StaffRequest,
    inbox: Inbox,
    form: TopicForm,
    *,
    topics: Sequence[Topic],
    edit: Callable[..., HttpResponse],
    after: str,
) -> HttpResponse:
    """A button beside a question changes the form on the screen; "Save" stores it.

    ``topics``: those that there are; ``edit`` draws the form again; ``after``: the route of the page that lists them.
    """
    if act := request.POST.get("act"):
        form.act(f"add:{request.POST.get('question', '')}" if act == "add" else act, inbox.brand)
        return edit(request, inbox, form, changed=True)
    taken = {"new", *(one.key for one in topics)}  # "new" is an address of its own
    described = form.named(form.key or free_key(form.label_en, taken, "topic"))
    if described is None:
        return edit(request, inbox, form, status=422)
    try:
        flows.change_topics(inbox, lambda held: _with(held, described, form.key), by=request.agent)
    except BadSettings as problem:
        form.error = str(problem)
        return edit(request, inbox, form, status=422)
    messages.success(request, _("Saved."))
    return redirect(after, inbox.pk)


def _with(held: tuple[Topic, ...], topic: Topic, replaced: str) -> tuple[Topic, ...]:
    """In the place of the one that it replaces; at the end if it is new, or the other was removed meanwhile."""
    if replaced and any(one.key == replaced for one in held):
        return tuple(topic if one.key == replaced else one for one in held)
    return (*held, topic)


def _act_on_topic(request: StaffRequest, inbox: Inbox, form: TopicForm) -> HttpResponse:
    topics = ChatSettings.of(inbox).topics
    return act_on_topic(request, inbox, form, topics=topics, edit=_edit_topic, after="settings_topics")


def _edit_topic(
    request: StaffRequest, inbox: Inbox, form: TopicForm, *, changed: bool = False, status: int = 200
) -> HttpResponse:
    context = {"form": form, "offers": offers(inbox.brand, form), "changed": changed, "types": TYPES}
    return _tab(request, "inboxes/topic.html", inbox, "settings_topics", context, status=status)


def moved(held: tuple[Topic, ...], key: str, step: int) -> tuple[Topic, ...]:
    place = next((place for place, one in enumerate(held) if one.key == key), -1)
    if place < 0 or not 0 <= place + step < len(held):
        return held
    order = list(held)
    order[place], order[place + step] = order[place + step], order[place]
    return tuple(order)


# -- who is who


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def identity(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = _inbox(request, inbox)
    chat = ChatSettings.of(one)
    form = IdentityForm(request.POST or None, initial=chat.plain())
    if request.method == "POST" and form.is_valid():
        rules = form.cleaned_data
        flows.change_settings(one, lambda held: replace(held, **rules), by=request.agent)
        messages.success(request, _("Saved."))
        return redirect("settings_identity", one.pk)
    return _identity(request, one, form)


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def new_key(request: StaffRequest, inbox: UUID, purpose: str) -> HttpResponse:
    """The only answer that ever holds the secret."""
    one = _inbox(request, inbox)
    key = flows.renew_key(one, _purpose(purpose), by=request.agent)
    form = IdentityForm(initial=ChatSettings.of(one).plain())
    return _identity(request, one, form, fresh=key, purpose=purpose)


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def key_end(request: StaffRequest, inbox: UUID, purpose: str, kid: str) -> HttpResponse:
    one = _inbox(request, inbox)
    if not flows.end_key(one, _purpose(purpose), kid, by=request.agent):
        raise Http404
    messages.success(request, _("The key is no longer accepted."))
    return redirect("settings_identity", one.pk)


def _identity(
    request: StaffRequest,
    inbox: Inbox,
    form: IdentityForm,
    *,
    fresh: IdentityKey | None = None,
    purpose: str = "",
) -> HttpResponse:
    names = {"hash": _("Signed identity (HMAC)"), "jwt": _("Signed token (JWT)")}
    groups = [
        {
            "purpose": one,
            "name": names[one],
            "keys": keys_of(inbox, one),
            "fresh": fresh if one == purpose else None,
        }
        for one in PURPOSES
    ]
    context = {"form": form, "groups": groups, "example": example_for(inbox)}
    return _tab(request, "inboxes/identity.html", inbox, "settings_identity", context)


def _purpose(text: str) -> Purpose:
    if text not in PURPOSES:
        raise Http404
    return cast("Purpose", text)


@require_safe
@staff_route(Can.MANAGE_INBOXES)
def install(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = _inbox(request, inbox)
    context = {
        "script": absolute(f"/w/{one.key}.js"),
        "page": absolute(f"/chat/{one.key}"),
        "origins": ChatSettings.of(one).allowed_origins,
        "desk": absolute("/").rstrip("/"),
    }
    return _tab(request, "inboxes/install.html", one, "settings_inbox_install", context)


# -- shared


def inbox_tab(
    request: StaffRequest,
    template: str,
    inbox: Inbox,
    here: str,
    context: dict[str, Any],
    *,
    named: Sequence[Tab],
    status: int = 200,
) -> HttpResponse:
    """One page of an inbox's settings; 422 where its form was refused."""
    tabs = [
        {
            "label": tab.label,
            "icon": tab.icon,
            "href": reverse(tab.route, args=[inbox.pk]),
            "current": tab.route == here,
        }
        for tab in named
    ]
    if getattr(context.get("form"), "errors", None):
        status = 422
    return settings_page(
        request, template, {"inbox": inbox, "tabs": tabs, **context}, here=HERE, status=status
    )


def page_of(inbox: Inbox) -> str:
    return reverse(PAGES[inbox.kind], args=[inbox.pk])


def inbox_of(agent: Staff, inbox: UUID) -> Inbox:
    """Of any kind; raises ``Http404`` for what is another brand's."""
    return get_object_or_404(_inboxes_of(agent).filter(kind__in=PAGES), pk=inbox)


def _inboxes_of(agent: Staff) -> QuerySet[Inbox]:
    found = Inbox.objects.select_related("brand", "team")
    return found if agent.sees_every_brand else found.filter(brand__teams__staff=agent).distinct()


def _inbox(request: StaffRequest, inbox: UUID) -> Inbox:
    return get_object_or_404(_inboxes_of(request.agent), pk=inbox, kind=InboxKind.CHAT)


_tab = partial(
    inbox_tab,
    named=(
        Tab("settings_inbox", gettext_lazy("General"), "settings"),
        Tab("settings_topics", gettext_lazy("Form before the chat"), "list-checks"),
        Tab("settings_identity", gettext_lazy("Identity"), "fingerprint-pattern"),
        Tab("settings_inbox_install", gettext_lazy("On the website"), "code"),
    ),
)
