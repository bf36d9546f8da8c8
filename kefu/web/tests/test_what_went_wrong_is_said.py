from __future__ import annotations

import pytest
from django.test import Client

from kefu.web.tests.addresses_shown import SECRET

WRONG = [
    ("/suspects", 400),
    ("/refuses", 403),
    ("/nothing", 404),
    ("/often", 429),
    ("/breaks/x", 500),
    ("/busy", 503),
]


@pytest.mark.parametrize(("path", "status"), WRONG)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_page_says_what_happened_and_gives_an_id_to_quote(
    visitor: Client, path: str, status: int, language: str
) -> None:
    """G4"""
    answer = visitor.get(path, headers={"Accept-Language": language})
    page = answer.content.decode()
    assert answer.status_code == status
    assert f'<html lang="{language}"' in page
    assert answer["X-Request-Id"] in page
    assert SECRET not in page
    assert "Traceback" not in page and "ValueError" not in page


def test_programs_read_a_problem_document(visitor: Client) -> None:
    answer = visitor.get("/api/v1/breaks")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 500
    assert answer.json()["instance"] == f"urn:request:{answer['X-Request-Id']}"
    assert SECRET not in answer.content.decode()


def test_whoever_asks_for_json_gets_json(visitor: Client) -> None:
    answer = visitor.get("/nothing", headers={"Accept": "application/json"})
    assert answer["Content-Type"] == "application/problem+json"


def test_a_swap_that_fails_becomes_a_toast_beside_the_page(visitor: Client) -> None:
    answer = visitor.post("/breaks/x", headers={"HX-Request": "true"})
    assert answer["HX-Retarget"] == "#toasts"
    assert "<html" not in answer.content.decode()
    assert answer["X-Request-Id"] in answer.content.decode()


def test_too_many_and_busy_say_when_to_come_back(visitor: Client) -> None:
    assert visitor.get("/often")["Retry-After"] == "60"
    assert visitor.get("/busy")["Retry-After"] == "7"
