"""Mailboxes in the desk's settings: what they are, how mail comes in and leaves, what is said."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefu.conversations.models import Inbox, InboxKind
from kefu.inboxes.email import mailbox_flows, testmail
from kefu.inboxes.email import oauth as oauth_client
from kefu.inboxes.email.composing import main_address
from kefu.inboxes.email.connecting import Unreachable
from kefu.inboxes.email.mailbox_forms import MailboxForm, WordsForm, addresses_of, words_said
from kefu.inboxes.email.presets import PRESETS, Preset, preset_for
from kefu.inboxes.email.server_forms import (
    OAuthForm,
    WayInForm,
    WayOutForm,
    oauth_said,
    way_in_said,
    way_out_said,
)
from kefu.inboxes.email.settings import MailSecrets, MailSettings, WayIn
from kefu.inboxes.email.troubles import said
from kefu.inboxes.forms import in_common
from kefu.inboxes.settings_views import HERE, Tab, inbox_of, inbox_tab
from kefu.inboxes.stored import BadSettings
from kefu.lib.ids import secret_token
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Refused
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page
from kefu.web.addresses import absolute

COMMON = ("team", "name", "language", "schedule", "addresses")
LANGUAGES = ("zh-hans", "en")
BEGUN = "mailbox sign-in"  # of the session: which mailbox, and what its answer must hold
# A mail brings its styles along; it may do nothing else, and be shown nowhere but here.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def new_mailbox(request: StaffRequest) -> HttpResponse:
    form = MailboxForm(request.POST or None, agent=request.agent)
    if form.is_valid():
        try:
            inbox = mailbox_flows.open_mailbox(**_common(form), by=request.agent)
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The mailbox is open. Say next how its mail comes in."))
            return redirect("settings_mailbox_in", inbox.pk)
    return settings_page(request, "inboxes/new.html", {"form": form, "title": _("New mailbox")}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def mailbox(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = mailbox_of(request, inbox)
    initial = in_common(one) | {"addresses": addresses_of(one)}
    form = MailboxForm(request.POST or None, agent=request.agent, inbox=one, initial=initial)
    if form.is_valid():
        try:
            mailbox_flows.change(one, **_common(form), by=request.agent)
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("settings_mailbox", one.pk)
    return mailbox_tab(request, "inboxes/inbox.html", one, "settings_mailbox", {"form": form})


def _common(form: MailboxForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in COMMON}


# -- in


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def way_in(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = mailbox_of(request, inbox)
    settings, held, preset = MailSettings.of(one), MailSecrets.of(one), _preset(request)
    form = WayInForm(
        request.POST or None,
        held=held,
        before=settings.imap,
        initial=way_in_said(settings, main_address(one), preset),
    )
    if form.is_valid() and _settled(request, one, form, form.changed, form.secrets()):
        return redirect("settings_mailbox_in", one.pk)
    return _way_in(request, one, form, preset)


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def way_in_test(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = mailbox_of(request, inbox)
    if MailSettings.of(one).way_in != WayIn.IMAP:
        raise Http404
    _tell(request, lambda: mailbox_flows.try_way_in(one, by=request.agent), _("The mailbox can be read."))
    return redirect("settings_mailbox_in", one.pk)


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def webhook_secret(request: StaffRequest, inbox: UUID) -> HttpResponse:
    """The only answer that ever holds the secret."""
    one = mailbox_of(request, inbox)
    fresh = mailbox_flows.renew_webhook_secret(one, by=request.agent)
    settings = MailSettings.of(one)
    form = WayInForm(
        held=MailSecrets.of(one), before=settings.imap, initial=way_in_said(settings, main_address(one))
    )
    response = _way_in(request, one, form, None, fresh=fresh)
    response["Cache-Control"] = "no-store"
    return response


def _way_in(
    request: StaffRequest, inbox: Inbox, form: WayInForm, preset: Preset | None, *, fresh: str = ""
) -> HttpResponse:
    address = main_address(inbox)
    context = {
        "form": form,
        "way": MailSettings.of(inbox).way_in.value,
        **_presets(inbox, preset),
        "address": address,
        "domain": address.rpartition("@")[2],
        "hook": absolute(f"/hooks/mail/{inbox.key}"),
        "fresh": fresh,
        "has_secret": bool(MailSecrets.of(inbox).webhook_secret),
    }
    return mailbox_tab(request, "inboxes/mailbox_in.html", inbox, "settings_mailbox_in", context)


# -- out


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def way_out(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = mailbox_of(request, inbox)
    settings, preset = MailSettings.of(one), _preset(request)
    form = WayOutForm(
        request.POST or None,
        held=MailSecrets.of(one),
        before=settings.smtp,
        provider=settings.provider,
        initial=way_out_said(settings, main_address(one), preset),
    )
    if form.is_valid() and _settled(request, one, form, form.changed, form.secrets()):
        return redirect("settings_mailbox_out", one.pk)
    context = {"form": form, **_presets(one, preset)}
    return mailbox_tab(request, "inboxes/mailbox_out.html", one, "settings_mailbox_out", context)


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def way_out_test(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = mailbox_of(request, inbox)
    sent = _("A mail has left for %(address)s.") % {"address": request.agent.email}
    _tell(request, lambda: mailbox_flows.try_way_out(one, by=request.agent), sent)
    return redirect("settings_mailbox_out", one.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def oauth(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = mailbox_of(request, inbox)
    settings, preset = MailSettings.of(one), _preset(request)
    form = OAuthForm(
        request.POST or None,
        held=MailSecrets.of(one),
        before=settings.oauth,
        initial=oauth_said(settings, preset),
    )
    if form.is_valid() and _settled(request, one, form, form.changed, form.secrets()):
        return redirect("settings_mailbox_oauth", one.pk)
    context = {
        "form": form,
        "back": _back(),
        "may_sign_in": bool(settings.oauth.sign_in_url),
        "signed_in": bool(MailSecrets.of(one).refresh_token),
        **_presets(one, preset, with_oauth=True),
    }
    return mailbox_tab(request, "inboxes/mailbox_oauth.html", one, "settings_mailbox_oauth", context)


@require_safe
@staff_route(Can.MANAGE_INBOXES)
def oauth_sign_in(request: StaffRequest, inbox: UUID) -> HttpResponse:
    """On to the provider's sign-in. A link and no form: a form may lead nowhere but to the desk."""
    one = mailbox_of(request, inbox)
    settings = MailSettings.of(one)
    if not settings.oauth.sign_in_url:
        raise Http404
    begun = {"inbox": str(one.pk), "state": secret_token(), "verifier": secret_token()}
    request.session[BEGUN] = begun
    address = oauth_client.sign_in_address(
        one,
        user=settings.imap.user or main_address(one),
        back=_back(),
        state=begun["state"],
        verifier=begun["verifier"],
    )
    return redirect(address)


@require_safe
@staff_route(Can.MANAGE_INBOXES)
def oauth_back(request: StaffRequest) -> HttpResponse:
    """From the provider's sign-in. Only what this session began is gone on with, and only once."""
    begun = request.session.pop(BEGUN, None) or {}
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    if not begun or not constant_time_compare(state, begun["state"]):
        messages.error(request, _("This sign-in was not begun here, or has ended. Begin it again."))
        return redirect(HERE)
    one = mailbox_of(request, UUID(begun["inbox"]))
    if not code:
        messages.error(request, _("The provider did not let Kefu in. Nothing was changed."))
        return redirect("settings_mailbox_oauth", one.pk)
    try:
        mailbox_flows.take_tokens(one, code, back=_back(), verifier=begun["verifier"], by=request.agent)
    except Unreachable as problem:
        messages.error(request, said(problem.code))
    else:
        messages.success(request, _("The mailbox is signed in."))
    return redirect("settings_mailbox_oauth", one.pk)


def _back() -> str:
    """One address for all mailboxes, for it is entered at the provider."""
    return absolute(reverse("settings_mailbox_oauth_back"))


# -- what is said


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def words(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = mailbox_of(request, inbox)
    form = WordsForm(request.POST or None, initial=words_said(MailSettings.of(one)))
    if form.is_valid() and _settled(request, one, form, form.changed, {}):
        return redirect("settings_mailbox_words", one.pk)
    looks = [
        {"kind": kind, "language": language, "mail": _look(request, one, kind, language)}
        for language in LANGUAGES
        for kind in testmail.KINDS
    ]
    context = {"form": form, "looks": looks}
    return mailbox_tab(request, "inboxes/mailbox_words.html", one, "settings_mailbox_words", context)


@require_safe
@staff_route(Can.MANAGE_INBOXES)
def look(request: StaffRequest, inbox: UUID, mail_kind: str, language: str) -> HttpResponse:
    """A mail's HTML alone, for the frame on the page of words."""
    one = mailbox_of(request, inbox)
    if mail_kind not in testmail.KINDS or language not in LANGUAGES:
        raise Http404
    html = testmail.preview(one, mail_kind, language=language, by=request.agent).get_body(("html",))
    response = HttpResponse(html.get_content() if html else "")
    response["Content-Security-Policy"] = MAIL_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _look(request: StaffRequest, inbox: Inbox, kind: str, language: str) -> dict[str, str]:
    made = testmail.preview(inbox, kind, language=language, by=request.agent)
    return {"sender": str(made["From"]), "subject": str(made["Subject"])}


# -- shared


def mailbox_of(request: StaffRequest, inbox: UUID) -> Inbox:
    """Raises ``Http404`` for another brand's and for what is no mailbox."""
    one = inbox_of(request.agent, inbox)
    if one.kind != InboxKind.EMAIL:
        raise Http404
    return one


mailbox_tab = partial(
    inbox_tab,
    named=(
        Tab("settings_mailbox", gettext_lazy("General"), "settings"),
        Tab("settings_mailbox_in", pgettext_lazy("of a mailbox", "Receiving"), "log-in"),
        Tab("settings_mailbox_out", pgettext_lazy("of a mailbox", "Sending"), "send"),
        Tab("settings_mailbox_oauth", "OAuth", "key-round"),
        Tab("settings_mailbox_words", gettext_lazy("What is said"), "message-square-text"),
        Tab("settings_mailbox_state", pgettext_lazy("of a mailbox", "State"), "plug"),
    ),
)


def _settled(
    request: StaffRequest,
    inbox: Inbox,
    form: Any,
    change: Callable[[MailSettings], MailSettings],
    secrets: dict[str, str],
) -> bool:
    try:
        mailbox_flows.settle(inbox, change, secrets=secrets, by=request.agent)
    except BadSettings as problem:
        form.add_error(None, str(problem))
        return False
    messages.success(request, _("Saved."))
    return True


def _tell(request: StaffRequest, test: Callable[[], str], well: str) -> None:
    try:
        problem = test()
    except Refused as refusal:
        problem = str(refusal)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, well)


def _preset(request: StaffRequest) -> Preset | None:
    return PRESETS.get(request.GET.get("preset", ""))


def _presets(inbox: Inbox, chosen: Preset | None, *, with_oauth: bool = False) -> dict[str, Any]:
    """What is offered, and what the mailbox's own address lets one guess."""
    offered = [one for one in PRESETS.values() if one.oauth.token_url or not with_oauth]
    return {"presets": offered, "preset": chosen, "guess": preset_for(main_address(inbox))}
