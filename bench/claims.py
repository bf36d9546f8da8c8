"""The console's lists of claims and the API's at a million claims, for six kinds of colleagues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle

from bench.asking import Ask, as_figure, ask, ask_all
from bench.cast import make_session
from bench.claims_desk import EVERYWHERE, OF_THE_SMALL_BRAND, desk, latest
from bench.figure import Figure
from bench.ground import web

CLAIMS = 1_000_000
ROUNDS, WARM_ROUNDS = 25, 2
VIEWS = {
    "supervisor": ("review", "overdue", "customer", "all"),
    "warehouse": ("coming", "inspect", "all"),
    "technician": ("workshop", "all"),
    "finance": ("money", "overdue", "all"),
    "admin": ("review", "overdue", "all"),
    "agent": ("review", "overdue", "all"),
}
# The last pair of kind and status is of no claim at all: nothing may be looked for in vain.
NARROWED = {
    "of a kind": "view=all&kind=exchange",
    "of a status": "view=all&status=completed",
    "of a kind and status": "view=all&kind=warranty&status=withdrawn",
    "of a pair that is not there": "view=all&kind=cancellation&status=rejected",
    "to review, of a kind": "view=review&kind=return",
    "overdue, of a kind": "view=overdue&kind=warranty",
    "overdue, of a status": "view=overdue&status=inspecting",
}


def measure(size: int = CLAIMS) -> Figure:
    with desk(size) as where:
        cookies, token, drawn, orders = _who(), _token(), cycle(map(str, latest())), cycle(_some_orders())
        with web(where) as (port, _pid):
            older = {role: _deeper(port, cookie) for role, cookie in cookies.items()}
            asks = [list(_round(cookies, older, token, drawn, orders)) for _ in range(ROUNDS + WARM_ROUNDS)]
            answers = ask_all(port, [one for each in asks for one in each], warm=WARM_ROUNDS * len(asks[0]))
    return as_figure("claims", answers, size)


def _round(
    cookies: dict[str, str],
    older: dict[str, str],
    token: str,
    drawn: Iterator[str],
    orders: Iterator[tuple[str, str]],
) -> Iterator[Ask]:
    for role, views in VIEWS.items():
        for view in views:
            yield Ask(f"{view}, {role}", f"/console/claims/?view={view}", cookies[role])
        yield Ask(f"scrolled on, {role}", older[role], cookies[role])
    supervisor = cookies["supervisor"]
    for what, narrowed in NARROWED.items():
        yield Ask(what, f"/console/claims/?{narrowed}", supervisor)
    order, parcel = next(orders)
    yield Ask("found by the order", f"/console/claims/?q={order}", supervisor)
    yield Ask("found by the parcel", f"/console/claims/?q={parcel}", supervisor)
    yield Ask("not found", "/console/claims/?q=SF-0-0", supervisor)
    yield Ask("one claim", f"/console/claims/{next(drawn)}", supervisor)
    yield Ask("API, latest", "/api/v1/claims?limit=50", "", fragment=False, token=token)
    path = "/api/v1/claims?limit=50&status=under_review"
    yield Ask("API, of one status", path, "", fragment=False, token=token)


def _deeper(port: int, cookie: str) -> str:
    """The second page of everything, as the first names it."""
    path = "/console/claims/?view=all"
    before = re.search(r"before=([^\"&]+)", ask(port, Ask("", path, cookie)).decode())
    return f"{path}&before={before[1]}" if before else path


def _who() -> dict[str, str]:
    from kefu.people.models import Staff

    roles = (*EVERYWHERE, OF_THE_SMALL_BRAND)
    return {role: "=".join(make_session(Staff.objects.get(email=f"{role}@bench.test"))) for role in roles}


def _token() -> str:
    from datetime import timedelta

    from kefu.people.models import Staff, StaffToken
    from kefu.people.roles import Can

    admin = Staff.objects.get(email="admin@bench.test")
    day = timedelta(days=1)
    return StaffToken.issue(staff=admin, name="bench", scopes=[can.value for can in Can], lasts=day)[1]


def _some_orders() -> list[tuple[str, str]]:
    """Numbers of an order and of a parcel, both of several claims: those of one lead to it at once."""
    from kefu.orders.models import Shipment

    parcels = Shipment.objects.filter(tracking_no__startswith="SF").select_related("order").order_by("pk")
    return [(one.order.external_no, one.tracking_no) for one in parcels[:300] if one.order]
