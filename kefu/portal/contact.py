"""A contact form on the web: as a page of the portal, and in a frame on the brand's own pages.

The frame is a third party there and may have no cookies, so a form rests on its own signed stamp and on where the
request says that it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from json import dumps
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from kefu.articles import leading
from kefu.conversations.models import Inbox, InboxKind
from kefu.conversations.posting import MOST_FILES, CannotPost
from kefu.database import limits
from kefu.inboxes.answering import Incomplete
from kefu.inboxes.form import following, receipts, stamps, submitting
from kefu.inboxes.form.models import Submission
from kefu.inboxes.form.proofs import Challenge
from kefu.inboxes.form.settings import FormSettings, FormTopic
from kefu.inboxes.form.stamps import Stamp
from kefu.inboxes.form.submitting import ProofWanted, Sent
from kefu.inboxes.form.suspicion import TooOften
from kefu.lib.files import ENDINGS, LARGEST
from kefu.people import customer_sessions
from kefu.people.access import public_route
from kefu.people.models import Customer
from kefu.portal import contactfiles, contactpage, follow
from kefu.portal.branding import branding
from kefu.portal.contactpage import Typed
from kefu.web import errors
from kefu.web.addresses import client_address
from kefu.web.headers import headers_for_api

KEPT_SECONDS = 300
MOST_BYTES = MOST_FILES * LARGEST + 1024 * 1024
POSTS_OF_AN_ADDRESS = 60
HIDDEN = "homepage"
TOO_LARGE = (
    gettext_lazy("Too large"),
    gettext_lazy(
        "Nothing was sent. At most 10 files of up to 25 MB each are possible: go back and remove some."
    ),
)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@public_route
def form(request: HttpRequest, key: str) -> HttpResponse:
    return _answer(_Visit(request, _inbox(key), customer_sessions.customer_of(request)))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@public_route
def embedded(request: HttpRequest, key: str) -> HttpResponse:
    """Only the form's sites may frame it, and only one of those is told how high it is."""
    inbox = _inbox(key)
    sites = [*FormSettings.of(inbox).allowed_origins, f"{request.scheme}://{request.get_host()}"]
    host = request.GET.get("host", "")
    with translation.override(_language(request)):
        response = _answer(_Visit(request, inbox, None, host if host in sites else "", is_embedded=True))
    response.frame_ancestors = sites  # type: ignore[attr-defined]
    return response


@require_safe
@public_route
def script(request: HttpRequest, key: str) -> HttpResponse:
    """Asked for by other sites' pages: the same for everyone, no cookie read or set."""
    given = {"key": key, "title": str(FormSettings.of(_inbox(key)).title)}
    headers = {**headers_for_api(cross_origin=True), "Cache-Control": f"public, max-age={KEPT_SECONDS}"}
    text = f"{_script_source()}({dumps(given, ensure_ascii=False)})\n"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8", headers=headers)


@dataclass(frozen=True, slots=True)
class _Visit:
    request: HttpRequest
    inbox: Inbox
    customer: Customer | None
    host: str = ""
    is_embedded: bool = False

    @property
    def settings(self) -> FormSettings:
        return FormSettings.of(self.inbox)

    def topic(self, key: str) -> FormTopic | None:
        """Without a choice there is none to make."""
        topics = self.settings.topics
        return topics[0] if len(topics) == 1 else self.settings.topic(key)

    def address(self, topic: FormTopic | None = None) -> str:
        wanted = {
            "topic": topic.key if topic else "",
            "host": self.host,
            "language": self.request.GET.get("language", "") if self.is_embedded else "",
        }
        path = reverse("contact_embedded" if self.is_embedded else "contact", args=[self.inbox.key])
        query = urlencode({name: value for name, value in wanted.items() if value})
        return f"{path}?{query}" if query else path


def _answer(visit: _Visit) -> HttpResponse:
    if visit.request.method == "POST":
        return _refusal(visit.request) or _take(visit)
    topic = visit.topic(visit.request.GET.get("topic", ""))
    if topic is None:
        return _choose(visit)
    return _draw(visit, topic, stamps.fresh(visit.inbox), Typed(), {})


# -- sending in


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """Before anything of what was sent is read: it may be large."""
    if request.headers.get("Origin") not in {
        None,
        settings.KEFU_BASE_URL,
        f"{request.scheme}://{request.get_host()}",
    }:
        return errors.forbidden(request)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MOST_BYTES:
        return errors.answer(request, 413, TOO_LARGE)
    if not limits.hit(f"form posts {client_address(request)}", limit=POSTS_OF_AN_ADDRESS, per=600):
        return errors.too_many(request, seconds=60)
    try:
        request.POST  # noqa: B018 -- reads what was sent
    except (MultiPartParserError, RequestDataTooBig, TooManyFilesSent, SuspiciousOperation):
        return errors.bad_request(request)
    return None


def _take(visit: _Visit) -> HttpResponse:
    request, inbox = visit.request, visit.inbox
    topic = visit.topic(request.POST.get("topic", ""))
    if topic is None:
        return _choose(visit, status=422)
    stamp = stamps.read(request.POST.get("stamp", ""), inbox)
    if stamp is None:
        return _again(visit, topic, stamps.fresh(inbox))
    if before := Submission.objects.filter(pk=stamp.id, inbox=inbox).first():
        return _done(visit, before)
    kept, faults = contactfiles.received(visit.request, topic, stamp, visit.customer)
    typed = Typed.of(request.POST, topic, kept)
    if faults:
        return _draw(visit, topic, stamp, typed, faults | _faults(visit, topic, stamp, typed), status=422)
    return _submit(visit, topic, stamp, typed)


def _submit(visit: _Visit, topic: FormTopic, stamp: Stamp, typed: Typed) -> HttpResponse:
    try:
        submission = submitting.submit(visit.inbox, _sent(visit, topic, stamp, typed))
    except Incomplete as problem:
        return _draw(visit, topic, stamp, typed, problem.errors, status=422)
    except CannotPost as problem:
        return _draw(visit, topic, stamp, typed, {"text": str(problem)}, status=422)
    except ProofWanted as wanted:
        return _draw(visit, topic, stamp, typed, {}, challenge=wanted.challenge)
    except TooOften:
        return _draw(visit, topic, stamp, typed, {}, trouble="often", status=429)
    leading.note(submission.conversation, leading.token_of(visit.request))
    return _done(visit, submission)


def _sent(visit: _Visit, topic: FormTopic, stamp: Stamp, typed: Typed) -> Sent:
    post = visit.request.POST
    return Sent(
        stamp=stamp,
        topic=topic.key,
        answers=typed.answers,
        text=typed.text,
        language=_language(visit.request),
        address=client_address(visit.request),
        files=typed.file_ids,
        prepared=typed.prepared,
        hidden=post.get(HIDDEN, ""),
        challenge=post.get("challenge", ""),
        proof=post.get("proof", ""),
        customer=visit.customer,
    )


def _faults(visit: _Visit, topic: FormTopic, stamp: Stamp, typed: Typed) -> dict[str, str]:
    """What else is wrong, so that it is said together."""
    return submitting.faults(visit.inbox, _sent(visit, topic, stamp, typed))


def _again(visit: _Visit, topic: FormTopic, stamp: Stamp) -> HttpResponse:
    """Its stamp is none of ours: everything typed stays, under a good one."""
    typed = Typed.of(visit.request.POST, topic, {})
    return _draw(visit, topic, stamp, typed, {}, trouble="stamp", status=422)


def _done(visit: _Visit, submission: Submission) -> HttpResponse:
    if visit.is_embedded:
        return render(visit.request, "portal/contact_done.html", _told(visit, submission))
    response = HttpResponseRedirect(reverse("contact_receipt", args=[submission.pk]))
    follow.remember(visit.request, response, submission.pk, following.By.PAGE)
    return response


def _told(visit: _Visit, submission: Submission) -> dict[str, Any]:
    return {
        **branding(visit.inbox.brand),
        **receipts.told(submission),
        "link": following.link(submission, by=following.By.PAGE),
        "is_mailed": receipts.is_mailed(submission),
        "host": visit.host,
        "is_embedded": True,
    }


# -- drawing


def _choose(visit: _Visit, *, status: int = 200) -> HttpResponse:
    topics = [(topic, visit.address(topic)) for topic in visit.settings.topics]
    return _page(visit, "portal/contact_topics.html", {"topics": topics}, status)


def _draw(
    visit: _Visit,
    topic: FormTopic,
    stamp: Stamp,
    typed: Typed,
    wrong: Mapping[str, str],
    *,
    challenge: Challenge | None = None,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "topic": topic,
        "stamp": stamp.text,
        "questions": contactpage.shown(topic, typed, wrong),
        "prepare": [(place, words, place in typed.prepared) for place, words in enumerate(topic.prepare)],
        "text": typed.text,
        "text_error": wrong.get("text", ""),
        "faults": contactpage.faults(topic, wrong),
        "challenge": challenge,
        "trouble": trouble,
        "here": visit.address(topic),
        "inbox_key": visit.inbox.key,
        "back": visit.address() if len(visit.settings.topics) > 1 else "",
        "accept": ",".join(("image/*", *ENDINGS)),
        "most_files": MOST_FILES,
        "hidden_name": HIDDEN,
    }
    return _page(visit, "portal/contact_form.html", context, status)


def _page(visit: _Visit, template: str, context: Mapping[str, Any], status: int) -> HttpResponse:
    own = {
        "form": visit.settings,
        "inbox": visit.inbox,
        "is_embedded": visit.is_embedded,
        "host": visit.host,
    }
    response = render(
        visit.request, template, branding(visit.inbox.brand) | own | dict(context), status=status
    )
    response["Cache-Control"] = "no-store"
    return response


def _inbox(key: str) -> Inbox:
    return get_object_or_404(
        Inbox.objects.select_related("brand", "schedule"), key=key, kind=InboxKind.FORM, is_active=True
    )


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("language", "")
    return wanted if wanted in dict(settings.LANGUAGES) else get_language() or settings.LANGUAGE_CODE


@cache
def _script_source() -> str:
    """Without the indents and the lines of comment, which only we need."""
    found = finders.find("portal/contact-embed.js")
    assert isinstance(found, str)
    lines = [line.strip() for line in Path(found).read_text(encoding="utf-8").splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("//"))
