"""快递100 (Kuaidi100), which knows where the parcels of nearly every Chinese carrier are.

Asked for a parcel, or subscribed to it, which is better: then it tells by itself. A number is asked for at most once in
half an hour, as its terms demand. https://api.kuaidi100.com/document
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from kefu.database import limits
from kefu.events.actors import SYSTEM
from kefu.lib import http
from kefu.lib.ids import secret_token
from kefu.lib.storable import storable
from kefu.orders import tracking
from kefu.orders.incoming import IncomingTracking
from kefu.orders.models import Carrier, Shipment, ShipmentStatus, TrackedBy, TrackingService
from kefu.orders.models.shipments import ENDED
from kefu.web.addresses import absolute

ADDRESS = "https://poll.kuaidi100.com"
PAUSE = timedelta(minutes=30)
ASKED_FOR = timedelta(days=60)
CHINA = ZoneInfo("Asia/Shanghai")
TAKEN = {"result": True, "returnCode": "200", "message": "成功"}
NOT_TAKEN = {"result": False, "returnCode": "500", "message": "失败"}
ALREADY_WATCHED = "501"
# The first digit says it all, except where a finer code is here.
STATES = {
    "0": ShipmentStatus.IN_TRANSIT,
    "1": ShipmentStatus.PICKED_UP,
    "2": ShipmentStatus.EXCEPTION,
    "3": ShipmentStatus.DELIVERED,
    "4": ShipmentStatus.RETURNED,
    "5": ShipmentStatus.OUT_FOR_DELIVERY,
    "6": ShipmentStatus.EXCEPTION,  # on its way back
    "7": ShipmentStatus.IN_TRANSIT,  # handed to another carrier
    "8": ShipmentStatus.IN_TRANSIT,  # customs
    "10": ShipmentStatus.IN_TRANSIT,
    "11": ShipmentStatus.IN_TRANSIT,
    "12": ShipmentStatus.IN_TRANSIT,
    "13": ShipmentStatus.EXCEPTION,  # customs found something wrong
    "14": ShipmentStatus.EXCEPTION,  # refused
    "101": ShipmentStatus.CREATED,
    "102": ShipmentStatus.CREATED,
    "103": ShipmentStatus.PICKED_UP,
    "203": ShipmentStatus.DELAYED,
    "501": ShipmentStatus.READY_FOR_PICKUP,  # in a locker or at a counter
}


class NoAnswer(Exception):
    """It did not answer, or said no; the text is for the log and the settings page."""


def ask(service: TrackingService, shipment: Shipment) -> bool:
    """Whether there was news. False also when it was asked less than half an hour ago. Raises ``NoAnswer``."""
    if not _may_ask(shipment):
        return False
    secrets = service.secrets
    param = json.dumps(
        {"com": shipment.carrier, "num": shipment.tracking_no, "phone": _tail(shipment), "resultv2": "4"},
        ensure_ascii=False,
    )
    asked = {"customer": secrets["customer"], "param": param}
    asked["sign"] = _sign(param + secrets["key"] + secrets["customer"])
    answer = _post(service, "/poll/query.do", asked)
    if str(answer.get("status")) != "200":
        raise NoAnswer(str(answer.get("message") or answer.get("returnCode"))[:200])
    return tracking.report(shipment, _events(answer), by=SYSTEM)


def watch(service: TrackingService, shipment: Shipment) -> None:
    """From now on it tells by itself. Raises ``NoAnswer``."""
    told_to = absolute(f"/api/v1/tracking/{service.pk}/kuaidi100")
    parameters = {"callbackurl": told_to, "salt": service.secrets["salt"], "resultv2": "4"}
    param = {
        "company": shipment.carrier,
        "number": shipment.tracking_no,
        "key": service.secrets["key"],
        "parameters": parameters | {"phone": _tail(shipment)},
    }
    answer = _post(service, "/poll", {"schema": "json", "param": json.dumps(param, ensure_ascii=False)})
    if str(answer.get("returnCode")) not in ("200", ALREADY_WATCHED):
        raise NoAnswer(str(answer.get("message") or answer.get("returnCode"))[:200])
    Shipment.objects.filter(pk=shipment.pk).update(watched_at=timezone.now())


def is_signed(service: TrackingService, sign: str, param: str) -> bool:
    """With our salt."""
    wanted = _sign(param + service.secrets.get("salt", ""))
    return bool(service.secrets.get("salt")) and hmac.compare_digest(wanted.encode(), sign.upper().encode())


def told(service: TrackingService, param: str) -> None:
    """It tells by itself. Of parcels that are not this brand's nothing is kept."""
    last = _object(_object(json.loads(param)).get("lastResult"))
    events = _events(last)
    for shipment in tracking.numbered(service.brand_id, str(last.get("nu", "")), str(last.get("com", ""))):
        tracking.report(shipment, events, by=SYSTEM)


def put_off(shipment: Shipment) -> None:
    """It could not be asked; half an hour later it is tried again."""
    Shipment.objects.filter(pk=shipment.pk).update(asked_at=timezone.now())


def due(service: TrackingService) -> QuerySet[Shipment]:
    """Parcels of its brand that are under way, whose carrier it is to be asked about, that it does not tell of by
    itself and was not asked for lately.
    """
    now = timezone.now()
    open_ones = Shipment.objects.filter(brand=service.brand_id, created_at__gt=now - ASKED_FOR)
    told_otherwise = Carrier.objects.exclude(tracked_by=TrackedBy.KUAIDI100).values("code")
    open_ones = open_ones.exclude(carrier__in=told_otherwise)
    waiting = open_ones.exclude(status__in=ENDED).exclude(tracking_no="").exclude(carrier="")
    return waiting.filter(Q(asked_at=None) | Q(asked_at__lte=now - PAUSE), watched_at=None).order_by(
        F("asked_at").asc(nulls_first=True)
    )


def new_secrets(*, customer: str, key: str) -> dict[str, str]:
    return {"customer": customer, "key": key, "salt": secret_token()[:16]}


def _may_ask(shipment: Shipment) -> bool:
    """Whichever order the number is of, and however many workers there are. Not inside a transaction."""
    number = f"kuaidi100 {shipment.carrier} {shipment.tracking_no}"
    if not limits.hit(number, limit=1, per=int(PAUSE.total_seconds())):
        return False
    Shipment.objects.filter(pk=shipment.pk).update(asked_at=timezone.now())
    return True


def _tail(shipment: Shipment) -> str:
    """SF and ZTO want to know the last four digits of the phone it is sent to or from."""
    needed = Carrier.objects.filter(code=shipment.carrier, phone_tail_needed=True).exists()
    if not needed or shipment.order is None:
        return ""
    digits = "".join(letter for letter in str(shipment.order.phone) if letter.isdigit())
    return digits[-4:]


def _post(service: TrackingService, path: str, form: Mapping[str, str]) -> dict[str, Any]:
    address = (service.address or ADDRESS).rstrip("/") + path
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = http.request("POST", address, headers=headers, content=urlencode(form).encode())
        return _object(json.loads(answer.body))
    except (http.Unanswered, http.Refused, ValueError) as problem:
        raise NoAnswer(type(problem).__name__) from problem


def _events(result: Mapping[str, Any]) -> list[IncomingTracking]:
    """The newest comes first; they have no ids, so the moment and the words are one."""
    rows = result.get("data")
    events = [_event(row) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return [event for event in events if event is not None]


def _event(row: Mapping[str, Any]) -> IncomingTracking | None:
    text, moment = storable(str(row.get("context", "")))[:400], str(row.get("ftime") or row.get("time") or "")
    try:
        at = datetime.strptime(moment, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    except ValueError:
        return None
    return IncomingTracking(
        external_id=hashlib.sha256(f"{moment} {text}".encode()).hexdigest()[:40],
        at=at,
        status=_status(str(row.get("statusCode") or row.get("state") or "0")),
        place=storable(str(row.get("areaName") or row.get("location") or ""))[:120],
        text=text,
    )


def _status(code: str) -> ShipmentStatus:
    return STATES.get(code) or STATES.get(code[:1], ShipmentStatus.IN_TRANSIT)


def _object(found: Any) -> dict[str, Any]:
    return dict(found) if isinstance(found, Mapping) else {}


def _sign(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
