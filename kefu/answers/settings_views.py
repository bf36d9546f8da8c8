"""Answers among the desk's settings: what the classifier knows, and teaching it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kefu.answers import classifier, learning, routing, training
from kefu.answers.models import Destination, Intent, Lesson, LessonState
from kefu.answers.tasks import learn_intents
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Brand, Refused, Staff
from kefu.people.reach import brands_of
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

HERE = "settings_intents"
MOST = 20


@require_safe
@staff_route(Can.MANAGE_DESK)
def intents(request: StaffRequest) -> HttpResponse:
    lessons = list(Lesson.objects.defer("model").select_related("asked_by")[:MOST])
    context = {
        "lessons": [{"lesson": one, "figures": _in_words(one.figures.get("after", {}))} for one in lessons],
        "taught": learning.taught(),
        "fewest": learning.FEWEST,
        "waits": any(one.state == LessonState.WAITING for one in lessons),
        "own": any(one.state == LessonState.IN_USE for one in lessons),
        "shipped": _in_words(training.measure(classifier.shipped(), list(training.sentences()))),
        "brands": _with_destinations(request.agent),
        "sure": round(100 * routing.SURE),
    }
    return settings_page(request, "answers/intents.html", context, here=HERE)


@require_POST
@staff_route(Can.MANAGE_DESK)
def lessons(request: StaffRequest) -> HttpResponse:
    """Learn from what colleagues have said so far."""
    try:
        learn_intents.defer(lesson=str(learning.ask(by=request.agent).pk))
        messages.success(request, _("The desk is learning. This page shows the figures in a minute or two."))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect(HERE)


@require_POST
@staff_route(Can.MANAGE_DESK)
def lesson_in_use(request: StaffRequest, lesson: UUID) -> HttpResponse:
    return _restored(request, get_object_or_404(Lesson, pk=lesson))


@require_POST
@staff_route(Can.MANAGE_DESK)
def shipped_in_use(request: StaffRequest) -> HttpResponse:
    return _restored(request, None)


def _restored(request: StaffRequest, lesson: Lesson | None) -> HttpResponse:
    try:
        learning.restore(lesson, by=request.agent)
        messages.success(request, _("It is in use from now on."))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect(HERE)


def _with_destinations(agent: Staff) -> list[Brand]:
    """Each with its own in ``sends``, in the order in which intents are shown everywhere; two queries."""
    named = Destination.objects.select_related("team")
    brands = list(brands_of(agent).prefetch_related(Prefetch("destinations", named)).order_by("name"))
    order = Intent.values
    for brand in brands:
        brand.sends = sorted(brand.destinations.all(), key=lambda one: order.index(one.intent))  # type: ignore[attr-defined]
    return brands


def _in_words(figures: dict[str, Any]) -> list[dict[str, Any]]:
    names = dict(settings.LANGUAGES)
    return [
        {
            "language": str(names.get(language, language)),
            "percent": round(100 * row["right"] / row["of"]),
            **row,
        }
        for language, row in figures.items()
        if row["of"]
    ]
