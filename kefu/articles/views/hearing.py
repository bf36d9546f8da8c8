"""What readers tell authors, as lists to work from."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.articles import heard
from kefu.articles.models import Translation, Vote
from kefu.articles.views.common import attempt, desk_page, page, uuid_or_none
from kefu.people.access import StaffRequest
from kefu.people.roles import Can

PAGE = 30


@page(Can.WRITE_ARTICLES, "GET", "HEAD")
def comments(request: StaffRequest) -> HttpResponse:
    """Those that wait; with ``settled`` the others. ``before`` pages."""
    settled = "settled" in request.GET
    found = heard.comments(request.agent, settled=settled)
    before = uuid_or_none(request.GET.get("before", ""))
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: PAGE + 1])
    kept = "settled=yes&" if settled else ""
    context = {
        "rows": rows[:PAGE],
        "settled": settled,
        "older": f"?{kept}before={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        "newer": f"?{kept}" if before else "",
    }
    return desk_page(request, "articles/comments.html", context, here="article-comments")


@page(Can.WRITE_ARTICLES, "POST")
def settling(request: StaffRequest, vote: UUID) -> HttpResponse:
    seen = Translation.objects.visible_to(request.agent)
    one = get_object_or_404(Vote.objects.filter(translation__in=seen).exclude(comment=""), pk=vote)
    said = _("Settled.")
    return attempt(request, reverse("article-comments"), said, lambda: heard.settle(one, by=request.agent))


@page(Can.WRITE_ARTICLES, "GET", "HEAD")
def searches(request: StaffRequest) -> HttpResponse:
    context = {"rows": heard.dead_searches(request.agent), "days": heard.DAYS}
    return desk_page(request, "articles/searches.html", context, here="article-searches")


@page(Can.WRITE_ARTICLES, "GET", "HEAD")
def led(request: StaffRequest) -> HttpResponse:
    context = {"rows": heard.led_to_conversations(request.agent), "days": heard.DAYS}
    return desk_page(request, "articles/led.html", context, here="article-led")


@page(Can.WRITE_ARTICLES, "GET", "HEAD")
def helpful(request: StaffRequest) -> HttpResponse:
    context = {"rows": heard.least_helpful(request.agent), "fewest": heard.FEWEST_VOTES}
    return desk_page(request, "articles/helpful.html", context, here="article-helpful")
