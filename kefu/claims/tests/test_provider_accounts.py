"""An admin connects a brand with a payment provider; secrets go in and never come out again."""

from __future__ import annotations

import pytest
from django.test import Client

from conftest import PASSWORD, make_staff
from kefu.claims.models import ProviderAccount
from kefu.events.models import Audit
from kefu.people.models import Brand, Staff, Team
from kefu.people.roles import Role

pytestmark = pytest.mark.django_db
LIST = "/console/settings/providers/"
SECRET = "sk_live_canary"


@pytest.fixture
def desk(client: Client, admin: Staff) -> Client:
    client.force_login(admin)
    return client


def opened(desk: Client, brand: Brand) -> ProviderAccount:
    said = {"secret_key": SECRET, "webhook_secret": "whsec_1", "base_url": "https://api.stripe.com"}
    assert desk.post(f"{LIST}new/{brand.pk}/stripe", said).status_code == 302
    return ProviderAccount.objects.get()


def test_an_account_is_opened_sealed_and_audited(desk: Client, brand: Brand) -> None:
    account = opened(desk, brand)
    assert account.settings["secret_key"] == SECRET
    assert SECRET not in desk.get(f"{LIST}{account.pk}/").content.decode()
    assert f"/-/providers/{account.pk}" in desk.get(f"{LIST}{account.pk}/").content.decode()
    fact = Audit.objects.get(kind="provider_account.opened")
    assert SECRET not in str(fact.data)


def test_a_secret_left_empty_stays(desk: Client, brand: Brand) -> None:
    account = opened(desk, brand)
    said = {"secret_key": "", "webhook_secret": "whsec_2", "base_url": "https://api.stripe.com"}
    assert desk.post(f"{LIST}{account.pk}/", said).status_code == 302
    account = ProviderAccount.objects.get()
    assert (account.settings["secret_key"], account.settings["webhook_secret"]) == (SECRET, "whsec_2")


def test_a_second_account_of_one_provider_is_refused(desk: Client, brand: Brand) -> None:
    opened(desk, brand)
    said = {"secret_key": "sk_other", "base_url": "https://api.stripe.com"}
    answer = desk.post(f"{LIST}new/{brand.pk}/stripe", said)
    assert answer.status_code == 422
    assert ProviderAccount.objects.get().settings["secret_key"] == SECRET


@pytest.mark.parametrize("wrong", [{"secret_key": ""}, {"secret_key": "sk", "base_url": "ftp://x"}])
def test_what_cannot_work_is_refused(desk: Client, brand: Brand, wrong: dict[str, str]) -> None:
    assert desk.post(f"{LIST}new/{brand.pk}/stripe", wrong).status_code == 422
    assert not ProviderAccount.objects.exists()


def test_it_is_switched_off_and_on_again_each_once(desk: Client, brand: Brand) -> None:
    account = opened(desk, brand)
    for _ in range(2):
        desk.post(f"{LIST}{account.pk}/switch", {"on": "no"})
    assert not ProviderAccount.objects.get().is_active
    assert Audit.objects.filter(kind="provider_account.switched_off").count() == 1


def test_a_provider_that_pretends_is_not_offered(desk: Client, brand: Brand) -> None:
    assert desk.get(f"{LIST}new/{brand.pk}/scripted").status_code == 404


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.FINANCE, Role.AUDITOR])
def test_others_see_none_of_it(client: Client, support: Team, brand: Brand, role: Role) -> None:
    client.force_login(make_staff("other", role, support, password=PASSWORD))
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}new/{brand.pk}/stripe").status_code == 403


def test_strangers_are_asked_to_sign_in(client: Client) -> None:
    assert client.get(LIST).status_code == 302
