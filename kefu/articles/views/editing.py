"""Writing a text: the editor, its preview, and what is done with what was saved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from kefu.articles import files, reviewing, writing
from kefu.articles.differing import Part, differences
from kefu.articles.forms import AddressForm, AnswerForm, AppearingForm, NewText, TextForm
from kefu.articles.models import Article, Review, Translation, Version
from kefu.articles.models.articles import LONGEST_BODY
from kefu.articles.views.common import (
    attempt,
    desk_page,
    done,
    drawn,
    editor_address,
    find_article,
    find_text,
    page,
    reading_address,
    rendered,
    uuid_or_none,
)
from kefu.articles.writing import Overtaken, Said
from kefu.conversations.views.common import is_fragment
from kefu.people.access import StaffRequest
from kefu.people.models import Refused
from kefu.people.roles import Can


@page(Can.WRITE_ARTICLES, "GET", "HEAD", "POST")
def text(request: StaffRequest, text: UUID) -> HttpResponse:
    one = find_text(request, text)
    if request.method != "POST":
        return _editor(request, one, TextForm(text=one))
    was_set = one.publish_at
    if problem := _saved(request, one):
        return problem
    if was_set and not one.publish_at:
        return done(
            request, editor_address(one), _("Saved. It no longer appears by itself: ask for review again.")
        )
    return done(request, editor_address(one), _("Saved."))


@page(Can.WRITE_ARTICLES, "POST")
def preview(request: StaffRequest, text: UUID) -> HttpResponse:
    """Of what stands in the form; nothing is saved. Without scripts it is the editor again."""
    one = find_text(request, text)
    if not is_fragment(request):
        return _editor(request, one, TextForm(request.POST, text=one))
    told = drawn(request.POST.get("body", "")[:LONGEST_BODY], one.article)
    return render(request, "articles/preview.html", {"told": told, "text": one})


@page(Can.WRITE_ARTICLES, "POST")
def review(request: StaffRequest, text: UUID) -> HttpResponse:
    """Saves what is in the editor, and asks for a look at it."""
    one = find_text(request, text)
    return _saved_if_sent(request, one) or attempt(
        request,
        reading_address(one),
        _("Review was asked for. Whoever may publish sees it among those that wait."),
        lambda: reviewing.ask(one, by=request.agent),
    )


@page(Can.PUBLISH_ARTICLES, "POST")
def sending_back(request: StaffRequest, text: UUID) -> HttpResponse:
    one = find_text(request, text)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(
            request, _("What should change is said in at most 500 characters. Nothing was sent back.")
        )
        return HttpResponseRedirect(reading_address(one))
    return attempt(
        request,
        reading_address(one),
        _("Sent back to the author."),
        lambda: reviewing.send_back(one, by=request.agent, note=form.cleaned_data["note"]),
    )


@page(Can.PUBLISH_ARTICLES, "POST")
def publication(request: StaffRequest, text: UUID) -> HttpResponse:
    """Saves what is in the editor, or takes what was ``seen``, and publishes it: now, or ``at`` with ``later``."""
    one = find_text(request, text)
    later = AppearingForm(request.POST) if "later" in request.POST else None
    if problem := _saved_if_sent(request, one):
        return problem
    if later is not None and not later.is_valid():
        return _editor(request, one, TextForm(text=one), status=422, appearing=later)
    at = later.cleaned_data["at"] if later else None
    return attempt(
        request,
        reading_address(one),
        _("It will appear at the time that you set.") if at else _("Published. Readers find it from now on."),
        lambda: writing.publish(one, by=request.agent, at=at, seen=_seen(request, one)),
    )


@page(Can.PUBLISH_ARTICLES, "POST")
def unscheduling(request: StaffRequest, text: UUID) -> HttpResponse:
    one = find_text(request, text)
    said = _("It no longer appears by itself.")
    return attempt(request, reading_address(one), said, lambda: writing.unschedule(one, by=request.agent))


@page(Can.PUBLISH_ARTICLES, "POST")
def withdrawal(request: StaffRequest, text: UUID) -> HttpResponse:
    one = find_text(request, text)
    said = _("Withdrawn. Readers no longer find it; what it says stays here.")
    return attempt(request, reading_address(one), said, lambda: writing.withdraw(one, by=request.agent))


@page(Can.WRITE_ARTICLES, "POST")
def address(request: StaffRequest, text: UUID) -> HttpResponse:
    """The old address leads to the new one."""
    one = find_text(request, text)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _editor(request, one, TextForm(text=one), status=422, address=form)
    try:
        writing.rename(one, form.cleaned_data["slug"], by=request.agent)
    except Refused as problem:
        form.add_error("slug", str(problem))
        one = find_text(request, text)
        return _editor(request, one, TextForm(text=one), status=422, address=form)
    return done(request, editor_address(one), _("The address was changed. The old one leads to the new one."))


@page(Can.WRITE_ARTICLES, "POST")
def following(request: StaffRequest, text: UUID) -> HttpResponse:
    """It still says what the source says; ``follows`` is the version of the source that was looked at."""
    one = find_text(request, text)
    seen = uuid_or_none(request.POST.get("follows", ""))
    return attempt(
        request,
        editor_address(one),
        _("Marked as up to date."),
        lambda: writing.still_right(one, by=request.agent, seen=seen),
    )


@page(Can.WRITE_ARTICLES, "GET", "HEAD", "POST")
def new_text(request: StaffRequest, article: UUID) -> HttpResponse:
    """The article in another language."""
    one = find_article(request, article)
    there = list(one.translations.values_list("language", flat=True))
    missing = [(code, str(name)) for code, name in settings.LANGUAGES if code not in there]
    form = NewText(request.POST or None, missing=missing)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and (made := _translated(request, one, form)):
            return made
    context = {"article": one, "form": form, "missing": missing, "source": _source_of(one)}
    return desk_page(request, "articles/new_text.html", context, status=status)


def _translated(request: StaffRequest, article: Article, form: NewText) -> HttpResponse | None:
    given = form.cleaned_data
    said = Said(given["title"])
    try:
        made = writing.translate(article, language=given["language"], said=said, by=request.agent)
    except Refused as problem:
        form.add_error(None, str(problem))
        return None
    return HttpResponseRedirect(editor_address(made))


def _saved_if_sent(request: StaffRequest, one: Translation) -> HttpResponse | None:
    return _saved(request, one) if "body" in request.POST else None


def _saved(request: StaffRequest, one: Translation) -> HttpResponse | None:
    """The editor again with all that was written, where it could not be saved; None where it was."""
    form = TextForm(request.POST, text=one)
    if not form.is_valid():
        return _editor(request, one, form, status=422)
    try:
        writing.write(one, form.said(), by=request.agent, seen=form.seen_version)
        if followed := form.cleaned_data["follows"]:
            writing.still_right(one, by=request.agent, seen=followed)
    except Overtaken as problem:
        return _clash(request, find_text(request, one.pk), form, str(problem))
    except Refused as problem:
        form.add_error(None, str(problem))
        return _editor(request, find_text(request, one.pk), form, status=422)
    return None


def _clash(request: StaffRequest, one: Translation, form: TextForm, why: str) -> HttpResponse:
    """Theirs beside one's own. Saving again is then knowingly over theirs."""
    before = one.versions.filter(pk=form.seen_version).first() if form.seen_version else None
    theirs: list[Part] = differences(before, one.latest) if before and one.latest else []
    return _editor(request, one, form, status=409, clash=why, theirs=theirs)


def _seen(request: StaffRequest, one: Translation) -> UUID | None:
    """What was just saved from the editor, or what stood on the page where the button is."""
    return one.latest_id if "body" in request.POST else uuid_or_none(request.POST.get("seen", ""))


def _editor(
    request: StaffRequest, one: Translation, form: TextForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    article = one.article
    told = drawn(str(form["body"].value() or "")[:LONGEST_BODY], article)
    # After a clash, the next saving is over what is shown beside; else it is over what the writer began from.
    seen = one.latest_id if more.get("clash") or not form.is_bound else form["seen"].value()
    context = {
        "text": one,
        "article": article,
        "form": form,
        "seen": seen,
        "told": told,
        "files": [(file, files.in_markdown(file)) for file in article.files.order_by("pk")],
        "address": AddressForm(initial={"slug": one.slug}),
        "appearing": AppearingForm(),
        "sent_back": _sent_back(one),
        **_beside(one),
        **more,
    }
    return desk_page(request, "articles/editor.html", context, status=status)


def _beside(one: Translation) -> dict[str, Any]:
    """The source of a translation, and what changed there since."""
    if one.language == one.article.source_language:
        return {}
    source = _source_of(one.article)
    if source is None:
        return {}
    says = source.live or source.latest
    return {
        "source": source,
        "source_version": says,
        "source_told": rendered(says, one.article),
        "source_changes": _changes(one, says),
        "is_behind": one.is_behind,
    }


def _changes(one: Translation, says: Version | None) -> list[Part]:
    return differences(one.follows, says) if one.is_behind and one.follows and says else []


def _source_of(article: Article) -> Translation | None:
    found = article.translations.filter(language=article.source_language)
    return found.select_related("live", "latest").first()


def _sent_back(one: Translation) -> Review | None:
    """The reviewer's word on what stands here, until something else is saved."""
    last = Review.objects.filter(translation=one).select_related("answered_by").first()
    return last if last and last.outcome == "sent-back" and last.version_id == one.latest_id else None
