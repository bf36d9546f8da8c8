from __future__ import annotations

import re

from django.test import Client
from pytest_django import Settings

from kefu.web.headers import headers_for_api, headers_for_page


def test_a_page_allows_only_scripts_with_its_own_nonce(visitor: Client) -> None:
    answer = visitor.get("/-/parts")
    nonce = re.search(r"'nonce-([\w-]+)'", answer["Content-Security-Policy"])
    assert nonce
    assert f'nonce="{nonce[1]}"' in answer.content.decode()


def test_no_two_pages_share_a_nonce(visitor: Client) -> None:
    policies = {visitor.get("/-/parts")["Content-Security-Policy"] for _ in range(3)}
    assert len(policies) == 3


def test_the_policy_is_the_one_we_decided_on() -> None:
    assert headers_for_page("N")["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'nonce-N' 'strict-dynamic'; style-src 'self'; img-src 'self' blob:; "
        "media-src 'self' blob:; frame-src 'self'; worker-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; "
        "base-uri 'none'; form-action 'self'; object-src 'none'; require-trusted-types-for 'script'; "
        "trusted-types kefu htmx; frame-ancestors 'none'"
    )


def test_every_kind_of_answer_is_covered(visitor: Client) -> None:
    for path in ("/-/parts", "/healthz", "/nothing", "/breaks/x", "/refuses", "/suspects", "/api/v1/breaks"):
        answer = visitor.get(path)
        assert answer["X-Content-Type-Options"] == "nosniff", path
        assert answer["Referrer-Policy"] == "same-origin", path
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], path
        assert "publickey-credentials-get=(self)" in answer["Permissions-Policy"], path


def test_a_view_may_name_the_sites_that_show_it_in_a_frame(visitor: Client) -> None:
    answer = visitor.get("/framed")
    assert answer["Content-Security-Policy"].endswith("frame-ancestors https://shop.example")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "X-Frame-Options" not in answer


def test_the_live_path_gets_headers_that_keep_nothing() -> None:
    assert headers_for_api()["Cache-Control"] == "no-store"
    assert headers_for_api()["Content-Security-Policy"].startswith("default-src 'none'")


def test_tls_is_demanded_once_we_are_reached_by_it(settings: Settings) -> None:
    settings.KEFU_BASE_URL = "http://desk.example"
    assert "Strict-Transport-Security" not in headers_for_api()
    settings.KEFU_BASE_URL = "https://desk.example"
    assert headers_for_api()["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_pages_of_people_who_are_signed_in_are_not_kept(visitor: Client, settings: Settings) -> None:
    """G6"""
    assert visitor.get("/nothing")["Cache-Control"] == "private, no-cache"
    visitor.cookies[settings.CSRF_COOKIE_NAME] = "x"
    visitor.cookies[settings.SESSION_COOKIE_NAME] = "x"
    assert visitor.get("/healthz")["Cache-Control"] == "no-store"


def test_another_site_cannot_make_a_browser_write(visitor: Client) -> None:
    """F14"""
    for site in ("cross-site", "same-site", "nonsense"):
        assert visitor.post("/writes", headers={"Sec-Fetch-Site": site}).status_code == 403, site
    assert visitor.post("/writes", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert visitor.get("/writes", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_door_for_other_sites_says_so(visitor: Client) -> None:
    assert visitor.post("/listens", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_form_without_its_token_is_told_so_in_words(settings: Settings) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"Accept": "text/html", "Accept-Language": "en"})
    answer = strict.post("/writes")
    assert answer.status_code == 403
    assert "This page has expired" in answer.content.decode()


def test_the_answer_names_the_request(visitor: Client, settings: Settings) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", visitor.get("/healthz")["X-Request-Id"])
    given = {"X-Request-Id": "0123456789abcdef"}
    assert visitor.get("/healthz", headers=given)["X-Request-Id"] != "0123456789abcdef"
    settings.KEFU_TRUSTED_PROXIES = ["127.0.0.1"]
    assert visitor.get("/healthz", headers=given)["X-Request-Id"] == "0123456789abcdef"


def test_signing_out_empties_the_browsers_cache(visitor: Client) -> None:
    assert "Clear-Site-Data" not in visitor.get("/healthz")
    assert visitor.get("/signs-out")["Clear-Site-Data"] == '"cache"'
