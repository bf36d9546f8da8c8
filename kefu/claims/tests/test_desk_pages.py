"""The desk's page of one claim: what it shows, and every step that is taken there."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import begin
from kefu.claims import goods, reviewing
from kefu.claims.acts import ACTS
from kefu.claims.machines import MACHINES, Who
from kefu.claims.models import Claim
from kefu.claims.tests.desk import BY_HAND, STRICT, Desk, now, publish
from kefu.conversations.models import Inbox
from kefu.events.models import Audit
from kefu.orders.models import Carrier
from kefu.people.models import Staff
from kefu.people.testing import signed_in

pytestmark = pytest.mark.django_db
FOR_PEOPLE = frozenset({Who.AGENT, Who.SUPERVISOR, Who.WAREHOUSE, Who.TECHNICIAN, Who.FINANCE})


@pytest.fixture
def claim(desk: Desk) -> Claim:
    """A return of two lamps, which waits for a person."""
    publish(desk.shop, BY_HAND)
    return desk.files(desk.order(lines=[desk.shop.line(qty=2)]))


def page(staff: Staff, claim: Claim) -> str:
    return signed_in(staff).get(reverse("claim", args=[claim.pk])).content.decode()


def take(staff: Staff, claim: Claim, noun: str, **given: Any) -> Any:
    """As the form on the page sends it."""
    claim.refresh_from_db()
    return press(signed_in(staff), claim, noun, version=claim.version, **given)


def press(browser: Client, claim: Claim, noun: str, **given: Any) -> Any:
    return browser.post(reverse(f"claim-{noun}", args=[claim.pk]), given)


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def on_the_table(desk: Desk, claim: Claim) -> Claim:
    """Approved, sent, counted in, and being looked at."""
    reviewing.approve(claim, by=desk.agent)
    desk.receives(desk.ships(claim))
    goods.inspect(claim, by=desk.warehouse)
    return claim


# -- what is shown


def test_a_claim_is_shown_with_why_it_was_judged_so_and_to_the_cent(desk: Desk, claim: Claim) -> None:
    shown = page(desk.agent, claim)
    assert claim.public_number in shown
    assert "Under review" in shown
    assert "CN¥200.00" in shown
    assert "within_the_window" in shown
    assert claim.customer.name in shown
    assert claim.policy is not None
    assert f"version {claim.policy.version}" in shown


def test_each_sees_only_what_they_may_do_now(desk: Desk, claim: Claim) -> None:
    approval = reverse("claim-approval", args=[claim.pk])
    for staff, may in (
        (desk.agent, True),
        (desk.supervisor, True),
        (desk.warehouse, False),
        (desk.finance, False),
    ):
        assert (approval in page(staff, claim)) is may, staff
    reviewing.approve(claim, by=desk.agent)
    desk.ships(claim)
    receipt = reverse("claim-receipt", args=[claim.pk])
    assert receipt in page(desk.warehouse, claim)
    assert receipt not in page(desk.agent, claim)


def test_the_number_of_questions_does_not_grow_with_the_lines(desk: Desk, claim: Claim) -> None:
    many = desk.files(desk.order(lines=[desk.shop.line() for _ in range(9)]))
    browser = signed_in(desk.agent)
    counted = []
    for one in (claim, many):
        browser.get(reverse("claim", args=[one.pk]))
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("claim", args=[one.pk]))
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 11


def test_a_claim_in_the_middle_of_everything_asks_little_more(
    desk: Desk, claim: Claim, inbox: Inbox, photo: bytes
) -> None:
    """With a conversation, other colleagues' steps, a finding, and a form for a parcel."""
    Claim.objects.filter(pk=claim.pk).update(conversation=begin(desk.shop.customer, inbox))
    on_the_table(desk, Claim.objects.get(pk=claim.pk))
    finds(desk.warehouse, claim, accepted="2", file=SimpleUploadedFile("lamp.jpg", photo, "image/jpeg"))
    for staff in (desk.agent, desk.supervisor, desk.warehouse):
        browser = signed_in(staff)
        browser.get(reverse("claim", args=[claim.pk]))
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("claim", args=[claim.pk]))
        assert len(queries) <= 15, staff


def test_the_order_is_fetched_when_its_fold_is_opened(desk: Desk, claim: Claim, charlie: Staff) -> None:
    address = reverse("claim-order", args=[claim.pk])
    assert address in page(desk.agent, claim)
    fold = signed_in(desk.agent).get(address, headers={"HX-Request": "true"}).content.decode()
    assert claim.order is not None
    assert "<html" not in fold and claim.order.external_no in fold
    assert signed_in(charlie).get(address).status_code == 404
    Claim.objects.filter(pk=claim.pk).update(order=None)
    assert signed_in(desk.agent).get(address).status_code == 404
    assert address not in page(desk.agent, claim)


def test_carriers_are_there_where_a_form_asks_for_one(desk: Desk, claim: Claim) -> None:
    Carrier.objects.get_or_create(code="sf", defaults={"name": "SF Express"})
    assert 'id="carriers"' not in page(desk.agent, claim)
    reviewing.approve(claim, by=desk.agent)
    assert 'id="carriers"' in page(desk.agent, claim)


def test_a_stranger_is_led_away_and_another_brand_finds_nothing(
    desk: Desk, claim: Claim, charlie: Staff
) -> None:
    address = reverse("claim", args=[claim.pk])
    assert Client().get(address).status_code == 302
    assert signed_in(charlie).get(address).status_code == 404
    for act in ACTS:
        answer = take(charlie, claim, act.noun, words="no")
        assert answer.status_code in {403, 404}, act.noun
    assert now(claim) == "under_review"


def test_its_conversation_is_named_to_those_who_see_it(
    desk: Desk, claim: Claim, inbox: Inbox, omar: Staff
) -> None:
    talk = begin(desk.shop.customer, inbox)
    Claim.objects.filter(pk=claim.pk).update(conversation=talk)
    assert talk.public_number in page(desk.agent, claim)
    assert talk.public_number not in page(omar, claim)


def test_a_draft_is_its_customers_alone(desk: Desk, claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(status="draft")
    assert signed_in(desk.supervisor).get(reverse("claim", args=[claim.pk])).status_code == 404


def test_every_step_for_people_has_a_door_here() -> None:
    of_people = {step.action for steps in MACHINES.values() for step in steps if step.who & FOR_PEOPLE}
    of_finance = {"retry", "change_destination"}  # at the refund's own page
    assert of_people - {act.action for act in ACTS} - of_finance == {"submit"}


# -- steps


def test_an_agent_approves_and_the_page_says_how_it_stands(desk: Desk, claim: Claim) -> None:
    answer = take(desk.agent, claim, "approval")
    assert (answer.status_code, answer["Location"]) == (302, reverse("claim", args=[claim.pk]))
    assert now(claim) == "approved"


def test_a_form_of_an_earlier_version_changes_nothing_and_shows_the_claim_as_it_is(
    desk: Desk, claim: Claim
) -> None:
    before = claim.version
    reviewing.request_info(claim, by=desk.supervisor, words="Which lamp?")
    answer = press(signed_in(desk.agent), claim, "rejection", version=before, words="It was engraved.")
    assert answer.status_code == 409
    assert "Someone has changed this in the meantime" in text(answer)
    assert "It was engraved." in text(answer)
    assert "Which lamp?" in text(answer)
    assert now(claim) == "awaiting_customer"


@pytest.mark.parametrize("version", ["", "x", "-1", "²", "99999999999999999999"])
def test_a_form_without_a_version_of_ours_changes_nothing(desk: Desk, claim: Claim, version: str) -> None:
    assert press(signed_in(desk.agent), claim, "approval", version=version).status_code == 409
    assert now(claim) == "under_review"


def test_pressed_twice_it_happens_once(desk: Desk, claim: Claim) -> None:
    version = claim.version
    browser = signed_in(desk.agent)
    codes = [press(browser, claim, "approval", version=version).status_code for _ in range(2)]
    assert codes == [302, 409]
    assert claim.steps.filter(action="approve").count() == 1


def test_a_refusal_needs_words_and_they_reach_the_customer(desk: Desk, claim: Claim) -> None:
    assert take(desk.agent, claim, "rejection", words=" ").status_code == 422
    assert now(claim) == "under_review"
    take(desk.agent, claim, "rejection", words="It was engraved for you.")
    claim.refresh_from_db()
    assert (claim.status, claim.said_why) == ("rejected", "It was engraved for you.")


def test_above_ones_limit_the_sentence_is_shown_and_the_try_is_kept(desk: Desk) -> None:
    publish(desk.shop, STRICT)
    claim = desk.files(desk.order())
    answer = take(desk.agent, claim, "approval")
    assert answer.status_code == 409
    assert "above your limit" in text(answer)
    assert Audit.objects.filter(kind="claim.limit_refused", subject_id=claim.pk).exists()
    assert take(desk.supervisor, claim, "approval").status_code == 302


def test_a_smaller_amount_is_typed_as_people_write_it(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.shop.order(status="pending"), "cancellation", reason="no_longer_needed")
    for wrong in ("much", "0", "-3", "1000000"):
        assert take(desk.agent, claim, "approval", amount=wrong).status_code in {409, 422}, wrong
    assert take(desk.agent, claim, "approval", amount="59.90").status_code == 302
    assert claim.refunds.get().amount_minor == 5_990


def test_what_is_not_open_now_is_refused_with_a_sentence(desk: Desk, claim: Claim) -> None:
    answer = take(desk.warehouse, claim, "receipt")
    assert answer.status_code == 409
    assert "that is not possible now" in text(answer)


def test_a_colleague_whose_step_it_is_not_is_refused(desk: Desk, claim: Claim, auditor: Staff) -> None:
    on_the_table(desk, claim)
    assert take(auditor, claim, "conclusion").status_code == 409
    assert take(auditor, claim, "approval").status_code == 403
    assert now(claim) == "inspecting"


# -- goods


def test_the_warehouse_counts_looks_and_concludes(desk: Desk, claim: Claim) -> None:
    reviewing.approve(claim, by=desk.agent)
    desk.ships(claim)
    line = claim.lines.get()
    take(desk.warehouse, claim, "receipt", **{f"qty-{line.pk}": "2", f"damaged-{line.pk}": "1"})
    take(desk.warehouse, claim, "inspection")
    assert now(claim) == "inspecting"
    found = {"accepted": "1", "check-undamaged": "no", "disposition": "restock", "note": "Scratched"}
    assert finds(desk.warehouse, claim, **found).status_code == 302
    assert take(desk.warehouse, claim, "conclusion").status_code == 302
    line.refresh_from_db()
    assert (line.qty_received, line.qty_damaged, line.qty_accepted, line.disposition) == (2, 1, 1, "restock")
    assert line.inspections.get().note == "Scratched"
    assert claim.refunds.get().amount_minor == 10_000


def finds(staff: Staff, claim: Claim, line_id: object = None, **given: Any) -> Any:
    claim.refresh_from_db()
    line_id = line_id or claim.lines.get().pk
    address = reverse("claim-finding", args=[claim.pk, line_id])
    return signed_in(staff).post(address, {"version": claim.version, **given})


def test_too_much_counted_is_said_beside_the_numbers(desk: Desk, claim: Claim) -> None:
    reviewing.approve(claim, by=desk.agent)
    desk.ships(claim)
    answer = take(desk.warehouse, claim, "receipt", **{f"qty-{claim.lines.get().pk}": "3"})
    assert answer.status_code == 422
    assert "less than or equal to 2" in text(answer)
    assert now(claim) == "in_transit"


def test_a_finding_without_grounds_is_refused_and_stays_as_it_was_written(desk: Desk, claim: Claim) -> None:
    on_the_table(desk, claim)
    answer = finds(desk.warehouse, claim, accepted="1", note="Dirty")
    assert answer.status_code == 409
    assert "Describe what is wrong." in text(answer)
    assert "Dirty" in text(answer)
    assert finds(desk.warehouse, claim, accepted="x").status_code == 422


def test_a_finding_is_of_a_line_of_this_claim(desk: Desk, claim: Claim) -> None:
    other = desk.files(desk.order())
    on_the_table(desk, claim)
    for line in (other.lines.get().pk, uuid4()):
        assert finds(desk.warehouse, claim, line, accepted="0").status_code == 404


def test_photos_of_the_inspection_are_kept_with_their_line(desk: Desk, claim: Claim, photo: bytes) -> None:
    on_the_table(desk, claim)
    shot = SimpleUploadedFile("scratch.jpg", photo, "image/jpeg")
    assert finds(desk.warehouse, claim, accepted="2", file=shot).status_code == 302
    kept = claim.evidence.get()
    assert (kept.kind, kept.line) == ("inspection", claim.lines.get())
    assert reverse("evidence", args=[claim.pk, kept.pk]) in page(desk.agent, claim)


# -- evidence


def test_evidence_opens_for_the_one_who_asked_only(
    desk: Desk, claim: Claim, photo: bytes, charlie: Staff
) -> None:
    shot = SimpleUploadedFile("lamp.jpg", photo, "image/jpeg")
    take(desk.agent, claim, "evidence", kind="photo", file=shot)
    address = reverse("evidence", args=[claim.pk, claim.evidence.get().pk])
    browser = signed_in(desk.agent)
    ticket = browser.get(f"{address}?thumb")["Location"]
    picture = browser.get(ticket)
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/webp")
    assert signed_in(desk.supervisor).get(ticket).status_code == 404
    assert signed_in(charlie).get(address).status_code == 404
    assert signed_in(charlie).get(ticket).status_code == 404
    assert browser.get(f"{ticket}x").status_code == 404


def test_evidence_is_a_file_that_can_be_taken(desk: Desk, claim: Claim, photo: bytes) -> None:
    program = SimpleUploadedFile("run.exe", b"MZ\x90\x00", "image/jpeg")
    paper = SimpleUploadedFile("note.txt", b"words", "text/plain")
    shot = SimpleUploadedFile("lamp.jpg", photo, "image/jpeg")
    for given in (
        {"kind": "photo"},
        {"kind": "photo", "file": program},
        {"kind": "photo", "file": paper},
        {"kind": "nothing", "file": shot},
        {"kind": "photo", "file": shot, "line": "x"},
    ):
        assert take(desk.agent, claim, "evidence", **given).status_code == 409, given
    assert not claim.evidence.exists()
    assert take(desk.finance, claim, "evidence", kind="doc", file=paper).status_code == 409
