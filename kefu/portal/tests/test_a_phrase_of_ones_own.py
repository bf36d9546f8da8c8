"""A customer's own phrase: theirs to choose, in mails to them alone, and never before a colleague's eyes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from kefu.events import deliveries
from kefu.events.actors import SYSTEM
from kefu.events.models import Audit, Delivery, Event
from kefu.people import customers, phrases
from kefu.people.models import Customer, CustomerSession, IdentityKind, Refused, Staff
from kefu.people.testing import signed_in as staff_signed_in
from kefu.portal.tests.test_signing_in_as_a_customer import LIN, signed_in
from tests.calling import calling

pytestmark = pytest.mark.django_db

HERON = "blue heron at dawn"


def lin_known() -> Customer:
    known = customers.find(IdentityKind.EMAIL, LIN)
    assert known
    return known


def last_mail(to: str) -> dict[str, str]:
    found = [one for one in Delivery.objects.order_by("created_at") if one.recipient == to]
    content: dict[str, str] = json.loads(found[-1].content or "")
    return content


def written_to(address: str) -> str:
    deliveries.queue(template="mail/code", to=address, key=address, language="en", context={"code": "1"})
    return json.dumps(last_mail(address), ensure_ascii=False)


def test_it_is_chosen_changed_and_removed_by_its_owner() -> None:
    client = signed_in()
    assert client.post("/my/phrase", {"phrase": f"  {HERON} "})["Location"] == "/my/phrase"
    assert HERON in client.get("/my/phrase").content.decode()
    assert lin_known().phrase == HERON
    client.post("/my/phrase", {"phrase": "蓝鹭清晨"})
    assert lin_known().phrase == "蓝鹭清晨"
    client.post("/my/phrase", {"remove": "yes"})
    assert lin_known().phrase is None
    kinds = Audit.objects.filter(kind__startswith="customer.phrase").order_by("id")
    assert [one.kind.rpartition("_")[2] for one in kinds] == ["chosen", "changed", "dropped"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("x", "between 2 and 40"),
        ("x" * 41, "between 2 and 40"),
        ("", "between 2 and 40"),
        ("two\nlines", "one line"),
        ("two\u2028lines", "one line"),
        ("hid\u200bden", "cannot be seen"),
        ("bell\x07", "cannot be seen"),
        ("nul\x00", "cannot be seen"),
        ("look at https://evil.test", "address"),
        ("www.evil", "address"),
        ("evil.cn", "address"),
        ("evil。ｃｎ", "address"),
        ("me@evil", "address"),
    ],
)
def test_what_cannot_be_a_phrase_is_refused_with_a_sentence(given: str, why: str) -> None:
    client = signed_in()
    answer = client.post("/my/phrase", {"phrase": given})
    assert answer.status_code == 422 and why in answer.content.decode()
    assert lin_known().phrase is None
    with pytest.raises(Refused):
        phrases.cleaned(given)


def test_curly_quotes_end_no_phrase_early() -> None:
    assert phrases.cleaned("the “blue”  heron") == 'the "blue" heron'


def test_mails_to_its_owner_begin_with_it_and_others_have_none() -> None:
    signed_in().post("/my/phrase", {"phrase": HERON})
    mail = last_mail(LIN)
    assert "was changed" in mail["subject"] and HERON not in mail["subject"]
    assert mail["text"].startswith(f"Your phrase: “{HERON}”\n\n")
    assert mail["html"].index(HERON) < mail["html"].index("was set, changed or removed")
    assert HERON in written_to(LIN) and HERON in written_to(LIN.upper())
    customers.claim(Customer.objects.create(name="Mallory"), IdentityKind.EMAIL, LIN, by=SYSTEM)
    customers.claim(lin_known(), IdentityKind.EMAIL, "said@example.test", by=SYSTEM)
    assert HERON not in written_to("said@example.test")  # said, not proved
    assert HERON not in written_to("nobody@example.test")
    assert "phrase" not in written_to("nobody@example.test")


def test_only_mails_to_their_owner_alone_show_it(lin: Customer) -> None:
    signed_in().post("/my/phrase", {"phrase": HERON})
    customers.verify(lin_known(), IdentityKind.EMAIL, "second@example.test", by=SYSTEM)
    customers.verify(lin, IdentityKind.EMAIL, "other@example.test", by=SYSTEM)
    assert HERON in phrases.line_for(LIN) and HERON in phrases.line_for(LIN, "second@example.test")
    assert phrases.line_for(LIN, "other@example.test") == ""
    assert phrases.line_for(LIN, "stranger@example.test") == ""
    assert phrases.line_for("other@example.test") == "" == phrases.line_for()


def test_a_change_is_told_under_the_phrase_that_was_known() -> None:
    client = signed_in()
    client.post("/my/phrase", {"phrase": HERON})
    client.post("/my/phrase", {"phrase": "a thief's words"})
    told = json.dumps(last_mail(LIN), ensure_ascii=False)
    assert HERON in told and "thief" not in told
    told_before = Delivery.objects.count()
    client.post("/my/phrase", {"phrase": "a thief's words"})
    assert Delivery.objects.count() == told_before


def test_nobody_else_opens_or_sets_it() -> None:
    owner, tao = signed_in(), signed_in("tao@example.test")
    owner.post("/my/phrase", {"phrase": HERON})
    assert HERON not in tao.get("/my/phrase").content.decode()
    tao.post("/my/phrase", {"phrase": "something else"})
    tao.post("/my/phrase", {"remove": "yes"})
    assert lin_known().phrase == HERON
    stranger = Client()
    assert stranger.get("/my/phrase")["Location"].startswith("/my/sign-in?")
    assert stranger.post("/my/phrase", {"phrase": "mine now"}).status_code == 302
    assert lin_known().phrase == HERON


def test_a_device_that_was_left_signed_in_neither_shows_nor_changes_it(mei: Staff) -> None:
    client = signed_in()
    client.post("/my/phrase", {"phrase": HERON})
    CustomerSession.objects.update(created_at=timezone.now() - timedelta(minutes=31))
    answers = [client.get("/my/phrase"), client.post("/my/phrase", {"phrase": "mine now"})]
    assert {answer["Location"] for answer in answers} == {"/my/sign-in?next=%2Fmy%2Fphrase"}
    assert lin_known().phrase == HERON
    assert staff_signed_in(mei).get("/my/phrase").status_code == 302


def test_it_is_changed_so_often_and_no_more() -> None:
    client = signed_in()
    codes = [client.post("/my/phrase", {"phrase": f"heron {n}"}).status_code for n in range(12)]
    assert codes == [302] * 10 + [429] * 2
    assert lin_known().phrase == "heron 9"


def test_no_colleague_no_program_and_no_table_shows_it(
    supervisor: Staff, admin: Staff, caplog: pytest.LogCaptureFixture
) -> None:
    signed_in().post("/my/phrase", {"phrase": HERON})
    lin = lin_known()
    Delivery.objects.all().delete()
    for api in (calling(supervisor), calling(admin)):
        assert HERON not in api.get(f"/customers/{lin.pk}").content.decode()
        assert HERON not in api.get("/customers").content.decode()
    assert HERON not in staff_signed_in(admin).get("/audit/").content.decode()
    kept = [*Event.objects.values_list("data", flat=True), *Audit.objects.values_list("data", flat=True)]
    assert not any(HERON in str(data) for data in kept)
    with connection.cursor() as db:
        db.execute("SELECT row_to_json(c)::text FROM people_customer c")
        assert not any(HERON in row[0] or HERON.encode().hex() in row[0] for row in db.fetchall())
    assert HERON not in caplog.text


def test_two_customers_who_prove_to_be_one_keep_a_phrase(lin: Customer, admin: Staff) -> None:
    signed_in().post("/my/phrase", {"phrase": HERON})
    before = lin_known()
    customers.merge(before, into=lin, by=admin)
    assert Customer.objects.get(pk=lin.pk).phrase == HERON
    assert Customer.objects.get(pk=before.pk).phrase is None
    assert HERON in phrases.line_for(LIN)
