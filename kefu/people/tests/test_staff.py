"""Colleagues come, change and go; each step is a fact and a line of the audit trail."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction

from conftest import PASSWORD, make_staff
from kefu.conversations.models import Conversation
from kefu.events import log
from kefu.events.models import Audit
from kefu.people.models import Brand, Refused, Staff, StaffToken, Team
from kefu.people.roles import Can, Role


def facts(thing: Staff | Team) -> list[str]:
    return [entry.kind for entry in log.about(thing.pk)]


def audited(thing: Staff | Team) -> list[str]:
    return list(Audit.objects.filter(subject_id=thing.pk).order_by("id").values_list("kind", flat=True))


def test_every_step_of_a_colleague_is_told_and_audited(mei: Staff, admin: Staff, returns: Team) -> None:
    mei.change_role(Role.SENIOR, by=admin)
    mei.join(returns, by=admin)
    mei.leave(returns, by=admin)
    mei.take_at_once(8, by=admin)
    mei.introduce(name="Mei Lin", alias="Mei", language="en", time_zone="UTC", by=mei)
    mei.deactivate(by=admin)
    mei.reactivate(by=admin)
    steps = [
        "staff.role_changed",
        "staff.teams_changed",
        "staff.teams_changed",
        "staff.capacity_changed",
        "staff.renamed",
        "staff.deactivated",
        "staff.reactivated",
    ]
    assert facts(mei) == audited(mei) == steps


def test_what_changes_nothing_is_no_fact(mei: Staff, admin: Staff, support: Team, returns: Team) -> None:
    mei.change_role(Role.AGENT, by=admin)
    mei.join(support, by=admin)
    mei.leave(returns, by=admin)
    mei.take_at_once(mei.capacity, by=admin)
    mei.reactivate(by=admin)
    assert facts(mei) == []


def test_facts_hold_ids_and_states_but_no_names(mei: Staff, admin: Staff) -> None:
    mei.introduce(name="Other Name", alias="Otti", language="en", time_zone="UTC", by=mei)
    mei.change_password("another pair of green boots 7", by=mei)
    told = str([entry.data for entry in log.about(mei.pk)])
    assert "Other" not in told and "Otti" not in told and "boots" not in told


def test_a_new_role_counts_at_once(mei: Staff, admin: Staff, parcel_question: Conversation) -> None:
    assert not mei.can(Can.SEE_ALL)
    mei.change_role(Role.SUPERVISOR, by=admin)
    assert mei.can(Can.SEE_ALL)


def test_a_new_team_counts_at_once(
    omar: Staff, admin: Staff, support: Team, parcel_question: Conversation
) -> None:
    assert not Conversation.objects.visible_to(omar).exists()
    omar.join(support, by=admin)
    assert Conversation.objects.visible_to(omar).exists()
    omar.leave(support, by=admin)
    assert not Conversation.objects.visible_to(omar).exists()


def test_the_last_admin_can_neither_go_nor_step_down(admin: Staff) -> None:
    with pytest.raises(Refused):
        admin.deactivate(by=admin)
    with pytest.raises(Refused):
        admin.change_role(Role.AGENT, by=admin)
    make_staff("second", Role.ADMIN)
    admin.deactivate(by=admin)


def test_of_two_last_admins_who_go_at_the_same_moment_one_stays(committed: None) -> None:
    people = [make_staff(name, Role.ADMIN) for name in ("ada", "bo")]
    start = threading.Barrier(2)

    def go(staff: Staff) -> None:
        start.wait()
        try:
            Staff.objects.get(pk=staff.pk).deactivate(by=staff)
        except Refused:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(staff,)) for staff in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Staff.objects.active().count() == 1


def test_the_deactivated_can_do_nothing_and_their_tokens_stay_dead(mei: Staff, admin: Staff) -> None:
    token, _secret = StaffToken.issue(staff=mei, name="Mine", scopes=[Can.ANSWER], lasts=timedelta(days=1))
    mei.deactivate(by=admin)
    assert not any(mei.can(capability) for capability in Can)
    mei.reactivate(by=admin)
    token.refresh_from_db()
    assert not token.is_usable and mei.can(Can.ANSWER)


def test_a_token_narrows_and_never_adds(mei: Staff) -> None:
    mei.scopes = frozenset({Can.READ_CONVERSATIONS, Can.MANAGE_STAFF})
    assert mei.can(Can.READ_CONVERSATIONS)
    assert not mei.can(Can.ANSWER) and not mei.can(Can.MANAGE_STAFF)


def test_addresses_differ_in_more_than_case(mei: Staff) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Staff.objects.create(email="MEI@desk.test", name="Other", alias="Other")


def test_a_team_is_opened_and_renamed(brand: Brand, admin: Staff) -> None:
    team = Team.open(brand=brand, name="Repairs", by=admin)
    team.rename("Workshop", by=admin)
    assert facts(team) == audited(team) == ["team.opened", "team.renamed"]


def test_hiring_keeps_only_the_hash_of_the_password(db: None) -> None:
    staff = Staff.hire(email="New@Desk.test", name="New", role=Role.AGENT, password=PASSWORD, by=None)
    assert staff.email == "new@desk.test"
    assert staff.password.startswith("argon2$argon2id$") and PASSWORD not in staff.password
    assert staff.check_password(PASSWORD)
