from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from kefu.events import era
from kefu.events.models import Audit, Delivery, DeliveryState, Parked
from kefu.people.models import Brand, Staff
from kefu.people.testing import signed_in
from kefu.people.views import brands
from kefu.people.views.brands import BrandForm

SETTINGS = "/console/settings/"


@pytest.fixture
def desk(admin: Staff) -> Client:
    return signed_in(admin)


@pytest.fixture
def lost_mail(db: None) -> Delivery:
    return Delivery.objects.create(
        key="one",
        template="mail/code",
        recipient="lin@example.com",
        content="{}",
        state=DeliveryState.FAILED,
        attempts=8,
        error="SMTPServerDisconnected: gone",
    )


def kinds() -> list[str]:
    return list(Audit.objects.order_by("id").values_list("kind", flat=True))


def test_settings_lead_to_the_first_page_that_one_may_open(desk: Client, mei: Staff, auditor: Staff) -> None:
    assert desk.get(SETTINGS)["Location"] == "/console/settings/inboxes/"
    assert signed_in(auditor).get(SETTINGS)["Location"] == "/people/audit/"
    assert signed_in(mei).get(SETTINGS).status_code == 404


def test_the_navigation_offers_only_what_one_may_open(desk: Client) -> None:
    page = desk.get(SETTINGS + "brands/").content.decode()
    for address in ("inboxes", "hours", "tags", "fields", "brands", "deliveries", "failures"):
        assert f'href="{SETTINGS}{address}/"' in page


# -- brands


def brand_form(**more: str) -> dict[str, str]:
    return {"name": "Kettle", "language": "en", "time_zone": "Europe/Berlin", "accent": "#123456", **more}


def test_founding_a_brand_and_changing_it(desk: Client) -> None:
    desk.post(SETTINGS + "brands/new/", brand_form(slug="Kettle"))
    brand = Brand.objects.get()
    assert (brand.slug, brand.accent) == ("kettle", "#123456")
    desk.post(f"{SETTINGS}brands/{brand.pk}/", brand_form(name="Moth", slug="other"))
    brand.refresh_from_db()
    assert (brand.name, brand.slug) == ("Moth", "kettle")
    desk.post(f"{SETTINGS}brands/{brand.pk}/", brand_form(name="Moth"))
    assert kinds() == ["brand.founded", "brand.changed"]


def test_a_pale_colour_is_told_about(desk: Client, brand: Brand) -> None:
    pale = desk.post(f"{SETTINGS}brands/{brand.pk}/", brand_form(accent="#ffe680"), follow=True)
    assert "contrast" in pale.content.decode()
    dark = desk.post(f"{SETTINGS}brands/{brand.pk}/", brand_form(accent="#123456"), follow=True)
    assert "contrast" not in dark.content.decode()


@pytest.mark.parametrize(
    "wrong", [{"accent": "red"}, {"accent": "#12345"}, {"time_zone": "Mars/Base"}, {"name": ""}]
)
def test_a_brand_that_makes_no_sense_is_refused(desk: Client, brand: Brand, wrong: dict[str, str]) -> None:
    page = desk.post(f"{SETTINGS}brands/{brand.pk}/", brand_form(**wrong))
    assert page.context["form"].errors
    assert Brand.objects.get().name == brand.name


def test_a_short_name_is_taken_once(desk: Client, brand: Brand) -> None:
    page = desk.post(SETTINGS + "brands/new/", brand_form(slug=brand.slug.upper()))
    assert page.context["form"].errors["slug"]


def test_a_brand_whose_form_is_sent_twice_at_once_is_founded_once(admin: Staff) -> None:
    forms = [BrandForm(brand_form(slug="kettle"), new=True) for _ in range(2)]
    assert all(form.is_valid() for form in forms)
    assert [brands._founded(form, admin) for form in forms] == [True, False]
    assert "already" in str(forms[1].errors["slug"])
    assert kinds() == ["brand.founded"]


# -- mail that is to leave


def test_mails_are_listed_with_their_state_and_without_what_they_say(
    desk: Client, lost_mail: Delivery
) -> None:
    page = desk.get(SETTINGS + "deliveries/?state=failed").content.decode()
    assert "SMTPServerDisconnected" in page
    assert "lin@example.com" not in page
    assert "mail/code" not in desk.get(SETTINGS + "deliveries/?state=sent").content.decode()
    assert "mail/code" in desk.get(SETTINGS + "deliveries/?state=nonsense&before=x").content.decode()


def test_a_mail_that_failed_is_sent_again(desk: Client, lost_mail: Delivery) -> None:
    told = [
        desk.post(f"{SETTINGS}deliveries/{lost_mail.pk}/retry", follow=True).content.decode()
        for _ in range(2)
    ]
    assert "It is sent again" in told[0] and "is on its way" in told[1]
    lost_mail.refresh_from_db()
    assert (lost_mail.state, lost_mail.attempts) == (DeliveryState.WAITING, 0)


def test_a_restored_copy_says_so_until_an_admin_confirms_it(desk: Client, admin: Staff) -> None:
    era.raise_era("restored")
    assert "restored copy" in desk.get(SETTINGS + "deliveries/").content.decode()
    desk.post(SETTINGS + "outbound")
    desk.post(SETTINGS + "outbound")
    assert era.may_send()
    assert "restored copy" not in desk.get(SETTINGS + "deliveries/").content.decode()
    assert kinds() == ["era.outbound_confirmed"]


# -- failures


def failed_job() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
            " VALUES ('default', 'events:send_delivery', '{}', 'failed') RETURNING id"
        )
        row = cursor.fetchone()
    assert row
    return int(row[0])


def test_failed_jobs_and_events_are_tried_again_or_let_go(desk: Client) -> None:
    job, other = failed_job(), failed_job()
    parked = Parked.objects.create(reader="gone", event_id=1, kind="message.posted", error="<b>why</b>")
    page = desk.get(SETTINGS + "failures/").content.decode()
    assert "events:send_delivery" in page and "&lt;b&gt;why" in page
    assert desk.post(f"{SETTINGS}failures/jobs/{job}", {"act": "retry"}).status_code == 302
    assert desk.post(f"{SETTINGS}failures/jobs/{job}", {"act": "retry"}).status_code == 404
    assert desk.post(f"{SETTINGS}failures/jobs/{other}", {"act": "discard"}).status_code == 302
    desk.post(f"{SETTINGS}failures/events/{parked.pk}", {"act": "retry"})
    assert Parked.objects.exists()
    desk.post(f"{SETTINGS}failures/events/{parked.pk}", {"act": "discard"})
    assert not Parked.objects.exists()
    assert "Nothing failed" in desk.get(SETTINGS + "failures/").content.decode()


def test_nobody_below_an_admin_looks_after_the_desk(
    mei: Staff, supervisor: Staff, auditor: Staff, lost_mail: Delivery, brand: Brand
) -> None:
    era.raise_era("restored")
    job = failed_job()
    doors = [
        f"brands/{brand.pk}/",
        "brands/new/",
        "outbound",
        f"deliveries/{lost_mail.pk}/retry",
        f"failures/jobs/{job}",
    ]
    for browser in (signed_in(mei), signed_in(supervisor), signed_in(auditor)):
        assert [browser.post(SETTINGS + door, brand_form()).status_code for door in doors] == [403] * 5
    assert [Client().post(SETTINGS + door, brand_form()).status_code for door in doors] == [302] * 5
    assert not era.may_send()
    assert Brand.objects.get().name == brand.name
