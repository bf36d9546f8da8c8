"""The settings of the desk: their side navigation, and how each of their pages is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from kefu.events import era
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Staff
from kefu.people.roles import Can

Text = str | Promise


class Page(NamedTuple):
    """``name`` is that of its address; its place in the navigation is its place in ``SECTIONS``."""

    name: str
    label: Text
    icon: str
    capability: Can


SECTIONS: tuple[tuple[Text, tuple[Page, ...]], ...] = (
    (
        _("Ways in"),
        (
            Page("settings_inboxes", _("Inboxes"), "inbox", Can.MANAGE_INBOXES),
            Page("settings_hours", _("Service hours"), "clock", Can.MANAGE_INBOXES),
            Page("settings_tags", _("Tags"), "tags", Can.MANAGE_INBOXES),
            Page("settings_fields", _("Fields"), "text-cursor-input", Can.MANAGE_INBOXES),
        ),
    ),
    (
        _("Help centre"),
        (
            Page(
                "settings_categories",
                pgettext_lazy("help centre", "Categories"),
                "folder",
                Can.PUBLISH_ARTICLES,
            ),
            Page("settings_synonyms", _("Synonyms"), "search", Can.PUBLISH_ARTICLES),
            Page(
                "settings_article_imports", _("Import and export"), "arrow-right-left", Can.PUBLISH_ARTICLES
            ),
            Page("settings_help_sites", _("Look and domain"), "palette", Can.MANAGE_DESK),
        ),
    ),
    (
        _("Orders"),
        (
            Page("settings_sources", _("Where orders come from"), "store", Can.MANAGE_ORDERS),
            Page("settings_products", _("Products"), "package", Can.MANAGE_ORDERS),
            Page("settings_carriers", _("Carriers"), "truck", Can.MANAGE_ORDERS),
            Page("settings_tracking", _("Carrier tracking"), "map-pin", Can.MANAGE_ORDERS),
        ),
    ),
    (
        _("After-sales"),
        (
            Page("settings_policies", _("Policies"), "scale", Can.MANAGE_POLICIES),
            Page("settings_providers", _("Payment providers"), "banknote", Can.MANAGE_DESK),
        ),
    ),
    (
        _("Automatic answers"),
        (
            Page("settings_assistants", _("Assistant"), "bot", Can.MANAGE_INBOXES),
            Page("settings_intents", _("What it is about"), "target", Can.MANAGE_DESK),
            Page("settings_endpoint", _("Model endpoint"), "sparkles", Can.MANAGE_DESK),
        ),
    ),
    (
        _("People"),
        (
            Page("people", _("People"), "users", Can.MANAGE_STAFF),
            Page("teams", _("Teams"), "users-round", Can.MANAGE_STAFF),
            Page("sign_in_rules", _("Signing in"), "lock", Can.MANAGE_DESK),
            Page("audit", _("Audit trail"), "shield-check", Can.AUDIT),
        ),
    ),
    (
        _("The desk"),
        (
            Page("settings_brands", _("Brands"), "palette", Can.MANAGE_DESK),
            Page("settings_deliveries", _("Outgoing mail"), "send", Can.MANAGE_DESK),
            Page("settings_failures", _("Failures"), "triangle-alert", Can.MANAGE_DESK),
        ),
    ),
)


@require_safe
@staff_route(Can.OWN_ACCOUNT)
def first_page(request: StaffRequest) -> HttpResponse:
    """``/console/settings/`` leads to the first page that this colleague may open."""
    for section in sections_for(request.agent):
        return redirect(section["links"][0]["href"])
    raise Http404


def settings_page(
    request: StaffRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    here: str,
    status: int = 200,
) -> HttpResponse:
    """Draw a template that extends ``settings_base.html``; ``here`` names its page in ``SECTIONS``."""
    return render(request, template, {**around(request.agent, here), **(context or {})}, status=status)


def around(staff: Staff, here: str) -> dict[str, Any]:
    """What ``settings_base.html`` needs: the navigation, and whether this is a copy that must not act yet."""
    held = staff.can(Can.MANAGE_DESK) and not era.may_send()
    return {"settings_sections": list(sections_for(staff, here)), "outbound_held": held}


def sections_for(staff: Staff, here: str = "") -> Iterator[dict[str, Any]]:
    """What this colleague may open, with nothing that would only refuse them."""
    for label, pages in SECTIONS:
        links = [_link(page, here) for page in pages if staff.can(page.capability)]
        if links:
            yield {"label": label, "links": links}


def _link(page: Page, here: str) -> dict[str, Any]:
    return {
        "label": page.label,
        "icon": page.icon,
        "href": reverse(page.name),
        "current": page.name == here,
    }
