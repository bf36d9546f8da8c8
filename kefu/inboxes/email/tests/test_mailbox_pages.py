"""An admin sets a mailbox up: what it is, how mail comes in and leaves, what is said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from kefu.conversations.models import Inbox, InboxKind
from kefu.events.models import Audit
from kefu.hours.models import Schedule
from kefu.inboxes.email import mailbox_flows, testmail
from kefu.inboxes.email.connecting import Unreachable
from kefu.inboxes.email.models import MailAddress
from kefu.inboxes.email.settings import (
    MailSecrets,
    MailSettings,
    OAuth,
    Security,
    Server,
    SignIn,
    WayIn,
    WayOut,
)
from kefu.inboxes.stored import Words
from kefu.people.models import Brand, Refused, Staff, Team
from kefu.people.testing import signed_in

NEW = "/console/settings/mailboxes/new/"
ADDRESS = "support@desk.test"


@pytest.fixture
def desk(admin: Staff) -> Client:
    return signed_in(admin)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_flows, "FLOOR", 0.0)


def box(inbox: Inbox, part: str = "") -> str:
    return f"/console/settings/mailboxes/{inbox.pk}/{part}"


def said(team: Team, **more: str) -> dict[str, str]:
    return {"name": "Post", "team": str(team.pk), "language": "en", "addresses": "help@desk.test", **more}


def way_in(**more: str) -> dict[str, str]:
    return {
        "way_in": "imap",
        "imap_host": "imap.qq.com",
        "imap_port": "993",
        "imap_security": "tls",
        "imap_sign_in": "password",
        "imap_user": ADDRESS,
        "imap_password": "the-code-of-qq",
        "folders": "INBOX\n其他",
        "trusted_server": "",
        **more,
    }


def way_out(**more: str) -> dict[str, str]:
    return {
        "way_out": "smtp",
        "smtp_host": "smtp.qq.com",
        "smtp_port": "465",
        "smtp_security": "tls",
        "smtp_sign_in": "password",
        "smtp_user": ADDRESS,
        "smtp_password": "the-code-of-qq",
        "provider": "",
        "provider_key": "",
        **more,
    }


def words(**more: str) -> dict[str, str]:
    empty = {
        f"{name}_{language}": ""
        for name in ("sender_name", "signature", "acknowledgement")
        for language in ("zh", "en")
    }
    return {**empty, "acknowledge": "on", "continue_minutes": "30", **more}


def kinds() -> list[str]:
    return list(
        Audit.objects.filter(kind__regex="^(inbox|mail)").order_by("id").values_list("kind", flat=True)
    )


def errors(page: Any) -> dict[str, Any]:
    assert page.status_code == 422
    return dict(page.context["form"].errors)


# -- opening and changing


def test_opening_a_mailbox_leads_to_how_its_mail_comes_in(desk: Client, support: Team) -> None:
    form = said(support, addresses="Help@Desk.test\ninfo@desk.test\nhelp@desk.test")
    answer = desk.post(NEW, form)
    inbox = Inbox.objects.get(kind=InboxKind.EMAIL)
    assert answer["Location"] == box(inbox, "in/")
    assert inbox.brand == support.brand
    assert [(one.address, one.is_main) for one in MailAddress.objects.all()] == [
        ("help@desk.test", True),
        ("info@desk.test", False),
    ]
    assert MailSettings.of(inbox).way_in == WayIn.NONE
    assert kinds() == ["inbox.opened"]


def test_it_stands_in_the_list_of_inboxes(desk: Client, mailbox: Inbox) -> None:
    page = desk.get("/console/settings/inboxes/").content.decode()
    assert box(mailbox) in page
    assert NEW in page


def test_another_address_first_becomes_the_main_one(desk: Client, mailbox: Inbox, returns: Team) -> None:
    desk.post(box(mailbox), said(returns, addresses=f"help@desk.test\n{ADDRESS}"))
    mailbox.refresh_from_db()
    assert mailbox.team == returns
    found = MailAddress.objects.filter(inbox=mailbox)
    assert [(one.address, one.is_main) for one in found] == [("help@desk.test", True), (ADDRESS, False)]
    desk.post(box(mailbox), said(returns, addresses="help@desk.test"))
    assert [one.address for one in found.all()] == ["help@desk.test"]


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b", "help+x@desk.test", "客服@desk.test", "a@desk.test, b@desk.test", "x\0@desk.test"],
)
def test_what_is_no_address_is_refused_in_its_place(desk: Client, support: Team, address: str) -> None:
    page = desk.post(NEW, said(support, addresses=address))
    assert page.context["form"].errors["addresses"]
    assert not Inbox.objects.exists()


def test_more_addresses_than_twenty_are_refused(desk: Client, support: Team) -> None:
    many = "\n".join(f"a{place}@desk.test" for place in range(21))
    assert desk.post(NEW, said(support, addresses=many)).context["form"].errors["addresses"]


def test_an_address_belongs_to_one_mailbox(desk: Client, mailbox: Inbox, foreign_team: Team) -> None:
    page = desk.post(NEW, said(foreign_team, addresses=ADDRESS))
    assert "another mailbox" in page.content.decode()
    assert Inbox.objects.count() == 1


def test_a_team_or_hours_of_another_brand_cannot_be_chosen(
    desk: Client, mailbox: Inbox, foreign_team: Team, other_brand: Brand, support: Team, admin: Staff
) -> None:
    assert errors(desk.post(box(mailbox), said(foreign_team)))["team"]
    theirs = Schedule.objects.create(brand=other_brand, name="Theirs")
    with pytest.raises(Refused):
        mailbox_flows.open_mailbox(
            team=support, name="x", language="en", schedule=theirs, addresses=["x@desk.test"], by=admin
        )


@pytest.mark.usefixtures("committed")
def test_of_two_who_take_an_address_at_once_one_has_it(support: Team, admin: Staff) -> None:
    taken: list[bool] = []

    def take(name: str) -> None:
        try:
            mailbox_flows.open_mailbox(
                team=support, name=name, language="en", schedule=None, addresses=[ADDRESS], by=admin
            )
            taken.append(True)
        except Refused:
            taken.append(False)
        connections.close_all()

    threads = [threading.Thread(target=take, args=(f"Post {place}",)) for place in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(taken) == [False, True]
    assert Inbox.objects.count() == MailAddress.objects.count() == 1


# -- who may


PAGES = ("", "in/", "out/", "oauth/", "words/", "state/", "mails/", "lost/", "words/answer/en/html")
POSTS = ("in/test", "in/secret", "out/test")


@pytest.mark.parametrize("part", PAGES)
def test_pages_are_for_those_who_manage_inboxes(
    part: str, mailbox: Inbox, supervisor: Staff, desk: Client
) -> None:
    assert Client().get(box(mailbox, part)).status_code == 302
    assert signed_in(supervisor).get(box(mailbox, part)).status_code == 403
    assert desk.get(box(mailbox, part)).status_code == 200


@pytest.mark.parametrize("part", [*PAGES, *POSTS])
def test_a_chat_is_no_mailbox(part: str, desk: Client, inbox: Inbox, mailbox: Inbox) -> None:
    method = desk.post if part in POSTS else desk.get
    assert method(box(inbox, part)).status_code == 404
    assert desk.get(f"/console/settings/inboxes/{mailbox.pk}/").status_code == 404
    assert desk.get(f"/console/settings/forms/{mailbox.pk}/").status_code == 404


@pytest.mark.parametrize("part", [*PAGES, *POSTS])
def test_a_brand_that_one_does_not_see_is_not_found(
    part: str, mailbox: Inbox, admin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Staff, "sees_every_brand", property(lambda staff: False))
    browser = signed_in(admin)
    method = browser.post if part in POSTS else browser.get
    assert method(box(mailbox, part)).status_code == 404


# -- in


def test_a_way_in_is_stored_and_its_password_never_shown(desk: Client, mailbox: Inbox) -> None:
    assert desk.post(box(mailbox, "in/"), way_in(trusted_server="mx.desk.test")).status_code == 302
    mailbox.refresh_from_db()
    settings = MailSettings.of(mailbox)
    assert settings.way_in == WayIn.IMAP
    assert settings.imap == Server("imap.qq.com", 993, Security.TLS, SignIn.PASSWORD, ADDRESS)
    assert settings.folders == ("INBOX", "其他")
    assert settings.trusted_server == "mx.desk.test"
    assert MailSecrets.of(mailbox).imap_password == "the-code-of-qq"
    page = desk.get(box(mailbox, "in/")).content.decode()
    assert "the-code-of-qq" not in page
    assert "One is set" in page
    assert "the-code-of-qq" not in str(list(Audit.objects.values_list("data", flat=True)))
    assert kinds() == ["inbox.changed"]


def test_what_was_typed_is_not_sent_back_with_an_error(desk: Client, mailbox: Inbox) -> None:
    page = desk.post(box(mailbox, "in/"), way_in(imap_host="no server"))
    assert errors(page)["imap_host"]
    assert "the-code-of-qq" not in page.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("way_in", "pigeon"),
        ("imap_host", ""),
        ("imap_host", "http://imap.qq.com"),
        ("imap_host", "imap qq"),
        ("imap_host", "x" * 300),
        ("imap_port", ""),
        ("imap_port", "0"),
        ("imap_port", "65536"),
        ("imap_port", "x"),
        ("imap_security", "maybe"),
        ("imap_sign_in", "smile"),
        ("imap_user", ""),
        ("imap_user", "x" * 300),
        ("imap_password", ""),
        ("folders", "\n".join(f"F{place}" for place in range(11))),
        ("folders", "a\tb"),
        ("trusted_server", "x" * 300),
    ],
)
def test_bad_input_about_the_way_in_is_refused_in_its_place(
    desk: Client, mailbox: Inbox, field: str, value: str
) -> None:
    page = desk.post(box(mailbox, "in/"), way_in(**{field: value}))
    assert field in errors(page)
    mailbox.refresh_from_db()
    assert MailSettings.of(mailbox).way_in == WayIn.DELIVERED
    assert mailbox.secrets is None


def test_an_empty_password_keeps_the_one_that_is_set(desk: Client, mailbox: Inbox) -> None:
    desk.post(box(mailbox, "in/"), way_in())
    assert desk.post(box(mailbox, "in/"), way_in(imap_password="", folders="INBOX")).status_code == 302
    mailbox.refresh_from_db()
    assert MailSecrets.of(mailbox).imap_password == "the-code-of-qq"


def test_a_password_is_never_sent_to_another_server_than_it_was_entered_for(
    desk: Client, mailbox: Inbox, admin: Staff
) -> None:
    desk.post(box(mailbox, "in/"), way_in())
    page = desk.post(box(mailbox, "in/"), way_in(imap_host="imap.thief.test", imap_password=""))
    assert errors(page)["imap_password"]
    elsewhere = Server("imap.thief.test", 993, user="x")
    mailbox_flows.settle(mailbox, lambda held: replace(held, imap=elsewhere), by=admin)
    assert MailSecrets.of(mailbox).imap_password == ""


@pytest.mark.parametrize("at", ["imap", "smtp"])
def test_tokens_are_never_sent_to_another_server_either(at: str, mailbox: Inbox, admin: Staff) -> None:
    known = Server("imap.gmail.com", 993, sign_in=SignIn.OAUTH, user="x")
    mailbox_flows.settle(
        mailbox, lambda held: replace(held, imap=known, oauth=OAuth("https://token.test/")), by=admin
    )
    MailSecrets.change(mailbox, refresh_token="refresh", access_token="access", access_until=9)
    thief = Server("imap.thief.test", 993, user="x")
    mailbox_flows.settle(mailbox, lambda held: replace(held, smtp=thief), by=admin)
    assert MailSecrets.of(mailbox).refresh_token == "refresh"
    by_token: dict[str, Any] = {at: replace(thief, sign_in=SignIn.OAUTH)}
    mailbox_flows.settle(mailbox, lambda held: replace(held, **by_token), by=admin)
    left = MailSecrets.of(mailbox)
    assert (left.refresh_token, left.access_token, left.access_until) == ("", "", 0)


@pytest.mark.parametrize(
    ("preset", "host"),
    [("qq", "imap.qq.com"), ("163", "imap.163.com"), ("microsoft", "outlook.office365.com")],
)
def test_a_preset_fills_in_the_form_and_stores_nothing(
    desk: Client, mailbox: Inbox, preset: str, host: str
) -> None:
    page = desk.get(box(mailbox, f"in/?preset={preset}"))
    assert page.context["form"].initial["imap_host"] == host
    assert page.context["form"].initial["imap_user"] == ADDRESS
    mailbox.refresh_from_db()
    assert MailSettings.of(mailbox).imap.host == ""
    assert "授权码" in desk.get(box(mailbox, "in/?preset=163")).content.decode()
    assert desk.get(box(mailbox, "in/?preset=none")).status_code == 200


def test_the_page_of_a_delivered_mailbox_shows_the_commands(desk: Client, mailbox: Inbox) -> None:
    page = desk.get(box(mailbox, "in/")).content.decode()
    assert "bin/kefu mail-in --listen 127.0.0.1:8025" in page
    assert f"bin/kefu mail-in --to {ADDRESS}" in page
    assert f"/hooks/mail/{mailbox.key}" in page


def test_the_webhook_secret_is_shown_once(desk: Client, mailbox: Inbox) -> None:
    page = desk.post(box(mailbox, "in/secret"))
    mailbox.refresh_from_db()
    first = MailSecrets.of(mailbox).webhook_secret
    assert first and first in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert first not in desk.get(box(mailbox, "in/")).content.decode()
    desk.post(box(mailbox, "in/secret"))
    mailbox.refresh_from_db()
    assert MailSecrets.of(mailbox).webhook_secret != first
    assert kinds() == ["inbox.secret_renewed", "inbox.secret_renewed"]


# -- out


def test_a_way_out_is_stored_and_its_secrets_never_shown(desk: Client, mailbox: Inbox) -> None:
    assert desk.post(box(mailbox, "out/"), way_out(bounce_addresses="on")).status_code == 302
    form = way_out(way_out="provider", provider="postmark", provider_key="pm-key-1", smtp_password="")
    assert desk.post(box(mailbox, "out/"), form).status_code == 302
    mailbox.refresh_from_db()
    settings, held = MailSettings.of(mailbox), MailSecrets.of(mailbox)
    assert (settings.way_out, settings.provider, settings.bounce_addresses) == (
        WayOut.PROVIDER,
        "postmark",
        False,
    )
    assert (held.smtp_password, held.provider_key) == ("the-code-of-qq", "pm-key-1")
    page = desk.get(box(mailbox, "out/")).content.decode()
    assert "pm-key-1" not in page and "the-code-of-qq" not in page


@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("way_out", way_out(way_out="bottle")),
        ("smtp_host", way_out(smtp_host="")),
        ("smtp_host", way_out(smtp_host="smtp qq")),
        ("smtp_port", way_out(smtp_port="")),
        ("smtp_port", way_out(smtp_port="-1")),
        ("smtp_security", way_out(smtp_security="?")),
        ("smtp_sign_in", way_out(smtp_sign_in="?")),
        ("smtp_user", way_out(smtp_sign_in="oauth", smtp_user="")),
        ("smtp_password", way_out(smtp_password="")),
        ("provider", way_out(way_out="provider", provider="carrier")),
        ("provider", way_out(way_out="provider")),
        ("provider_key", way_out(way_out="provider", provider="brevo")),
    ],
)
def test_bad_input_about_the_way_out_is_refused_in_its_place(
    desk: Client, mailbox: Inbox, field: str, form: dict[str, str]
) -> None:
    assert field in errors(desk.post(box(mailbox, "out/"), form))
    mailbox.refresh_from_db()
    assert MailSettings.of(mailbox).way_out == WayOut.DESK


def test_a_key_is_asked_for_again_with_another_provider(desk: Client, mailbox: Inbox) -> None:
    desk.post(box(mailbox, "out/"), way_out(way_out="provider", provider="postmark", provider_key="pm-key-1"))
    page = desk.post(box(mailbox, "out/"), way_out(way_out="provider", provider="brevo"))
    assert errors(page)["provider_key"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token_url", ""),
        ("token_url", "http://token.test/"),
        ("token_url", "x"),
        ("client_id", ""),
        ("refresh_token", ""),
        ("scope", "x" * 300),
    ],
)
def test_bad_input_about_oauth_is_refused_in_its_place(
    desk: Client, mailbox: Inbox, field: str, value: str
) -> None:
    form = {
        "token_url": "https://token.test/t",
        "client_id": "kefu",
        "client_secret": "cs",
        "refresh_token": "rt",
        "scope": "",
    }
    assert field in errors(desk.post(box(mailbox, "oauth/"), form | {field: value}))
    assert desk.post(box(mailbox, "oauth/"), form).status_code == 302
    mailbox.refresh_from_db()
    assert MailSettings.of(mailbox).oauth == OAuth("https://token.test/t", "kefu", "")
    assert MailSecrets.of(mailbox).refresh_token == "rt"


# -- what is said


def test_words_are_stored_and_shown_in_the_preview_of_both_languages(desk: Client, mailbox: Inbox) -> None:
    form = words(signature_zh="烛遥客服", signature_en="Your Lumo team", acknowledgement_en="We have it.")
    assert desk.post(box(mailbox, "words/"), form).status_code == 302
    mailbox.refresh_from_db()
    settings = MailSettings.of(mailbox)
    assert settings.signature == Words("烛遥客服", "Your Lumo team")
    assert settings.continue_minutes == 30
    frame = desk.get(box(mailbox, "words/answer/en/html"))
    assert "Your Lumo team" in frame.content.decode()
    assert "烛遥客服" in desk.get(box(mailbox, "words/answer/zh-hans/html")).content.decode()
    assert "We have it." in desk.get(box(mailbox, "words/acknowledgement/en/html")).content.decode()
    assert frame["Content-Security-Policy"].startswith("default-src 'none'")
    assert "sandbox" in frame["Content-Security-Policy"]
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_a_signature_with_markup_is_text_in_the_preview(desk: Client, mailbox: Inbox) -> None:
    desk.post(box(mailbox, "words/"), words(signature_en="<script>alert(1)</script>"))
    assert "<script>" not in desk.get(box(mailbox, "words/answer/en/html")).content.decode()


@pytest.mark.parametrize("part", ["words/answer/fr/html", "words/poem/en/html"])
def test_a_preview_that_does_not_exist_is_not_found(desk: Client, mailbox: Inbox, part: str) -> None:
    assert desk.get(box(mailbox, part)).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sender_name_zh", "x" * 61),
        ("sender_name_en", "a\u2028b"),
        ("signature_zh", "x" * 2001),
        ("acknowledgement_en", "x" * 2001),
        ("continue_minutes", ""),
        ("continue_minutes", "-1"),
        ("continue_minutes", "10081"),
    ],
)
def test_bad_words_are_refused_in_their_place(desk: Client, mailbox: Inbox, field: str, value: str) -> None:
    assert field in errors(desk.post(box(mailbox, "words/"), words(**{field: value})))


# -- whether it works


@pytest.fixture
def fetched(mailbox: Inbox) -> Inbox:
    MailSettings(way_in=WayIn.IMAP, imap=Server("10.0.0.7", 993, user="x")).save(mailbox)
    return mailbox


def told(desk: Client, address: str) -> str:
    page = desk.post(address, follow=True)
    return " ".join(str(message) for message in page.context["messages"])


@pytest.mark.parametrize(
    "host", ["10.0.0.7", "127.0.0.1", "169.254.169.254", "localhost", "nowhere.invalid", "::1"]
)
@pytest.mark.parametrize("port", [993, 22, 5432])
def test_nothing_is_learnt_about_our_own_network(desk: Client, mailbox: Inbox, host: str, port: int) -> None:
    """B4: whatever stands there, and whether anything does, the sentence is the same."""
    MailSettings(
        way_in=WayIn.IMAP, imap=Server(host, port, user="x"), way_out=WayOut.SMTP, smtp=Server(host, port)
    ).save(mailbox)
    for way in ("in/test", "out/test"):
        assert (
            told(desk, box(mailbox, way))
            == "The mail server cannot be reached. Check its name, port and kind of security."
        )


def test_a_test_that_fails_takes_as_long_as_others(
    fetched: Inbox, admin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(mailbox_flows, "FLOOR", 60.0)
    monkeypatch.setattr("kefu.inboxes.email.mailbox_flows.time.sleep", slept.append)
    assert mailbox_flows.try_way_in(fetched, by=admin)
    assert len(slept) == 1 and slept[0] > 50


@pytest.mark.parametrize("code", ["certificate", "sign_in", "oauth", "provider", "broken"])
def test_each_trouble_has_a_sentence(
    desk: Client, fetched: Inbox, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(inbox: Inbox) -> Any:
        raise Unreachable(code)

    monkeypatch.setattr("kefu.inboxes.email.fetching.signed_in", fail)
    words = told(desk, box(fetched, "in/test"))
    assert words.endswith(".") and "cannot be reached. Check" not in words


def test_a_folder_that_is_not_there_is_named(
    desk: Client, fetched: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Line:
        ended = False

        def folder_exists(self, name: str) -> bool:
            return False

        def shutdown(self) -> None:
            Line.ended = True

    monkeypatch.setattr("kefu.inboxes.email.fetching.signed_in", lambda inbox: Line())
    assert "“INBOX”" in told(desk, box(fetched, "in/test"))
    assert Line.ended


def test_tests_are_limited_for_each_admin(desk: Client, fetched: Inbox) -> None:
    for _ in range(mailbox_flows.TESTS):
        assert "reached" in told(desk, box(fetched, "in/test"))
    assert "lot of tests" in told(desk, box(fetched, "in/test"))
    assert kinds() == ["inbox.tested"] * mailbox_flows.TESTS


def test_a_delivered_mailbox_has_nothing_to_connect_to(desk: Client, mailbox: Inbox) -> None:
    assert desk.post(box(mailbox, "in/test")).status_code == 404


def test_the_test_of_the_way_out_goes_to_whoever_asks(
    desk: Client, mailbox: Inbox, admin: Staff, mailoutbox: list[Any]
) -> None:
    sent: list[tuple[str, list[str]]] = []

    class Transport:
        def send(self, mail: Any, *, sender: str, recipients: list[str]) -> dict[str, int]:
            sent.append((sender, recipients))
            assert mail["To"] == admin.email
            return {}

    @contextmanager
    def through(inbox: Inbox) -> Iterator[Transport]:
        yield Transport()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(testmail, "transport_of", through)
        assert admin.email in told(desk, box(mailbox, "out/test"))
    assert sent == [(ADDRESS, [admin.email])]


def test_both_ways_of_a_real_mailbox_work(
    desk: Client, real_mailbox: Inbox, monkeypatch: pytest.MonkeyPatch, admin: Staff
) -> None:
    admin.email = "alice@customer.test"
    admin.save()
    assert told(desk, box(real_mailbox, "in/test")) == "The mailbox can be read."
    assert "alice@customer.test" in told(desk, box(real_mailbox, "out/test"))
    MailSecrets.change(real_mailbox, imap_password="wrong")
    assert "user name or the password" in told(desk, box(real_mailbox, "in/test"))
