"""Anyone finds and reads what a brand has published, in their language; nothing else."""

from __future__ import annotations

import gzip
import io
import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from kefu.articles import files, sites, writing
from kefu.articles.addresses import address_of
from kefu.articles.models import Article, Audience, Kind, Search, Translation
from kefu.conversations.models import Inbox
from kefu.hours.models import Schedule
from kefu.inboxes.email.testing import make_mailbox
from kefu.inboxes.form.testing import make_form
from kefu.lib.ids import uuid7
from kefu.people import customer_sessions
from kefu.people.models import Brand, Customer, Staff, Team
from kefu.portal.tests.helping import also_in, announce, publish, read, shelf

HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">'


@pytest.fixture
def paired(brand: Brand) -> Translation:
    return publish(brand, category=shelf(brand, "use", "Using it"), summary="In one minute")


@pytest.fixture
def known(lin: Customer) -> Client:
    """Lin's browser, signed in."""
    from django.http import HttpResponse

    answer, client = HttpResponse(), Client()
    customer_sessions.begin(lin, answer)
    client.cookies["kefu-me"] = answer.cookies["kefu-me"].value
    return client


# -- finding one's way


def test_home_leads_to_topics_articles_and_people(brand: Brand, paired: Translation, inbox: Inbox) -> None:
    part = shelf(brand, "earbuds", parent=paired.article.category)
    publish(brand, "Left is silent", category=part)
    shelf(brand, "empty", "Nothing in it")
    page = read("/b/lumo/en/")
    assert "Using it" in page and "2 articles" in page and "Nothing in it" not in page
    assert address_of(paired) in page and f"/chat/{inbox.key}" in page
    assert 'role="search"' in page and 'action="/b/lumo/en/search"' in page


def test_the_start_page_is_the_home_in_the_readers_own_language(brand: Brand, paired: Translation) -> None:
    for address in ("/", "/b/lumo/"):
        english = Client().get(address, headers={"accept-language": "en"})
        assert 'lang="en"' in english.content.decode() and english["Content-Language"] == "en"
        assert "/b/lumo/en/" in english.content.decode()
        chinese = Client().get(address, headers={"accept-language": "zh-CN"})
        assert 'lang="zh-hans"' in chinese.content.decode()
        assert re.search(r'rel="canonical" href="http://[^"]+/b/lumo/zh-hans/"', chinese.content.decode())
    assert Client().get("/b/lumo/fr/").status_code == 404


def test_a_category_lists_its_own_then_its_parts(brand: Brand, paired: Translation) -> None:
    part = shelf(brand, "earbuds", "Earbuds", parent=paired.article.category)
    publish(brand, "Left is silent", category=part)
    publish(brand, "By nobody")
    _head, _main, page = read("/b/lumo/en/c/use/").partition("<main")
    assert page.index("How to pair") < page.index("Earbuds") < page.index("Left is silent")
    assert "By nobody" not in page
    assert "Nothing is here yet" in read("/b/lumo/zh-hans/c/use/").replace(
        "这里还没有内容", "Nothing is here yet"
    )
    read("/b/lumo/en/c/none/", 404)


def test_a_category_of_another_brand_is_not_here(other_brand: Brand, brand: Brand) -> None:
    theirs = publish(other_brand, category=shelf(other_brand, "theirs"))
    read("/b/lumo/en/c/theirs/", 404)
    read(f"/b/lumo/en/a/{theirs.slug}/", 404)
    read("/b/nobody/en/", 404)


def test_an_article_is_read_with_contents_anchors_and_neighbours(brand: Brand, paired: Translation) -> None:
    body = "## One\n\nFirst.\n\n## Two\n\n> [!WARNING]\n> Hot.\n\n## Three\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    long = publish(brand, "Cleaning", body, category=paired.article.category)
    page = read(address_of(long))
    assert '<a href="#s-two">Two</a>' in page and '<h2 id="s-two">' in page
    assert "callout-warn" in page and "Careful" in page and "<table>" in page
    assert "Using it" in page and "Related articles" in page and address_of(paired) in page
    assert "Was this helpful?" in page and "On this page" not in read(address_of(paired))


def test_the_other_language_is_one_step_away_and_machines_know_it(paired: Translation) -> None:
    chinese = also_in(paired, "zh-hans", "如何配对")
    page = read(address_of(paired))
    assert re.search(r'hreflang="zh-hans" href="http://[^"]+/b/lumo/zh-hans/a/', page)
    assert 'hreflang="x-default"' in page and 'property="og:title" content="How to pair"' in page
    assert address_of(chinese) in page
    there = read(address_of(chinese))
    assert "如何配对" in there and address_of(paired) in there and 'lang="zh-hans"' in there
    writing.withdraw(chinese, by=None)
    assert "hreflang" not in read(address_of(paired)).replace("x-default", "")


def test_a_manual_offers_its_pdfs_with_their_versions(brand: Brand) -> None:
    manual = publish(brand, "Lamp", kind=Kind.MANUAL)
    Article.objects.update(product_models=["LQ-200"])
    for label, language in (("1.0", ""), ("2.0", "en"), ("3.0", "zh-hans")):
        pdf = SimpleUploadedFile(f"lamp-{label}.pdf", b"%PDF-1.4\n" + label.encode() + b"\n%%EOF\n")
        files.keep(manual.article, pdf, by=None, version_label=label, language=language)
    page = read(address_of(manual))
    assert page.index("lamp-2.0.pdf") < page.index("lamp-1.0.pdf") and "Version 2.0" in page
    assert "lamp-3.0.pdf" not in page and "LQ-200" in page
    link = re.findall(r'href="(/b/lumo/files/[^"]+)"', page)[0]
    answer = Client().get(link)
    assert answer["Content-Type"] == "application/pdf"
    assert (
        answer["Content-Disposition"].startswith("attachment")
        and answer["X-Content-Type-Options"] == "nosniff"
    )
    assert Client().get(link.replace("/lumo/", "/other/")).status_code == 404
    writing.withdraw(manual, by=None)
    assert Client().get(link).status_code == 404
    assert Client().get(f"/b/lumo/files/{uuid7()}/x").status_code == 404


# -- who may not


def test_what_is_not_published_is_not_there(brand: Brand) -> None:
    draft = writing.begin(brand, language="en", said=writing.Said("Secret plan", "No."), by=None)
    read(address_of(draft), 404)
    for path in ("", "news/", "search?q=secret", "news/feed.xml"):
        assert "Secret plan" not in read(f"/b/lumo/en/{path}")
    assert "secret-plan" not in read("/b/lumo/sitemap.xml")


def test_internal_articles_are_nobodys_here(brand: Brand, known: Client, paired: Translation) -> None:
    internal = publish(brand, "Refund script", audience=Audience.STAFF, category=paired.article.category)
    writing.rename(internal, "newer-script", by=None)
    for client in (Client(), known):
        for slug in ("refund-script", "newer-script"):
            read(f"/b/lumo/en/a/{slug}/", 404, client)
        for path in ("", "c/use/", "search?q=refund+script", "news/feed.xml"):
            assert "Refund script" not in read(f"/b/lumo/en/{path}", client=client)
    assert "script" not in read("/b/lumo/sitemap.xml")


def test_what_is_for_customers_asks_a_stranger_to_sign_in_and_tells_nothing(
    brand: Brand, known: Client
) -> None:
    ours = publish(brand, "Members only", "The code is 42.", audience=Audience.CUSTOMERS)
    page = read(address_of(ours), 403)
    assert "/my/sign-in?next=%2Fb%2Flumo%2Fen%2Fa%2Fmembers-only%2F" in page and "The code is" not in page
    assert "The code is 42." in read(address_of(ours), client=known)
    writing.rename(ours, "club", by=None)
    assert "Location" not in Client().get("/b/lumo/en/a/members-only/").headers
    assert known.get("/b/lumo/en/a/members-only/")["Location"] == "/b/lumo/en/a/club/"
    assert "members-only" not in read("/b/lumo/sitemap.xml") and "Members only" not in read("/b/lumo/en/")
    Article.objects.update(archived_at=timezone.now())
    read(address_of(ours), 404)


def test_a_renamed_article_sends_its_readers_on(paired: Translation) -> None:
    writing.rename(paired, "pairing", by=None)
    answer = Client().get("/b/lumo/en/a/how-to-pair/")
    assert (answer.status_code, answer["Location"]) == (301, "/b/lumo/en/a/pairing/")


def test_an_archived_article_is_gone_and_one_can_go_on_searching(paired: Translation) -> None:
    Article.objects.update(archived_at=timezone.now())
    page = read(address_of(paired), 410)
    assert 'role="search"' in page and "noindex" in page and "How to pair" not in page


# -- announcements


def test_announcements_are_shown_on_their_days_with_their_kind(brand: Brand) -> None:
    now, day = timezone.now(), timedelta(days=1)
    announce(brand, "New lamp", shown_from=now - day)
    announce(brand, "Next week", shown_from=now + 7 * day)
    over = announce(brand, "Last week", shown_from=now - 9 * day, shown_until=now - day)
    urgent = announce(brand, "We move house", news="maintenance", shown_until=now + day)
    page = read("/b/lumo/en/news/")
    assert "New lamp" in page and "Product news" in page and "Maintenance" in page
    assert "Next week" not in page and "Last week" not in page
    home = read("/b/lumo/en/")
    banner = home[home.index("banner warn") :][:600]
    assert "We move house" in banner and address_of(urgent) in home
    assert "Last week" not in home
    read(address_of(over), 410)


def test_announcements_are_a_feed_for_everyone(brand: Brand, known: Client) -> None:
    announce(brand, "New lamp & <b>more</b>")
    publish(brand, "For members", kind=Kind.ANNOUNCEMENT, audience=Audience.CUSTOMERS)
    answer = known.get("/b/lumo/en/news/feed.xml")
    feed = answer.content.decode()
    assert answer["Content-Type"].startswith("application/rss+xml")
    assert "New lamp &amp; &lt;b&gt;more&lt;/b&gt;" in feed and "<category>Product news</category>" in feed
    assert "For members" not in feed
    page = read("/b/lumo/en/news/", client=known)
    assert "For members" in page and "For signed-in customers" in page


# -- searching


def test_a_search_finds_with_the_words_marked_and_is_noted_once(paired: Translation) -> None:
    page = read("/b/lumo/en/search?q=button")
    assert "<mark>button</mark>" in page and "1 article found" in page
    noted = Search.objects.get()
    assert (noted.words, noted.found, noted.where, noted.opened) == ("button", 1, "site", None)
    link = re.search(r'<h2><a href="([^"]+)"', page)
    assert link
    read(link[1])
    assert Search.objects.get().opened == paired
    read(address_of(paired) + "?from=forged")


def test_nothing_found_offers_people_and_topics_and_is_noted_masked(
    brand: Brand, paired: Translation, inbox: Inbox
) -> None:
    page = read("/b/lumo/en/search?q=zzqq+4111111111111111")
    assert "Nothing was found" in page and f"/chat/{inbox.key}" in page and "Using it" in page
    noted = Search.objects.get()
    assert noted.found == 0 and "4111111111111111" not in noted.words


def test_a_search_shows_what_was_typed_as_text(brand: Brand) -> None:
    page = Client().get("/b/lumo/en/search", {"q": HOSTILE}).content.decode()
    assert "<script>alert" not in page and "<img src=x" not in page
    read("/b/lumo/en/search?q=%00%ff&page=x")
    assert "Nothing was found" not in read("/b/lumo/en/search")


def test_who_searches_without_end_is_asked_to_wait(brand: Brand) -> None:
    statuses = {Client().get("/b/lumo/en/search?q=a").status_code for _ in range(70)}
    assert statuses == {200, 429}


# -- reaching people


def test_contact_lists_every_official_way_and_says_which_to_take(
    brand: Brand, inbox: Inbox, support: Team
) -> None:
    form = make_form(support)
    make_mailbox(support, "help@lumo.test")
    page = read("/b/lumo/en/contact")
    assert all(
        way in page for way in (f"/chat/{inbox.key}", f"/contact/{form.key}/", "mailto:help@lumo.test")
    )
    assert "The chat is open: it is the quickest way now." in page and "way-best" in page
    assert "We answer within 8 working hours." in page
    Inbox.objects.filter(pk=inbox.pk).update(
        schedule=Schedule.objects.create(brand=brand, name="Never", week={})
    )
    assert "Write to us with the form" in read("/b/lumo/en/contact")
    Inbox.objects.update(is_active=False)
    assert "No way to reach us is open" in read("/b/lumo/en/contact")


# -- what machines are told


def structured(page: str) -> list[dict[str, Any]]:
    return [
        json.loads(text) for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    ]


def test_questions_tell_machines_their_answer_and_nothing_gets_out_of_it(brand: Brand) -> None:
    asked = publish(brand, f"Why {HOSTILE}"[:150], f"Because **so** {HOSTILE}", category=shelf(brand, "why"))
    page = read(address_of(asked))
    assert "<script>alert" not in page and "<img src=x" not in page
    crumbs, faq = structured(page)
    assert [one["name"] for one in crumbs["itemListElement"]][:2] == ["Lumo", "Why"]
    (question,) = faq["mainEntity"]
    assert faq["@type"] == "FAQPage" and question["name"].startswith("Why </script>")
    assert "Because so" in question["acceptedAnswer"]["text"]
    assert [one["@type"] for one in structured(read("/b/lumo/en/c/why/"))] == ["BreadcrumbList", "FAQPage"]
    publish(brand, "A guide", kind=Kind.HOW_TO, category=asked.article.category)
    assert [one["@type"] for one in structured(read("/b/lumo/en/c/why/"))] == ["BreadcrumbList"]
    assert structured(read("/b/lumo/en/a/a-guide/"))[1]["@type"] == "Article"


def test_the_map_of_the_site_names_every_page_in_both_languages(paired: Translation) -> None:
    chinese = also_in(paired, "zh-hans", "如何配对")
    answer = Client().get("/b/lumo/sitemap.xml")
    assert answer["Content-Type"].startswith("application/xml")
    text = answer.content.decode()
    assert text.count(f"{address_of(paired)}</loc>") == 1
    assert f'hreflang="zh-hans" href="{sites.absolute(sites.of(paired.brand), address_of(chinese))}"' in text
    robots = read("/robots.txt")
    assert "/b/lumo/sitemap.xml" in robots and "Disallow: /console/" in robots


# -- what it costs


def test_a_strangers_browser_keeps_pages_and_asks_whether_they_changed(
    paired: Translation, known: Client, mei: Staff
) -> None:
    reader = Client()
    first = reader.get(address_of(paired))
    assert first["Cache-Control"] == "private, no-cache"
    again = reader.get(address_of(paired), headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304 and not again.content
    assert "Content-Security-Policy" not in again, (
        "it would replace the kept page's, whose scripts it forbids"
    )
    assert (
        reader.get(
            address_of(paired), headers={"if-none-match": first["ETag"], "cookie": "kefu-theme=dark"}
        ).status_code
        == 200
    )
    writing.write(paired, writing.Said("How to pair", "Hold it longer."), by=None)
    writing.publish(paired, by=None)
    assert reader.get(address_of(paired), headers={"if-none-match": first["ETag"]}).status_code == 200
    assert "ETag" not in known.get(address_of(paired))
    assert known.get(address_of(paired))["Cache-Control"] == "no-store"


def furnished(brand: Brand, count: int) -> Translation:
    top = shelf(brand, "top")
    for place in range(count):
        asked = publish(brand, f"Question {place}", category=shelf(brand, f"part-{place}", parent=top))
        also_in(asked, "zh-hans", f"问题{place}")
        announce(brand, f"News {place}")
    return publish(brand, "Last", category=top)


@pytest.mark.parametrize("count", [1, 12])
def test_pages_ask_as_often_however_much_there_is(
    count: int, brand: Brand, inbox: Inbox, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    last = furnished(brand, count)
    for address, queries in {
        "/b/lumo/en/": 12,
        "/b/lumo/en/c/top/": 5,
        address_of(last): 6,
        "/b/lumo/en/news/": 4,
        "/b/lumo/en/contact": 4,
        "/b/lumo/sitemap.xml": 3,
    }.items():
        with django_assert_num_queries(queries, info=address):
            read(address)


def test_a_first_view_weighs_at_most_100_kilobytes(brand: Brand, inbox: Inbox, admin: Staff) -> None:
    last, drawn = furnished(brand, 12), io.BytesIO()
    Image.effect_mandelbrot((1600, 500), (-2, -1, 1, 1), 100).save(drawn, "PNG")
    sites.put_logo(brand, drawn.getvalue(), by=admin)
    for address in ("/b/lumo/zh-hans/", "/b/lumo/en/", address_of(last)):
        page = read(address)
        parts = {address: page.encode()} | {name: static(name) for name in fetched(page)}
        own = re.findall(r'<(?:img [^>]*src|link rel="stylesheet" href)="(/b/[^"]+)"', page)
        assert len(own) == 2, "its logo and its colours"
        parts |= {name: Client().get(unescape(name)).content for name in own}
        weights = {name: len(gzip.compress(part, 9)) for name, part in parts.items()}
        assert sum(weights.values()) <= 100_000, weights


def fetched(page: str) -> set[str]:
    """Every file that the page has its browser fetch: styles, scripts with what they load, pictures."""
    found = set(re.findall(r'(?:href|src)="/static/([^"#?]+)', page))
    waiting = [name for name in found if name.endswith(".js")]
    for name in waiting:
        for other in re.findall(r'(?:from|import)\s*\(?"\./([^"]+)"', static(name).decode()):
            path = str(Path(name).parent / other)
            if path not in found:
                found.add(path)
                waiting.append(path)
    return found


def static(name: str) -> bytes:
    path = finders.find(name)
    assert isinstance(path, str), name
    return Path(path).read_bytes()
