"""The retail data set's tasks, replayed through the REST API: every record to the cent, and nothing else touched.

Every ``tasks-with-expected-changes*.json`` of the folder that ``KEFU_RETAIL_CORPUS`` names is taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from conftest import empty_everything, make_staff
from kefu.claims.models import Policy
from kefu.claims.testing import published
from kefu.database import limits
from kefu.people.models import Brand, Staff
from kefu.people.roles import Role
from tests.calling import calling
from tests.corpus import retail
from tests.corpus.assistant import WRITES, Assistant
from tests.corpus.projection import Record, World, told, world

pytestmark = pytest.mark.skipif(not retail.FOLDER.is_dir(), reason="the retail data set is not here")


def _tasks() -> list[Record]:
    files = sorted(retail.FOLDER.glob("tasks-with-expected-changes*.json"))
    return [task for file in files for task in json.loads(file.read_text())]


TASKS = _tasks()
WITH_WRITES = [task for task in TASKS if any(step["write"] for step in task["steps"])]


def each(tasks: list[Record]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("task", tasks, ids=[str(task["task"]) for task in tasks])


@dataclass
class Start:
    """The world as the set begins, and who works in it."""

    admin: Staff
    policy: Policy
    orders: dict[str, Record]
    users: dict[str, Record]
    world: World


@pytest.fixture(scope="module")
def start(django_db_blocker: DjangoDbBlocker) -> Iterator[Start]:
    """Made once; each test acts in a transaction of its own that is taken back."""
    with django_db_blocker.unblock():
        empty_everything()
        brand = Brand.objects.create(name="Retail", slug="retail", language="en")
        retail.whole_world(brand)
        orders, users = retail.load("orders.json"), retail.load("users.json")
        yield Start(make_staff("admin", Role.ADMIN), published(brand), orders, users, told(orders, users))
        empty_everything()


@pytest.fixture
def assistant(start: Start, db: None, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    monkeypatch.setattr(limits, "hit", lambda *_args, **_kwargs: True)
    return Assistant(calling(start.admin), start.orders, start.users)


def expected(start: Start, task: Record) -> World:
    found = deepcopy(start.world)
    changed = told(task["expected_delta"]["orders"], task["expected_delta"]["users"])
    for name, records in changed.items():
        found[name] |= records
    return found


def differences(one: World, other: World) -> dict[str, Any]:
    """By record and field; empty where all is the same."""
    found: dict[str, Any] = {}
    for name in one:
        for key in one[name].keys() | other[name].keys():
            mine, theirs = one[name].get(key, {}), other[name].get(key, {})
            for field in mine.keys() | theirs.keys():
                if mine.get(field) != theirs.get(field):
                    found[f"{key}.{field}"] = (mine.get(field), theirs.get(field))
    return found


def test_there_are_tasks() -> None:
    assert len(WITH_WRITES) >= 19
    assert {step["name"] for task in TASKS for step in task["steps"] if step["write"]} <= set(WRITES)


def test_the_world_begins_as_the_set_says(start: Start, db: None) -> None:
    assert differences(world(), start.world) == {}


@each(TASKS)
def test_every_step_ends_as_it_should_and_nothing_else_has_changed(
    task: Record, start: Start, assistant: Assistant
) -> None:
    for step in task["steps"]:
        if step["write"]:
            response = assistant.write(step["name"], step["kwargs"])
        else:
            response = assistant.read(step["name"], step["kwargs"])
        if response is not None:
            ended_well = response.status_code < 300
            assert ended_well == step["ok"], (step, response.content)
            assert ended_well or response.status_code in (404, 409, 422)
    assert differences(world(), expected(start, task)) == {}


@each(WITH_WRITES)
def test_each_write_again_under_its_key_changes_nothing(
    task: Record, start: Start, assistant: Assistant
) -> None:
    for number, step in enumerate(step for step in task["steps"] if step["write"]):
        call = assistant.call(step["name"], step["kwargs"])
        api, _customer = assistant.speaking_for(assistant.owner(step["kwargs"]))
        first, again = (
            api.send(*call, Idempotency_Key=f"write {number}".replace(" ", "-")) for _ in range(2)
        )
        assert (again.status_code, again.content) == (first.status_code, first.content)
    assert differences(world(), expected(start, task)) == {}


@each(WITH_WRITES)
def test_each_write_again_without_a_key_is_refused_or_changes_nothing(
    task: Record, start: Start, assistant: Assistant
) -> None:
    """The same address may be given twice; everything else is done once."""
    for step in (step for step in task["steps"] if step["write"]):
        call = assistant.call(step["name"], step["kwargs"])
        api, _customer = assistant.speaking_for(assistant.owner(step["kwargs"]))
        assert api.send(*call).status_code < 300
        again = api.send(*call)
        assert again.status_code in ((200,) if "address" in step["name"] else (409, 422)), again.content
    assert differences(world(), expected(start, task)) == {}


@each(WITH_WRITES)
def test_with_another_customers_token_each_write_is_of_something_that_is_not_there(
    task: Record, start: Start, assistant: Assistant
) -> None:
    for step in (step for step in task["steps"] if step["write"]):
        owner = assistant.owner(step["kwargs"])
        stranger = next(user for user in start.users if user != owner)
        assert assistant.write(step["name"], step["kwargs"], as_=stranger).status_code == 404
    assert differences(world(), start.world) == {}
