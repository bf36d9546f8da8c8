"""What an admin looks after: mail that is to leave, what failed, and a copy that must not act yet."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kefu.events import deliveries as outgoing
from kefu.events import era, failures
from kefu.events.models import Delivery, DeliveryState, Parked
from kefu.people.access import StaffRequest, staff_route
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

DELIVERIES, FAILURES = "settings_deliveries", "settings_failures"
PAGE = 50


@require_safe
@staff_route(Can.MANAGE_DESK)
def deliveries(request: StaffRequest) -> HttpResponse:
    """The newest first, page by page; a state shows only those."""
    found = Delivery.objects.order_by("-id")
    state = request.GET.get("state", "")
    if state in DeliveryState.values:
        found = found.filter(state=state)
    before = _uuid(request.GET.get("before"))
    if before is not None:
        found = found.filter(pk__lt=before)
    shown = list(found[: PAGE + 1])
    older = f"?state={state}&before={shown[PAGE - 1].pk}" if len(shown) > PAGE else ""
    context = {
        "deliveries": shown[:PAGE],
        "older": older,
        "newest": f"?state={state}" if before else "",
        "tabs": _states(state),
    }
    return settings_page(request, "people/deliveries.html", context, here=DELIVERIES)


def _states(chosen: str) -> list[dict[str, object]]:
    words = [("", _("All")), ("waiting", _("Waiting")), ("sent", _("Sent")), ("failed", _("Failed"))]
    return [{"label": word, "href": f"?state={state}", "current": state == chosen} for state, word in words]


@require_POST
@staff_route(Can.MANAGE_DESK)
def delivery_retry(request: StaffRequest, delivery: UUID) -> HttpResponse:
    one = get_object_or_404(Delivery, pk=delivery)
    if outgoing.retry(one, by=request.agent):
        messages.success(request, _("It is sent again."))
    else:
        messages.info(request, _("It has been sent or is on its way."))
    return redirect(DELIVERIES)


@require_POST
@staff_route(Can.MANAGE_DESK)
def outbound(request: StaffRequest) -> HttpResponse:
    """This copy is the real desk: what waited may leave."""
    era.confirm_outbound(by=request.agent)
    messages.success(request, _("This is now the live desk. Waiting messages are being sent."))
    return redirect(DELIVERIES)


@require_safe
@staff_route(Can.MANAGE_DESK)
def failed(request: StaffRequest) -> HttpResponse:
    context = {"jobs": failures.failed_jobs(), "events": failures.parked_events()}
    return settings_page(request, "people/failures.html", context, here=FAILURES)


@require_POST
@staff_route(Can.MANAGE_DESK)
def failed_job(request: StaffRequest, job: int) -> HttpResponse:
    """Try it again, or let it go."""
    if request.POST.get("act") == "discard":
        done, words = failures.discard_job(job, by=request.agent), _("The job is gone.")
    else:
        done, words = failures.retry_job(job, by=request.agent), _("The job runs again.")
    if not done:
        raise Http404
    messages.success(request, words)
    return redirect(FAILURES)


@require_POST
@staff_route(Can.MANAGE_DESK)
def parked_event(request: StaffRequest, parked: int) -> HttpResponse:
    """Try it again, or let it go."""
    one = get_object_or_404(Parked, pk=parked)
    if request.POST.get("act") == "discard":
        failures.discard_event(one, by=request.agent)
        messages.success(request, _("The event is set aside for good."))
    elif failures.retry_event(one, by=request.agent):
        messages.success(request, _("It worked this time."))
    else:
        messages.error(request, _("It failed again. The reason is in the list."))
    return redirect(FAILURES)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
