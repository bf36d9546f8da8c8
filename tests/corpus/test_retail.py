"""The retail data set's tasks, replayed through the REST API: every record to the cent, and nothing else touched.

Every ``tasks-with-expected-changes*.json`` of the folder that ``KEFU_RETAIL_CORPUS`` names is taken.
"""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

from tests.corpus import retail
from tests.corpus.assistant import WRITES, Assistant
from tests.corpus.conftest import Start
from tests.corpus.projection import Record, World, differences, told, world

pytestmark = pytest.mark.skipif(not retail.FOLDER.is_dir(), reason="the retail data set is not here")


def _tasks() -> list[Record]:
    files = sorted(retail.FOLDER.glob("tasks-with-expected-changes*.json"))
    return [task for file in files for task in json.loads(file.read_text())]


TASKS = _tasks()
WITH_WRITES = [task for task in TASKS if any(step["write"] for step in task["steps"])]


def _writes(task: Record) -> list[Record]:
    """Those that are not refused."""
    return [step for step in task["steps"] if step["write"] and step["ok"]]


def each(tasks: list[Record]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("task", tasks, ids=[str(task["task"]) for task in tasks])


def expected(start: Start, task: Record) -> World:
    found = deepcopy(start.world)
    changed = told(task["expected_delta"]["orders"], task["expected_delta"]["users"])
    for name, records in changed.items():
        found[name] |= records
    return found


def test_there_are_tasks() -> None:
    assert WITH_WRITES
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
    for number, step in enumerate(_writes(task)):
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
    for step in _writes(task):
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
    for step in _writes(task):
        owner = assistant.owner(step["kwargs"])
        stranger = next(user for user in start.users if user != owner)
        assert assistant.write(step["name"], step["kwargs"], as_=stranger).status_code == 404
    assert differences(world(), start.world) == {}
