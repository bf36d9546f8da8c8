"""Signing in as people do it: the first start, a second factor, a passkey instead of a password."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, BrowserContext, Page, expect

from conftest import PASSWORD
from kefu.people import setup
from kefu.people.models import SecondFactorRule, Staff
from kefu.people.roles import Role
from tests.browsing import Complaints, open_context
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]

KEY_IN_THE_MACHINE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def window(browser: Browser, complaints: Complaints) -> Any:
    context: BrowserContext = open_context(browser, complaints)
    yield context.new_page()
    context.close()


def sign_in_by_hand(page: Page, desk: House, staff: Staff, password: str = PASSWORD) -> None:
    page.goto(f"{desk.base}/account/login/")
    page.get_by_label("Email").fill(staff.email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirm(page: Page) -> None:
    """Asked once more who one is, before anything about signing in changes."""
    if "/reauthenticate/" in page.url:
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()


def keep_recovery_codes(page: Page) -> None:
    """Shown once: the page does not let go of anybody before they say that they have them."""
    page.wait_for_url("**/account/2fa/recovery-codes/")
    page.get_by_label("I have saved my codes").check()


def code_of(secret: str, *, after: str = "") -> str:
    """The app's code now, waiting for the next one if this was used."""
    while (code := format_hotp_value(hotp_value(secret, int(time.time()) // 30))) == after:
        time.sleep(0.5)
    return str(code)


def test_the_first_admin_sets_the_desk_up_and_signs_in(window: Page, desk: House) -> None:
    token = setup.token_if_needed()
    window.goto(f"{desk.base}/setup/{token}/")
    expect(window).to_have_url(f"{desk.base}/setup/")
    window.get_by_label("Brand").fill("Lumo")
    window.locator("select[name=language]").select_option("en")
    window.get_by_label("Your name").fill("Ada")
    window.get_by_label("Your e-mail").fill("ada@desk.test")
    window.get_by_label("Password", exact=True).fill(PASSWORD)
    window.get_by_role("button", name="Begin").click()
    window.wait_for_url("**/account/login/")
    sign_in_by_hand(window, desk, Staff.objects.get())
    window.wait_for_url("**/console/**")
    assert window.goto(f"{desk.base}/setup/").status == 404  # type: ignore[union-attr]


def test_a_wrong_password_is_said_beside_the_form(window: Page, desk: House, mei: Staff) -> None:
    sign_in_by_hand(window, desk, mei, "not her password")
    expect(window.get_by_text("are not correct")).to_be_visible()
    expect(window).to_have_url(re.compile("/account/login/"))


def test_someone_led_to_set_up_an_app_uses_it_at_the_next_sign_in(
    window: Page, desk: House, mei: Staff, admin: Staff
) -> None:
    """F7: the page with the code shows under our content security policy, a used code is refused."""
    SecondFactorRule.ask_of({Role.AGENT}, by=admin)
    sign_in_by_hand(window, desk, mei)
    window.wait_for_url("**/account/2fa/")
    expect(window.get_by_text("Your role requires a second factor")).to_be_visible()
    window.goto(f"{desk.base}/account/2fa/totp/activate/")
    confirm(window)
    window.wait_for_url("**/totp/activate/")
    assert window.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")
    secret = re.findall(r"\b[A-Z2-7]{32}\b", window.content())[0]
    first = code_of(secret)
    window.get_by_label("code").last.fill(first)
    window.get_by_role("button", name="Activate").click()
    keep_recovery_codes(window)
    window.goto(f"{desk.base}/console/")
    expect(window).to_have_url(re.compile("/console/"))

    window.goto(f"{desk.base}/account/")
    window.get_by_role("button", name="Sign out").click()
    window.wait_for_url("**/account/login/")
    sign_in_by_hand(window, desk, mei)
    window.wait_for_url("**/account/2fa/authenticate/")
    window.goto(f"{desk.base}/console/")
    window.wait_for_url("**/account/2fa/authenticate/")
    window.get_by_label("Code").fill(first)
    window.get_by_role("button", name="Sign in").click()
    expect(window.get_by_text("Incorrect code")).to_be_visible()
    window.get_by_label("Code").fill(code_of(secret, after=first))
    window.get_by_role("button", name="Sign in").click()
    window.wait_for_url("**/console/**")


def test_a_passkey_is_added_and_signs_in_without_a_password(window: Page, desk: House, mei: Staff) -> None:
    """On http only at localhost, which is where the demo runs."""
    machine = window.context.new_cdp_session(window)
    machine.send("WebAuthn.enable")
    machine.send("WebAuthn.addVirtualAuthenticator", {"options": KEY_IN_THE_MACHINE})
    sign_in_by_hand(window, desk, mei)
    window.wait_for_url("**/console/**")
    window.goto(f"{desk.base}/account/2fa/keys/add/")
    confirm(window)
    window.wait_for_url("**/keys/add/")
    window.get_by_label("Passwordless").check()
    window.get_by_role("button", name="Add").click()
    keep_recovery_codes(window)
    assert Authenticator.objects.filter(user=mei, type="webauthn").count() == 1

    window.goto(f"{desk.base}/account/")
    window.get_by_role("button", name="Sign out").click()
    window.wait_for_url("**/account/login/")
    window.get_by_role("button", name="Sign in with a passkey").click()
    window.wait_for_url("**/console/**")
