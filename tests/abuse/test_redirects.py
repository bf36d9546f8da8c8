"""Being sent somewhere else after signing in."""

from __future__ import annotations

import pytest
from django.test import Client

from conftest import PASSWORD
from kefu.people.models import Staff
from kefu.people.testing import signed_in

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\evil.example",
    "\\\\evil.example",
    "/%09/evil.example",
    "/\t/evil.example",
    "/\n//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt://%0aalert(1)",
    "data:text/html,x",
    "http:evil.example",
    "https:/evil.example",
    "localhost:8000@evil.example",
    "http://localhost:8000@evil.example/",
    "http://localhost:8000/console/",
    "evil.example",
    "",
]


def leads_home(address: str) -> bool:
    if address.startswith("/%09/"):
        return True  # still a path here: browsers do not decode it before they go
    return address == "/console/"


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_next_leads_only_to_our_own_paths(mei: Staff, wanted: str) -> None:
    """F13: in the address, in the form, at the second step, and for those already signed in."""
    given = {"login": mei.email, "password": PASSWORD}
    assert leads_home(Client().post("/account/login/", given | {"next": wanted})["Location"])
    assert leads_home(Client().post("/account/login/", given, query_params={"next": wanted})["Location"])
    already = signed_in(mei).get("/account/login/", {"next": wanted})
    assert leads_home(already["Location"])


def test_a_path_of_ours_is_kept_through_the_sign_in(mei: Staff) -> None:
    asked = Client().get("/account/tokens/?a=1&b=%2F")
    assert asked["Location"] == "/account/login/?next=%2Faccount%2Ftokens%2F%3Fa%3D1%26b%3D%252F"
    browser = Client()
    page = browser.get(asked["Location"])
    assert 'value="/account/tokens/?a=1&amp;b=%2F"' in page.content.decode()
    answer = browser.post(
        "/account/login/", {"login": mei.email, "password": PASSWORD, "next": "/account/tokens/?a=1&b=%2F"}
    )
    assert answer["Location"] == "/account/tokens/?a=1&b=%2F"


@pytest.mark.parametrize("wanted", ["https://evil.example/x", "//evil.example", "/\\evil.example"])
def test_signing_out_leads_nowhere_else(mei: Staff, wanted: str) -> None:
    """F13."""
    answer = signed_in(mei).post("/account/logout/", {"next": wanted})
    assert answer["Location"] == "/account/login/"
    answer = signed_in(mei).post("/account/presence/", {"state": "away", "next": wanted})
    assert answer["Location"] == "/account/"


@pytest.mark.parametrize("shown", ["https://evil.example/x", "//evil.example/x", "javascript:alert(1)"])
def test_a_fragment_that_claims_another_page_comes_back_to_ours(shown: str, db: None) -> None:
    """F13: HX-Current-URL is whatever the caller says."""
    answer = Client().get("/account/", headers={"hx_request": "true", "hx_current_url": shown})
    assert "evil.example" not in answer["HX-Redirect"].replace("%2Fx", "")
    assert answer["HX-Redirect"].startswith("/account/login/?next=%2F")
