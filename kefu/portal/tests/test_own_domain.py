"""A brand's help centre at its own domain: its pages, nothing else of the desk, and no other host."""

from __future__ import annotations

from typing import Any, cast

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from kefu.articles import sites, writing
from kefu.articles.addresses import address_of
from kefu.articles.models import Site, Translation, Vote
from kefu.people.models import Brand, Staff
from kefu.people.testing import signed_in

HOST = "help.lumo.example"


@pytest.fixture(autouse=True)
def _hosts_of_the_desk(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]


@pytest.fixture
def site(brand: Brand, admin: Staff) -> Site:
    return sites.decide(brand, host=HOST, greetings={}, links=[], footer=[], privacy={}, by=admin)


@pytest.fixture
def asked(brand: Brand) -> Translation:
    translation = writing.begin(brand, language="en", said=writing.Said("How to pair", "Hold it."), by=None)
    writing.publish(translation, by=None)
    return translation


def at(path: str, host: str = HOST, **more: Any) -> HttpResponse:
    headers = {"host": host, "accept-language": "en"}
    return cast("HttpResponse", Client().get(path, headers=headers, **more))


def test_it_shows_the_brands_pages_and_names_itself_as_where_they_stand(
    site: Site, asked: Translation, other_brand: Brand
) -> None:
    home = at("/").content.decode()
    assert "Lumo" in home and "to the desk" not in home
    article = at(address_of(asked))
    assert article.status_code == 200
    canonical = f"//{HOST}/b/lumo/en/a/how-to-pair/"
    assert f'rel="canonical" href="http:{canonical}"' in article.content.decode().replace(":8000", "")
    assert canonical in Client().get(address_of(asked)).content.decode().replace(":8000", "")


def test_short_addresses_lead_to_the_pages(site: Site, asked: Translation) -> None:
    answer = at("/en/a/how-to-pair/?x=1")
    assert (answer.status_code, answer["Location"]) == (301, "/b/lumo/en/a/how-to-pair/?x=1")
    assert at("/en")["Location"] == "/b/lumo/en"


@pytest.mark.parametrize(
    "path", ["/console/", "/account/login/", "/api/v1/", "/live/w/x/events", "/setup/", "/-/mail", "/metrics"]
)
def test_the_desk_is_not_there(path: str, site: Site) -> None:
    assert at(path).status_code == 404


def test_what_needs_a_sign_in_or_a_conversation_is_at_the_desks_domain(site: Site) -> None:
    for path in ("/my/", "/chat/abc", "/contact/abc/", "/b/lumo/orders/", "/b/other/", "/policies/other/"):
        answer = at(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("http://localhost") and answer["Location"].endswith(path)
        assert Client().post(path, headers={"host": HOST}).status_code == 404


def test_a_host_that_is_nobodys_is_refused(site: Site, admin: Staff) -> None:
    for host in ("evil.example", "x.help.lumo.example", "help.lumo.example.evil.example", "help_lumo", ""):
        assert at("/", host=host).status_code == 400, host
    assert signed_in(admin).get("/console/", headers={"host": HOST}).status_code == 404


def test_a_reader_there_can_say_whether_it_helped(site: Site, asked: Translation) -> None:
    reader = Client(enforce_csrf_checks=True, headers={"host": HOST, "accept-language": "en"})
    page = reader.get(address_of(asked)).content.decode()
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    answer = reader.post(
        f"{address_of(asked)}vote",
        {"helped": "yes", "csrfmiddlewaretoken": token},
        headers={"origin": f"http://{HOST}"},
    )
    assert answer.status_code == 302
    assert Vote.objects.get().helped


def test_whoever_asks_for_a_person_is_led_to_the_desk_with_what_they_read(
    site: Site, asked: Translation
) -> None:
    assert at("/b/lumo/en/contact").status_code == 200
    answer = at("/b/lumo/en/contact?read=how-to-pair")
    assert answer["Location"].endswith("/b/lumo/en/contact?read=how-to-pair")
    assert HOST not in answer["Location"]


def test_its_map_is_its_own(site: Site, asked: Translation, other_brand: Brand) -> None:
    there, here = at("/robots.txt").content.decode(), Client().get("/robots.txt").content.decode()
    assert "/b/lumo/sitemap.xml" in there and "/b/other/" not in there
    assert "/b/other/sitemap.xml" in here and "/b/lumo/" not in here
    assert HOST in at("/b/lumo/sitemap.xml").content.decode()
