from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conftest import make_staff
from kefu.people.models import Presence, SecondFactorRule, Staff, StaffToken, Team
from kefu.people.roles import Can, Role
from tests.calling import Caller, calling, problem_of, token_of


def test_a_token_says_who_it_speaks_for_and_what_it_may_do(mei: Staff) -> None:
    shown = calling(mei, Can.OWN_ACCOUNT, Can.ANSWER, Can.MANAGE_STAFF).get("/me").json()
    assert (shown["id"], shown["email"], shown["role"]) == (str(mei.pk), "mei@desk.test", "agent")
    assert [team["name"] for team in shown["teams"]] == ["Support"]
    assert shown["scopes"] == ["answer", "own account"]


def test_a_scope_that_the_role_lacks_adds_nothing(mei: Staff, supervisor: Staff) -> None:
    assert problem_of(calling(mei).get(f"/customers/{mei.pk}/identities"))["status"] == 403
    assert problem_of(calling(supervisor, Can.OWN_ACCOUNT).get("/conversations"))["status"] == 403


def test_an_expired_or_revoked_token_opens_nothing(mei: Staff) -> None:
    for token in (token_of(mei, lasts=timedelta(seconds=-1)), _revoked(mei), "kefu_unknown", ""):
        refused = Caller(token or None).get("/me")
        assert problem_of(refused)["status"] == 401
        assert refused["WWW-Authenticate"].startswith("Bearer")


def _revoked(staff: Staff) -> str:
    token, secret = StaffToken.issue(
        staff=staff, name="lost", scopes=["own account"], lasts=timedelta(days=1)
    )
    token.revoke(by=staff)
    return secret


def test_deactivating_someone_ends_their_tokens_at_once(mei: Staff, admin: Staff) -> None:
    api = calling(mei)
    assert api.get("/me").status_code == 200
    mei.deactivate(by=admin)
    assert problem_of(api.get("/me"))["status"] == 401


def test_a_token_does_not_get_around_the_second_factor(mei: Staff) -> None:
    api = calling(mei)
    SecondFactorRule.objects.create(role=mei.role)
    assert problem_of(api.get("/me"))["status"] == 401


def test_a_changed_role_holds_for_the_next_call(supervisor: Staff, admin: Staff) -> None:
    api = calling(supervisor)
    assert api.get("/conversations").status_code == 200
    supervisor.change_role(Role.AGENT, by=admin)
    assert problem_of(api.put(f"/conversations/{supervisor.pk}/closing"))["status"] == 403


def test_using_a_token_is_noted_once_a_minute(mei: Staff) -> None:
    api = calling(mei)
    api.get("/me")
    first = StaffToken.objects.get().used_at
    api.get("/me")
    assert first is not None
    assert StaffToken.objects.get().used_at == first


def test_presence_is_chosen_by_oneself(mei: Staff) -> None:
    api = calling(mei)
    assert api.get("/presence").json() == {"chosen": "online", "shown": "offline", "capacity": 5}
    assert api.put("/presence", {"state": "busy"}).json()["chosen"] == "busy"
    assert problem_of(api.put("/presence", {"state": "offline"}))["errors"][0]["code"] == "enum"


def test_colleagues_are_those_of_ones_brands(mei: Staff, omar: Staff, charlie: Staff, admin: Staff) -> None:
    Presence.objects.create(staff=omar, chosen="away", seen_at=timezone.now())
    api = calling(mei)
    shown = {one["name"]: one["presence"] for one in api.get("/colleagues").json()["items"]}
    assert shown == {"Admin": "offline", "Omar": "away", "Mei": "offline"}
    assert api.get(f"/colleagues/{omar.pk}").json()["presence"] == "away"
    assert problem_of(api.get(f"/colleagues/{charlie.pk}"))["status"] == 404


def test_the_list_of_colleagues_takes_the_same_queries_however_long(mei: Staff, support: Team) -> None:
    api = calling(mei)
    api.get("/colleagues")
    for number in range(5):
        make_staff(f"extra{number}", Role.AGENT, support)
    with CaptureQueriesContext(connection) as asked:
        assert len(api.get("/colleagues").json()["items"]) == 6
    assert len(asked) == 3  # token with second factor, pace, colleagues with their presence


def test_teams_are_those_of_ones_brands(mei: Staff, returns: Team, foreign_team: Team) -> None:
    assert {one["name"] for one in calling(mei).get("/teams").json()["items"]} == {"Support", "Returns"}


def test_too_many_calls_are_told_when_to_go_on(mei: Staff, settings: object) -> None:
    settings.KEFU_API_RATE = 2  # type: ignore[attr-defined]
    api = calling(mei)
    answers = [api.get("/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert problem_of(answers[2])["detail"]
    assert int(answers[2]["Retry-After"]) > 0


@pytest.mark.django_db
def test_whoever_tries_tokens_is_slowed_down() -> None:
    answers = [Caller(f"kefu_guess{number}").get("/me").status_code for number in range(40)]
    assert answers[0] == 401
    assert answers[-1] == 429


def test_problems_speak_the_language_that_was_asked_for(mei: Staff) -> None:
    assert problem_of(calling(mei).put("/presence", {}))["errors"][0]["message"] == "This is missing."
    refused = Caller().get("/me", None, Accept_Language="zh-hans")
    assert refused["Content-Language"] == "zh-hans"
