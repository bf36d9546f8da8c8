"""Guessing, replaying and going round the sign-in."""

from __future__ import annotations

import re
import statistics
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import encrypt
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone

from conftest import PASSWORD
from kefu.events.models import Audit
from kefu.people.models import PasswordReset, SecondFactorRule, Staff, StaffToken
from kefu.people.roles import Can, Role
from kefu.people.sessions import staff_of_session
from kefu.people.testing import begin_session, signed_in
from kefu.people.viewers import recheck
from tests.abuse.letters import address_in, letters, path_in

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NEW = "seven purple lanterns drifting"


def try_password(client: Client, email: str, password: str, **headers: str) -> HttpResponse:
    given = {"login": email, "password": password}
    return cast("HttpResponse", client.post("/account/login/", given, headers=headers))


@pytest.fixture(autouse=True)
def _one_half_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes go by the clock: a slow test on a busy machine must not slip into the next half minute."""
    moment = time.time()
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: moment))


def code_now(offset: int = 0) -> str:
    return str(format_hotp_value(hotp_value(SECRET, int(totp.time.time()) // 30 + offset)))


def with_app(staff: Staff) -> Staff:
    Authenticator.objects.create(user=staff, type="totp", data={"secret": encrypt(SECRET)})
    RecoveryCodes.activate(staff)
    return staff


def key_of(client: Client) -> str:
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


# -- resetting a password


@override_settings(ALLOWED_HOSTS=["*"])
@pytest.mark.parametrize("lie", [{"host": "evil.example"}, {"x_forwarded_host": "evil.example"}])
def test_the_mail_names_our_address_whatever_the_request_calls_us(mei: Staff, lie: dict[str, str]) -> None:
    """F1."""
    Client().post("/account/password/reset/", {"email": mei.email}, headers=lie)
    assert address_in(letters("mail/password_reset")[-1]).startswith(settings.KEFU_BASE_URL + "/account/")


def test_the_key_works_once_and_an_earlier_one_not_at_all(mei: Staff) -> None:
    """F1: single use; only its hash is kept; 256 bits; compared exactly."""
    for _twice in range(2):
        Client().post("/account/password/reset/", {"email": mei.email})
    early, late = (path_in(letter) for letter in letters("mail/password_reset"))
    token = late.rstrip("/").rpartition("/")[2]
    assert len(token) >= 43
    assert token.encode() not in {bytes(row.token_hash) for row in PasswordReset.objects.all()}

    assert Client().get(early, follow=True).status_code == 404
    browser = Client()
    page = browser.get(late, follow=True)
    assert page.status_code == 200 and page.redirect_chain == [("/account/password/new/", 302)]
    assert token not in page.content.decode()
    assert browser.post("/account/password/new/", {"password": NEW}).status_code == 302
    assert browser.get(late, follow=True).status_code == 404
    for altered in (token[:-1], token + "x", token.swapcase(), "%25", "_" * 43, "null", "0"):
        assert Client().get(f"/account/password/reset/{altered}/", follow=True).status_code == 404


def test_the_key_ends_after_half_an_hour(mei: Staff) -> None:
    """F1."""
    Client().post("/account/password/reset/", {"email": mei.email})
    PasswordReset.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(path_in(letters("mail/password_reset")[-1]), follow=True).status_code == 404
    made = PasswordReset.objects.get()
    assert made.expires_at - made.created_at < timedelta(minutes=30)


def test_a_reset_signs_nobody_in_and_leaves_the_second_factor_in_place(mei: Staff) -> None:
    """F1, F7, ASVS 6.4.3."""
    with_app(mei)
    elsewhere = begin_session(mei)
    Client().post("/account/password/reset/", {"email": mei.email})
    browser = Client()
    browser.get(path_in(letters("mail/password_reset")[-1]))
    browser.post("/account/password/new/", {"password": NEW})
    assert staff_of_session(elsewhere) is None
    assert browser.get("/account/").status_code == 302
    assert try_password(browser, mei.email, NEW)["Location"].startswith("/account/2fa/authenticate/")


def test_a_deactivated_account_gets_no_mail_and_its_key_stops_working(mei: Staff, admin: Staff) -> None:
    """F1, C3."""
    Client().post("/account/password/reset/", {"email": mei.email})
    mei.deactivate(by=admin)
    assert Client().get(path_in(letters("mail/password_reset")[-1]), follow=True).status_code == 404
    Client().post("/account/password/reset/", {"email": mei.email})
    assert len(letters("mail/password_reset")) == 1


# -- finding out who has an account


def same(one: Any, other: Any) -> None:
    def plain(response: Any) -> str:
        text = re.sub(
            r'(nonce|csrfmiddlewaretoken" value|csrf-token" content)="[^"]*"', "", response.content.decode()
        )
        return re.sub(r"menu-\w{8}", "menu", re.sub(r"\w+@desk\.test", "ADDRESS", text))

    assert one.status_code == other.status_code
    assert one.get("Location") == other.get("Location")
    assert plain(one) == plain(other)
    assert len(one.content) == len(other.content) or one.content.count(b"@desk.test")
    assert {*one.headers} == {*other.headers}


def test_a_wrong_password_and_an_unknown_address_read_the_same(mei: Staff, omar: Staff, admin: Staff) -> None:
    """F2: also for the deactivated, and in the audit trail's number of rows."""
    omar.deactivate(by=admin)
    wrong = try_password(Client(), "mei@desk.test", "not the password 1")
    same(wrong, try_password(Client(), "who@desk.test", "not the password 1"))
    same(wrong, try_password(Client(), "omar@desk.test", PASSWORD))
    assert Audit.objects.filter(kind="sign_in.refused").count() == 3


def test_asking_for_a_reset_reads_the_same_for_everyone(mei: Staff) -> None:
    """F2."""
    known = Client().post("/account/password/reset/", {"email": "mei@desk.test"}, follow=True)
    same(known, Client().post("/account/password/reset/", {"email": "who@desk.test"}, follow=True))
    assert len(letters("mail/password_reset")) == 1


def test_too_many_resets_for_one_address_read_the_same_too(mei: Staff) -> None:
    """F2, F6: three mails, however often somebody asks."""
    for _try in range(5):
        answer = Client().post("/account/password/reset/", {"email": "mei@desk.test"})
    assert answer["Location"] == "/account/password/reset/sent/"
    assert len(letters("mail/password_reset")) == 3


def medians(tries: int, *calls: object) -> list[float]:
    """Alternating, so that whatever else the machine does falls on all alike."""
    times: list[list[float]] = [[] for _call in calls]
    for _try in range(tries):
        for kept, call in zip(times, calls, strict=True):
            began = time.perf_counter()
            call()  # type: ignore[operator]
            kept.append(time.perf_counter() - began)
    return [statistics.median(kept) for kept in times]


def test_checking_a_password_takes_as_long_for_an_unknown_address(mei: Staff) -> None:
    """F2: the median of 100 tries each differs by less than 5 ms, or by a tenth where the machine is busy."""
    from kefu.people.backends import StaffBackend

    backend = StaffBackend()
    known, unknown = medians(
        100,
        lambda: backend.authenticate(None, email="mei@desk.test", password="wrong horse 77"),
        lambda: backend.authenticate(None, email="who@desk.test", password="wrong horse 77"),
    )
    assert abs(known - unknown) < max(0.005, known / 10)


def test_mailing_a_reset_takes_as_long_for_an_unknown_address(committed: None) -> None:
    """F2: with real commits, and only as often as the limits let a mail be made; as above on a busy machine."""
    from conftest import make_staff
    from kefu.people.views.entrance import _mail_reset

    people = [make_staff(f"p{number}", Role.AGENT) for number in range(30)]
    left = iter(people * 3)
    nobody = iter(range(1000))
    known, unknown = medians(
        90,
        lambda: _mail_reset(next(left).email, "192.0.2.1"),
        lambda: _mail_reset(f"nobody{next(nobody)}@desk.test", "192.0.2.1"),
    )
    assert abs(known - unknown) < max(0.005, known / 4)


# -- sessions


def test_the_session_key_changes_at_every_step_of_signing_in(mei: Staff) -> None:
    """F5: a key that somebody planted is worth nothing afterwards."""
    with_app(mei)
    browser = Client()
    planted = begin_session(mei, _auth_user_hash="nothing")
    browser.cookies[settings.SESSION_COOKIE_NAME] = planted
    try_password(browser, mei.email, PASSWORD)
    half = key_of(browser)
    browser.post("/account/2fa/authenticate/", {"code": code_now()})
    whole = key_of(browser)
    assert len({planted, half, whole}) == 3
    assert staff_of_session(whole) == mei
    assert staff_of_session(half) is None and staff_of_session(planted) is None


def test_a_new_password_changes_the_key_here_and_ends_the_others(mei: Staff) -> None:
    """F5."""
    elsewhere = begin_session(mei)
    browser = Client()
    try_password(browser, mei.email, PASSWORD)
    before = key_of(browser)
    answer = browser.post(
        "/account/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    )
    assert answer.status_code == 302
    assert key_of(browser) != before
    assert browser.get("/account/").status_code == 200
    assert staff_of_session(elsewhere) is None and staff_of_session(before) is None
    assert letters("mail/account_changed")[-1]["to"] == mei.email


def test_signing_out_ends_the_session_on_the_server_and_empties_the_browser(mei: Staff) -> None:
    """F5, ASVS 14.3.1."""
    browser = signed_in(mei)
    key = key_of(browser)
    answer = browser.post("/account/logout/")
    assert '"storage"' in answer["Clear-Site-Data"] and '"cache"' in answer["Clear-Site-Data"]
    assert staff_of_session(key) is None


def test_signing_out_needs_a_post(mei: Staff) -> None:
    """F14."""
    browser = signed_in(mei)
    browser.get("/account/logout/")
    assert staff_of_session(key_of(browser)) == mei


def test_within_five_seconds_of_deactivation_nothing_of_theirs_works(mei: Staff, admin: Staff) -> None:
    """C3: pages, live screens (which ask again every four seconds and at every fact about them), tokens."""
    from kefu.events.log import about
    from kefu.events.screens import RECHECK_SECONDS

    browser = signed_in(mei)
    token, secret = StaffToken.issue(
        staff=mei, name="Mine", scopes=[Can.OWN_ACCOUNT], lasts=timedelta(days=1)
    )
    bearer = {"authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/me", headers=bearer).status_code == 200
    assert recheck([key_of(browser)])
    mei.deactivate(by=admin)
    assert browser.get("/account/").status_code == 302
    assert recheck([key_of(browser)]) == {}
    assert Client().get("/api/v1/me", headers=bearer).status_code == 401
    token.refresh_from_db()
    assert not token.is_usable
    assert "staff.deactivated" in [fact.kind for fact in about(mei.pk)]
    assert RECHECK_SECONDS < 5


# -- guessing passwords


def test_guessing_a_password_is_stopped_before_it_is_found(mei: Staff) -> None:
    """F6: after a handful of wrong ones even the right one is refused for a while."""
    browser = Client()
    statuses = [try_password(browser, mei.email, f"guess number {number}").status_code for number in range(8)]
    assert 429 in statuses
    refused = try_password(browser, mei.email.upper(), PASSWORD)
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 0


def test_guessing_is_stopped_as_soon_for_an_account_that_does_not_exist(mei: Staff) -> None:
    """F2, F6: FreeScout's throttle told them apart."""

    def statuses(email: str, address: str) -> list[int]:
        browser = Client(REMOTE_ADDR=address)
        return [try_password(browser, email, f"guess {number}").status_code for number in range(8)]

    assert statuses("mei@desk.test", "192.0.2.1") == statuses("who@desk.test", "192.0.2.2")


def test_the_owner_elsewhere_is_not_locked_out_by_somebody_guessing(mei: Staff) -> None:
    """F6: the small limit is for an account from one address."""
    for number in range(8):
        try_password(Client(REMOTE_ADDR="192.0.2.7"), mei.email, f"guess number {number}")
    assert try_password(Client(REMOTE_ADDR="192.0.2.8"), mei.email, PASSWORD)["Location"] == "/console/"


def test_many_addresses_guessing_at_one_account_are_stopped_together(mei: Staff) -> None:
    """F6: a hundred an hour, wherever they come from."""
    from kefu.people import adapters

    few = {"account": "6/h/key"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(adapters, "ACCOUNT_TRIES", few)
        statuses = [
            try_password(Client(REMOTE_ADDR=f"192.0.2.{n}"), mei.email, f"guess {n}").status_code
            for n in range(9)
        ]
    assert statuses[0] == 200 and statuses[-1] == 429


def test_a_forwarded_address_from_nobody_we_trust_changes_no_count(mei: Staff) -> None:
    """F6, D9, ASVS 4.1.3."""
    statuses = [
        try_password(Client(), mei.email, f"guess {n}", x_forwarded_for=f"198.51.100.{n}").status_code
        for n in range(8)
    ]
    assert 429 in statuses


def test_a_huge_password_costs_nothing(mei: Staff) -> None:
    """F6: osTicket hashed ten megabytes. We look at 1,024 bytes and hash none of a longer one."""
    from kefu.people.backends import StaffBackend

    began = time.perf_counter()
    assert StaffBackend().authenticate(None, email=mei.email, password="x" * 10_000_000) is None
    assert not mei.check_password("x" * 1025)
    assert not mei.check_password("密" * 342)
    assert time.perf_counter() - began < 0.1
    with pytest.raises(ValueError, match="longer"):
        mei.set_password("x" * 1025)
    assert try_password(Client(), mei.email, "x" * 1_500_000).status_code < 500


def test_no_more_than_two_passwords_are_hashed_at_once(mei: Staff) -> None:
    """F6: each takes 46 MiB."""
    import threading

    from argon2 import low_level

    from kefu.people.passwords import Hasher

    at_once, most, lock = 0, 0, threading.Lock()
    real = low_level.hash_secret

    def counting(*arguments: object, **named: object) -> bytes:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.02)
        try:
            return real(*arguments, **named)  # type: ignore[arg-type]
        finally:
            with lock:
                at_once -= 1

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(low_level, "hash_secret", counting)
        threads = [
            threading.Thread(target=Hasher().encode, args=("password", "saltsaltsalt")) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 2


# -- the second factor


def test_a_code_of_the_app_works_once(mei: Staff) -> None:
    """F7: not again in its half minute, neither at the next sign-in nor to confirm something."""
    with_app(mei)
    code = code_now()
    first, second = Client(), Client()
    for browser in (first, second):
        try_password(browser, mei.email, PASSWORD)
    assert first.post("/account/2fa/authenticate/", {"code": code})["Location"] == "/console/"
    assert second.post("/account/2fa/authenticate/", {"code": code}).status_code == 200
    assert second.get("/account/").status_code == 302
    assert first.post("/account/2fa/reauthenticate/", {"code": code}).status_code == 200


def test_the_code_that_set_the_app_up_does_not_sign_in(mei: Staff) -> None:
    """F7."""
    browser = Client()
    try_password(browser, mei.email, PASSWORD)
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    browser.get("/account/2fa/totp/activate/")
    secret = browser.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, int(totp.time.time()) // 30))
    assert browser.post("/account/2fa/totp/activate/", {"code": code}).status_code == 302
    other = Client()
    try_password(other, mei.email, PASSWORD)
    assert other.post("/account/2fa/authenticate/", {"code": code}).status_code == 200


@pytest.mark.parametrize("offset", [-1, 1])
def test_a_clock_that_is_half_a_minute_off_does_no_harm_and_its_code_works_once(
    mei: Staff, offset: int
) -> None:
    """F7: also not later on, while the code would still be good."""
    with_app(mei)
    first, second = Client(), Client()
    for browser in (first, second):
        try_password(browser, mei.email, PASSWORD)
    code = code_now(offset)
    assert first.post("/account/2fa/authenticate/", {"code": code})["Location"] == "/console/"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE database_cache SET expires = expires - interval '85 s' WHERE key LIKE '%mfa.totp.used%'"
        )
        assert cursor.rowcount == 1
    assert second.post("/account/2fa/authenticate/", {"code": code}).status_code == 200
    assert first.post("/account/2fa/reauthenticate/", {"code": code}).status_code == 200


@pytest.mark.parametrize("offset", [-2, 2, 40])
def test_codes_of_other_times_are_refused(mei: Staff, offset: int) -> None:
    """F7."""
    with_app(mei)
    browser = Client()
    try_password(browser, mei.email, PASSWORD)
    assert browser.post("/account/2fa/authenticate/", {"code": code_now(offset)}).status_code == 200


def test_guessing_codes_is_stopped(mei: Staff) -> None:
    """F6, F7: per account, whatever the address."""
    with_app(mei)
    for number in range(10):
        browser = Client(REMOTE_ADDR=f"192.0.2.{number}")
        try_password(browser, mei.email, PASSWORD)
        browser.post("/account/2fa/authenticate/", {"code": f"{number:06d}"})
    assert browser.post("/account/2fa/authenticate/", {"code": code_now()}).status_code in {200, 429}
    assert browser.get("/account/").status_code == 302


def test_a_recovery_code_works_once(mei: Staff) -> None:
    """F7, ASVS 6.5.1."""
    with_app(mei)
    code = Authenticator.objects.get(user=mei, type="recovery_codes").wrap().get_unused_codes()[0]
    for expected in (302, 200):
        browser = Client()
        try_password(browser, mei.email, PASSWORD)
        assert browser.post("/account/2fa/authenticate/", {"code": code}).status_code == expected


def test_what_signs_people_in_cannot_be_read_in_the_database(mei: Staff, admin: Staff) -> None:
    """F4, F7: neither the app's secret, nor recovery codes, nor tokens, nor mailed keys."""
    with_app(mei)
    codes = Authenticator.objects.get(user=mei, type="recovery_codes").wrap().get_unused_codes()
    _token, secret = StaffToken.issue(staff=mei, name="Mine", scopes=[Can.ANSWER], lasts=timedelta(days=1))
    Client().post("/account/password/reset/", {"email": mei.email})
    key = path_in(letters("mail/password_reset")[-1]).rstrip("/").rpartition("/")[2]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [row[0] for row in cursor.fetchall()]
        stored = ""
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ''), '') FROM \"{table}\" t")
            stored += cursor.fetchone()[0]
    for canary in (SECRET, secret, key, *codes):
        assert canary not in stored
        assert canary.encode().hex() not in stored


def test_the_last_second_factor_stays_while_the_desk_asks_for_one(mei: Staff, admin: Staff) -> None:
    """F7."""
    with_app(mei)
    app = Authenticator.objects.get(user=mei, type="totp")
    assert get_adapter().can_delete_authenticator(app)
    SecondFactorRule.ask_of({Role.AGENT}, by=admin)
    assert not get_adapter().can_delete_authenticator(app)


def test_a_token_opens_nothing_for_someone_who_lacks_the_second_factor(mei: Staff, admin: Staff) -> None:
    """F7: the rule holds for the API too."""
    _token, secret = StaffToken.issue(
        staff=mei, name="Mine", scopes=[Can.OWN_ACCOUNT], lasts=timedelta(days=1)
    )
    bearer = {"authorization": f"Bearer {secret}"}
    SecondFactorRule.ask_of({Role.AGENT}, by=admin)
    assert Client().get("/api/v1/me", headers=bearer).status_code == 401


def test_a_session_opens_nothing_of_the_api(mei: Staff) -> None:
    """F7, F14: the API knows tokens only, so a cookie that a browser sends by itself is no way in."""
    assert signed_in(mei).get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    "header",
    ["x_forwarded_user", "remote_user", "x_remote_user", "x_auth_request_email", "x_user", "authorization"],
)
def test_no_header_signs_anybody_in(mei: Staff, header: str) -> None:
    """F8: Zammad believed a header for single sign-on."""
    for value in (mei.email, str(mei.pk), f"Basic {mei.email}"):
        assert Client().get("/account/", headers={header: value}).status_code == 302
        assert Client(REMOTE_USER=value).get("/account/").status_code == 302


def test_the_cache_holds_no_way_in(mei: Staff) -> None:
    """F7: an emptied cache forgets used codes only after they have ended; it never lets anyone in."""
    with_app(mei)
    cache.clear()
    browser = Client()
    try_password(browser, mei.email, PASSWORD)
    assert browser.get("/account/").status_code == 302
