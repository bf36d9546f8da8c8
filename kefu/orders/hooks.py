"""Where shops and carriers call us. Whoever cannot sign meets "not found", whether the address is somebody's or not."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from kefu.database import limits
from kefu.orders import carriers, kuaidi100, signing
from kefu.orders.models import OrderSource, SourceKind, TrackingKind, TrackingService, What
from kefu.orders.sources import rest, shopify, woocommerce
from kefu.orders.sources.rest import BadPush
from kefu.people.access import token_route
from kefu.web.addresses import client_address
from kefu.web.rest import Fault, Refusal, refused

WRONG_A_MINUTE = 60
CALLS_A_MINUTE = 600
MOST_BYTES = 2 * 1024 * 1024
Door = Callable[..., HttpResponse]


class NotThere(Refusal):
    def __init__(self) -> None:
        super().__init__(404, _("It does not exist, or the signature is not right."))


def _hook(door: Door) -> Door:
    """POST only, of bounded size and pace; whatever it refuses is a problem in JSON."""

    @wraps(door)
    def call(request: HttpRequest, **given: Any) -> HttpResponse:
        if request.method != "POST":
            return refused(Refusal(405))
        try:
            if len(request.body) > MOST_BYTES:
                raise Refusal(413)
            return door(request, **given)
        except Refusal as refusal:
            return refused(_slowed(request, refusal))
        except RequestDataTooBig:
            return refused(_slowed(request, Refusal(413)))
        except UnreadablePostError:
            return refused(Refusal(400))

    return csrf_exempt(token_route(call))


def _slowed(request: HttpRequest, refusal: Refusal) -> Refusal:
    """Whoever tries signatures does so slowly, and uses up nothing of those who can sign."""
    is_signed = refusal.status not in (404, 413)
    return refusal if is_signed or _is_slow(request) else Refusal(429, retry_after=60)


def _is_slow(request: HttpRequest) -> bool:
    return limits.hit(f"hook from {client_address(request)}", limit=WRONG_A_MINUTE, per=60)


def _believe(its: OrderSource | TrackingService, is_signed: bool) -> None:
    """Only what is signed counts against the pace of its source."""
    if not is_signed:
        raise NotThere
    if not limits.hit(f"hook of {its.pk}", limit=CALLS_A_MINUTE, per=60):
        raise Refusal(429, retry_after=5)


# -- orders


@_hook
def pushed_rows(request: HttpRequest, source: UUID, what: str) -> HttpResponse:
    """``Kefu-Signature`` over the body; the very same delivery again has no effect."""
    its = _source(source, SourceKind.REST)
    _believe(its, what in What.values and _signed(its.secrets.get("secret", ""), request))
    try:
        delivery = signing.delivery_of(request.headers[signing.HEADER], request.body)
        return JsonResponse(rest.pushed(its, what, _json(request), delivery=delivery))
    except BadPush as problem:
        faults = [Fault(at="body", field="", code="unreadable", message=each) for each in problem.sentences]
        raise Refusal(422, faults=faults) from problem


@_hook
def shopify_notice(request: HttpRequest, source: UUID) -> HttpResponse:
    its = _source(source, SourceKind.SHOPIFY)
    _believe(its, _signed_in_base64(its, request, "X-Shopify-Hmac-Sha256"))
    shopify.noticed(its, request.headers.get("X-Shopify-Topic", ""), _json(request))
    return HttpResponse(status=200)


@_hook
def woocommerce_notice(request: HttpRequest, source: UUID) -> HttpResponse:
    """WooCommerce first sends an unsigned form with its webhook's id, only to see that somebody answers."""
    its = _source(source, SourceKind.WOOCOMMERCE)
    if request.content_type == "application/x-www-form-urlencoded" and request.body.startswith(
        b"webhook_id="
    ):
        return HttpResponse(status=200) if _is_slow(request) else refused(Refusal(429, retry_after=60))
    _believe(its, _signed_in_base64(its, request, "X-WC-Webhook-Signature"))
    woocommerce.noticed(its, request.headers.get("X-WC-Webhook-Topic", ""), _json(request))
    return HttpResponse(status=200)


# -- tracking


@_hook
def tracking_events(request: HttpRequest, service: UUID) -> HttpResponse:
    its = _service(service, TrackingKind.WEBHOOK)
    _believe(its, _signed(its.secrets.get("secret", ""), request))
    try:
        return JsonResponse({"parcels": carriers.told(its, _json(request))})
    except carriers.BadEvents as problem:
        faults = [Fault(at="body", field="events", code="event", message=each) for each in problem.sentences]
        raise Refusal(422, faults=faults) from problem


@_hook
def kuaidi100_push(request: HttpRequest, service: UUID) -> HttpResponse:
    its, param = _service(service, TrackingKind.KUAIDI100), request.POST.get("param", "")
    _believe(its, kuaidi100.is_signed(its, request.POST.get("sign", ""), param))
    try:
        kuaidi100.told(its, param)
    except (ValueError, RecursionError) as problem:
        raise Refusal(400) from problem
    return JsonResponse(kuaidi100.TAKEN)


# -- who calls


def _source(source: UUID, kind: SourceKind) -> OrderSource:
    found = OrderSource.objects.filter(pk=source, kind=kind, is_active=True).select_related("brand").first()
    if found is None:
        raise NotThere
    return found


def _service(service: UUID, kind: TrackingKind) -> TrackingService:
    found = TrackingService.objects.filter(pk=service, kind=kind, is_active=True).first()
    if found is None:
        raise NotThere
    return found


def _signed(secret: str, request: HttpRequest) -> bool:
    return signing.is_signed(secret, request.headers.get(signing.HEADER, ""), request.body)


def _signed_in_base64(source: OrderSource, request: HttpRequest, header: str) -> bool:
    secret, signature = source.secrets.get("webhook_secret", ""), request.headers.get(header, "")
    return signing.is_signed_in_base64(secret, signature, request.body)


def _json(request: HttpRequest) -> Any:
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError) as problem:
        raise Refusal(400, _("The body is not JSON.")) from problem
