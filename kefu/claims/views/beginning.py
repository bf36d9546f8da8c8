"""Where entering a claim begins: with an order, or with a unit that is known by its serial number."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from kefu.claims.entering_units import Known, Registration, SerialForm, UnitEntry, known_by, units_held
from kefu.claims.machines import Kind
from kefu.claims.views.common import desk_page, page
from kefu.claims.views.entering import answered, conversation_of, for_order, uuid_of
from kefu.conversations.models import Conversation
from kefu.orders import registering
from kefu.orders.models import OrderLine, RegisteredProduct
from kefu.orders.reach import units_of
from kefu.people.access import StaffRequest
from kefu.people.models import Refused
from kefu.people.roles import Can


@page(Can.HANDLE_CLAIMS, "GET", "HEAD", "POST")
def new_claim(request: StaffRequest) -> HttpResponse:
    """About an ``order`` or a ``unit``; with neither, the page that asks which."""
    if request.GET.get("order"):
        return for_order(request)
    if request.GET.get("unit"):
        return _for_unit(request)
    return _begin_page(request)


@page(Can.HANDLE_CLAIMS, "POST")
def by_serial(request: StaffRequest) -> HttpResponse:
    """The number goes in by POST: it has no business in an address. The only thing it names is gone to at once."""
    form = SerialForm(request.POST)
    if not form.is_valid():
        return _begin_page(request, serial=form, status=422)
    known = known_by(form.cleaned_data["serial"], request.agent)
    ways = _ways(request, known)
    if len(ways) == 1:
        return HttpResponseRedirect(ways[0]["href"])
    return _begin_page(request, serial=form, ways=ways, registration=_registration(request, form, known))


@page(Can.HANDLE_CLAIMS, "POST")
def unit_registered(request: StaffRequest) -> HttpResponse:
    """For the customer of the conversation that one came from; registered before, it is the same unit."""
    talk = conversation_of(request)
    if talk is None:
        raise Http404
    form = Registration(request.POST, brand=talk.inbox.brand)
    if form.is_valid() and (unit := _registered(request, form, talk)):
        return HttpResponseRedirect(_to_unit(request, unit))
    return _begin_page(request, registration=form, status=422)


def _for_unit(request: StaffRequest) -> HttpResponse:
    about = units_of(request.agent).select_related("product__brand", "customer", "order_line__order")
    unit = get_object_or_404(about, pk=uuid_of(request.GET["unit"]))
    talk = conversation_of(request)
    around = {"unit": unit, "is_anothers": talk is not None and talk.customer_id != unit.customer_id}
    return answered(request, UnitEntry(request.POST or None, unit=unit), around)


def _begin_page(
    request: StaffRequest,
    *,
    serial: SerialForm | None = None,
    ways: list[dict[str, Any]] | None = None,
    registration: Registration | None = None,
    status: int = 200,
) -> HttpResponse:
    talk = conversation_of(request)
    held = units_held(talk.customer, request.agent) if talk else []
    context = {
        "conversation": talk,
        "held": [{"unit": unit, "href": _to_unit(request, unit)} for unit in held],
        "serial": serial or SerialForm(),
        "ways": ways,
        "registration": registration,
        "kept": f"?{urlencode({'conversation': talk.pk})}" if talk else "",
    }
    return desk_page(request, "claims/begin_claim.html", context, status=status)


def _registration(request: StaffRequest, form: SerialForm, known: Known) -> Registration | None:
    """Offered for a number that nobody knows, where it is plain whose it is."""
    talk = conversation_of(request)
    if talk is None or known.units or known.lines:
        return None
    return Registration(brand=talk.inbox.brand, initial={"serial": form.cleaned_data["serial"]})


def _registered(request: StaffRequest, form: Registration, talk: Conversation) -> RegisteredProduct | None:
    said = form.cleaned_data
    try:
        return registering.register(
            talk.customer, said["model"], said["serial"], purchased_at=said["purchased_at"], by=request.agent
        )
    except Refused as problem:
        form.add_error("serial", str(problem))
        return None


def _ways(request: StaffRequest, known: Known) -> list[dict[str, Any]]:
    units = [
        {"name": unit.product.name, "customer": unit.customer, "href": _to_unit(request, unit)}
        for unit in known.units
    ]
    lines = [
        {"name": line.name, "customer": line.order.customer, "href": _to_line(request, line)}
        for line in known.lines
    ]
    return units + lines


def _to_unit(request: StaffRequest, unit: RegisteredProduct) -> str:
    return _entry(request, {"unit": unit.pk})


def _to_line(request: StaffRequest, line: OrderLine) -> str:
    return _entry(request, {"order": line.order_id, "kind": Kind.WARRANTY, "line": line.pk})


def _entry(request: StaffRequest, about: dict[str, UUID | str]) -> str:
    kept = {"conversation": request.GET["conversation"]} if "conversation" in request.GET else {}
    return f"{reverse('new-claim')}?{urlencode(about | kept)}"
