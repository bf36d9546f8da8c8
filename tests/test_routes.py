"""Every route × every role × whose things they are. A route without a declaration, or with a thing in its
address that this table does not know, fails here before it can be forgotten. Cases C1, C2, F7, F11, F14.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django.utils.encoding import escape_uri_path

from conftest import PASSWORD, begin, make_staff
from kefu.answers.models import Gap
from kefu.articles import files as article_files
from kefu.articles import votes, writing
from kefu.articles.models import Synonyms
from kefu.claims import policies
from kefu.claims.models import ProviderAccount
from kefu.claims.presets import CN_LAW
from kefu.claims.testing import make_claim, make_refund
from kefu.conversations.models import Conversation, File, Inbox, Tag
from kefu.inboxes.email.testing import make_letter, make_mailbox, set_aside
from kefu.inboxes.form.testing import make_form
from kefu.lib.ids import uuid7
from kefu.orders.testing import make_order, make_product, make_source, ship
from kefu.people import customers
from kefu.people.access import Access, access_of
from kefu.people.models import Brand, Customer, Invitation, SecondFactorRule, Staff, StaffToken, Team
from kefu.people.roles import CAPABILITIES, Can, Role
from kefu.people.testing import begin_session, signed_in

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
MUTATION = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
UNKNOWN = uuid7()
# Written by merely being here: the session's last use, the rate limiter, the cache.
NOT_A_CHANGE = {"django_session", "usersessions_usersession", "database_cache", "database_limits"}


@dataclass(frozen=True)
class Route:
    pattern: str
    view: Callable[..., Any]
    access: Access | None

    @property
    def parameters(self) -> list[str]:
        return PARAMETER.findall(self.pattern)

    def address(self, things: dict[str, Any]) -> str:
        """``things`` by parameter, or by ``pattern prefix|parameter`` where one name means several things."""
        return "/" + PARAMETER.sub(
            lambda found: escape_uri_path(str(self.thing(found[1], things))), self.pattern
        )

    def thing(self, parameter: str, things: dict[str, Any]) -> Any:
        for key in sorted(things, key=len, reverse=True):
            prefix, _, name = key.rpartition("|")
            if name == parameter and self.pattern.startswith(prefix):
                return things[key]
        return UNKNOWN


def walk(resolver: URLResolver, before: str = "") -> Iterator[Route]:
    for found in resolver.url_patterns:
        pattern = before + str(found.pattern)
        if isinstance(found, URLResolver):
            yield from walk(found, pattern)
        elif isinstance(found, URLPattern):
            yield Route(pattern, found.callback, access_of(found.callback))


ROUTES = list(walk(get_resolver()))
STAFF_ROUTES = [route for route in ROUTES if route.access is not None and route.access.kind == "staff"]
BROWSER_ROUTES = [
    route for route in ROUTES if route.access is not None and route.access.kind in {"staff", "public"}
]


@dataclass
class Things:
    own: dict[str, Any]
    foreign: dict[str, Any]


@pytest.fixture
def people(support: Team) -> dict[Role, Staff]:
    return {role: make_staff(f"the-{role}", role, support) for role in Role}


@pytest.fixture
def things(
    people: dict[Role, Staff],
    brand: Brand,
    other_brand: Brand,
    support: Team,
    foreign_team: Team,
    inbox: Inbox,
    other_inbox: Inbox,
    lin: Customer,
    charlie: Staff,
    mei: Staff,
) -> Things:
    here, there = begin(lin, inbox), begin(Customer.objects.create(name="Someone else"), other_inbox)
    return Things(
        own=_named(here, brand, inbox, support, mei),
        # Carriers are every brand's: what is not for others is one that does not exist.
        # Numbers of versions begin anew with each text: the other one's is one that ours has not.
        foreign=_named(there, other_brand, other_inbox, foreign_team, charlie)
        | {"carrier": "nobodys", "version": 2},
    )


def make_account(brand: Brand) -> ProviderAccount:
    account = ProviderAccount(brand=brand, provider="stripe")
    account.settings = {"secret_key": "sk_test"}
    account.save()
    return account


def _article(brand: Brand, by: Staff) -> dict[str, Any]:
    text = writing.begin(brand, language="en", said=writing.Said("Returns", "Within seven days."), by=by)
    writing.publish(text, by=by)
    file = article_files.keep_bytes(text.article, b"Manual", "manual.txt", by=by)
    vote = votes.vote(text, voter=bytes(32), helped=False, comment="Unclear")
    shelf = brand.categories.create(slug="returns", names={"en": "Returns"})
    return {
        "synonyms": Synonyms.objects.create(brand=brand, words=["trainers", "sneakers"]).pk,
        "article": text.article_id,
        "text": text.pk,
        "version": 1,
        "article_file": file.pk,
        "vote": vote.pk,
        "console/|category": shelf.pk,
        "article_import": brand.article_imports.create(format="csv", state="done", started_by=by).pk,
    }


def make_gap(brand: Brand) -> Gap:
    words = {"key": "kettle lid", "words": "Kettle lid?", "times": 3, "last_at": timezone.now()}
    return Gap.objects.create(brand=brand, language="en", **words)


def _named(
    conversation: Conversation, brand: Brand, inbox: Inbox, team: Team, staff: Staff
) -> dict[str, Any]:
    by = Staff.objects.get(email="the-admin@desk.test")
    nobody = uuid7()
    identity = customers.claim(conversation.customer, "email", f"{team.name}@example.test", by=by)
    invitation = Invitation.send(
        email=f"{team.pk}@example.test", name="New", role=Role.AGENT, teams=[team], by=by
    )
    claim = make_claim(make_order(conversation.customer, brand))
    assert claim.order is not None
    sent = ship(claim.order)
    mailbox = make_mailbox(team, f"{team.pk}@desk.test", name=f"Mail {team.pk}")
    return {
        "conversation_id": conversation.pk,
        "number": conversation.number,
        "identity_id": identity.pk,
        "tag_id": Tag.objects.create(brand=brand, name=f"tag {team.name}").pk,
        "tag": Tag.objects.create(brand=brand, name=f"other tag {team.name}").pk,
        "field": brand.fields.create(key="model", label="Model").pk,
        "file_id": nobody,
        "ticket": "none",
        "inbox": inbox.pk,
        "brand": brand.pk,
        "schedule": brand.schedules.create(name="Hours", time_zone="UTC", week={}).pk,
        "special_day": brand.special_days.create(day=timezone.localdate(), kind="closed", name="Closed").pk,
        "account": make_account(brand).pk,
        "provider": "stripe",
        "name": "none",
        "delivery": nobody,
        "lesson": nobody,
        "gap": make_gap(brand).pk,
        "phrasing": nobody,
        "job": 0,
        "parked": 0,
        "topic": "orders",
        "purpose": "hash",
        "kid": "none",
        "staff_id": staff.pk,
        "team_id": team.pk,
        "token": "none",
        "provider_id": "sso",
        "key": inbox.pk,
        "console/settings/|key": "orders",
        "my/orders/|kind": "return",
        "claim_id": claim.pk,
        "evidence_id": claim.evidence.get().pk,
        "unit_id": nobody,
        "file": nobody,
        "submission": nobody,
        "console/settings/forms/|inbox": make_form(team, name=f"Form {team.pk}").pk,
        "console/settings/mailboxes/|inbox": mailbox.pk,
        "received": set_aside(mailbox).pk,
        "message_id": make_letter(mailbox).pk,
        "outgoing": nobody,
        "mail_kind": "answer",
        "language": "en",
        "slug": "none",
        "b/|category": "none",
        **_article(brand, by),
        "conversation": conversation.pk,
        "people/invitations|pk": invitation.pk,
        "account/sessions|pk": 0,
        "account/tokens|pk": nobody,
        "account/2fa/keys|pk": 0,
        "customer_id": conversation.customer_id,
        "order_id": claim.order_id,
        "shipment_id": sent.pk,
        "carrier": sent.carrier,
        "claim": claim.pk,
        "line": claim.lines.get().pk,
        "evidence": claim.evidence.get().pk,
        "refund": make_refund(claim).pk,
        "policy": policies.draft(brand, name="Returns", terms=CN_LAW, by=by).pk,
        "colleague_id": staff.pk,
        "source": make_source(brand).pk,
        "run": make_source(brand).runs.create(file_name="orders.csv").pk,
        "product": make_product(brand).pk,
        "service": brand.tracking_services.create(kind="webhook", name="Carrier").pk,
    }


def ask(client: Client, method: str, address: str, **headers: str) -> HttpResponse:
    """In a transaction of its own that is taken back, so that no answer changes what the next one sees."""
    with transaction.atomic():
        response = cast("HttpResponse", client.generic(method, address, headers=headers))
        transaction.set_rollback(True)
    return response


def found_nothing(response: HttpResponse) -> bool:
    """Not there, or the search for a number, which is the same whether it is somebody's or nobody's."""
    searching = response.status_code == 302 and response["Location"].startswith("/console/search?q=K-")
    return searching or response.status_code in {404, 405}


def leads_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith(settings.LOGIN_URL)


# -- what everyone must have said


def test_every_route_declares_who_may_use_it() -> None:
    assert [route.pattern for route in ROUTES if route.access is None] == []


def test_every_thing_named_in_an_address_is_known_here(things: Things) -> None:
    for route in BROWSER_ROUTES:
        for parameter in route.parameters:
            known = route.thing(parameter, things.own) is not UNKNOWN
            assert known, f"{route.pattern}: say in this file what <{parameter}> is, ours and a foreign one"


# -- roles


@pytest.mark.parametrize("role", Role)
def test_each_role_passes_exactly_where_its_capabilities_say(
    role: Role, people: dict[Role, Staff], things: Things
) -> None:
    browser = signed_in(people[role])
    for route in STAFF_ROUTES:
        assert route.access is not None and route.access.capability is not None
        may = route.access.capability in CAPABILITIES[role]
        for method in ("GET", "POST"):
            status = ask(browser, method, route.address(things.own)).status_code
            assert status < 500, (method, route.pattern)
            assert (status == 403) is not may, (method, route.pattern, status)


def test_a_stranger_is_led_to_the_sign_in_page_and_a_program_is_told(things: Things) -> None:
    for route in STAFF_ROUTES:
        address = route.address(things.own)
        for method in ("GET", "POST"):
            assert leads_to_sign_in(ask(Client(), method, address)), route.pattern
            assert ask(Client(), method, address, accept="application/json").status_code == 401
            fragment = ask(Client(), method, address, hx_request="true")
            assert fragment.status_code == 401
            assert fragment["HX-Redirect"].startswith(settings.LOGIN_URL)


# -- whose things


def test_things_of_another_brand_are_not_found(people: dict[Role, Staff], things: Things) -> None:
    """For those who do not see every brand; whatever the verb, so that not even its existence shows."""
    for role in (Role.AGENT, Role.SENIOR, Role.SUPERVISOR):
        browser = signed_in(people[role])
        for route in STAFF_ROUTES:
            if route.parameters and route.access and route.access.capability in CAPABILITIES[role]:
                for method in ("GET", "POST"):
                    answer = ask(browser, method, route.address(things.foreign))
                    assert found_nothing(answer), (role, method, route.pattern, answer)


def test_one_of_ones_own_and_one_of_anothers_in_the_same_address_is_not_found(
    people: dict[Role, Staff], things: Things
) -> None:
    browser = signed_in(people[Role.SUPERVISOR])
    for route in STAFF_ROUTES:
        if len(route.parameters) < 2 or route.access is None:
            continue
        if route.access.capability not in CAPABILITIES[Role.SUPERVISOR]:
            continue
        for parameter in route.parameters:
            mixed = things.own | {parameter: things.foreign[parameter]}
            for method in ("GET", "POST"):
                status = ask(browser, method, route.address(mixed)).status_code
                assert status in {404, 405}, (method, route.pattern, parameter, status)


def test_sessions_tokens_and_keys_of_others_are_not_found_even_by_an_admin(
    people: dict[Role, Staff], mei: Staff
) -> None:
    from datetime import timedelta

    from allauth.usersessions.models import UserSession

    begin_session(mei)
    token, _secret = StaffToken.issue(staff=mei, name="Hers", scopes=[Can.ANSWER], lasts=timedelta(days=1))
    browser = signed_in(people[Role.ADMIN])
    hers = UserSession.objects.get(user=mei)
    assert browser.post(f"/account/sessions/{hers.pk}/").status_code == 404
    assert browser.post(f"/account/tokens/{token.pk}/revocation/").status_code == 404
    token.refresh_from_db()
    assert token.is_usable


def test_a_file_of_a_conversation_that_one_does_not_see_is_not_found(
    people: dict[Role, Staff], things: Things
) -> None:
    browser = signed_in(people[Role.AGENT])
    for file_id in [uuid7(), *File.objects.values_list("pk", flat=True)]:
        assert browser.get(f"/console/files/{file_id}").status_code == 404


# -- half a sign-in is none


def test_a_password_without_the_second_factor_opens_nothing(things: Things, mei: Staff) -> None:
    """F7: the session after the first step is tried on every route."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.utils import encrypt

    Authenticator.objects.create(user=mei, type="totp", data={"secret": encrypt("JBSWY3DPEHPK3PXP")})
    mei.set_password(PASSWORD)
    mei.save()
    half = Client()
    answer = half.post("/account/login/", {"login": mei.email, "password": PASSWORD})
    assert answer["Location"].startswith("/account/2fa/authenticate/")
    for route in STAFF_ROUTES:
        for method in ("GET", "POST"):
            assert leads_to_sign_in(ask(half, method, route.address(things.own))), (method, route.pattern)
    for route in ROUTES:
        if route.pattern.startswith("account/") and route not in STAFF_ROUTES:
            shown = ask(half, "GET", route.address(things.own)).content.decode()
            assert mei.email not in shown, route.pattern


def test_a_role_that_lacks_its_second_factor_reaches_nothing_but_the_way_to_set_it_up(
    people: dict[Role, Staff], things: Things
) -> None:
    SecondFactorRule.ask_of({Role.ADMIN}, by=people[Role.ADMIN])
    browser = signed_in(people[Role.ADMIN])
    for route in STAFF_ROUTES:
        for method in ("GET", "POST"):
            answer = ask(browser, method, route.address(things.own))
            assert answer.status_code == 302, (method, route.pattern)
            assert answer["Location"] == "/account/2fa/"
            assert (
                ask(browser, method, route.address(things.own), accept="application/json").status_code == 403
            )
    assert browser.get("/account/2fa/").status_code == 200


def test_a_deactivated_colleague_reaches_nothing(
    people: dict[Role, Staff], things: Things, admin: Staff
) -> None:
    browser = signed_in(people[Role.SUPERVISOR])
    people[Role.SUPERVISOR].deactivate(by=admin)
    for route in STAFF_ROUTES:
        assert leads_to_sign_in(ask(browser, "GET", route.address(things.own))), route.pattern


# -- requests that other sites could cause (F14)


def test_no_browser_route_takes_a_post_without_the_token(people: dict[Role, Staff], things: Things) -> None:
    browser = signed_in(people[Role.ADMIN], enforce_csrf_checks=True)
    for route in BROWSER_ROUTES:
        if not getattr(route.view, "csrf_exempt", False):
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                assert ask(browser, method, route.address(things.own)).status_code == 403, (
                    method,
                    route.pattern,
                )


def test_no_browser_route_takes_a_post_from_another_site(people: dict[Role, Staff], things: Things) -> None:
    browser = signed_in(people[Role.ADMIN])
    for route in BROWSER_ROUTES:
        if not getattr(route.view, "for_other_sites", False):
            for site in ("cross-site", "same-site"):
                address = route.address(things.own)
                answer = ask(browser, "POST", address, sec_fetch_site=site, accept="application/json")
                assert answer.status_code == 403, (route.pattern, site)


def test_looking_changes_nothing(people: dict[Role, Staff], things: Things) -> None:
    written: list[tuple[str, str]] = []
    now: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        found = MUTATION.match(str(sql))
        if found and found[2] not in NOT_A_CHANGE:
            written.append((now[-1], found[0]))
        return execute(sql, params, many, context)

    browser = signed_in(people[Role.ADMIN])
    with connection.execute_wrapper(note):
        for route in BROWSER_ROUTES:
            now.append(route.pattern)
            ask(browser, "GET", route.address(things.own))
    assert written == []


# -- odd spellings of addresses (F11)


ODD = ["/{}/", "/%2f{}", "/./{}", "/x/../{}", "/{};x=1", "/{}%00", "/%2e%2e/{}", "/{}.json"]


def test_odd_spellings_of_an_address_open_nothing(things: Things) -> None:
    """Asked as a program, which is told 401 where a page would lead to the sign-in."""
    for route in STAFF_ROUTES:
        path = route.address(things.own).lstrip("/")
        for spelling in [*(odd.format(path) for odd in ODD), f"/{path.swapcase()}"]:
            status = ask(Client(), "GET", spelling, accept="application/json").status_code
            assert status in {301, 400, 401, 404}, (spelling, status)
