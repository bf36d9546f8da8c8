from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from kefu.web import health, metrics


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    health._stopping.clear()
    metrics._gauges.pop("kefu_test", None)


def test_a_living_process_says_so_without_asking_the_database(visitor: Client) -> None:
    assert visitor.get("/healthz").content == b"ok\n"


def test_ready_means_the_database_answers_and_is_migrated(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_look_at_database", lambda: "")
    assert visitor.get("/readyz").json() == {"ready": True, "problem": ""}
    monkeypatch.setattr(health, "_look_at_database", lambda: "migrations")
    assert visitor.get("/readyz").status_code == 503


def test_a_database_that_does_not_answer_in_time_counts_as_gone(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    monkeypatch.setattr(health, "LONGEST", 0.05)
    monkeypatch.setattr(health, "_look_at_database", lambda: str(answered.wait(5)))
    assert visitor.get("/readyz").json()["problem"] == "database-slow"
    answered.set()


def test_a_database_that_refuses_counts_as_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def cursor(self) -> None:
            raise OperationalError("the database system is shutting down")

        def close(self) -> None:
            """Nothing was opened."""

    monkeypatch.setattr(health, "connection", Refusing())
    assert health.problem() == "database"


def test_a_process_that_was_told_to_end_gets_no_more_work(visitor: Client) -> None:
    health.stop_taking_work()
    assert visitor.get("/readyz").json() == {"ready": False, "problem": "stopping"}
    assert visitor.get("/healthz").status_code == 200


def test_rooms_register_their_numbers(visitor: Client) -> None:
    metrics.gauge("kefu_test", "Waiting customers.", lambda: {'a"b\nc': 3}, label="inbox")
    text = visitor.get("/metrics").content.decode()
    assert "# TYPE kefu_test gauge" in text
    assert 'kefu_test{inbox="a\\"b\\nc"} 3' in text


def test_a_number_that_cannot_be_read_hides_no_other(visitor: Client) -> None:
    metrics.gauge("kefu_test", "Broken.", lambda: 1 / 0)
    visitor.get("/healthz")
    assert "kefu_request_seconds_count" in visitor.get("/metrics").content.decode()


def test_numbers_are_for_our_own_networks_only(visitor: Client, settings: Settings) -> None:
    settings.KEFU_METRICS_FROM = ["10.0.0.0/8"]
    assert visitor.get("/metrics").status_code == 404
    assert visitor.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 404
    assert visitor.get("/metrics", REMOTE_ADDR="10.0.0.1").status_code == 200


def test_finders_of_holes_know_whom_to_tell(visitor: Client, settings: Settings) -> None:
    settings.KEFU_SECURITY_CONTACT = "mailto:security@desk.example"
    text = visitor.get("/.well-known/security.txt").content.decode()
    assert "Contact: mailto:security@desk.example" in text
    assert "Expires: 20" in text
