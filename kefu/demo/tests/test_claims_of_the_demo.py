from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.test import override_settings
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoDbBlocker

from kefu.claims import lapsing, slips
from kefu.claims.machines import MACHINES, Kind, Status
from kefu.claims.models import Claim, ClaimStep, Evidence, Policy, Refund, RefundState
from kefu.demo import claims, load
from kefu.demo.cases import CASES
from kefu.demo.casework import STEPS
from kefu.orders.models import Payment, RegisteredProduct
from kefu.people.models import Brand, Staff
from kefu.people.testing import signed_in

SHOWN = {
    Status.UNDER_REVIEW,
    Status.AWAITING_CUSTOMER,
    Status.APPROVED,
    Status.REJECTED,
    Status.WITHDRAWN,
    Status.IN_TRANSIT,
    Status.RECEIVED,
    Status.INSPECTING,
    Status.PARTIALLY_ACCEPTED,
    Status.AWAITING_DECISION,
    Status.REFUNDING,
    Status.REFUND_PROBLEM,
    Status.SETTLING_DIFFERENCE,
    Status.REPLACING,
    Status.AWAITING_SHIPMENT,
    Status.DIAGNOSING,
    Status.QUOTE_SENT,
    Status.REPAIRING,
    Status.SHIPPING_BACK,
    Status.COMPLETED,
}


@pytest.fixture(scope="module")
def plans(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[dict[str, Any]]]:
    """Loaded and told once for all tests here, and taken back: it takes seconds."""
    folder = {"location": str(tmp_path_factory.mktemp("files"))}
    files = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": folder}}
    here = override_settings(
        KEFU_DATA=tmp_path_factory.mktemp("demo"), KEFU_DEMO=True, STORAGES=settings.STORAGES | files
    )
    with django_db_blocker.unblock(), here, transaction.atomic():
        load.load_demo()
        given = ProcrastinateJob.objects.get(task_name="demo:tell_claims").args["plans"]
        claims.tell(given)
        yield given
        transaction.set_rollback(True)


@pytest.fixture
def told(plans: list[dict[str, Any]], db: None) -> list[dict[str, Any]]:
    return plans


def test_every_step_of_a_case_is_one_that_is_known() -> None:
    assert {step for case in CASES for step in case.path.split()} == set(STEPS)


@pytest.mark.usefixtures("told")
def test_claims_of_every_kind_stand_in_every_state_that_a_desk_sees() -> None:
    found = Claim.objects.all()
    assert len(found) == len(CASES)
    assert {claim.kind for claim in found} == set(Kind)
    assert {claim.status for claim in found} == SHOWN
    assert {claim.customer.language for claim in found} == {"zh-hans", "en"}
    assert {claim.brand.slug for claim in found} == {"lumquay", "kettlemoth"}
    assert found.filter(status=Status.UNDER_REVIEW, appealed=True).exists()


@pytest.mark.usefixtures("told")
def test_each_took_the_steps_of_its_machine_in_the_past_and_one_after_the_other() -> None:
    for claim in Claim.objects.prefetch_related("steps"):
        steps = list(claim.steps.all())
        assert [step.seq for step in steps] == list(range(1, len(steps) + 1))
        assert [step.before for step in steps[1:]] == [step.after for step in steps[:-1]]
        times = [step.at for step in steps]
        assert times == sorted(times) and times[-1] < timezone.now()
        known = {(step.before, step.action, step.after) for step in MACHINES[Kind(claim.kind)]}
        assert {(step.before, step.action, step.after) for step in steps} <= known
        assert claim.opened_at is not None and claim.created_at <= claim.opened_at <= times[0]
    began = list(Claim.objects.order_by("number").values_list("created_at", flat=True))
    assert began == sorted(began)
    assert ClaimStep.objects.filter(at__lt=timezone.now() - timedelta(days=14)).exists()


@pytest.mark.usefixtures("told")
def test_those_that_came_from_a_conversation_know_it_and_its_customer() -> None:
    linked = Claim.objects.exclude(conversation=None)
    assert linked.count() >= 4
    assert not linked.exclude(conversation__customer=F("customer")).exists()
    with_order = linked.exclude(order=None)
    assert not with_order.exclude(conversation__linked_orders__order=F("order")).exists()


@pytest.mark.usefixtures("told")
def test_money_went_back_in_every_way_and_one_waits_for_a_second_person() -> None:
    found = set(Refund.objects.values_list("provider", "state"))
    assert found >= {
        ("manual", RefundState.REQUESTED),
        ("manual", RefundState.QUEUED),
        ("manual", RefundState.PROCESSING),
        ("manual", RefundState.SUCCEEDED),
        ("manual", RefundState.FAILED),
        ("scripted", RefundState.SUCCEEDED),
        ("scripted", RefundState.ABNORMAL),
        ("store_credit", RefundState.SUCCEEDED),
    }
    assert not Payment.objects.filter(returned_minor__gt=F("captured_minor")).exists()
    assert not Refund.objects.filter(settled_at__lt=F("created_at")).exists()


@pytest.mark.usefixtures("told")
def test_evidence_is_a_picture_that_its_customer_handed_in() -> None:
    found = Evidence.objects.select_related("file", "claim")
    assert len(found) >= 10
    for piece in found:
        assert piece.file.type == "image/jpeg" and piece.file.thumb and piece.file.held
        assert piece.file.uploader_id == piece.claim.customer_id


@pytest.mark.usefixtures("told")
def test_units_are_registered_with_their_serials() -> None:
    assert RegisteredProduct.objects.filter(order_line=None).count() == 3
    assert RegisteredProduct.objects.filter(order_line__isnull=False).exists()


@pytest.mark.usefixtures("told")
def test_both_brands_have_published_what_they_promise_and_where_goods_go() -> None:
    for brand in Brand.objects.all():
        held = Policy.objects.filter(brand=brand, published_at__isnull=False)
        assert held.filter(scope={}, effective_from__lt=timezone.now() - timedelta(days=60)).exists()
        centre = slips.centre_of(brand)
        assert centre is not None and centre.address and centre.phone


@pytest.mark.usefixtures("told")
def test_nothing_lapses_at_once() -> None:
    before = dict(Claim.objects.values_list("pk", "status"))
    lapsing.look(timezone.now())
    assert dict(Claim.objects.values_list("pk", "status")) == before


def test_told_again_nothing_happens(told: list[dict[str, Any]]) -> None:
    before = ClaimStep.objects.count(), Refund.objects.count()
    claims.tell(told)
    assert (ClaimStep.objects.count(), Refund.objects.count()) == before


@pytest.mark.usefixtures("told")
def test_people_of_one_brand_see_its_claims_only() -> None:
    yutong = Staff.objects.get(email="yutong@kefu.example")
    seen = Claim.objects.visible_to(yutong)
    assert {claim.brand.slug for claim in seen} == {"kettlemoth"}


@pytest.mark.usefixtures("told")
def test_the_desk_opens_every_one_of_them() -> None:
    browser = signed_in(Staff.objects.get(email="admin@kefu.example"))
    assert browser.get("/console/claims/").status_code == 200
    assert browser.get("/console/refunds/").status_code == 200
    for claim in Claim.objects.all():
        assert browser.get(f"/console/claims/{claim.pk}").status_code == 200, claim.kind
