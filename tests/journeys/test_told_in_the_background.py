"""Being told while one looks elsewhere: a notification, a sound, a number in the title."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from kefu.people.models import Staff
from tests.browsing import Chat, Console, soon
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]

STUBS = """
window.told = []
window.rung = 0
window.away = false
window.Notification = class {
  static permission = "granted"
  static requestPermission = async () => "granted"
  constructor(title, { body }) { told.push(`${title}: ${body}`) }
  addEventListener() {}
  close() {}
}
const { createOscillator } = AudioContext.prototype
AudioContext.prototype.createOscillator = function () { rung += 1; return createOscillator.call(this) }
for (const [name, value] of [["hidden", () => away], ["visibilityState", () => (away ? "hidden" : "visible")]])
  Object.defineProperty(document, name, { get: value })
document.hasFocus = () => !away
"""


def _goes_away(console: Console, away: bool = True) -> None:
    """As when another tab comes to the front. Playwright keeps every page in sight, so the page is told."""
    console.page.evaluate(
        "away => { window.away = away; document.dispatchEvent(new Event('visibilitychange', { bubbles: true })) }",
        away,
    )


@pytest.fixture
def listening(agents: BrowserContext, desk: House, mei: Staff) -> Console:
    mei.prefer({"notifications": True, "sound": True})
    agents.grant_permissions(["notifications"], origin=desk.base)
    agents.add_init_script(STUBS)
    console = Console(agents.new_page(), desk)
    console.opens("unassigned")
    return console


def test_an_agent_in_another_tab_is_told_of_new_conversations_and_of_what_customers_write(
    listening: Console, agents: BrowserContext, chat: Chat
) -> None:
    agents.new_page().bring_to_front()
    _goes_away(listening)
    chat.begins("Anybody there?")
    assert soon(lambda: listening.page.evaluate("told.length") == 1)
    assert "Anybody there?" in listening.page.evaluate("told[0]")
    assert listening.page.evaluate("rung") > 0
    assert listening.page.title().startswith("(1)")
    _goes_away(listening, away=False)
    listening.opens_row("Anybody there?")
    listening.page.keyboard.press("m")
    expect(listening.page.get_by_role("link", name="Assigned to Mei")).to_be_visible()
    _goes_away(listening)
    chat.writes("Hello again")
    assert soon(lambda: listening.page.evaluate("told.length") == 2)
    expect(listening.bubble("Hello again")).to_be_visible()
    _goes_away(listening, away=False)
    assert soon(lambda: not listening.page.title().startswith("("))


def test_whoever_turned_them_off_is_not_told(listening: Console, chat: Chat) -> None:
    listening.page.get_by_role("button", name="Sound and notifications").click()
    for switch in ("Sound for new messages", "Desktop notifications"):
        with listening.page.expect_response("**/console/preferences"):
            listening.page.get_by_role("switch", name=switch).uncheck(force=True)
    listening.page.reload()
    expect(listening.page.locator("[data-console]")).to_have_attribute("data-line", "open")
    _goes_away(listening)
    chat.begins("Anybody there?")
    assert soon(lambda: listening.page.title().startswith("(1)"))
    listening.page.wait_for_timeout(1200)
    assert listening.page.evaluate("[told.length, rung]") == [0, 0]


def test_a_customer_in_another_tab_finds_the_number_of_answers_in_the_title_and_on_the_launcher(
    chat: Chat, console: Console
) -> None:
    chat.begins("Hello")
    chat.here.get_by_role("button", name="Close").click()
    console.opens_row("Hello")
    console.answers("Your parcel is on its way")
    expect(chat.page.locator("#kefu .badge")).to_have_text("1")
    expect(chat.page.locator("#kefu .preview")).to_contain_text("Your parcel is on its way")
    chat.page.locator("#kefu .preview").click()
    expect(chat.page.locator("#kefu .badge")).to_be_hidden()
    expect(console.bubble("Your parcel is on its way").locator(".mark.read")).to_be_visible()
