"""G1 G5: canaries for password, token, code, file, search and what people say go through a real desk; no log has them.
What the desk keeps is for its own user only.
"""

from __future__ import annotations

import os
import re
import stat
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from conftest import begin
from kefu.conversations.models import Inbox
from kefu.events import mailfolder
from kefu.people.models import Customer, Invitation, PasswordReset, Staff, StaffToken, Team
from kefu.people.roles import Can, Role
from kefu.people.testing import begin_session
from tests.house import House, house, message, visitor

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("committed")]

CANARY = "canary"


def test_no_log_holds_what_people_say_know_or_are(
    inbox: Inbox, mei: Staff, admin: Staff, support: Team, lin: Customer
) -> None:
    begin(lin, inbox, f"{CANARY}-earlier words")
    guest = visitor(inbox, name=f"{CANARY}-name")
    Invitation.send(email=f"{CANARY}@example.test", name="New", role=Role.AGENT, teams=[support], by=admin)
    PasswordReset.send(mei)
    token = StaffToken.issue(staff=mei, name="t", scopes=[Can.READ_CONVERSATIONS], lasts=timedelta(days=1))[1]
    session = begin_session(mei)
    with house(jobs=True, KEFU_DEMO="yes", KEFU_LOG_LEVEL="DEBUG") as desk:
        mails = _mails(2)
        _say(desk, guest.headers, guest.key, begin(guest.customer, inbox).pk)
        _walk(desk, session, token, guest.token)
        _sign_in_wrongly(desk)
        for secret in re.findall(r"/(?:join|reset)/([\w-]{20,})/", mails):
            httpx.get(f"{desk.base}/join/{secret}/")
            httpx.get(f"{desk.base}/account/password/reset/{secret}/")
            assert secret not in desk.log()
        written = desk.log()
    assert "request" in written
    for secret in (CANARY, token, session, guest.token, mei.email, "4111111111111111"):
        assert secret not in written, secret[:12]


def _mails(count: int) -> str:
    until = time.monotonic() + 30
    while len(mailfolder.newest()) < count and time.monotonic() < until:
        time.sleep(0.1)
    return "".join(mail.text for mail in mailfolder.newest())


def _say(desk: House, headers: dict[str, str], key: str, conversation: object) -> None:
    """Said at both doors, well and badly: too long, unreadable, to somebody else, with a card's number."""
    live, api = f"{desk.base}/live/w/{key}", f"{desk.base}/w/{key}/api"
    for text in (f"{CANARY} 4111111111111111", f"{CANARY}\x00", CANARY * 4000):
        httpx.post(f"{live}/messages", json=message(conversation, text), headers=headers)  # type: ignore[arg-type]
        httpx.post(f"{api}/conversations", json={"text": text, "client_id": CANARY}, headers=headers)
    httpx.post(f"{live}/messages", content=f'{{"{CANARY}', headers=headers)
    httpx.post(f"{live}/typing", json={"conversation": str(conversation), "text": CANARY}, headers=headers)
    httpx.post(f"{api}/code", json={"email": f"{CANARY}@example.test"}, headers=headers)
    httpx.post(
        f"{api}/code/check", json={"email": f"{CANARY}@example.test", "code": CANARY[:6]}, headers=headers
    )
    httpx.post(
        f"{api}/identify",
        json={"identifier": CANARY, "hash": CANARY, "jwt": f"{CANARY}.x.y"},
        headers=headers,
    )
    httpx.post(
        f"{api}/files", files={"file": (f"{CANARY}.html", CANARY.encode(), "text/html")}, headers=headers
    )


def _walk(desk: House, session: str, token: str, guest: str) -> None:
    cookies, bearer = {"kefu": session}, {"Authorization": f"Bearer {token}"}
    for path in (
        "/console/",
        f"/console/search?q={CANARY}",
        f"/{CANARY}",
        f"/files/{CANARY}",
        f"/b/{CANARY}/",
    ):
        httpx.get(
            desk.base + path,
            cookies=cookies,
            headers={"Referer": f"{desk.base}/{CANARY}", "User-Agent": CANARY},
        )
    for path in (
        "/conversations",
        f"/conversations?cursor={CANARY}",
        f"/customers?query={CANARY}",
        f"/{CANARY}",
    ):
        httpx.get(f"{desk.base}/api/v1{path}", headers=bearer | {"Idempotency-Key": CANARY})
    httpx.get(
        f"{desk.base}/live/w/none/events?token={guest}", headers={"X-Forwarded-For": f"{CANARY}, 127.0.0.1"}
    )


def _sign_in_wrongly(desk: House) -> None:
    with httpx.Client(base_url=desk.base) as browser:
        browser.get("/account/login/")
        given = {
            "login": f"{CANARY}@example.test",
            "password": CANARY,
            "csrfmiddlewaretoken": browser.cookies["kefu-csrf"],
        }
        assert browser.post("/account/login/", data=given, headers={"Origin": desk.base}).status_code == 200


def test_what_the_desk_keeps_is_for_its_own_user_only(inbox: Inbox, mei: Staff) -> None:
    """G5: whatever the umask was when it was started."""
    data = Path(os.environ["KEFU_DATA"])
    before = os.umask(0)
    try:
        guest = visitor(inbox)
        with house(jobs=True, KEFU_DEMO="yes") as desk:
            api = f"{desk.base}/w/{guest.key}/api"
            kept = httpx.post(
                f"{api}/files", files={"file": ("a.txt", b"words", "text/plain")}, headers=guest.headers
            )
            assert kept.status_code == 201
            httpx.post(f"{api}/code", json={"email": "lin@example.test"}, headers=guest.headers)
            until = time.monotonic() + 20
            while not list((data / "mail").glob("*.eml")) and time.monotonic() < until:
                time.sleep(0.1)
    finally:
        os.umask(before)
    open_to_others = [
        f"{path.relative_to(data)} {stat.S_IMODE(path.stat().st_mode):o}"
        for folder in ("keys", "files", "mail")
        for path in (data / folder, *(data / folder).rglob("*"))
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_to_others == []
