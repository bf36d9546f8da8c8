"""What people and programs read when something went wrong: what it was, what to do, and the id to quote."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefu.web import logs
from kefu.web.context import theme_of

Words = tuple[str | Promise, str | Promise]

WORDS: dict[int, Words] = {
    400: (
        gettext_lazy("That request could not be read"),
        gettext_lazy("Nothing was changed. Go back and try again."),
    ),
    403: (
        gettext_lazy("That is not allowed here"),
        gettext_lazy("Nothing was changed. If you think it should be, ask an administrator."),
    ),
    404: (
        gettext_lazy("There is nothing here"),
        gettext_lazy("The address may be wrong, or what stood here is not for this account."),
    ),
    429: (
        gettext_lazy("Too many tries"),
        gettext_lazy("Please wait a little and try again."),
    ),
    500: (
        gettext_lazy("Something went wrong on our side"),
        gettext_lazy("It has been noted. What you had already sent is kept; try again in a moment."),
    ),
    503: (
        gettext_lazy("We are busy just now"),
        gettext_lazy("Nothing was changed. Please try again in a few seconds."),
    ),
}
EXPIRED: Words = (
    gettext_lazy("This page has expired"),
    gettext_lazy("Nothing was changed. Go back, reload the page and send it again."),
)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A database that is away or held up comes back, and whoever asked may too."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        return unavailable(request)
    return answer(request, 500)


def too_many(request: HttpRequest, *, seconds: int) -> HttpResponse:
    response = answer(request, 429)
    response["Retry-After"] = str(seconds)
    return response


def unavailable(request: HttpRequest, *, seconds: int = 5) -> HttpResponse:
    response = answer(request, 503)
    response["Retry-After"] = str(seconds)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, 403, EXPIRED)


def answer(request: HttpRequest, status: int, words: Words | None = None) -> HttpResponse:
    """A page, a toast for htmx or a problem document, whichever the caller can read."""
    title, text = words or WORDS[status]
    if wants_json(request):
        return problem(status, str(title), detail=str(text))
    if request.headers.get("HX-Request"):
        return _toast(status, f"{title}. {text}")
    return HttpResponse(_page(request, status, title, text), status=status)


def problem(status: int, title: str, *, detail: str = "") -> JsonResponse:
    """RFC 9457. `instance` is the id under which our logs know the request."""
    instance = f"urn:request:{logs.request_id.get()}"
    body = {"type": "about:blank", "title": title, "status": status, "instance": instance}
    if detail:
        body["detail"] = detail
    return JsonResponse(body, status=status, content_type="application/problem+json")


def wants_json(request: HttpRequest) -> bool:
    if request.path.startswith(("/api/", "/live/")):
        return True
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _toast(status: int, text: str) -> HttpResponse:
    """Beside whatever the reader was doing, instead of a whole page inside one of its boxes."""
    quote = logs.request_id.get() if status >= 500 else ""
    html = render_to_string("errors/toast.html", {"text": text, "quote": quote})
    return HttpResponse(html, status=status, headers={"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"})


def _page(request: HttpRequest, status: int, title: str | Promise, text: str | Promise) -> str:
    """Without context processors: they ask the database, which may be what failed."""
    context = {
        "request": request,
        "theme": theme_of(request),
        "status": status,
        "heading": title,
        "text": text,
        "quote": logs.request_id.get(),
        "quote_label": _("Quote this number if you ask us about it"),
    }
    return render_to_string("errors/page.html", context)
