"""Was this helpful? One answer a reader, without a script."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kefu.articles import votes
from kefu.articles.addresses import address_of
from kefu.database import limits
from kefu.people.access import public_route
from kefu.portal import help_article, help_readers
from kefu.portal.help_visit import Visit, help_page
from kefu.web import errors
from kefu.web.addresses import client_address

VOTES_OF_AN_ADDRESS = 60


class VoteForm(forms.Form):
    helped = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])
    comment = forms.CharField(
        max_length=votes.LONGEST_COMMENT,
        required=False,
        error_messages={
            "max_length": _("At most 1,000 characters fit here. Nothing was stored; your text is still here.")
        },
    )


@require_POST
@public_route
@help_page
def vote(visit: Visit, slug: str) -> HttpResponse:
    """Also changes the answer that one has given."""
    found = get_object_or_404(visit.readable().select_related("article__category"), slug=slug)
    if not limits.hit(f"help vote {client_address(visit.request)}", limit=VOTES_OF_AN_ADDRESS, per=3600):
        return errors.too_many(visit.request, seconds=60)
    form = VoteForm(visit.request.POST)
    if not form.is_valid():
        return help_article.page(visit, found, tried=form, status=422)
    response = HttpResponseRedirect(address_of(found, "helpful"))
    voter = help_readers.known(visit.request, visit.customer) or help_readers.introduced(response)
    helped, comment = form.cleaned_data["helped"] == "yes", form.cleaned_data["comment"]
    votes.vote(found, voter=voter, helped=helped, comment=comment)
    return response
