"""Who may ask for what. Every route declares it here; a route that declares nothing is closed.

``kefu.people.middleware.StaffAccess`` enforces the declaration before the view runs; a view never checks a
role itself. A person without the capability meets 403, someone not signed in the sign-in page (or 401 where
no page is asked for).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest

from kefu.people.models import Customer, Staff
from kefu.people.roles import Can

View = TypeVar("View", bound=Callable[..., Any])


class StaffRequest(HttpRequest):
    """What a view behind ``staff_route`` is given: ``agent`` is the colleague asking."""

    agent: Staff


class CustomerRequest(HttpRequest):
    """What a view behind ``customer_route`` is given: ``customer`` is the one signed in on the web pages."""

    customer: Customer


@dataclass(frozen=True, slots=True)
class Access:
    """``kind``: public (anyone), staff (with ``capability``), customer (signed in on the web pages), visitor or token
    (the door checks).
    """

    kind: str
    capability: Can | None = None


PUBLIC = Access("public")
CUSTOMER = Access("customer")
VISITOR = Access("visitor")
TOKEN = Access("token")


def staff_route(capability: Can) -> Callable[[View], View]:
    return _declaring(Access("staff", capability))


def public_route(view: View) -> View:
    return _declaring(PUBLIC)(view)


def customer_route(view: View) -> View:
    """For customers who have proved their address; others are asked to."""
    return _declaring(CUSTOMER)(view)


def visitor_route(view: View) -> View:
    """The widget's API: no cookie, no session; its own token in a header, checked by the door."""
    return _declaring(VISITOR)(view)


def token_route(view: View) -> View:
    return _declaring(TOKEN)(view)


def _declaring(access: Access) -> Callable[[View], View]:
    def declare(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return declare


def access_of(view: Callable[..., Any]) -> Access | None:
    """The declaration of a resolved view; of third parties' views by the package that they come from."""
    declared: Access | None = getattr(view, "access", None)
    if declared is not None:
        return declared
    module = getattr(view, "__module__", "") or ""
    if module.startswith("allauth."):
        return PUBLIC  # sign-in; those of its pages that need an account ask for it themselves
    if module.startswith("ninja."):
        return TOKEN
    return None
