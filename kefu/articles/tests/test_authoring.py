"""Authors write, look, ask for review and publish at the desk; what one writes is never lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kefu.articles import reviewing, writing
from kefu.articles.models import Article, Audience, Kind, Review, Stage, Translation
from kefu.articles.writing import Said
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Staff, Team
from kefu.people.testing import signed_in

P = "/console/articles/"


def at(text: Translation) -> str:
    return f"{P}texts/{text.pk}/"


def sent(text: Translation, **changed: Any) -> dict[str, Any]:
    """What the editor's form sends of a text as it was drawn, with some fields changed."""
    text.refresh_from_db()
    assert text.latest is not None
    form = {
        "title": text.latest.title,
        "summary": text.latest.summary,
        "body": text.latest.body,
        "questions": "\n".join(text.latest.questions),
        "seen": str(text.latest_id),
    }
    return form | changed


def page(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, answer
    return answer.content.decode()


@pytest.fixture
def author(senior: Staff) -> Client:
    return signed_in(senior)


@pytest.fixture
def publisher(supervisor: Staff) -> Client:
    return signed_in(supervisor)


def test_an_article_begins_with_its_title_and_is_written_in_the_editor(author: Client, brand: Brand) -> None:
    answer = author.post(
        f"{P}new", {"brand": brand.pk, "language": "en", "kind": "how-to", "title": "How to return"}
    )
    text = Translation.objects.get()
    assert answer["Location"] == at(text)
    assert text.article.kind == Kind.HOW_TO
    body = "## Time\r\n\r\n> [!NOTE]\r\n> Seven days."
    author.post(at(text), sent(text, body=body, questions="Send back\n\nReturn it", note="First words"))
    text.refresh_from_db()
    assert text.latest is not None
    assert text.latest.body == body.replace("\r\n", "\n")
    assert text.latest.questions == ["Send back", "Return it"]
    shown = page(author, at(text))
    assert 'class="callout callout-info"' in shown
    assert "Seven days." in shown


def test_a_search_that_found_nothing_leads_to_an_article_with_its_words(author: Client) -> None:
    assert 'value="blue light"' in page(author, f"{P}new?title=blue light&language=en")


def test_what_cannot_be_saved_stays_in_the_fields(author: Client, returns_text: Translation) -> None:
    answer = author.post(at(returns_text), sent(returns_text, title="", body="My long <b>text</b>"))
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "What you wrote is still in the fields." in shown
    assert "My long &lt;b&gt;text&lt;/b&gt;" in shown
    assert returns_text.versions.count() == 1


def test_too_many_questions_are_said_so(author: Client, returns_text: Translation) -> None:
    many = "\n".join(f"Question {number}" for number in range(51))
    assert (
        "At most 50 questions."
        in author.post(at(returns_text), sent(returns_text, questions=many)).content.decode()
    )
    long = author.post(at(returns_text), sent(returns_text, questions="x" * 201)).content.decode()
    assert "A question has at most 200 characters." in long


def test_who_saves_over_anothers_saving_keeps_the_words_and_sees_what_the_other_changed(
    author: Client, returns_text: Translation, supervisor: Staff
) -> None:
    mine = sent(returns_text, body="Mine, long and good.")
    writing.write(returns_text, Said("怎样退货", "签收后十天内。"), by=supervisor)
    answer = author.post(at(returns_text), mine)
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "Mine, long and good." in shown
    assert "签收后十天内。" in shown
    assert "Supervisor saved version 2" in shown
    returns_text.refresh_from_db()
    assert returns_text.latest is not None
    assert returns_text.latest.body == "签收后十天内。"
    assert f'name="seen" value="{returns_text.latest_id}"' in shown
    author.post(at(returns_text), mine | {"seen": str(returns_text.latest_id)})
    returns_text.refresh_from_db()
    assert returns_text.latest.body == "Mine, long and good."


def test_a_preview_shows_what_stands_in_the_form_and_saves_nothing(
    author: Client, returns_text: Translation
) -> None:
    form = sent(returns_text, body="# New\n\n<script>alert(1)</script>\n\n## More")
    drawn = author.post(f"{at(returns_text)}preview", form, headers={"HX-Request": "true"}).content.decode()
    assert '<h2 id="s-new">New</h2>' in drawn
    assert 'href="#s-more"' in drawn
    assert "<script>" not in drawn
    assert "<html" not in drawn
    whole = author.post(f"{at(returns_text)}preview", form).content.decode()
    assert '<h2 id="s-new">New</h2>' in whole
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in whole
    assert returns_text.versions.count() == 1


# -- review and publishing


def test_an_author_asks_for_review_and_a_publisher_approves(
    author: Client, publisher: Client, returns_text: Translation
) -> None:
    author.post(f"{at(returns_text)}review", sent(returns_text, body="Better words."))
    returns_text.refresh_from_db()
    assert returns_text.stage == Stage.REVIEW
    assert "怎样退货" in page(publisher, f"{P}?state=review")
    shown = page(publisher, f"{P}{returns_text.article_id}/?language=zh-hans")
    assert "Senior asked for it" in shown
    assert "Approve and publish" in shown
    publisher.post(f"{at(returns_text)}publication", {"seen": returns_text.latest_id})
    returns_text.refresh_from_db()
    assert returns_text.live_id == returns_text.latest_id
    assert returns_text.stage == Stage.WRITING
    assert Review.objects.get().outcome == "published"
    publisher.post(f"{at(returns_text)}publication", {"seen": returns_text.latest_id})
    assert Review.objects.count() == 1


def test_a_publisher_publishes_what_was_looked_at_and_nothing_newer(
    publisher: Client, returns_text: Translation, senior: Staff
) -> None:
    reviewing.ask(returns_text, by=senior)
    seen = returns_text.latest_id
    writing.write(returns_text, Said("怎样退货", "Slipped in."), by=senior)
    answer = publisher.post(f"{at(returns_text)}publication", {"seen": seen}, follow=True)
    assert "Somebody else saved this article meanwhile" in answer.content.decode()
    returns_text.refresh_from_db()
    assert returns_text.live_id is None
    assert Review.objects.get().outcome == "changed"


def test_what_is_sent_back_says_why(
    author: Client, publisher: Client, returns_text: Translation, senior: Staff
) -> None:
    reviewing.ask(returns_text, by=senior)
    reviewing.ask(returns_text, by=senior)
    empty = publisher.post(f"{at(returns_text)}review/answer", {"note": " "}, follow=True)
    assert "Say what should change" in empty.content.decode()
    odd = publisher.post(f"{at(returns_text)}review/answer", {"note": "a\x00b"}, follow=True)
    assert "Nothing was sent back." in odd.content.decode()
    publisher.post(f"{at(returns_text)}review/answer", {"note": "Name the <b>address</b>"})
    shown = page(author, at(returns_text))
    assert "Name the &lt;b&gt;address&lt;/b&gt;" in shown
    author.post(at(returns_text), sent(returns_text, body="Named."))
    assert "Name the &lt;b&gt;address" not in page(author, at(returns_text))
    assert Review.objects.get().outcome == "sent-back"


def test_an_empty_text_is_neither_reviewed_nor_published(
    author: Client, publisher: Client, brand: Brand, senior: Staff
) -> None:
    text = writing.begin(brand, language="en", said=Said("Nothing"), by=senior)
    asked = author.post(f"{at(text)}review", {}, follow=True)
    assert "There is nothing to review yet" in asked.content.decode()
    published = publisher.post(f"{at(text)}publication", {}, follow=True)
    assert "There is nothing to publish yet" in published.content.decode()


def test_save_and_publish_is_one_press_and_withdrawing_another(
    publisher: Client, returns_text: Translation
) -> None:
    publisher.post(f"{at(returns_text)}publication", sent(returns_text, body="Out."))
    returns_text.refresh_from_db()
    assert returns_text.live is not None
    assert returns_text.live.body == "Out."
    publisher.post(f"{at(returns_text)}withdrawal")
    returns_text.refresh_from_db()
    assert returns_text.live is None


def test_it_can_be_set_to_appear_and_taken_back(publisher: Client, returns_text: Translation) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    form = sent(returns_text, later="yes", at=tomorrow.strftime("%Y-%m-%dT%H:%M"))
    publisher.post(f"{at(returns_text)}publication", form)
    returns_text.refresh_from_db()
    assert returns_text.publish_at is not None
    assert returns_text.live is None
    publisher.post(f"{at(returns_text)}publication/removal")
    returns_text.refresh_from_db()
    assert returns_text.publish_at is None


def test_the_time_to_appear_does_not_keep_a_browser_from_saving(
    publisher: Client, returns_text: Translation
) -> None:
    shown = page(publisher, at(returns_text))
    field = shown[shown.index('name="at"') :].split(">")[0]
    assert "required" not in field


def test_a_time_that_has_passed_is_said_so_and_the_words_are_kept(
    publisher: Client, returns_text: Translation
) -> None:
    form = sent(returns_text, body="Kept.", later="yes", at="2020-01-01T10:00")
    answer = publisher.post(f"{at(returns_text)}publication", form)
    assert answer.status_code == 422
    assert "This time has passed" in answer.content.decode()
    assert "Kept." in answer.content.decode()
    returns_text.refresh_from_db()
    assert returns_text.publish_at is None


def test_a_text_that_is_set_to_appear_does_not_carry_the_words_of_who_may_not_publish(
    author: Client, returns_text: Translation, supervisor: Staff
) -> None:
    writing.publish(returns_text, by=supervisor, at=timezone.now() + timedelta(hours=1))
    answer = author.post(at(returns_text), sent(returns_text, body="Unseen words."), follow=True)
    assert "It no longer appears by itself" in answer.content.decode()
    returns_text.refresh_from_db()
    assert returns_text.publish_at is None


def test_a_new_address_is_told_where_it_is_taken(
    author: Client, returns_text: Translation, brand: Brand, senior: Staff
) -> None:
    writing.begin(brand, language="zh-hans", said=Said("taken"), by=senior)
    answer = author.post(f"{at(returns_text)}address", {"slug": "Taken"})
    assert answer.status_code == 422
    assert "Another article has this address." in answer.content.decode()
    author.post(f"{at(returns_text)}address", {"slug": "Free one"})
    returns_text.refresh_from_db()
    assert returns_text.slug == "free-one"
    assert returns_text.redirects.get().slug == "怎样退货"


def test_only_who_may_publish_changes_the_address_of_what_is_published(
    author: Client, publisher: Client, returns_text: Translation, supervisor: Staff
) -> None:
    writing.publish(returns_text, by=supervisor)
    answer = author.post(f"{at(returns_text)}address", {"slug": "elsewhere"})
    assert answer.status_code == 422
    assert "Only those who may publish can change its address." in answer.content.decode()
    publisher.post(f"{at(returns_text)}address", {"slug": "elsewhere"})
    returns_text.refresh_from_db()
    assert returns_text.slug == "elsewhere"


# -- versions


def test_any_two_versions_are_compared_and_an_old_one_is_said_again(
    author: Client, returns_text: Translation, senior: Staff
) -> None:
    writing.write(returns_text, Said("怎样退货", "签收后十天内。<img src=x onerror=alert(1)>"), by=senior)
    listed = page(author, f"{at(returns_text)}versions")
    assert 'value="2" checked' in listed
    shown = page(author, f"{at(returns_text)}changes?from=2&to=1")
    assert "From version 1 to 2" in shown
    assert "&lt;img src=x" in shown
    assert "<img src=x" not in shown
    assert "Since version 1" in page(author, f"{at(returns_text)}versions/2")
    author.post(f"{at(returns_text)}versions/1/restoration", {"seen": returns_text.latest_id})
    returns_text.refresh_from_db()
    assert returns_text.latest is not None
    assert (returns_text.latest.number, returns_text.latest.note) == (3, "Version 1 again")
    assert "签收后七天内。" in returns_text.latest.body


@pytest.mark.parametrize("asked", ["", "?from=1", "?from=x&to=1", "?from=1&to=99999999999"])
def test_versions_that_are_no_numbers_lead_back_to_the_list(
    author: Client, returns_text: Translation, asked: str
) -> None:
    assert author.get(f"{at(returns_text)}changes{asked}")["Location"] == f"{at(returns_text)}versions"


def test_a_version_that_is_not_there_is_not_found(author: Client, returns_text: Translation) -> None:
    assert author.get(f"{at(returns_text)}changes?from=1&to=7").status_code == 404
    assert author.get(f"{at(returns_text)}versions/{2**40}").status_code == 404


def test_restoring_over_what_was_saved_meanwhile_is_refused(
    author: Client, returns_text: Translation, supervisor: Staff
) -> None:
    seen = returns_text.latest_id
    writing.write(returns_text, Said("怎样退货", "Newer."), by=supervisor)
    author.post(f"{at(returns_text)}versions/1/restoration", {"seen": seen})
    assert returns_text.versions.count() == 2


# -- translations


def test_a_translation_stands_beside_its_source_and_is_marked_once_that_goes_on(
    author: Client, english: Translation, returns_text: Translation, supervisor: Staff
) -> None:
    assert "Out of date" not in page(author, at(english)).split("</nav>")[-1]
    writing.write(returns_text, Said("怎样退货", "签收后十天内。"), by=supervisor)
    writing.publish(returns_text, by=supervisor)
    shown = page(author, at(english))
    assert "What changed in the source since" in shown
    assert "How to return something" in page(author, f"{P}?state=behind")
    answer = author.post(f"{at(english)}following", {"follows": uuid7()}, follow=True)
    assert "Compare once more" in answer.content.decode()
    author.post(f"{at(english)}following", {"follows": returns_text.live_id})
    assert "How to return something" not in page(author, f"{P}?state=behind")


def test_saving_can_say_that_it_follows_the_source(
    author: Client, english: Translation, returns_text: Translation, supervisor: Staff
) -> None:
    writing.write(returns_text, Said("怎样退货", "签收后十天内。"), by=supervisor)
    writing.publish(returns_text, by=supervisor)
    author.post(at(english), sent(english, body="Within ten days.", follows=returns_text.live_id))
    english.refresh_from_db()
    assert english.follows_id == returns_text.live_id


def test_a_translation_begins_with_its_title_and_there_is_one_a_language(
    author: Client, returns_text: Translation
) -> None:
    address = f"{P}{returns_text.article_id}/texts"
    answer = author.post(address, {"language": "en", "title": "Returns"})
    made = Translation.objects.get(language="en")
    assert answer["Location"] == at(made)
    assert author.post(address, {"language": "en", "title": "Returns"}).status_code == 422
    assert "It is there in every language" in page(author, address)


# -- beside the words


def placed(article: Article, **changed: Any) -> dict[str, Any]:
    return {"kind": article.kind, "audience": article.audience, **changed}


def test_what_an_article_is_beside_its_words_is_set_on_one_page(
    author: Client, returns_text: Translation, senior: Staff
) -> None:
    article = returns_text.article
    address = f"{P}{article.pk}/settings"
    form = placed(
        article,
        kind="announcement",
        news="maintenance",
        owner=senior.pk,
        review_on="2027-01-02",
        product_models="L-1\nL-2\nL-1",
        shown_from="2027-01-01T00:00",
        shown_until="2027-01-02T00:00",
    )
    assert author.post(address, form).status_code == 302
    article.refresh_from_db()
    assert (article.kind, article.news, article.owner) == ("announcement", "maintenance", senior)
    assert article.product_models == ["L-1", "L-2"]
    wrong = author.post(address, form | {"shown_until": "2026-01-01T00:00"})
    assert wrong.status_code == 422
    assert "An announcement ends after it begins." in wrong.content.decode()
    author.post(address, placed(article, kind="faq", shown_from="2027-01-01T00:00"))
    article.refresh_from_db()
    assert (article.news, article.shown_from) == ("", None)


def test_only_who_may_publish_shows_what_is_published_to_more_readers(
    author: Client, publisher: Client, returns_text: Translation, supervisor: Staff
) -> None:
    article = returns_text.article
    Article.objects.update(audience=Audience.STAFF)
    writing.publish(returns_text, by=supervisor)
    address = f"{P}{article.pk}/settings"
    answer = author.post(address, placed(article, audience="everyone"))
    assert "Only those who may publish" in answer.content.decode()
    article.refresh_from_db()
    assert article.audience == Audience.STAFF
    publisher.post(address, placed(article, audience="everyone"))
    article.refresh_from_db()
    assert article.audience == Audience.EVERYONE


def test_an_owner_of_another_brand_and_a_category_of_another_are_no_choices(
    author: Client, returns_text: Translation, charlie: Staff, other_brand: Brand
) -> None:
    foreign = other_brand.categories.create(slug="theirs", names={"en": "Theirs"})
    address = f"{P}{returns_text.article_id}/settings"
    for wrong in ({"owner": charlie.pk}, {"category": foreign.pk}):
        answer = author.post(address, placed(returns_text.article, **wrong))
        assert answer.status_code == 422


def test_what_is_archived_is_read_by_nobody_outside_and_comes_back(
    publisher: Client, returns_text: Translation, supervisor: Staff
) -> None:
    writing.publish(returns_text, by=supervisor)
    address = f"{P}{returns_text.article_id}/"
    for _again in range(2):
        publisher.post(f"{address}archive")
    refused = publisher.post(f"{at(returns_text)}publication", {}, follow=True)
    assert "This article is archived." in refused.content.decode()
    assert not Translation.objects.for_customers(signed_in=True).exists()
    assert "怎样退货" not in page(publisher, P)
    assert "怎样退货" in page(publisher, f"{P}?state=archived")
    publisher.post(f"{address}return")
    assert Translation.objects.for_customers(signed_in=False).exists()


# -- who may


def test_every_agent_reads_and_is_offered_nothing_that_only_authors_may(
    mei: Staff, returns_text: Translation
) -> None:
    browser = signed_in(mei)
    shown = page(browser, f"{P}{returns_text.article_id}/")
    assert "签收后七天内。" in shown
    assert f"{at(returns_text)}review" not in shown
    assert "settings" not in shown.split('class="article-nav"')[1].split("</nav>")[0]
    assert page(browser, f"{at(returns_text)}versions")
    assert "New article" not in page(browser, P)
    assert browser.get(at(returns_text)).status_code == 403
    assert browser.post(at(returns_text), {}).status_code == 403


def test_an_author_neither_publishes_nor_withdraws_nor_archives(
    author: Client, returns_text: Translation
) -> None:
    for address in (
        f"{at(returns_text)}publication",
        f"{at(returns_text)}withdrawal",
        f"{at(returns_text)}review/answer",
        f"{P}{returns_text.article_id}/archive",
    ):
        assert author.post(address).status_code == 403
    assert "Save and publish" not in page(author, at(returns_text))


def test_articles_of_another_brand_are_not_found(
    foreign_text: Translation, returns_text: Translation, publisher: Client
) -> None:
    assert "别家的" not in page(publisher, P)
    assert publisher.get(f"{P}{foreign_text.article_id}/").status_code == 404
    for door in ("", "preview", "review", "publication", "withdrawal", "address", "following"):
        assert publisher.post(f"{at(foreign_text)}{door}", sent(foreign_text)).status_code == 404
    for door in ("settings", "archive", "return", "files", "texts"):
        assert publisher.post(f"{P}{foreign_text.article_id}/{door}", {}).status_code == 404
    assert publisher.post(f"{at(foreign_text)}versions/1/restoration").status_code == 404


def test_a_stranger_is_led_to_the_sign_in_page(returns_text: Translation) -> None:
    for address in (P, at(returns_text), f"{P}{returns_text.article_id}/"):
        assert "/account/login/" in Client().get(address)["Location"]


# -- the list


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", True),
        ("?q=退货", True),
        ("?q=发票", False),
        ("?q=%00", True),
        ("?state=draft", True),
        ("?state=published", False),
        ("?state=missing", True),
        ("?state=nonsense", True),
        ("?state=due", False),
        ("?state=scheduled", False),
        ("?state=changed", False),
        ("?kind=faq&language=zh-hans&audience=everyone", True),
        ("?kind=manual", False),
        ("?language=en", False),
        ("?audience=staff", False),
        ("?before=nonsense&brand=nonsense", True),
    ],
)
def test_the_list_is_narrowed(author: Client, returns_text: Translation, asked: str, found: bool) -> None:
    assert ("怎样退货" in page(author, f"{P}{asked}")) is found


def test_what_is_due_for_a_look_is_listed(author: Client, returns_text: Translation) -> None:
    Article.objects.update(review_on=timezone.localdate())
    assert "怎样退货" in page(author, f"{P}?state=due")


def test_who_has_read_it_through_says_when_the_next_time_is(
    author: Client, returns_text: Translation
) -> None:
    article = returns_text.article
    address = f"{P}{article.pk}/"
    Article.objects.update(review_on=timezone.localdate())
    assert "Looked through" in page(author, address)
    wrong = author.post(f"{address}look", {"months": "99999"}, follow=True)
    assert "Nothing was changed." in wrong.content.decode()
    author.post(f"{address}look", {"months": "6"})
    article.refresh_from_db()
    assert article.review_on is not None
    assert article.review_on - timezone.localdate() in (
        timedelta(days=182),
        timedelta(days=183),
    )  # as they count days
    assert "Looked through" not in page(author, address)


def test_the_list_is_paged_by_what_was_saved_last(author: Client, brand: Brand, senior: Staff) -> None:
    for number in range(31):
        writing.begin(brand, language="en", said=Said(f"Title {number:02}"), by=senior)
    first = page(author, P)
    assert "Title 30" in first
    assert "Title 00" not in first
    older = author.get(P).context["older"]
    assert "Title 00" in page(author, f"{P}{older}")


def test_the_list_makes_the_same_queries_however_long_it_is(
    author: Client, brand: Brand, senior: Staff, django_assert_num_queries: Any, support: Team
) -> None:
    for number in range(20):
        writing.begin(brand, language="en", said=Said(f"Title {number:02}"), by=senior)
    page(author, P)
    with django_assert_num_queries(10):
        page(author, P)


def test_the_editor_and_the_versions_make_the_same_queries_however_much_was_written(
    author: Client, english: Translation, senior: Staff, django_assert_num_queries: Any
) -> None:
    for number in range(5):
        writing.write(english, Said("Returns", f"Words {number}"), by=senior)
    page(author, at(english))
    with django_assert_num_queries(9):
        page(author, at(english))
    with django_assert_num_queries(5):
        page(author, f"{at(english)}versions")
