"""``/api/v1``: the rooms' operations put together, closed unless an operation says whom it lets in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import psycopg
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.operation import Operation

from kefu.articles import api as articles
from kefu.articles import searchapi as article_search
from kefu.claims import api as claims
from kefu.claims import apichanges as order_changes
from kefu.claims import apigoods as claimed_goods
from kefu.claims import apirefunds as refunds
from kefu.claims import apirepairs as repairs
from kefu.claims import apiunits as registered_products
from kefu.claims.apifaults import REFUSALS, refusal_of
from kefu.conversations.api import routers as conversations
from kefu.conversations.doors import STATUS
from kefu.conversations.models.conversation import Refused
from kefu.conversations.posting import CannotPost, Why
from kefu.inboxes.answering import Incomplete
from kefu.inboxes.chat import api as chat
from kefu.inboxes.email import api as mailboxes
from kefu.inboxes.form import api as forms
from kefu.orders import api as orders
from kefu.orders import apicustomers as customers
from kefu.orders import apiparcels as parcels
from kefu.people import api as people
from kefu.people.access import public_route, token_route
from kefu.people.idempotency import once
from kefu.people.models import Refused as RefusedPerson
from kefu.web import contract, faults, reference
from kefu.web.rest import Fault, Refusal, refused

MOST_BYTES = 27 * 1024 * 1024
DESCRIPTION = """\
What a colleague can do with conversations, customers and orders, for programs; and the chat itself, for apps.

Send `Authorization: Bearer …` with a colleague's token; with a customer's, from `POST /identity/tokens`, where it
says so; with a visitor's for the operations under `/visitor`; or with the key of a contact form under `/form`.
What the token's owner may not see does not exist here: 404.

Lists come in pages: give `next` back as `cursor`.

Everything that changes something takes an `Idempotency-Key`. Sent again within 24 hours with the same body it
has no second effect and gets the first answer; with another body it is refused with 422.

What has an `ETag` takes it back as `If-Match`: if it has changed since, nothing is done and the answer is 412.

Problems are `application/problem+json` (RFC 9457) in the language of `Accept-Language`, `zh-hans` or `en`.
"""

logger = logging.getLogger(__name__)


def nobody(request: HttpRequest) -> None:
    """An operation that does not say whom it lets in lets nobody in."""


class Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = Api(
    title="Kefu",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    auth=nobody,
    openapi_url=None,
    docs_url=None,
    servers=[{"url": "/"}],
)
api.add_decorator(once)
for router in (
    *conversations,
    customers.router,
    orders.router,
    parcels.router,
    order_changes.router,
    claims.router,
    claimed_goods.router,
    repairs.router,
    refunds.router,
    registered_products.router,
    people.router,
    chat.router,
    forms.router,
    mailboxes.router,
    article_search.router,
    articles.router,
):
    api.add_router("", router)


# -- what goes wrong, as it is told


@api.exception_handler(Refusal)
def _refusal(request: HttpRequest, refusal: Any) -> HttpResponse:
    return refused(refusal)


@api.exception_handler(AuthenticationError)
def _no_token(request: HttpRequest, problem: Any) -> HttpResponse:
    return refused(Refusal(401, _("Send a token as “Authorization: Bearer …”.")))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, problem: Any) -> HttpResponse:
    return refused(Refusal(422, faults=faults.told(problem.errors)))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, problem: Any) -> HttpResponse:
    return refused(Refusal(404, _("It does not exist, or is not for this token.")))


@api.exception_handler(Refused)
@api.exception_handler(RefusedPerson)
def _not_as_things_stand(request: HttpRequest, problem: Any) -> HttpResponse:
    return refused(Refusal(409, str(problem)))


def _not_as_claims_stand(request: HttpRequest, problem: Any) -> HttpResponse:
    return refused(refusal_of(problem))


for kind in REFUSALS:
    api.add_exception_handler(kind, _not_as_claims_stand)


def _not_as_parcels_stand(request: HttpRequest, problem: Any) -> HttpResponse:
    return refused(parcels.refusal_of(problem))


for kind in parcels.REFUSALS:
    api.add_exception_handler(kind, _not_as_parcels_stand)


@api.exception_handler(CannotPost)
def _not_posted(request: HttpRequest, problem: Any) -> HttpResponse:
    return refused(
        Refusal(STATUS[problem.why], str(problem), retry_after=1 if problem.why == Why.FAILED else None)
    )


@api.exception_handler(Incomplete)
def _incomplete(request: HttpRequest, problem: Any) -> HttpResponse:
    missing = [
        Fault(at="body", field=f"answers.{key}", code="answer", message=words)
        for key, words in problem.errors.items()
    ]
    return refused(Refusal(422, faults=missing))


@api.exception_handler(Throttled)
def _too_fast(request: HttpRequest, problem: Any) -> HttpResponse:
    return refused(Refusal(429, _("That was a lot at once. Please wait a moment."), retry_after=problem.wait))


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, problem: Any) -> HttpResponse:
    return refused(Refusal(413))


@api.exception_handler(HttpError)
@api.exception_handler(MultiPartParserError)
@api.exception_handler(SuspiciousOperation)
@api.exception_handler(UnreadablePostError)
def _unreadable(request: HttpRequest, problem: Any) -> HttpResponse:
    return refused(Refusal(400, _("The body is not what its Content-Type says. Nothing was changed.")))


@api.exception_handler(OperationalError)
@api.exception_handler(psycopg.OperationalError)
@api.exception_handler(InterfaceError)
def _busy(request: HttpRequest, problem: Any) -> HttpResponse:
    logger.warning("the API had to wait too long for the database", exc_info=problem)
    return refused(Refusal(503, _("Nothing was changed. Please try again in a few seconds."), retry_after=2))


@api.exception_handler(Exception)
def _broken(request: HttpRequest, problem: Any) -> HttpResponse:
    logger.error("an operation of the API failed", exc_info=problem)
    return refused(Refusal(500, _("It has been noted. Nothing was changed.")))


# -- what it is, in writing


@cache
def written() -> dict[str, Any]:
    """The OpenAPI description of everything above."""
    return contract.complete(api.get_openapi_schema(path_prefix="/api/v1/"))


api.add_decorator(contract.only_known_parameters(written))


@public_route
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(written())


@public_route
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "web/reference.html", {"reference": reference.of(written())})


# -- the addresses

View = Callable[..., HttpResponseBase]


def _guarded(view: View) -> View:
    """A wrong method, which ninja answers by itself, in our form; and a huge body before it is read."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if _length(request) > MOST_BYTES:
            return refused(Refusal(413))
        response = view(request, *args, **kwargs)
        return _other_method(response) if response.status_code == 405 else response

    return token_route(guarded)


def _length(request: HttpRequest) -> int:
    declared = request.META.get("CONTENT_LENGTH") or "0"
    return int(declared) if declared.isdigit() else 0


def _other_method(response: HttpResponseBase) -> HttpResponse:
    told = refused(Refusal(405))
    told["Allow"] = response["Allow"]
    return told


def _addresses() -> list[URLPattern]:
    patterns: list[URLPattern | URLResolver] = api.urls[0]
    return [
        path(str(pattern.pattern), _guarded(pattern.callback), name=pattern.name or "")
        for pattern in patterns
        if isinstance(pattern, URLPattern) and pattern.name != "api-root"
    ]


urlpatterns = [
    path("openapi.json", openapi, name="openapi"),
    path("docs", docs, name="api-docs"),
    *_addresses(),
]
