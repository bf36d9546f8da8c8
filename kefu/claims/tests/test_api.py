"""Claims through the API: filed, found and moved by programs of customers and colleagues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kefu.claims import reviewing
from kefu.claims.models import Claim, Refund
from kefu.claims.presets import CN_LAW
from kefu.claims.tests.desk import BY_HAND, STRICT, Desk, publish
from kefu.events.models import Audit
from kefu.lib.ids import uuid7
from kefu.orders.models import Order, PaymentMethod, RegisteredProduct
from kefu.people import customer_tokens
from kefu.people.models import Customer, Staff, StaffToken
from tests.calling import EVERYTHING, Caller, calling, problem_of, token_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(desk: Desk) -> Caller:
    return calling(desk.agent)


@pytest.fixture
def speaker(admin: Staff) -> StaffToken:
    token_of(admin, EVERYTHING)
    return StaffToken.objects.get(staff=admin)


def acting_as(customer: Customer, speaker: StaffToken) -> Caller:
    return Caller(customer_tokens.issue(customer, through=speaker)[1])


@pytest.fixture
def lins(desk: Desk, speaker: StaffToken) -> Iterator[Caller]:
    yield acting_as(desk.shop.customer, speaker)


@pytest.fixture
def eves(speaker: StaffToken) -> Caller:
    return acting_as(Customer.objects.create(name="Eve"), speaker)


def wanted(order: Order, kind: str = "return", **fields: Any) -> dict[str, Any]:
    lines = [
        {"order_line": str(line.pk), "qty": line.qty, "reason": "changed_mind"} for line in order.lines.all()
    ]
    return {"kind": kind, "order": order.external_no, "lines": lines, **fields}


def test_a_preview_says_whether_how_much_and_why_and_creates_nothing(desk: Desk, lins: Caller) -> None:
    publish(desk.shop, CN_LAW)
    seen = lins.post("/claims/previews", wanted(desk.order())).json()
    assert (seen["outcome"], seen["automatic"]) == ("eligible", True)
    assert (seen["money"]["total"], seen["money"]["currency"]) == (10_000, "CNY")
    assert {"rule", "outcome", "basis", "sentence"} <= set(seen["verdicts"][0])
    assert not Claim.objects.exists()


def test_a_customer_files_and_follows_a_return(desk: Desk, lins: Caller) -> None:
    publish(desk.shop, CN_LAW)
    answer = lins.post("/claims", wanted(desk.order()))
    filed = answer.json()
    assert (answer.status_code, filed["status"]) == (201, "approved")
    assert answer["ETag"] == f'"{filed["version"]}"'
    assert filed["actions"] == ["mark_shipped", "withdraw"]
    assert [step["action"] for step in filed["steps"]] == ["submit", "review"]
    moved = lins.post(f"/claims/{filed['number']}/inbound-shipment", {"carrier": "sf", "tracking_no": "SF1"})
    assert moved.json()["status"] == "in_transit"
    assert lins.get(f"/claims/{filed['id']}").json()["parcels"][0]["tracking_no"] == "SF1"
    assert [one["id"] for one in lins.get("/claims").json()["items"]] == [filed["id"]]


def test_strangers_find_nothing(desk: Desk, eves: Caller, charlie: Staff) -> None:
    publish(desk.shop, CN_LAW)
    order = desk.order()
    claim = desk.files(order)
    for stranger in (eves, calling(charlie)):
        assert stranger.get("/claims").json()["items"] == []
        for path in (f"/claims/{claim.pk}", f"/claims/{claim.public_number}", "/claims/A-1", "/claims/x"):
            assert problem_of(stranger.get(path))["status"] == 404
        for action in ("withdrawal", "appeal", "inbound-shipment", "dispute", "submission"):
            body = {"words": "x"} if action in ("appeal", "dispute") else None
            body = {"tracking_no": "1"} if action == "inbound-shipment" else body
            assert stranger.post(f"/claims/{claim.pk}/{action}", body).status_code == 404
        for door in ("/claims", "/claims/previews", "/claims/drafts"):
            assert stranger.post(door, wanted(order)).status_code == 404
    assert claim.steps.count() == 2


def test_a_step_that_does_not_follow_is_409_with_those_that_do(desk: Desk, api: Caller) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order())
    found = problem_of(api.post(f"/claims/{claim.pk}/inbound-shipment", {"tracking_no": "1"}))
    assert (found["status"], found["allowed"]) == (
        409,
        ["request_info", "approve", "reject", "withdraw"],
    )


def test_somebody_elses_step_is_403(desk: Desk, lins: Caller) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order())
    assert problem_of(lins.post(f"/claims/{claim.pk}/approval", {}))["status"] == 401
    finance = calling(desk.finance)
    assert problem_of(finance.post(f"/claims/{claim.pk}/approval", {}))["status"] == 403
    api = calling(desk.agent)
    found = problem_of(api.post(f"/claims/{claim.pk}/appeal", {"words": "x"}))
    assert found["status"] == 409
    reviewing.reject(claim, by=desk.agent, words="No")
    found = problem_of(api.post(f"/claims/{claim.pk}/appeal", {"words": "x"}))
    assert (found["status"], found["allowed"]) == (403, [])


def test_a_stale_version_is_412_and_the_fresh_one_is_taken(desk: Desk, api: Caller) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order())
    at = f"/claims/{claim.pk}/approval"
    for stale in (f'"{claim.version - 1}"', '"x"', "1"):
        assert problem_of(api.post(at, {}, If_Match=stale))["status"] == 412
    assert api.post(at, {}, If_Match=f'"{claim.version}"').json()["status"] == "approved"


def test_a_key_makes_a_repeat_harmless(desk: Desk, lins: Caller) -> None:
    publish(desk.shop, CN_LAW)
    order = desk.order(lines=[desk.shop.line(qty=3)])
    body = wanted(order)
    body["lines"][0]["qty"] = 1
    first = lins.post("/claims", body, Idempotency_Key="k")
    again = lins.post("/claims", body, Idempotency_Key="k")
    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    body["lines"][0]["qty"] = 2
    assert problem_of(lins.post("/claims", body, Idempotency_Key="k"))["status"] == 422
    assert Claim.objects.count() == 1


def test_above_the_limit_is_403_and_the_audit_row_stays(desk: Desk, api: Caller) -> None:
    publish(desk.shop, STRICT)
    claim = desk.files(desk.order())
    for _ in range(2):
        found = problem_of(api.post(f"/claims/{claim.pk}/approval", {}, Idempotency_Key="a"))
        assert found["status"] == 403
    assert Audit.objects.filter(kind="claim.limit_refused").count() == 1
    claim.refresh_from_db()
    assert claim.status == "under_review"


def test_what_the_order_does_not_bear_is_refused_rule_by_rule_and_leaves_nothing(
    desk: Desk, lins: Caller
) -> None:
    publish(desk.shop, CN_LAW)
    order = desk.order()
    lins.post("/claims", wanted(order))
    found = problem_of(lins.post("/claims", wanted(order)))
    assert found["status"] in (409, 422)
    assert found["errors"][0]["code"] == "quantity_left"
    assert Claim.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lines": []}, "lines"),
        ({"order": None}, "order"),
        ({"refund_to": str(uuid7())}, "refund_to"),
        ({"lines": [{"order_line": str(uuid7())}]}, "lines.0.order_line"),
        ({"lines": [{"registered": str(uuid7())}]}, "lines.0.registered"),
        ({"lines": [{"serial": "SN-0"}]}, "lines.0.serial"),
        ({"lines": [{"serial": "SN-0", "registered": str(uuid7())}]}, "lines"),
        ({"lines": [{"qty": 1}]}, "lines"),
        ({"lines": [{"order_line": str(uuid7()), "qty": 0}]}, "lines.0.qty"),
    ],
)
def test_what_is_named_wrongly_is_422_by_field(
    desk: Desk, lins: Caller, change: dict[str, Any], field: str
) -> None:
    publish(desk.shop, CN_LAW)
    body = wanted(desk.order()) | change
    if field.startswith("lines.0.registered") or field == "order":
        body = body | ({"order": None} if field == "order" else {})
    found = problem_of(lins.post("/claims", body))
    assert found["status"] == 422, found
    assert found["errors"][0]["field"].startswith(field)
    assert not Claim.objects.exists()


def test_a_unit_is_claimed_by_its_serial_number_and_without_an_order(
    desk: Desk, lins: Caller, eves: Caller, api: Caller, charlie: Staff
) -> None:
    publish(desk.shop, BY_HAND)
    unit = RegisteredProduct.objects.create(
        product=desk.shop.product, serial="SN-1", customer=desk.shop.customer
    )
    body = {"kind": "warranty", "lines": [{"serial": " sn-1 ", "reason": "fault", "wanted": "repair"}]}
    for stranger in (eves, calling(charlie)):
        assert problem_of(stranger.post("/claims/previews", body))["errors"][0]["field"] == "lines.0.serial"
    assert lins.post("/claims/previews", body).status_code == 200
    desk.order()  # since when a colleague knows this customer
    found = api.post("/claims/drafts", body)
    assert found.status_code == 201
    claim = Claim.objects.get(pk=found.json()["id"])
    assert (claim.order, claim.customer, claim.lines.get().registered) == (None, unit.customer, unit)
    twin = desk.shop.sells("CUP-2")
    RegisteredProduct.objects.create(product=twin, serial="SN-1", customer=unit.customer)
    assert problem_of(lins.post("/claims/previews", body))["status"] == 422


def test_another_customers_means_of_payment_are_unknown(desk: Desk, lins: Caller) -> None:
    publish(desk.shop, CN_LAW)
    hers = PaymentMethod.objects.create(customer=Customer.objects.create(name="Eve"), kind="card")
    found = problem_of(lins.post("/claims", wanted(desk.order(), refund_to=str(hers.pk))))
    assert (found["status"], found["errors"][0]["field"]) == (422, "refund_to")


def test_a_draft_takes_evidence_before_it_is_handed_in(desk: Desk, lins: Caller, api: Caller) -> None:
    publish(desk.shop, BY_HAND)
    body = wanted(desk.order())
    body["lines"][0]["reason"] = "damaged"
    draft = lins.post("/claims/drafts", body).json()
    at = f"/claims/{draft['id']}"
    assert draft["status"] == "draft"
    assert api.get(at).status_code == 404
    found = problem_of(lins.post(f"{at}/submission"))
    assert (found["status"], found["errors"][0]["field"]) == (422, "lines.0.evidence")
    text = SimpleUploadedFile("a.txt", b"a bill", content_type="text/plain")
    assert lins.upload(f"{at}/evidence?kind=photo", file=text).status_code in (409, 415)
    from kefu.claims import evidencing
    from kefu.claims.tests.desk import uploaded

    evidencing.hand_in(Claim.objects.get(), uploaded(desk.shop.customer), "photo", by=desk.shop.customer)
    assert lins.post(f"{at}/submission").json()["status"] == "under_review"
    assert api.get(at).json()["verdicts"]


def test_the_whole_way_of_a_return_by_programs(desk: Desk, lins: Caller) -> None:
    publish(desk.shop, CN_LAW)
    filed = lins.post("/claims", wanted(desk.order(lines=[desk.shop.line(qty=2)]))).json()
    at, line = f"/claims/{filed['id']}", filed["lines"][0]["id"]
    ware = calling(desk.warehouse)
    lins.post(f"{at}/inbound-shipment", {"tracking_no": "SF1"})
    assert ware.post(f"{at}/receipt", {"lines": [{"line": line, "qty": 2}]}).json()["status"] == "received"
    assert ware.post(f"{at}/inspection").json()["status"] == "inspecting"
    finding = {"line": line, "accepted": 2, "checklist": {"unused": True}, "disposition": "restock"}
    assert ware.post(f"{at}/findings", finding).status_code == 200
    ended = ware.post(f"{at}/conclusion").json()
    assert (ended["status"], ended["refunds"][0]["amount_minor"]) == ("refunding", 20_000)
    seqs = [step["seq"] for step in ended["steps"]]
    assert seqs == list(range(1, len(seqs) + 1))


def test_finance_reconciles_by_programs(desk: Desk, second_finance: Staff, charlie: Staff) -> None:
    publish(desk.shop, replace(CN_LAW, approval=replace(CN_LAW.approval, four_eyes_over={"CNY": 1})))
    desk.files(desk.shop.order(status="pending"), "cancellation", reason="no_longer_needed")
    first, second = calling(desk.finance), calling(second_finance)
    (row,) = first.get("/refunds", {"state": "requested"}).json()["items"]
    at = f"/refunds/{row['id']}"
    assert calling(desk.agent).get("/refunds").status_code == 403
    assert calling(charlie, "see orders").post(f"{at}/approval").status_code == 404
    assert first.post(f"{at}/approval").json()["state"] == "queued"
    assert problem_of(second.post(f"{at}/approval"))["status"] == 409
    assert second.post(f"{at}/cancellation").json()["state"] == "cancelled"
    new = second.post(f"{at}/retry").json()
    assert (new["replaces"], new["state"]) == (row["id"], "requested")
    problem = problem_of(second.post(f"/refunds/{new['id']}/approval"))
    assert problem["status"] == 403
    assert Audit.objects.filter(kind="refund.limit_refused").exists()
    given = {"destination": "store_credit", "consent": "By phone"}
    first.post(f"/refunds/{new['id']}/cancellation")
    redirected = first.post(f"/refunds/{new['id']}/redirection", given).json()
    assert redirected["destination"] == "store_credit"
    assert second.get(f"/refunds/{redirected['id']}").json()["breakdown"]["items"] == 10_000


def test_finance_gives_back_outside_of_a_claim(desk: Desk, charlie: Staff) -> None:
    order = desk.shop.order()
    body = {"order": str(order.pk), "amount_minor": 100, "currency": "CNY"}
    given = calling(desk.finance).post("/refunds", body)
    assert (given.status_code, given.json()["state"]) == (201, "requested")
    assert problem_of(calling(desk.finance).post("/refunds", body | {"currency": "EUR"}))["status"] == 409
    assert calling(desk.agent).post("/refunds", body).status_code == 403
    assert Refund.objects.count() == 1


def test_lists_are_narrowed_and_paged_with_the_same_few_queries(desk: Desk, api: Caller) -> None:
    publish(desk.shop, BY_HAND)
    counts = []
    api.get("/claims")  # the first call notes that the token was used
    for _ in range(3):
        for _ in range(2):
            desk.files(desk.order())
        with CaptureQueriesContext(connection) as queries:
            page = api.get("/claims", {"limit": 2}).json()
        counts.append(len(queries))
        assert len(page["items"]) == 2
    assert counts[0] == counts[1] == counts[2] <= 3
    rest = api.get("/claims", {"limit": 10, "cursor": page["next"]}).json()
    assert len(rest["items"]) == 4
    assert api.get("/claims", {"status": "approved"}).json()["items"] == []
    number = page["items"][0]["number"]
    assert [one["number"] for one in api.get("/claims", {"number": number}).json()["items"]] == [number]


def test_a_list_reads_no_more_of_each_claim_than_it_shows(desk: Desk, api: Caller) -> None:
    desk.files(desk.order())
    with CaptureQueriesContext(connection) as queries:
        page = api.get("/claims").json()
    read = next(one["sql"] for one in queries if 'FROM "claims_claim"' in one["sql"])
    assert len(page["items"]) == 1
    assert '"reckoning"' not in read and '"terms"' not in read
