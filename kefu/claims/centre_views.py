"""Where each brand's goods come back to, in the desk's settings."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from kefu.claims import slips
from kefu.claims.models import ReturnCentre
from kefu.people.access import StaffRequest, staff_route
from kefu.people.reach import brands_of
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

HERE = "settings_policies"


class CentreForm(forms.ModelForm):  # type: ignore[type-arg]  # not a generic class while it runs
    class Meta:
        model = ReturnCentre
        fields: ClassVar = ["recipient", "address", "phone", "packing"]
        labels: ClassVar = {
            "recipient": _("Recipient"),
            "address": _("Address"),
            "phone": _("Phone number at this address"),
            "packing": _("Packing advice"),
        }
        help_texts: ClassVar = {
            "address": _("A real address that accepts parcels, written as on a shipping label."),
            "packing": _("Printed on the slip that goes into the parcel."),
        }
        widgets: ClassVar = {
            "address": forms.Textarea(attrs={"rows": 3}),
            "packing": forms.Textarea(attrs={"rows": 4}),
        }


@require_safe
@staff_route(Can.MANAGE_POLICIES)
def return_centres(request: StaffRequest) -> HttpResponse:
    """One row for each brand; those that need one and have none stand out."""
    brands = brands_of(request.agent)
    lacking = {brand.pk for brand in slips.without_centre(brands, at=timezone.now())}
    found = brands.select_related("return_centre").order_by("name")
    rows = [
        {"brand": one, "centre": getattr(one, "return_centre", None), "lacks_it": one.pk in lacking}
        for one in found
    ]
    return settings_page(request, "claims/return_centres.html", {"rows": rows}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_POLICIES)
def return_centre(request: StaffRequest, brand: UUID) -> HttpResponse:
    theirs = get_object_or_404(brands_of(request.agent), pk=brand)
    centre = slips.centre_of(theirs) or ReturnCentre(brand=theirs)
    form = CentreForm(request.POST or None, instance=centre)
    if form.is_valid():
        if form.has_changed():
            form.save(commit=False).keep(by=request.agent)
        messages.success(request, now("Saved."))
        return redirect("settings_return_centres")
    return settings_page(request, "claims/return_centre.html", {"form": form, "brand": theirs}, here=HERE)
