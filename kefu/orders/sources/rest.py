"""Any shop with a REST interface: it pushes to us, signed, or we pull from it page by page; read by its mapping.

Pulling: ``GET address`` with ``Authorization: Bearer``, and the mapping's ``pull`` says the names of the parameters
(``cursor``, ``since``, ``size``) and where in the answer the ``next`` cursor stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.events.actors import SYSTEM
from kefu.orders import signing
from kefu.orders.files import BadFile, Record, of_json
from kefu.orders.mapping import BadMapping, MappingOf, mapping_of
from kefu.orders.mapping.fields import Path, Place
from kefu.orders.models import OrderSource, What
from kefu.orders.sources.pulling import Found, Page, ShopFailed, ask
from kefu.orders.taking import Taken, take
from kefu.web.joining import paragraph

MOST_AT_ONCE = 200
OVERLAP = timedelta(minutes=5)  # their clock may differ from ours


class BadPush(Exception):
    """``sentences`` says why none of it was taken."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(paragraph(sentences))
        self.sentences = sentences


# -- they push


def pushed(source: OrderSource, what: str, body: Any, *, delivery: str) -> dict[str, Any]:
    """What became of the rows, those that could not be taken by their number and reason. Raises ``BadPush``."""
    answer: dict[str, Any] = {"created": 0, "changed": 0, "unchanged": 0, "bad": [], "repeated": True}
    signing.once(source.pk, delivery, lambda: answer.update(_take(source, what, body), repeated=False))
    return answer


def _take(source: OrderSource, what: str, body: Any) -> dict[str, Any]:
    mapping, rows = _read(source, what, body)
    bad: list[dict[str, Any]] = []
    good: list[tuple[int, Any]] = []
    for record in rows:
        row = mapping.read(what, record.value, line=record.line, key=record.key)
        if isinstance(row, list):
            bad += [{"row": record.line, "reason": reason} for _line, reason in row]
        else:
            good.append((record.line, row))
    taken: Taken = take(source, [row for _line, row in good], by=SYSTEM)
    bad += [{"row": good[one.place][0], "reason": one.reason} for one in taken.bad]
    counts = {"created": taken.created, "changed": taken.changed, "unchanged": taken.unchanged}
    return {**counts, "bad": sorted(bad, key=lambda one: one["row"])}


def _read(source: OrderSource, what: str, body: Any) -> tuple[MappingOf, list[Record]]:
    try:
        mapping = mapping_of(source.mapping)
        if what not in mapping.rows:
            raise BadPush([_("The mapping does not say how %s are read.") % What(what).label])
        rows = list(of_json(body, mapping.rows[what]))
    except BadMapping as problem:
        raise BadPush(problem.sentences) from problem
    except BadFile as problem:
        raise BadPush([str(problem)]) from problem
    if len(rows) > MOST_AT_ONCE:
        raise BadPush([_("Send at most %d rows at a time.") % MOST_AT_ONCE])
    return mapping, rows


# -- we pull


def page_of(source: OrderSource, cursor: dict[str, Any]) -> Page:
    """A pass begins where the last one began, if there is a ``since``; else the cursor only ever moves on."""
    try:
        mapping = mapping_of(source.mapping)
    except BadMapping as problem:
        raise ShopFailed(str(problem)) from problem
    began = cursor.get("began") or timezone.now().isoformat()
    token = source.secrets.get("token", "")
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    answer = ask("GET", _address(source, mapping, cursor), headers=headers)
    try:
        rows = list(of_json(answer, mapping.rows[What.ORDERS]))
    except BadFile as problem:
        raise ShopFailed(str(problem)) from problem
    following = _next(mapping, answer)
    more = following is not None and str(following) != cursor.get("next")
    return Page(
        [_found(mapping, record) for record in rows], _cursor(mapping, cursor, following, began), more
    )


def _address(source: OrderSource, mapping: MappingOf, cursor: dict[str, Any]) -> str:
    names = {"cursor": cursor.get("next"), "since": cursor.get("since")}
    asked = {mapping.pull[name]: value for name, value in names.items() if value and mapping.pull.get(name)}
    if mapping.pull.get("size"):
        asked[mapping.pull["size"]] = str(MOST_AT_ONCE)
    joint = "&" if "?" in source.address else "?"
    return source.address + (joint + urlencode(asked) if asked else "")


def _next(mapping: MappingOf, answer: Any) -> Any:
    path = mapping.pull.get("next")
    if not path:
        return None
    found = Path(str(path)).of(Place(answer, answer, ZoneInfo("UTC"), "", 0, []))
    return found if isinstance(found, str | int) and found != "" else None


def _cursor(mapping: MappingOf, cursor: dict[str, Any], following: Any, began: str) -> dict[str, Any]:
    if following is not None:
        kept = {"since": cursor["since"]} if "since" in cursor else {}
        return {**kept, "next": str(following), "began": began}
    if mapping.pull.get("since"):
        since = datetime.fromisoformat(began) - OVERLAP
        return {"since": since.isoformat(timespec="seconds")}
    return {"next": cursor["next"]} if "next" in cursor else {}


def _found(mapping: MappingOf, record: Record) -> Found:
    row = mapping.read(What.ORDERS, record.value, line=record.line, key=record.key)
    if isinstance(row, list):
        return Found(str(record.key or record.line), problems=tuple(reason for _line, reason in row))
    return Found(getattr(row, "external_no", ""), row)
