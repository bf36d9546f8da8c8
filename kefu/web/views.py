"""Pages that belong to no room."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kefu.web import addresses, context, errors, health, metrics, partsheet

YEAR = 365 * 24 * 3600
csrf_failure = errors.csrf_failure


@require_safe
def parts(request: HttpRequest) -> HttpResponse:
    """Every part in every state, light beside dark; ?language= and ?reader= show it as others see it."""
    language = _one_of(dict(settings.LANGUAGES), request.GET.get("language"), translation.get_language())
    reader = _one_of({"staff": "", "customer": ""}, request.GET.get("reader"), "staff")
    with translation.override(language):
        return render(request, "web/parts.html", _sheet(language, reader))


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remembers the language on this device and goes back to where one was."""
    response = HttpResponseRedirect(addresses.safe_next(request))
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        _remember(response, settings.LANGUAGE_COOKIE_NAME, chosen)
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark or as the system has it. js/theme.js does the same without a round trip."""
    response = HttpResponseRedirect(addresses.safe_next(request))
    chosen = request.POST.get("theme", "")
    _remember(response, context.THEME_COOKIE, chosen if chosen in context.THEMES else "system")
    return response


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    problem = health.problem()
    return JsonResponse({"ready": not problem, "problem": problem}, status=503 if problem else 200)


@require_safe
def metrics_text(request: HttpRequest) -> HttpResponse:
    """Only for KEFU_METRICS_FROM: to everyone else there is nothing here."""
    if not addresses.within(addresses.client_address(request), tuple(settings.KEFU_METRICS_FROM)):
        return errors.not_found(request)
    return HttpResponse(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def robots_lines() -> list[str]:
    """The help centre may be found; the desk and people's own pages may not."""
    closed = ["/-/", "/account/", "/api/", "/chat/", "/console/", "/live/", "/my/", "/setup/", "/w/"]
    return ["User-agent: *", *(f"Disallow: {path}" for path in closed)]


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116."""
    desk = f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"
    contact = getattr(settings, "KEFU_SECURITY_CONTACT", "") or desk
    expires = (timezone.now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    return _text(
        "\n".join(
            [
                f"Contact: {contact}",
                f"Expires: {expires}",
                "Preferred-Languages: zh, en",
                f"Canonical: {addresses.absolute('/.well-known/security.txt')}",
            ]
        )
    )


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(static("favicon.svg"))


def _text(text: str) -> HttpResponse:
    kept = {"Cache-Control": "max-age=3600"}
    return HttpResponse(text + "\n", content_type="text/plain; charset=utf-8", headers=kept)


def _remember(response: HttpResponse, name: str, value: str) -> None:
    secure = settings.KEFU_BASE_URL.startswith("https://")
    response.set_cookie(name, value, max_age=YEAR, secure=secure, samesite="Lax")


def _one_of(known: dict[str, str], asked: str | None, default: str | None) -> str:
    return asked if asked in known else str(default)


def _sheet(language: str, reader: str) -> dict[str, object]:
    readers = [("staff", _("Staff")), ("customer", _("Customers"))]
    return {
        "reader": reader,
        "reader_tabs": [
            {"label": name, "href": f"?language={language}&reader={key}", "current": key == reader}
            for key, name in readers
        ],
        "language_tabs": [
            {"label": name, "href": f"?language={code}&reader={reader}", "current": code == language}
            for code, name in settings.LANGUAGES
        ],
        "sides": {side: partsheet.shown(side) for side in ("light", "dark")},
    }
