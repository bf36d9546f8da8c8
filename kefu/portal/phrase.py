"""A customer's own phrase: chosen, changed and removed by whoever has just proved that they are the customer."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kefu.database import limits
from kefu.people import customer_sessions, phrases
from kefu.people.access import CustomerRequest, customer_route
from kefu.people.models import Refused
from kefu.portal.branding import branding

AN_HOUR = 10


class PhraseForm(forms.Form):
    phrase = forms.CharField(
        label=gettext_lazy("Your phrase"),
        min_length=phrases.SHORTEST,
        max_length=phrases.LONGEST,
        help_text=gettext_lazy("2 to 40 characters. Not a password, and nothing that you use elsewhere."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "auto"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customer_route
def phrase(request: CustomerRequest) -> HttpResponse:
    """Plain forms know no DELETE: ``remove`` takes it away."""
    if not customer_sessions.is_recent(request):
        return _sign_in_again()
    if request.method != "POST":
        return _page(request, PhraseForm(initial={"phrase": request.customer.phrase}))
    if not limits.hit(f"phrase of {request.customer.pk}", limit=AN_HOUR, per=3600):
        return _refused(
            request, _("You have changed your phrase very often. Wait a while, then try again."), 429
        )
    if "remove" in request.POST:
        phrases.drop(request.customer, by=request.customer)
        return _done(request, _("Your phrase was removed. Our mails show none from now on."))
    return _choose(request)


def _choose(request: CustomerRequest) -> HttpResponse:
    try:
        phrases.choose(request.customer, request.POST.get("phrase", ""), by=request.customer)
    except Refused as why:
        return _refused(request, str(why), 422)
    return _done(request, _("Your phrase is saved. From now on our mails to you begin with it."))


def _refused(request: CustomerRequest, why: str, status: int) -> HttpResponse:
    form = PhraseForm({"phrase": request.POST.get("phrase", "")})
    form.errors.clear()  # the room's own sentence stands instead of the form's
    form.add_error("phrase", why)
    return _page(request, form, status)


def _done(request: CustomerRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("my_phrase"))


def _sign_in_again() -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('my_sign_in')}?{urlencode({'next': reverse('my_phrase')})}")


def _page(request: CustomerRequest, form: forms.Form, status: int = 200) -> HttpResponse:
    shown = {"form": form, "is_set": bool(request.customer.phrase), **branding()}
    return render(request, "portal/phrase.html", shown, status=status)
