"""Contact forms in the desk's settings: what they are called, what they ask, how they look, where they stand."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefu.conversations.models import Inbox, InboxKind
from kefu.inboxes import flows
from kefu.inboxes.form.editor import TYPES, FormTopicForm
from kefu.inboxes.form.forms import ContactForm, said
from kefu.inboxes.form.settings import FormSettings
from kefu.inboxes.forms import in_common
from kefu.inboxes.settings_views import HERE, Tab, act_on_topic, inbox_of, inbox_tab, moved
from kefu.inboxes.stored import BadSettings
from kefu.inboxes.topicform import offers
from kefu.inboxes.topics import MOST_TOPICS
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Refused, Team
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page
from kefu.web.addresses import absolute

IN_COMMON = ("team", "name", "language", "schedule")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def new_form(request: StaffRequest) -> HttpResponse:
    form = ContactForm(request.POST or None, agent=request.agent, initial=said(FormSettings()))
    if form.is_valid():
        common = {name: form.cleaned_data[name] for name in IN_COMMON}
        try:
            inbox = flows.open_inbox(**common, settings=form.changed(FormSettings()), by=request.agent)
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The form is not finished. See what it asks next."))
            return redirect("settings_form_topics", inbox.pk)
    return settings_page(request, "inboxes/new.html", {"form": form, "title": _("New form")}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def form(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = _form(request, inbox)
    initial = in_common(one) | said(FormSettings.of(one))
    filled = ContactForm(request.POST or None, agent=request.agent, inbox=one, initial=initial)
    if filled.is_valid():
        common = {name: filled.cleaned_data[name] for name in IN_COMMON}
        try:
            flows.change(one, **common, settings=filled.changed, by=request.agent)
        except Refused as problem:
            filled.add_error(None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("settings_form", one.pk)
    return _tab(request, "inboxes/inbox.html", one, "settings_form", {"form": filled})


# -- what it asks


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def topics(request: StaffRequest, inbox: UUID) -> HttpResponse:
    """The list of topics; posting to it moves one up or down."""
    one = _form(request, inbox)
    if request.method == "POST":
        key, step = request.POST.get("topic", ""), -1 if request.POST.get("to") == "up" else 1
        flows.change_topics(one, lambda held: moved(held, key, step), by=request.agent)
        return redirect("settings_form_topics", one.pk)
    held = FormSettings.of(one).topics
    teams = {str(team.pk): team.name for team in Team.objects.filter(brand=one.brand_id)}
    shown = [(topic, teams.get(topic.team, one.team.name)) for topic in held]
    context = {"topics": shown, "full": len(held) >= MOST_TOPICS}
    return _tab(request, "inboxes/form_topics.html", one, "settings_form_topics", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def new_topic(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = _form(request, inbox)
    if request.method != "POST":
        return _edit(request, one, FormTopicForm())
    return _act(request, one, FormTopicForm.sent(request.POST, ""))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def topic(request: StaffRequest, inbox: UUID, key: str) -> HttpResponse:
    one = _form(request, inbox)
    stored = FormSettings.of(one).topic(key)
    if stored is None:
        raise Http404
    if request.method != "POST":
        return _edit(request, one, FormTopicForm.of(stored))
    return _act(request, one, FormTopicForm.sent(request.POST, key))


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def topic_removal(request: StaffRequest, inbox: UUID, key: str) -> HttpResponse:
    one = _form(request, inbox)
    try:
        flows.change_topics(one, lambda held: tuple(x for x in held if x.key != key), by=request.agent)
    except BadSettings as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The topic is no longer offered."))
    return redirect("settings_form_topics", one.pk)


def _act(request: StaffRequest, inbox: Inbox, form: FormTopicForm) -> HttpResponse:
    topics = FormSettings.of(inbox).topics
    return act_on_topic(request, inbox, form, topics=topics, edit=_edit, after="settings_form_topics")


def _edit(
    request: StaffRequest, inbox: Inbox, form: FormTopicForm, *, changed: bool = False, status: int = 200
) -> HttpResponse:
    teams = Team.objects.filter(brand=inbox.brand_id).order_by("name")
    context = {
        "form": form,
        "offers": offers(inbox.brand, form),
        "changed": changed,
        "types": TYPES,
        "teams": [("", _("%(team)s, the form's own team") % {"team": inbox.team.name})]
        + [(str(team.pk), team.name) for team in teams],
    }
    return _tab(request, "inboxes/form_topic.html", inbox, "settings_form_topics", context, status=status)


# -- how it looks, and where it stands


@require_safe
@staff_route(Can.MANAGE_INBOXES)
def preview(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = _form(request, inbox)
    return _tab(
        request,
        "inboxes/form_preview.html",
        one,
        "settings_form_preview",
        {"in_languages": ("zh-hans", "en")},
    )


@require_safe
@staff_route(Can.MANAGE_INBOXES)
def install(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = _form(request, inbox)
    context = {
        "script": absolute(f"/contact/{one.key}.js"),
        "page": absolute(f"/contact/{one.key}/"),
        "origins": FormSettings.of(one).allowed_origins,
        "desk": absolute("/").rstrip("/"),
    }
    return _tab(request, "inboxes/form_install.html", one, "settings_form_install", context)


def _form(request: StaffRequest, inbox: UUID) -> Inbox:
    one = inbox_of(request.agent, inbox)
    if one.kind != InboxKind.FORM:
        raise Http404
    return one


_tab = partial(
    inbox_tab,
    named=(
        Tab("settings_form", gettext_lazy("General"), "settings"),
        Tab("settings_form_topics", gettext_lazy("Topics and questions"), "list-checks"),
        Tab("settings_form_preview", gettext_lazy("Preview"), "eye"),
        Tab("settings_form_install", gettext_lazy("On the website"), "code"),
    ),
)
