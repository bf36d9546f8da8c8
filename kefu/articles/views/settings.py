"""What an article is beside its words; its files."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.articles import arranging, files
from kefu.articles.forms import FileForm, LabelForm, LookForm, PlaceForm
from kefu.articles.models import Article, ArticleFile
from kefu.articles.views.common import (
    attempt,
    desk_address,
    desk_page,
    done,
    find_article,
    page,
    source_text,
)
from kefu.database import limits
from kefu.people.access import StaffRequest
from kefu.people.models import Refused
from kefu.people.roles import Can
from kefu.web.errors import problem


@page(Can.WRITE_ARTICLES, "GET", "HEAD", "POST")
def place(request: StaffRequest, article: UUID) -> HttpResponse:
    one = find_article(request, article)
    form = PlaceForm(request.POST or None, article=one, agent=request.agent)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _arranged(request, one, form):
            return done(request, reverse("article-settings", args=[one.pk]), _("Saved."))
    context = {"article": one, "form": form, "text": source_text(request, one)}
    return desk_page(request, "articles/settings.html", context, status=status)


@page(Can.WRITE_ARTICLES, "POST")
def look(request: StaffRequest, article: UUID) -> HttpResponse:
    """Somebody has read it through, and it is right; the form says when it is looked at again."""
    one = find_article(request, article)
    form = LookForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose when it is looked at again. Nothing was changed."))
        return HttpResponseRedirect(reverse("article", args=[one.pk]))
    return attempt(
        request,
        reverse("article", args=[one.pk]),
        _("Noted. It is listed again when that day comes."),
        lambda: arranging.looked_at(one, by=request.agent, again_on=form.again_on()),
    )


@page(Can.PUBLISH_ARTICLES, "POST")
def archiving(request: StaffRequest, article: UUID) -> HttpResponse:
    one = find_article(request, article)
    said = _("Archived. Readers no longer find it in any language.")
    return attempt(request, _settings(one), said, lambda: arranging.archive(one, by=request.agent))


@page(Can.PUBLISH_ARTICLES, "POST")
def return_from_archive(request: StaffRequest, article: UUID) -> HttpResponse:
    one = find_article(request, article)
    said = _("It is back, as it was.")
    return attempt(request, _settings(one), said, lambda: arranging.bring_back(one, by=request.agent))


@page(Can.WRITE_ARTICLES, "GET", "HEAD", "POST")
def files_of_article(request: StaffRequest, article: UUID) -> HttpResponse:
    """A form for people; for the editor, which asks for JSON, what to write for the file."""
    one = find_article(request, article)
    if request.method == "POST":
        return _file_taken(request, one)
    return _files_page(request, one, FileForm())


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def file(request: StaffRequest, article: UUID, article_file: UUID) -> HttpResponse:
    return files.answer(_file(request, article, article_file))


@page(Can.WRITE_ARTICLES, "POST")
def file_label(request: StaffRequest, article: UUID, article_file: UUID) -> HttpResponse:
    found = _file(request, article, article_file)
    form = LabelForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The version has at most 40 characters. Nothing was changed."))
        return HttpResponseRedirect(_files(article))
    given = form.cleaned_data
    return attempt(
        request,
        _files(article),
        _("Saved."),
        lambda: files.label(
            found, version_label=given["version_label"], language=given["language"], by=request.agent
        ),
    )


@page(Can.WRITE_ARTICLES, "POST")
def file_removal(request: StaffRequest, article: UUID, article_file: UUID) -> HttpResponse:
    found = _file(request, article, article_file)
    said = _("The file was removed.")
    return attempt(request, _files(article), said, lambda: files.remove(found, by=request.agent))


def _arranged(request: StaffRequest, one: Article, form: PlaceForm) -> bool:
    try:
        arranging.arrange(one, form.place(), by=request.agent)
    except Refused as problem:
        form.add_error(None, str(problem))
    return not form.errors


def _file_taken(request: StaffRequest, one: Article) -> HttpResponse:
    in_editor = request.accepts("application/json") and not request.accepts("text/html")
    form = FileForm(request.POST, request.FILES)
    if not limits.hit(f"upload:{request.agent.pk}", limit=60, per=60):
        words = _("Too many files at once. Wait a minute and try again.")
        form.add_error(None, words)
        return problem(429, "Too many files", detail=words) if in_editor else _files_page(request, one, form)
    kept = _kept(request, one, form)
    if in_editor:
        return _told(kept, form)
    if kept is None:
        return _files_page(request, one, form)
    return done(request, _files(one.pk), _("The file was stored."))


def _kept(request: StaffRequest, one: Article, form: FileForm) -> ArticleFile | None:
    if not form.is_valid():
        return None
    given = form.cleaned_data
    try:
        return files.keep(
            one,
            given["file"],
            by=request.agent,
            version_label=given["version_label"],
            language=given["language"],
        )
    except files.NotKept as why:
        form.add_error("file", str(why))
        return None


def _told(kept: ArticleFile | None, form: FileForm) -> HttpResponse:
    if kept is None:
        first = next(iter(form.errors.values()))[0]
        return problem(422, "Not kept", detail=str(first))
    shown = "!" if kept.width else ""
    name = kept.name.replace("[", "(").replace("]", ")")
    told = {"id": str(kept.pk), "markdown": f"{shown}[{name}]({files.in_markdown(kept)})"}
    return JsonResponse(told, status=201)


def _files_page(request: StaffRequest, one: Article, form: FileForm) -> HttpResponse:
    shown = [
        {
            "file": file,
            "markdown": files.in_markdown(file),
            "address": desk_address(file),
            "form": LabelForm(
                initial={"version_label": file.version_label, "language": file.language},
                auto_id=f"id_%s_{file.pk}",
            ),
        }
        for file in one.files.select_related("added_by").order_by("pk")
    ]
    context = {"article": one, "form": form, "shown": shown, "text": source_text(request, one)}
    return desk_page(request, "articles/files.html", context, status=422 if form.is_bound else 200)


def _file(request: StaffRequest, article: UUID, file: UUID) -> ArticleFile:
    return get_object_or_404(find_article(request, article).files, pk=file)


def _settings(one: Article) -> str:
    return reverse("article-settings", args=[one.pk])


def _files(article: UUID) -> str:
    return reverse("article-files", args=[article])
