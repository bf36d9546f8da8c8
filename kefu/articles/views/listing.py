"""The list of texts, and beginning a new article."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect

from kefu.articles import lists, writing
from kefu.articles.forms import NewArticle
from kefu.articles.lists import STATES, Filter, State
from kefu.articles.models import Article, Audience, Category, Kind
from kefu.articles.models.articles import LONGEST_TITLE
from kefu.articles.views.common import desk_page, editor_address, page, uuid_or_none
from kefu.articles.writing import Said
from kefu.people.access import StaffRequest
from kefu.people.models import Refused, Staff
from kefu.people.reach import brands_of
from kefu.people.roles import Can


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def articles(request: StaffRequest) -> HttpResponse:
    """``state brand category owner kind language audience q before``."""
    narrowed = _narrowed(request)
    before = request.GET.get("before", "")
    found = lists.page(request.agent, narrowed, uuid_or_none(before))
    kept = {name: str(value) for name, value in request.GET.items() if name in _KEPT and value}
    unstated = {name: value for name, value in kept.items() if name != "state"}
    context = {
        "rows": found.rows,
        "narrowed": narrowed,
        "is_narrowed": bool(kept),
        "states": _states(request, narrowed, unstated),
        "older": f"?{urlencode(kept | {'before': found.older})}" if found.older else "",
        "newer": f"?{urlencode(kept)}" if before else "",
        **_choices(request.agent),
    }
    return desk_page(request, "articles/list.html", context)


@page(Can.WRITE_ARTICLES, "GET", "HEAD", "POST")
def new_article(request: StaffRequest) -> HttpResponse:
    """``title brand language`` may stand in the address: a search that found nothing leads here."""
    brands = brands_of(request.agent).order_by("name")
    first = {name: request.GET.get(name, "") for name in ("title", "brand", "language")}
    form = NewArticle(request.POST or None, brands=brands, initial={**first, "kind": Kind.FAQ})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and (made := _begun(request, form)):
            return made
    return desk_page(request, "articles/new.html", {"form": form}, status=status)


_KEPT = ("state", "brand", "category", "owner", "kind", "language", "audience", "q")


def _narrowed(request: StaffRequest) -> Filter:
    asked = request.GET
    return Filter(
        state=State(_one_of(asked.get("state", ""), set(State))),
        brand=uuid_or_none(asked.get("brand", "")),
        category=uuid_or_none(asked.get("category", "")),
        owner=uuid_or_none(asked.get("owner", "")),
        kind=_one_of(asked.get("kind", ""), set(Kind.values)),
        language=_one_of(asked.get("language", ""), {code for code, _name in settings.LANGUAGES}),
        audience=_one_of(asked.get("audience", ""), set(Audience.values)),
        words=asked.get("q", "").strip()[:LONGEST_TITLE].replace("\x00", ""),
    )


def _one_of(asked: str, known: set[Any]) -> str:
    return asked if asked in known else ""


def _states(request: StaffRequest, narrowed: Filter, kept: dict[str, str]) -> list[dict[str, Any]]:
    waiting = lists.waiting_for_review(request.agent)
    return [
        {
            "label": label,
            "icon": icon,
            "href": f"?{urlencode(kept | ({'state': state.value} if state else {}))}",
            "current": state == narrowed.state,
            "count": waiting if state == State.REVIEW and waiting else None,
        }
        for state, (label, icon) in STATES.items()
    ]


def _choices(agent: Staff) -> dict[str, Any]:
    """Each with "all" first; of people only those who look after something here."""
    brands = list(brands_of(agent).order_by("name"))
    owners = Staff.objects.filter(pk__in=Article.objects.filter(brand__in=brands).values("owner"))
    return {
        "brands": brands,
        "categories": Category.objects.filter(brand__in=brands).select_related("brand"),
        "owners": owners.order_by("name"),
        "kinds": Kind.choices,
        "audiences": Audience.choices,
        "written_in": settings.LANGUAGES,
    }


def _begun(request: StaffRequest, form: NewArticle) -> HttpResponse | None:
    given = form.cleaned_data
    try:
        text = writing.begin(
            given["brand"],
            language=given["language"],
            said=Said(given["title"]),
            kind=Kind(given["kind"]),
            by=request.agent,
        )
    except Refused as problem:
        form.add_error("title", str(problem))
        return None
    return HttpResponseRedirect(editor_address(text))
