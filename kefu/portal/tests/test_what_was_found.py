"""A customer who has to decide about what came back is told what was found, and offered what there is."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kefu.claims import evidencing, goods, reviewing
from kefu.claims.goods import Finding
from kefu.claims.models import Claim
from kefu.claims.tests.conftest import desk as desk
from kefu.claims.tests.conftest import finance as finance
from kefu.claims.tests.conftest import photo as photo
from kefu.claims.tests.conftest import shop as shop
from kefu.claims.tests.conftest import technician as technician
from kefu.claims.tests.conftest import warehouse as warehouse
from kefu.claims.tests.desk import BY_HAND, Desk, publish
from kefu.portal.tests.test_claims_of_a_customer import browser

pytestmark = pytest.mark.django_db


def inspected(desk: Desk, **found: object) -> Claim:
    """The shade is cracked, which a note tells colleagues."""
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order())
    reviewing.approve(claim, by=desk.supervisor)
    desk.receives(desk.ships(claim))
    goods.inspect(claim, by=desk.warehouse)
    finding = Finding(0, {"undamaged": False, "tags": True}, note="For colleagues", **found)  # type: ignore[arg-type]
    goods.find(claim, claim.lines.get().pk, finding, by=desk.warehouse)
    goods.conclude(claim, by=desk.warehouse)
    return claim


def page(client: Client, claim: Claim) -> str:
    answer = client.get(f"/my/claims/{claim.pk}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_not_in_order_stands_above_the_decision_and_the_note_nowhere(desk: Desk) -> None:
    claim = inspected(desk)
    shown = page(browser(desk.shop.customer), claim)
    assert "It is damaged." in shown and "The labels are missing." not in shown
    assert "For colleagues" not in shown
    assert 'value="send_back"' in shown and 'value="dispute"' in shown


def test_a_deduction_is_offered_only_where_there_is_one(desk: Desk) -> None:
    assert 'value="accept_deduction"' not in page(browser(desk.shop.customer), inspected(desk))


def test_a_deduction_that_was_offered_can_be_taken(desk: Desk) -> None:
    claim = inspected(desk, deduction_minor=3_000, deduction_reason="Cracked")
    mine = browser(desk.shop.customer)
    assert 'value="accept_deduction"' in page(mine, claim)
    mine.post(f"/my/claims/{claim.pk}/decision", {"decision": "accept_deduction"})
    assert claim.refunds.get().amount_minor == 7_000


def test_it_is_disputed_once(desk: Desk) -> None:
    claim, mine = inspected(desk), browser(desk.shop.customer)
    said = {"decision": "dispute", "words": "It was whole"}
    assert mine.post(f"/my/claims/{claim.pk}/decision", said).status_code == 302
    claim.refresh_from_db()
    goods.confirm_findings(claim, by=desk.supervisor, words="The photos show it")
    assert 'value="dispute"' not in page(mine, claim)
    assert mine.post(f"/my/claims/{claim.pk}/decision", said).status_code == 422


def test_what_was_accepted_after_all_is_held_against_nobody(desk: Desk) -> None:
    claim, mine = inspected(desk), browser(desk.shop.customer)
    mine.post(f"/my/claims/{claim.pk}/decision", {"decision": "dispute", "words": "It was whole"})
    claim.refresh_from_db()
    goods.uphold(claim, by=desk.supervisor, words="It broke on its way")
    assert "It is damaged." not in page(mine, claim)


@pytest.mark.parametrize("kind", ["inspection", "photo", "doc"])
def test_a_customer_finds_the_files_that_they_handed_in_and_none_of_ours(
    desk: Desk, photo: bytes, kind: str
) -> None:
    """C8"""
    publish(desk.shop, BY_HAND)
    claim = desk.receives(desk.ships(approved(desk, desk.files(desk.order()))))
    taken = {
        by: evidencing.upload(claim, SimpleUploadedFile("a.jpg", photo, "image/jpeg"), what, by=by)
        for by, what in ((desk.shop.customer, "photo"), (desk.warehouse, kind))
    }
    mine, theirs = (f"/my/claims/{claim.pk}/files/{piece.pk}" for piece in taken.values())
    client = browser(desk.shop.customer)
    shown = page(client, claim)
    assert mine in shown and theirs not in shown
    assert [client.get(file).status_code for file in (mine, theirs, f"{theirs}?thumb")] == [200, 404, 404]


def approved(desk: Desk, claim: Claim) -> Claim:
    reviewing.approve(claim, by=desk.supervisor)
    return claim
