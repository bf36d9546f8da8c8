"""Who is here: chosen by hand, and offline without an open screen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kefu.events import nudges
from kefu.events.models import Audit
from kefu.people import presence
from kefu.people.models import Presence, PresenceState, Staff
from kefu.people.testing import signed_in


@pytest.fixture
def whispers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    heard: list[tuple[str, object]] = []
    monkeypatch.setattr(
        nudges, "whisper", lambda kind, topics, **data: heard.append((data["state"], data["staff"]))
    )
    return heard


def shown(staff: Staff) -> str:
    return presence.of([staff])[staff.pk].shown.value


def test_nobody_is_there_without_a_screen(mei: Staff) -> None:
    assert shown(mei) == "offline"
    presence.choose(mei, PresenceState.ONLINE, by=mei)
    assert shown(mei) == "offline"


def test_an_open_screen_shows_what_was_chosen(mei: Staff, omar: Staff) -> None:
    presence.choose(mei, PresenceState.BUSY, by=mei)
    presence.seen([mei.pk, omar.pk])
    assert (shown(mei), shown(omar)) == ("busy", "online")


def test_half_a_minute_after_the_last_screen_closed_they_are_offline(mei: Staff) -> None:
    presence.seen([mei.pk])
    Presence.objects.update(seen_at=timezone.now() - timedelta(seconds=29))
    assert shown(mei) == "online"
    Presence.objects.update(seen_at=timezone.now() - timedelta(seconds=31))
    assert shown(mei) == "offline"
    presence.seen([mei.pk])
    assert shown(mei) == "online"


def test_being_seen_is_one_statement_for_any_number(mei: Staff, omar: Staff, supervisor: Staff) -> None:
    for _again in range(2):
        with CaptureQueriesContext(connection) as queries:
            presence.seen([mei.pk, omar.pk, supervisor.pk])
        assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        presence.seen([])
    assert len(queries) == 0


def test_being_seen_again_at_once_writes_nothing(mei: Staff) -> None:
    presence.seen([mei.pk])
    before = Presence.objects.get(staff=mei).seen_at
    presence.seen([mei.pk])
    assert Presence.objects.get(staff=mei).seen_at == before


def test_arriving_is_told_once(mei: Staff, whispers: list[tuple[str, object]]) -> None:
    for _tick in range(3):
        presence.seen([mei.pk])
    assert whispers == [("online", mei.pk)]


def test_those_who_have_left_are_not_seen(mei: Staff, admin: Staff) -> None:
    mei.deactivate(by=admin)
    presence.seen([mei.pk])
    assert not Presence.objects.filter(staff=mei).exists()


def test_a_choice_is_a_fact_and_somebody_elses_choice_is_audited(mei: Staff, supervisor: Staff) -> None:
    presence.choose(mei, PresenceState.AWAY, by=mei)
    assert not Audit.objects.filter(kind="staff.presence_chosen").exists()
    presence.choose(mei, PresenceState.BUSY, by=supervisor)
    assert Audit.objects.get(kind="staff.presence_chosen").actor_id == supervisor.pk


def test_offline_cannot_be_chosen(mei: Staff) -> None:
    with pytest.raises(ValueError, match="Offline"):
        presence.choose(mei, PresenceState.OFFLINE, by=mei)
    for state in ("offline", "", "ONLINE", "\0"):
        answer = signed_in(mei).post("/account/presence/", {"state": state})
        assert answer.status_code == 422 and "Choose online, busy or away" in answer.content.decode()
    assert not Presence.objects.filter(staff=mei).exists()


def test_the_list_of_colleagues_takes_two_queries(mei: Staff, omar: Staff, supervisor: Staff) -> None:
    presence.seen([mei.pk])
    with CaptureQueriesContext(connection) as queries:
        listed = {colleague.name: colleague for colleague in presence.colleagues_with_presence()}
    assert len(queries) == 2
    assert listed["Mei"].state == "online" and listed["Omar"].state == "offline"
    assert listed["Mei"].team_ids == set(mei.team_ids)


def test_a_supervisor_sets_a_colleagues_presence_but_not_a_strangers(
    mei: Staff, supervisor: Staff, charlie: Staff
) -> None:
    browser = signed_in(supervisor)
    assert browser.post(f"/people/{mei.pk}/presence/", {"state": "away"}).status_code == 302
    assert Presence.objects.get(staff=mei).chosen == "away"
    assert browser.post(f"/people/{charlie.pk}/presence/", {"state": "away"}).status_code == 404
    assert signed_in(mei).post(f"/people/{supervisor.pk}/presence/", {"state": "away"}).status_code == 403
