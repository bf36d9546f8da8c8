"""Questions without an article, as a list that authors work from."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.answers import gaps as asked
from kefu.answers.models import Gap
from kefu.articles.views.common import attempt, desk_page, done, editor_address, page
from kefu.people.access import StaffRequest
from kefu.people.models import Refused
from kefu.people.reach import brands_of
from kefu.people.roles import Can

HERE = "article-gaps"
MOST = 100


@page(Can.WRITE_ARTICLES, "GET", "HEAD")
def gaps(request: StaffRequest) -> HttpResponse:
    rows = asked.visible_to(request.agent)[:MOST]
    context = {"rows": rows, "days": asked.LOOKS_BACK.days, "fewest": asked.FEWEST}
    return desk_page(request, "answers/gaps.html", context, here=HERE)


@page(Can.WRITE_ARTICLES, "POST")
def draft(request: StaffRequest, gap: UUID) -> HttpResponse:
    try:
        text = asked.draft(_gap(request, gap), by=request.agent)
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect(HERE)
    said = _("A draft was begun. Read every sentence of it before you publish it.")
    return done(request, editor_address(text), said)


@page(Can.WRITE_ARTICLES, "POST")
def dismissal(request: StaffRequest, gap: UUID) -> HttpResponse:
    one = _gap(request, gap)
    said = _("It is not suggested again.")
    return attempt(request, reverse(HERE), said, lambda: asked.dismiss(one, by=request.agent))


def _gap(request: StaffRequest, pk: UUID) -> Gap:
    mine = Gap.objects.filter(brand__in=brands_of(request.agent))
    return get_object_or_404(mine.select_related("brand"), pk=pk)
