"""An admin decides how the help centre looks; nobody else, and nothing that a browser would run."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from PIL import Image

from kefu.articles import sites
from kefu.articles.models import Site
from kefu.events.models import Audit
from kefu.people.models import Brand, Refused, Staff
from kefu.people.testing import signed_in

NOTHING = {
    f"{prefix}-{name}": value
    for prefix in ("links", "footer")
    for name, value in {"TOTAL_FORMS": "2", "INITIAL_FORMS": "0"}.items()
}


@pytest.fixture
def desk(admin: Staff) -> Client:
    return signed_in(admin)


def page_of(brand: Brand) -> str:
    return f"/console/settings/help-centres/{brand.pk}/"


def given(**fields: str) -> dict[str, str]:
    return NOTHING | {name.replace("__", "-"): value for name, value in fields.items()}


def picture(size: tuple[int, int] = (900, 300)) -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", size, "#2f6f4f").save(file, "PNG")
    return SimpleUploadedFile("logo.png", file.getvalue(), content_type="image/png")


def home(brand: Brand, **headers: Any) -> str:
    return Client().get(f"/b/{brand.slug}/en/", **headers).content.decode()


def test_greeting_links_and_privacy_are_what_the_admin_wrote(desk: Client, brand: Brand) -> None:
    answer = desk.post(
        page_of(brand),
        given(
            greeting_en="Light for everyone",
            privacy_en="We keep **little**.",
            links__0__en="Shop",
            links__0__to="https://shop.example/",
            footer__0__zh_hans="联系",
            footer__0__to="/b/lumo/en/contact",
        ),
    )
    assert answer.status_code == 302
    page = home(brand)
    assert "Light for everyone" in page
    assert '<a href="https://shop.example/">Shop</a>' in page
    assert '<a href="/b/lumo/en/contact">联系</a>' in page, (
        "in the other language where this one has no words"
    )
    policies = Client().get("/policies/lumo/", headers={"accept-language": "en"}).content.decode()
    assert "We keep <strong>little</strong>." in policies and 'id="privacy"' in policies
    assert Audit.objects.filter(kind="site.decided").count() == 1


@pytest.mark.parametrize(
    "to",
    [
        "javascript:alert(1)",
        "//evil.example",
        "https://",
        "data:text/html,x",
        "http://a@b",
        "http://[",
        "/\\x",
    ],
)
def test_a_link_leads_to_a_page_or_is_refused_with_all_that_was_typed(
    to: str, desk: Client, brand: Brand
) -> None:
    answer = desk.post(page_of(brand), given(greeting_en="Typed", links__0__en="Odd", links__0__to=to))
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "is no address of a page" in shown and 'value="Typed"' in shown and 'value="Odd"' in shown
    assert not Site.objects.exists()


def test_a_link_needs_words_and_an_address(desk: Client, brand: Brand) -> None:
    answer = desk.post(page_of(brand), given(links__0__en="Shop"))
    assert answer.status_code == 422
    assert "A link needs words" in answer.content.decode()


def test_a_preview_shows_it_and_keeps_nothing(desk: Client, brand: Brand) -> None:
    shown = desk.post(f"{page_of(brand)}preview", given(greeting_en="Tried"))
    assert "Tried" in shown.content.decode()
    assert not Site.objects.exists() and "Tried" not in home(brand)
    assert not Audit.objects.filter(kind="site.decided").exists()


def test_a_domain_is_one_brands_alone_and_never_the_desks(
    brand: Brand, other_brand: Brand, admin: Staff
) -> None:
    def at(host: str, whose: Brand = brand) -> Site:
        return sites.decide(whose, host=host, greetings={}, links=[], footer=[], privacy={}, by=admin)

    assert at(" Help.Lumo.example. ").host == "help.lumo.example"
    for host, whose in (
        ("help.lumo.example", other_brand),
        ("localhost", brand),
        ("https://help.lumo.example", brand),
        ("help.lumo.example/x", brand),
        ("help lumo.example", brand),
        ("10.0.0.1", brand),
        ("-x.example", brand),
    ):
        with pytest.raises(Refused):
            at(host, whose)
    assert at("帮助.example").host == "xn--7frx1y.example"


def test_a_logo_is_drawn_anew_and_replaces_the_one_before(desk: Client, brand: Brand) -> None:
    for size in ((900, 300), (300, 300)):
        assert desk.post(f"{page_of(brand)}logo", {"logo": picture(size)}).status_code == 302
    site = Site.objects.get()
    assert (site.logo_width, site.logo_height, site.logo_type) == (300, 300, "image/webp")
    page = home(brand)
    assert f'src="{sites.logo_address(site)}"' in page.replace("&amp;", "&") and 'alt="Lumo"' in page
    answer = Client().get("/b/lumo/logo")
    assert answer["Content-Type"] == "image/webp" and "sandbox" in answer["Content-Security-Policy"]
    desk.post(f"{page_of(brand)}logo/removal")
    assert Client().get("/b/lumo/logo").status_code == 404
    assert "/logo?" not in home(brand)


def test_what_is_no_picture_is_refused_and_the_logo_stays(desk: Client, brand: Brand, admin: Staff) -> None:
    sites.put_logo(brand, picture().read(), by=admin)
    before = Site.objects.get().logo
    svg = SimpleUploadedFile("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
    for sent in ({"logo": svg}, {}):
        answer = desk.post(f"{page_of(brand)}logo", sent, follow=True)
        assert "the old one is still there" in answer.content.decode() or not sent
    assert Site.objects.get().logo == before


def test_nobody_but_an_admin_decides(supervisor: Staff, charlie: Staff, brand: Brand) -> None:
    for staff in (supervisor, charlie):
        browser = signed_in(staff)
        assert browser.get("/console/settings/help-centres/").status_code == 403
        for end in ("", "preview", "logo", "logo/removal"):
            assert browser.post(f"{page_of(brand)}{end}", given()).status_code == 403
    assert Client().post(page_of(brand), given()).status_code == 302
    assert not Site.objects.exists()


@pytest.mark.usefixtures("committed")
def test_two_who_decide_at_once_both_do_and_a_domain_goes_to_one(
    brand: Brand, other_brand: Brand, admin: Staff
) -> None:
    def decides(whose: Brand) -> str:
        try:
            sites.decide(
                Brand.objects.get(pk=whose.pk),
                host="help.lumo.example",
                greetings={},
                links=[],
                footer=[],
                privacy={},
                by=admin,
            )
            return whose.slug
        except Refused:
            return ""
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        decided = set(pool.map(decides, [brand, other_brand, brand, other_brand]))
    assert len(decided) == 2 and "" in decided
    assert Site.objects.count() == 1
