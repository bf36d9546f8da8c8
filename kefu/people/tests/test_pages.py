"""The pages about oneself, about colleagues and about the desk, in through the front door."""

from __future__ import annotations

import re

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conftest import make_staff
from kefu.events.models import Audit
from kefu.people.models import Brand, Invitation, SecondFactorRule, Staff, StaffToken, Team
from kefu.people.roles import Can, Role
from kefu.people.sessions import staff_of_session
from kefu.people.testing import begin_session, signed_in


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer)
    return answer.content.decode()


# -- oneself


def test_someone_changes_how_they_are_called_and_in_which_language(mei: Staff) -> None:
    browser = signed_in(mei)
    given = {"name": "Mei Lin", "alias": "M.", "language": "zh-hans", "time_zone": "Asia/Tokyo"}
    assert browser.post("/account/", given).status_code == 302
    mei.refresh_from_db()
    assert (mei.name, mei.alias, mei.language, mei.time_zone) == ("Mei Lin", "M.", "zh-hans", "Asia/Tokyo")


def test_nobody_gives_themselves_rights(mei: Staff) -> None:
    """D1: only what the form declares is taken."""
    more = {"role": "admin", "email": "other@desk.test", "is_active": "", "capacity": "99", "password": "x"}
    given = {"name": "Mei", "alias": "Mei", "language": "en", "time_zone": "UTC"}
    before = mei.password
    signed_in(mei).post("/account/", given | more)
    mei.refresh_from_db()
    assert (mei.role, mei.email, mei.capacity, mei.password) == (Role.AGENT, "mei@desk.test", 5, before)


def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(mei: Staff) -> None:
    page = signed_in(mei).post(
        "/account/", {"name": "Mei", "alias": "", "language": "xx", "time_zone": "Mars/Base"}
    )
    shown = page.content.decode()
    assert page.status_code == 200 and 'value="Mei"' in shown and shown.count('aria-invalid="true"') == 3


def test_notifications_and_look_are_kept(mei: Staff) -> None:
    browser = signed_in(mei)
    assert 'name="sound"' in text_of(browser, "/account/preferences/")
    browser.post("/account/preferences/", {"theme": "dark", "desktop": "on"})
    mei.refresh_from_db()
    assert mei.preferences == {"desktop": True, "sound": False, "theme": "dark"}
    assert 'data-theme="dark"' in text_of(browser, "/account/preferences/")


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(mei: Staff, omar: Staff) -> None:
    one, two, his = begin_session(mei), begin_session(mei), begin_session(omar)
    browser = signed_in(mei)
    assert text_of(browser, "/account/sessions/").count("<tr>") == 4
    browser.post(f"/account/sessions/{UserSession.objects.get(session_key=one).pk}/")
    assert staff_of_session(one) is None and staff_of_session(two) == mei
    browser.post("/account/sessions/others/")
    assert staff_of_session(two) is None and staff_of_session(his) == omar
    assert text_of(browser, "/account/sessions/").count("<tr>") == 2


def test_a_token_is_shown_once_and_may_only_what_its_owner_may(mei: Staff) -> None:
    browser = signed_in(mei)
    assert Can.MANAGE_STAFF.value not in text_of(browser, "/account/tokens/")
    page = browser.post(
        "/account/tokens/", {"name": "Report", "scopes": [Can.READ_CONVERSATIONS], "days": "30"}
    )
    secret = re.findall(r"kefu_[\w-]{43,}", page.content.decode())[0]
    assert page["Cache-Control"] == "no-store"
    assert secret not in text_of(browser, "/account/tokens/")
    token = StaffToken.objects.get()
    assert token.scopes == [Can.READ_CONVERSATIONS] and secret.endswith(token.hint)
    assert (
        browser.post("/account/tokens/", {"name": "X", "scopes": [Can.AUDIT], "days": "30"}).status_code
        == 200
    )
    assert (
        browser.post("/account/tokens/", {"name": "X", "scopes": [Can.ANSWER], "days": "9999"}).status_code
        == 200
    )
    assert StaffToken.objects.count() == 1
    browser.post(f"/account/tokens/{token.pk}/revocation/")
    token.refresh_from_db()
    assert not token.is_usable


# -- colleagues


def test_an_admin_invites_someone(admin: Staff, support: Team) -> None:
    browser = signed_in(admin)
    given = {
        "email": "noor@desk.test",
        "name": "Noor",
        "role": "senior",
        "teams": [support.pk],
        "language": "en",
    }
    assert browser.post("/people/invitations/new/", given)["Location"] == "/people/"
    assert "noor@desk.test" in text_of(browser, "/people/")
    assert browser.post("/people/invitations/new/", given).status_code == 200
    invitation = Invitation.objects.get()
    browser.post(f"/people/invitations/{invitation.pk}/again/")
    browser.post(f"/people/invitations/{invitation.pk}/withdrawal/")
    assert "noor@desk.test" not in text_of(browser, "/people/")


def test_an_admin_changes_a_colleagues_role_teams_and_capacity(
    admin: Staff, mei: Staff, returns: Team
) -> None:
    browser = signed_in(admin)
    browser.post(f"/people/{mei.pk}/", {"role": "supervisor", "teams": [returns.pk], "capacity": "9"})
    mei.refresh_from_db()
    assert (mei.role, list(mei.teams.all()), mei.capacity) == ("supervisor", [returns], 9)


def test_an_admin_deactivates_and_brings_back(admin: Staff, mei: Staff) -> None:
    browser = signed_in(admin)
    browser.post(f"/people/{mei.pk}/deactivation/")
    assert not Staff.objects.get(pk=mei.pk).is_active
    assert "cannot sign in" in text_of(browser, f"/people/{mei.pk}/")
    browser.post(f"/people/{mei.pk}/reactivation/")
    assert Staff.objects.get(pk=mei.pk).is_active


def test_the_last_admin_is_told_why_they_must_stay(admin: Staff) -> None:
    browser = signed_in(admin)
    browser.post(f"/people/{admin.pk}/", {"role": "agent", "teams": [], "capacity": "5"})
    page = text_of(browser, f"/people/{admin.pk}/")
    assert "The desk needs an admin" in page
    assert Staff.objects.get(pk=admin.pk).role == Role.ADMIN


def test_teams_are_opened_and_renamed_and_names_are_unique(admin: Staff, brand: Brand, support: Team) -> None:
    browser = signed_in(admin)
    browser.post("/people/teams/", {"brand": brand.pk, "name": "Repairs"})
    page = browser.post("/people/teams/", {"brand": brand.pk, "name": "Repairs"})
    assert "already one with this name" in page.content.decode()
    browser.post(f"/people/teams/{support.pk}/", {"name": "Help"})
    assert set(Team.objects.values_list("name", flat=True)) == {"Repairs", "Help"}


def test_the_list_of_colleagues_asks_as_often_for_many_as_for_few(admin: Staff, support: Team) -> None:
    browser = signed_in(admin)
    browser.get("/people/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/people/")
    for number in range(20):
        make_staff(f"more{number}", Role.AGENT, support)
    with CaptureQueriesContext(connection) as many:
        browser.get("/people/")
    assert len(many) == len(few) <= 9


# -- the desk


def test_a_rule_for_signing_in_is_set_and_audited(admin: Staff) -> None:
    browser = signed_in(admin)
    browser.post("/people/sign-in/", {"roles": ["supervisor", "agent"]})
    assert set(SecondFactorRule.objects.values_list("role", flat=True)) == {"supervisor", "agent"}
    browser.post("/people/sign-in/", {"roles": ["agent"]})
    assert Audit.objects.filter(kind="desk.second_factor_asked").count() == 2
    assert 'value="agent"' in text_of(browser, "/people/sign-in/")


def test_someone_led_to_set_up_a_second_factor_is_told_why(mei: Staff, admin: Staff) -> None:
    SecondFactorRule.ask_of({Role.AGENT}, by=admin)
    page = signed_in(mei).get("/account/", follow=True)
    assert page.redirect_chain == [("/account/2fa/", 302)]
    assert "Your role requires a second factor" in page.content.decode()


def test_the_audit_trail_is_read_page_by_page_and_about_one_person(
    auditor: Staff, admin: Staff, mei: Staff
) -> None:
    for number in range(60):
        mei.take_at_once(number + 10, by=admin)
    admin.change_role(Role.ADMIN, by=admin)
    auditor.introduce(name="Audrey", alias="Audrey", language="en", time_zone="UTC", by=auditor)
    browser = signed_in(auditor)
    first = text_of(browser, "/people/audit/")
    assert first.count("<tr>") == 51 and "Audrey" in first
    older = re.findall(r'href="(\?before=\d+)"', first)[0]
    rest = text_of(browser, f"/people/audit/{older}")
    assert rest.count("<tr>") == 12
    about = text_of(browser, f"/people/audit/?about={auditor.pk}")
    assert about.count("<tr>") == 2
    for odd in ("?before=x", "?before=-1", "?before=" + "9" * 40, "?about=%00", "?about=1;drop", "?before=٣"):
        assert browser.get(f"/people/audit/{odd}").status_code == 200
    with CaptureQueriesContext(connection) as queries:
        browser.get("/people/audit/")
    assert len(queries) <= 10


@pytest.mark.parametrize("cookie", [None, "en"])
def test_a_page_asks_once_who_is_looking(mei: Staff, cookie: str | None) -> None:
    """Also where the language is theirs, which is settled before it is known whether they may enter."""
    browser = signed_in(mei)
    if cookie:
        browser.cookies[settings.LANGUAGE_COOKIE_NAME] = cookie
    browser.get("/account/")
    with CaptureQueriesContext(connection) as queries:
        browser.get("/account/")
    assert len([one for one in queries if 'FROM "people_staff"' in one["sql"]]) == 1


def test_an_agent_meets_a_page_that_says_no_and_the_log_keeps_it(
    mei: Staff, caplog: pytest.LogCaptureFixture
) -> None:
    """ASVS 16.3.2."""
    answer = signed_in(mei).get("/people/")
    assert answer.status_code == 403 and "<h1" in answer.content.decode()
    refused = next(record for record in caplog.records if record.name == "kefu.access")
    assert refused.getMessage() == "refused"
    assert refused.__dict__["staff"] == str(mei.pk) and refused.__dict__["capability"] == "manage staff"


def test_a_route_that_declares_nothing_is_closed(admin: Staff, caplog: pytest.LogCaptureFixture) -> None:
    """F11."""
    from django.http import HttpRequest, HttpResponse
    from django.test import RequestFactory

    from kefu.people.middleware import StaffAccess

    def forgotten(request: HttpRequest) -> HttpResponse:
        return HttpResponse("open")

    request = RequestFactory().get("/x/")
    request.user = admin
    answer = StaffAccess(lambda _request: HttpResponse()).process_view(request, forgotten, (), {})
    assert answer is not None and answer.status_code == 404
    assert "without a declaration" in caplog.text
