"""Building a contact form in the desk's settings."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kefu.conversations.models import FieldDefinition, Inbox, InboxKind
from kefu.events.models import Audit
from kefu.inboxes.form.settings import FormSettings, When
from kefu.inboxes.form.testing import ORDER, make_form
from kefu.people.models import Staff, Team
from kefu.people.testing import signed_in

FORMS = "/console/settings/forms/"


@pytest.fixture
def form(support: Team) -> Inbox:
    return make_form(support)


@pytest.fixture
def browser(admin: Staff) -> Client:
    return signed_in(admin)


def filled(by: Team, /, **more: str) -> dict[str, str]:
    said = {"name": "Contact us", "team": str(by.pk), "language": "en", "title_en": "Write to us"}
    return said | {"origins": "https://shop.example"} | more


def rows(*asked: dict[str, Any], **more: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {"label_en": "Damage", "rows": str(len(asked))} | more
    for place, row in enumerate(asked):
        sent |= {f"{name}-{place}": value for name, value in row.items()}
    return sent


STATE = {
    "key": "own",
    "label_en": "State",
    "type": "choice",
    "choices": "Whole\n破损 | Broken",
    "required": "on",
}


def test_a_new_form_works_at_once_and_its_questions_are_fields_of_the_desk(
    browser: Client, support: Team
) -> None:
    answer = browser.post(f"{FORMS}new/", filled(support))
    form = Inbox.objects.get(kind=InboxKind.FORM)
    assert answer["Location"] == f"{FORMS}{form.pk}/topics/"
    assert FormSettings.of(form).allowed_origins == ("https://shop.example",)
    assert Client().get(f"/contact/{form.key}/").status_code == 200
    assert set(FieldDefinition.objects.values_list("key", flat=True)) == {
        "order_number",
        "product_model",
        "error_text",
        "files",
    }
    assert Audit.objects.filter(kind="inbox.opened").count() == 1


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"title_en": ""}, {"origins": "shop.example"}, {"team": "x"}]
)
def test_what_is_wrong_is_said_and_nothing_is_opened(
    browser: Client, support: Team, wrong: dict[str, str]
) -> None:
    answer = browser.post(f"{FORMS}new/", filled(support, **wrong))
    assert answer.status_code == 200 and "field-errors" in answer.content.decode()
    assert not Inbox.objects.exists()


def test_its_title_and_sites_change(browser: Client, form: Inbox, support: Team) -> None:
    browser.post(f"{FORMS}{form.pk}/", filled(support, title_zh="联系我们"))
    form.refresh_from_db()
    settings = FormSettings.of(form)
    assert (settings.title.zh, settings.topics[0]) == ("联系我们", ORDER)


def test_a_topic_with_conditions_checklist_promise_and_team(
    browser: Client, form: Inbox, returns: Team
) -> None:
    once = rows(STATE, {"key": "own", "label_en": "Parts", "type": "several", "choices": "Lid"}, act="down:1")
    shown = browser.post(f"{FORMS}{form.pk}/topics/new/", once).content.decode()
    assert "Not saved yet." in shown and 'value="own=破损 | Broken"' in shown
    sent = rows(
        STATE | {"key": "state"},
        {
            "key": "parts",
            "label_en": "Parts",
            "type": "several",
            "choices": "Lid",
            "when": ["state=破损 | Broken"],
        },
        prepare_en="The invoice\nA photo",
        prepare_zh="发票",
        answer_hours="8",
        team=str(returns.pk),
    )
    assert browser.post(f"{FORMS}{form.pk}/topics/new/", sent).status_code == 302
    form.refresh_from_db()
    topic = FormSettings.of(form).topics[-1]
    assert (topic.key, topic.answer_hours, topic.team) == ("damage", 8, str(returns.pk))
    assert [(words.zh, words.en) for words in topic.prepare] == [("发票", "The invoice"), ("", "A photo")]
    assert topic.fields[1].when == When("state", ("破损 | Broken",))
    labels = dict(FieldDefinition.objects.values_list("key", "label"))
    assert (labels["state"], labels["prepared"]) == ("State", "What is at hand")
    again = browser.get(f"{FORMS}{form.pk}/topics/damage/").content.decode()
    assert 'value="state=破损 | Broken" checked' in again and "The invoice\nA photo" in again


@pytest.mark.parametrize(
    "asked",
    [
        [STATE | {"choices": ""}],
        [STATE | {"label_en": ""}],
        [{"key": "parts", "label_en": "Parts", "when": ["state=Whole"]}, STATE | {"key": "state"}],
        [
            STATE | {"key": "a"},
            STATE | {"key": "b"},
            {"key": "c", "label_en": "C", "when": ["a=Whole", "b=Whole"]},
        ],
        [STATE | {"key": "a"}, {"key": "c", "label_en": "C", "when": ["a"]}],
        [STATE | {"type": "song"}],
    ],
)
def test_a_topic_that_makes_no_sense_is_kept_on_the_page_only(
    browser: Client, form: Inbox, asked: list[dict[str, Any]]
) -> None:
    answer = browser.post(f"{FORMS}{form.pk}/topics/order/", rows(*asked))
    assert answer.status_code == 422
    form.refresh_from_db()
    assert FormSettings.of(form).topics[0] == ORDER


def test_too_many_hours_are_refused(browser: Client, form: Inbox) -> None:
    for hours in ("501", "soon", "-1"):
        assert browser.post(f"{FORMS}{form.pk}/topics/order/", rows(answer_hours=hours)).status_code == 422


def test_topics_move_and_go_but_the_last_one_stays(browser: Client, form: Inbox) -> None:
    browser.post(f"{FORMS}{form.pk}/topics/", {"topic": "other", "to": "up"})
    form.refresh_from_db()
    assert [one.key for one in FormSettings.of(form).topics] == ["other", "order"]
    for key in ("order", "other"):
        assert browser.post(f"{FORMS}{form.pk}/topics/{key}/removal").status_code == 302
    form.refresh_from_db()
    assert [one.key for one in FormSettings.of(form).topics] == ["other"]


def test_the_snippet_names_the_script_and_the_page(browser: Client, form: Inbox) -> None:
    page = browser.get(f"{FORMS}{form.pk}/install/").content.decode()
    assert f"/contact/{form.key}.js" in page and f"/contact/{form.key}/" in page
    assert "No website is allowed yet" in page
    assert (
        f"/contact/{form.key}/embedded?language=zh-hans"
        in browser.get(f"{FORMS}{form.pk}/look/").content.decode()
    )


def test_a_chat_is_no_form_and_a_form_no_chat(browser: Client, form: Inbox, inbox: Inbox) -> None:
    assert browser.get(f"{FORMS}{inbox.pk}/").status_code == 404
    assert browser.get(f"/console/settings/inboxes/{form.pk}/").status_code == 404
    listed = browser.get("/console/settings/inboxes/").content.decode()
    assert f"{FORMS}{form.pk}/" in listed and f"/console/settings/inboxes/{inbox.pk}/" in listed


def test_a_form_can_be_turned_off_and_on(browser: Client, form: Inbox) -> None:
    browser.post(f"/console/settings/inboxes/{form.pk}/service", {"on": "no"})
    assert Client().get(f"/contact/{form.key}/").status_code == 404
    answer = browser.post(f"/console/settings/inboxes/{form.pk}/service", {"on": "yes"})
    assert answer["Location"] == f"{FORMS}{form.pk}/"
    assert Client().get(f"/contact/{form.key}/").status_code == 200


def test_those_who_may_not_build_forms_and_strangers_meet_a_closed_door(
    form: Inbox, mei: Staff, supervisor: Staff, auditor: Staff
) -> None:
    for path in ("new/", f"{form.pk}/", f"{form.pk}/topics/", f"{form.pk}/look/", f"{form.pk}/install/"):
        assert Client().get(FORMS + path).status_code == 302
        for staff in (mei, auditor):
            assert signed_in(staff).get(FORMS + path).status_code == 403


def test_a_field_that_a_form_asks_for_cannot_be_removed(browser: Client, form: Inbox) -> None:
    browser.post(f"{FORMS}{form.pk}/topics/new/", rows(STATE))
    field = FieldDefinition.objects.get(key="state")
    browser.post(f"/console/settings/fields/{field.pk}/removal")
    assert FieldDefinition.objects.filter(key="state").exists()
