"""Signing in as a customer: the address, then the code that was sent to it. The answers never tell who is known."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kefu.database import limits
from kefu.events.actors import SYSTEM
from kefu.people import codes, customer_sessions
from kefu.people.access import public_route
from kefu.portal.branding import branding
from kefu.web.addresses import OWN_PATH, client_address

ASKING = "kefu-me-asking"
SALT = "kefu.portal.entrance"
ASKING_SECONDS = 1800


class AddressForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        help_text=gettext_lazy("The address that you order or write with. We will send a code to it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        help_text=gettext_lazy("Six digits. They are valid for ten minutes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public_route
def sign_in(request: HttpRequest) -> HttpResponse:
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _sent(request, form):
        return _now_the_code(request, form.cleaned_data["email"])
    return _page(request, "portal/sign_in.html", form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public_route
def code(request: HttpRequest) -> HttpResponse:
    asking = _asking(request)
    if asking is None:
        return HttpResponseRedirect(reverse("my_sign_in"))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if entered := _entered(request, form, *asking):
            return entered
        form.add_error("code", _("This code is wrong or no longer valid. Check it, or ask for a new one."))
    return _page(request, "portal/sign_in_code.html", form, email=asking[0])


@require_POST
@public_route
def sign_out(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect(reverse("portal"))
    customer_sessions.end(request, response)
    return response


def _sent(request: HttpRequest, form: AddressForm) -> bool:
    who = _browser(request)
    few = limits.hit(f"my code for {client_address(request)}", limit=20, per=3600)
    if few and codes.send(form.cleaned_data["email"], asked_by=who, language=get_language() or "en"):
        return True
    form.add_error("email", _("Too many codes were asked for. Please wait ten minutes and try again."))
    return False


def _entered(request: HttpRequest, form: CodeForm, email: str, who: UUID) -> HttpResponse | None:
    if not limits.hit(f"my code tried from {client_address(request)}", limit=60, per=3600):
        return None
    customer = customer_sessions.prove(
        email, form.cleaned_data["code"], asked_by=who, by=SYSTEM, language=get_language() or ""
    )
    if customer is None:
        return None
    response = HttpResponseRedirect(_next(request))
    customer_sessions.begin(customer, response)
    response.delete_cookie(ASKING, samesite="Lax")
    return response


def _now_the_code(request: HttpRequest, email: str) -> HttpResponse:
    """Which address was asked for stays in a signed cookie: it has no business in an address bar."""
    response = HttpResponseRedirect(f"{reverse('my_code')}?{urlencode({'next': _next(request)})}")
    response.set_cookie(
        ASKING,
        signing.dumps([email, str(_browser(request))], salt=SALT),
        max_age=ASKING_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.KEFU_SECURE,
    )
    return response


def _asking(request: HttpRequest) -> tuple[str, UUID] | None:
    try:
        email, who = signing.loads(request.COOKIES.get(ASKING, ""), salt=SALT, max_age=ASKING_SECONDS)
    except signing.BadSignature:
        return None
    return email, UUID(who)


def _browser(request: HttpRequest) -> UUID:
    """The same through one sign-in, so that a new code ends the one before."""
    known = _asking(request)
    if known is None and not hasattr(request, "kefu_browser"):
        request.kefu_browser = uuid4()  # type: ignore[attr-defined]
    return known[1] if known else request.kefu_browser  # type: ignore[attr-defined]


def _next(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    return wanted if OWN_PATH.fullmatch(wanted) else reverse("my")


def _page(request: HttpRequest, template: str, form: forms.Form, **more: str) -> HttpResponse:
    context = {"form": form, "next": _next(request), **branding(), **more}
    return render(request, template, context, status=422 if form.errors else 200)
