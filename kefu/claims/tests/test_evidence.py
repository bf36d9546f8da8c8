"""Who may hand in what: photos of the inspection are the desk's own."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kefu.claims import evidencing
from kefu.claims.models import Evidence
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.refusals import NotTheirs
from kefu.claims.tests.desk import BY_HAND, Desk, publish
from kefu.people.models import Refused
from tests.calling import calling, problem_of


def a_picture(photo: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.jpg", photo, "image/jpeg")


def test_a_customer_cannot_pass_a_photo_off_as_one_of_our_inspection(desk: Desk, photo: bytes) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order())
    with pytest.raises(NotTheirs):
        evidencing.upload(claim, a_picture(photo), EvidenceKind.INSPECTION, by=desk.shop.customer)
    assert not Evidence.objects.exists()
    for kind in set(EvidenceKind) - {EvidenceKind.INSPECTION}:
        evidencing.upload(claim, a_picture(photo), kind, by=desk.shop.customer)
    evidencing.upload(claim, a_picture(photo), EvidenceKind.INSPECTION, by=desk.warehouse)


def test_a_kind_that_is_none_is_refused(desk: Desk, photo: bytes) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order())
    for kind in ("", "photos", "inspection\0"):
        with pytest.raises(Refused):
            evidencing.upload(claim, a_picture(photo), kind, by=desk.warehouse)


def test_a_key_stands_for_what_it_showed_as_well(desk: Desk, photo: bytes) -> None:
    """The kind is part of the address: the same file as something else is another call."""
    publish(desk.shop, BY_HAND)
    claim, api = desk.files(desk.order()), calling(desk.agent)
    at = f"/claims/{claim.pk}/evidence"
    first = api.upload(f"{at}?kind=photo", file=a_picture(photo), key="k")
    again = api.upload(f"{at}?kind=photo", file=a_picture(photo), key="k")
    assert (first.status_code, again.content) == (201, first.content)
    other = problem_of(api.upload(f"{at}?kind=invoice", file=a_picture(photo), key="k"))
    assert (other["status"], other["errors"][0]["code"]) == (422, "key_reused")
    assert Evidence.objects.count() == 1
