from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import begin, says
from kefu.conversations import flows, lists
from kefu.conversations.models import Conversation, FieldDefinition, Inbox, InboxKind, Tag
from kefu.events import log
from kefu.events.models import Audit
from kefu.people import reveals
from kefu.people.models import Brand, Customer, Identity, Staff, Team

FRAGMENT = {"HX-Request": "true"}


def signed_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    client.cookies["kefu-language"] = "en"
    return client


def text_of(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_lists_show_what_is_mine_my_teams_unassigned_and_waiting(
    mei: Staff, omar: Staff, inbox: Inbox, lin: Customer
) -> None:
    mine, _free, solved = (begin(lin, inbox, text) for text in ("It is mine", "Nobody has it", "It is done"))
    mine.take(by=mei)
    says(mei, "Answered", mine)
    solved.solve(by=mei)
    client = signed_in(mei)
    shown = {view: text_of(client, "/console/", view=view) for view in lists.View}
    assert "Answered" in shown[lists.View.MINE] and "Nobody has it" not in shown[lists.View.MINE]
    assert "Answered" in shown[lists.View.TEAM] and "Nobody has it" in shown[lists.View.TEAM]
    assert "Nobody has it" in shown[lists.View.UNASSIGNED] and "Answered" not in shown[lists.View.UNASSIGNED]
    assert "Nobody has it" in shown[lists.View.WAITING] and "Answered" not in shown[lists.View.WAITING]
    assert "It is done" in shown[lists.View.ALL] and "It is done" not in shown[lists.View.TEAM]


def test_counts_are_exact_up_to_99(
    mei: Staff, inbox: Inbox, lin: Customer, parcel_question: Conversation
) -> None:
    teams = lists.teams_of(mei)
    assert lists.counts(mei, teams) == {"mine": 0, "team": 1, "unassigned": 1, "waiting": 1}
    Conversation.objects.bulk_create(
        Conversation(
            brand_id=inbox.brand_id, inbox=inbox, customer=lin, team_id=inbox.team_id,
            created_at=parcel_question.created_at, last_message_at=parcel_question.created_at,
        )
        for _ in range(99)
    )  # fmt: skip
    assert lists.count_shown(lists.counts(mei, teams)[lists.View.TEAM]) == "99+"
    assert lists.count_shown(99) == "99"


def test_lists_are_paged_by_key_without_gap_or_repeat(mei: Staff, inbox: Inbox, lin: Customer) -> None:
    begun = [begin(lin, inbox, f"Question {number}") for number in range(7)]
    teams = lists.teams_of(mei)
    for view in (lists.View.TEAM, lists.View.UNASSIGNED, lists.View.WAITING, lists.View.ALL):
        seen, before = [], ""
        while True:
            page = lists.page(view, mei, teams, before, limit=3)
            seen += [row.conversation.pk for row in page.rows]
            before = page.older
            if not before:
                break
        expected = [one.pk for one in begun]
        assert seen == (expected if view == lists.View.WAITING else expected[::-1])


@pytest.mark.parametrize("before", ["x", "2026-01-01_y", "9" * 400, "2026-01-01T00:00:00_" + "0" * 36])
def test_a_cursor_that_nobody_handed_out_shows_the_first_page(
    mei: Staff, parcel_question: Conversation, before: str
) -> None:
    assert "Where is my parcel?" in text_of(signed_in(mei), "/console/", view="team", before=before)


def test_unread_counts_survive_a_reload_and_end_with_reading(
    mei: Staff, lin: Customer, parcel_question: Conversation
) -> None:
    says(lin, "Hello?", parcel_question)
    rows = lists.page(lists.View.TEAM, mei, lists.teams_of(mei)).rows
    assert rows[0].unread == 2
    parcel_question.refresh_from_db()
    parcel_question.read_by_staff(mei, 2)
    assert lists.page(lists.View.TEAM, mei, lists.teams_of(mei)).rows[0].unread == 0


def test_a_conversation_opens_as_a_page_and_as_a_fragment(mei: Staff, parcel_question: Conversation) -> None:
    client, address = signed_in(mei), reverse("conversation", args=[parcel_question.pk])
    page = client.get(address).content.decode()
    assert "<html" in page and "Where is my parcel?" in page and parcel_question.public_number in page
    fragment = client.get(address, headers=FRAGMENT).content.decode()
    assert "<html" not in fragment and 'id="context"' in fragment


def test_strangers_do_not_find_it_by_any_address(charlie: Staff, parcel_question: Conversation) -> None:
    client = signed_in(charlie)
    for name in ("", "-messages", "-again"):
        assert client.get(reverse(f"conversation{name}", args=[parcel_question.pk])).status_code == 404
    for name in (
        "said",
        "solution",
        "opening",
        "hold",
        "wait",
        "assignment",
        "hand-over",
        "subject",
        "fields",
        "tags",
    ):
        answer = client.post(
            reverse(f"conversation-{name}", args=[parcel_question.pk]), {"text": "x", "to": "me"}
        )
        assert answer.status_code == 404, name
    found = client.get(reverse("conversation-by-number", args=[parcel_question.number]))
    assert found.headers["Location"].startswith("/console/search")
    assert "parcel" not in text_of(client, "/console/", view="all")


def test_the_auditor_reads_and_changes_nothing(auditor: Staff, parcel_question: Conversation) -> None:
    client = signed_in(auditor)
    assert "Where is my parcel?" in text_of(client, reverse("conversation", args=[parcel_question.pk]))
    assert client.post(reverse("conversation-solution", args=[parcel_question.pk])).status_code == 403


def test_pages_ask_the_database_as_often_for_much_as_for_little(
    mei: Staff, inbox: Inbox, lin: Customer, parcel_question: Conversation
) -> None:
    client, address = signed_in(mei), reverse("conversation", args=[parcel_question.pk])
    client.get(address)
    listed, opened = _queries(client, "/console/?view=team"), _queries(client, address)
    for number in range(12):
        begin(Customer.objects.create(name=f"C{number}"), inbox, f"Question {number}").take(by=mei)
        says(lin, f"More {number}", parcel_question)
        says(mei, f"Answer {number}", parcel_question)
    assert _queries(client, "/console/?view=team") == listed <= 12
    assert _queries(client, address) == opened <= 30


@pytest.fixture
def of_each_kind(brand: Brand, support: Team, lin: Customer, mei: Staff) -> dict[str, Conversation]:
    found = {}
    for kind in InboxKind:
        inbox = Inbox.objects.create(brand=brand, team=support, name=f"By {kind}", kind=kind, language="en")
        found[kind.value] = begin(lin, inbox, f"It came by {kind}")
        begin(lin, inbox, f"Taken, it came by {kind}").take(by=mei)
    return found


@pytest.mark.parametrize("view", list(lists.View))
def test_a_list_shows_one_kind_of_inbox_if_asked(
    view: lists.View,
    of_each_kind: dict[str, Conversation],
    mei: Staff,
    omar: Staff,
    supervisor: Staff,
    admin: Staff,
    charlie: Staff,
) -> None:
    for kind in of_each_kind:
        shown = text_of(signed_in(mei), "/console/", view=view, kind=kind)
        assert f"came by {kind}" in shown
        assert not any(f"came by {other}" in shown for other in of_each_kind if other != kind)
        assert f'/console/?view=team&amp;kind={kind}"' in shown  # another list of the same kind
        for stranger in (omar, charlie):
            assert "came by" not in text_of(signed_in(stranger), "/console/", view=view, kind=kind)
    every = text_of(signed_in(mei), "/console/", view=view)
    assert all(f"came by {kind}" in every for kind in of_each_kind)
    for leader in (supervisor, admin):
        shown = text_of(signed_in(leader), "/console/", view="all", kind="email")
        assert "came by email" in shown and "came by chat" not in shown


def test_lists_of_a_kind_are_counted_and_paged_like_the_others(
    of_each_kind: dict[str, Conversation], mei: Staff, lin: Customer
) -> None:
    teams, kind = lists.teams_of(mei), InboxKind.EMAIL
    assert lists.counts(mei, teams, kind) == {"mine": 1, "team": 2, "unassigned": 1, "waiting": 2}
    begun = [begin(lin, of_each_kind["email"].inbox, f"More {number}") for number in range(5)]
    for view in (lists.View.UNASSIGNED, lists.View.ALL, lists.View.WAITING):
        seen, before = [], ""
        while True:
            page = lists.page(view, mei, teams, before, limit=3, kind=kind)
            seen += [row.conversation.pk for row in page.rows]
            before = page.older
            if not before:
                break
        every = {row.conversation.pk for row in lists.page(view, mei, teams, kind=kind).rows}
        assert len(seen) == len(set(seen)) and set(seen) == every >= {one.pk for one in begun}


def test_a_kind_costs_no_more_queries_and_stays_chosen_with_its_view(
    of_each_kind: dict[str, Conversation], mei: Staff
) -> None:
    client = signed_in(mei)
    client.get("/console/")
    assert _queries(client, "/console/?view=team&kind=email") == _queries(client, "/console/?view=team")
    client.get("/console/?view=team&kind=form")
    kept = client.get("/console/").content.decode()
    assert "came by form" in kept and "came by email" not in kept
    assert "came by email" in client.get("/console/?view=team").content.decode()
    assert "came by email" in client.get("/console/").content.decode()
    assert "came by email" in client.get("/console/?view=team&kind=pigeon").content.decode()


def test_a_kind_that_nobody_uses_says_so(parcel_question: Conversation, mei: Staff) -> None:
    assert "Nothing came in this way" in text_of(signed_in(mei), "/console/", view="team", kind="form")


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as counted:
        assert client.get(address).status_code == 200
    return len(counted)


def test_a_plain_form_sends_a_reply_and_a_note(mei: Staff, parcel_question: Conversation) -> None:
    client, address = signed_in(mei), reverse("conversation-said", args=[parcel_question.pk])
    client.post(address, {"text": "I look into it", "kind": "reply"})
    client.post(address, {"text": "Carrier called", "kind": "note"})
    page = text_of(client, reverse("conversation", args=[parcel_question.pk]))
    assert "I look into it" in page and "Carrier called" in page
    parcel_question.refresh_from_db()
    assert (parcel_question.last_seq, parcel_question.last_reply_seq) == (3, 2)


def test_a_plain_form_that_cannot_be_sent_says_why(mei: Staff, parcel_question: Conversation) -> None:
    address = reverse("conversation-said", args=[parcel_question.pk])
    page = signed_in(mei).post(address, {"text": "  ", "kind": "reply"}, follow=True).content.decode()
    assert "Write something or add a file before sending." in page


def test_verbs_stand_in_the_timeline_with_who(
    mei: Staff, omar: Staff, returns: Team, parcel_question: Conversation
) -> None:
    client = signed_in(mei)
    post = {
        "take": ("assignment", {"to": "me"}),
        "over": ("hand-over", {"to": f"team:{returns.pk}", "note": "Please"}),
    }
    for name, given in post.values():
        client.post(reverse(f"conversation-{name}", args=[parcel_question.pk]), given)
    page = text_of(signed_in(omar), reverse("conversation", args=[parcel_question.pk]))
    assert "Mei took it" in page and "Mei handed over to Returns" in page and "Please" in page
    assert signed_in(mei).get(reverse("conversation", args=[parcel_question.pk])).status_code == 404


def test_a_verb_answers_with_the_panes_and_an_undo(mei: Staff, parcel_question: Conversation) -> None:
    client = signed_in(mei)
    answer = client.post(reverse("conversation-solution", args=[parcel_question.pk]), headers=FRAGMENT)
    html = answer.content.decode()
    assert 'id="conversation-head"' in html and 'data-status="solved"' in html
    assert reverse("conversation-opening", args=[parcel_question.pk]) in html
    client.post(reverse("conversation-opening", args=[parcel_question.pk]), headers=FRAGMENT)
    parcel_question.refresh_from_db()
    assert parcel_question.status == "open"


def test_a_verb_that_takes_it_out_of_sight_says_so(
    mei: Staff, returns: Team, parcel_question: Conversation
) -> None:
    answer = signed_in(mei).post(
        reverse("conversation-hand-over", args=[parcel_question.pk]),
        {"to": f"team:{returns.pk}"},
        headers=FRAGMENT,
    )
    assert "conversation-gone" in answer.headers["HX-Trigger"]


def test_handing_over_twice_by_a_double_click_happens_once(
    supervisor: Staff, returns: Team, parcel_question: Conversation
) -> None:
    client, address = signed_in(supervisor), reverse("conversation-hand-over", args=[parcel_question.pk])
    found = re.search(r'name="note_id" value="([^"]+)"', text_of(client, address))
    assert found is not None
    given = {"to": f"team:{returns.pk}", "note": "Please", "note_id": found[1]}
    for _click in range(2):
        client.post(address, given)
    kinds = [fact.kind for fact in log.about(parcel_question.pk)]
    assert kinds == ["conversation.started", "message.posted", "message.posted", "conversation.handed_over"]


def test_nobody_is_handed_a_conversation_of_another_brand(
    mei: Staff, charlie: Staff, foreign_team: Team, parcel_question: Conversation
) -> None:
    client = signed_in(mei)
    for to in (f"team:{foreign_team.pk}", f"staff:{charlie.pk}", "team:x", ""):
        client.post(reverse("conversation-hand-over", args=[parcel_question.pk]), {"to": to})
    client.post(reverse("conversation-assignment", args=[parcel_question.pk]), {"to": str(charlie.pk)})
    parcel_question.refresh_from_db()
    assert (parcel_question.team.name, parcel_question.assignee) == ("Support", None)


def test_a_closed_conversation_offers_its_follow_up_once(
    senior: Staff, parcel_question: Conversation
) -> None:
    client = signed_in(senior)
    client.post(reverse("conversation-closing", args=[parcel_question.pk]))
    places = [
        client.post(reverse("conversation-follow-up", args=[parcel_question.pk])).headers["Location"]
        for _ in range(2)
    ]
    assert places[0] == places[1]
    begun = Conversation.objects.get(follow_up_of=parcel_question)
    assert [entry.actor_id for entry in log.about(begun.pk)] == [senior.pk]
    assert "Follow-up" in text_of(client, reverse("conversation", args=[parcel_question.pk]))


def test_tags_details_subject_and_priority_are_set_from_the_page(
    senior: Staff, parcel_question: Conversation
) -> None:
    tag = Tag.objects.create(brand=parcel_question.brand, name="Shipping")
    FieldDefinition.objects.create(brand=parcel_question.brand, key="order", label="Order number")
    client = signed_in(senior)

    def send(name: str, **given: str) -> None:
        assert (
            client.post(reverse(f"conversation-{name}", args=[parcel_question.pk]), given).status_code == 302
        )

    send("tags", tag=str(tag.pk))
    send("fields", **{"field-order": "LM-1"})
    send("subject", subject="  Late   parcel ")
    send("priority", priority="3")
    parcel_question.refresh_from_db()
    assert (parcel_question.subject, parcel_question.priority, parcel_question.fields) == (
        "Late parcel",
        3,
        {"order": "LM-1"},
    )
    assert [one.name for one in parcel_question.tags.all()] == ["Shipping"]
    client.post(reverse("conversation-tag", args=[parcel_question.pk, tag.pk]), {"_method": "DELETE"})
    assert not parcel_question.tags.exists()


def test_an_address_is_masked_until_someone_with_the_right_asks_and_that_is_recorded(
    mei: Staff, senior: Staff, lin: Customer, parcel_question: Conversation
) -> None:
    identity = Identity(
        customer=lin,
        kind="email",
        value="lin@example.com",
        index=Identity.index_of("email", "lin@example.com"),
    )
    identity.save()
    address = reverse("identity-reveal", args=[parcel_question.pk, identity.pk])
    page = text_of(signed_in(senior), reverse("conversation", args=[parcel_question.pk]))
    assert "l***@example.com" in page and "lin@example.com" not in page
    assert signed_in(mei).post(address).status_code == 403
    assert "lin@example.com" in signed_in(senior).post(address, headers=FRAGMENT).content.decode()
    told = Audit.objects.get(kind="identity.revealed")
    assert (told.actor_id, told.subject_id) == (senior.pk, identity.pk)


def test_so_many_are_revealed_an_hour_and_no_more(
    senior: Staff, lin: Customer, parcel_question: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveals, "AN_HOUR", 2)
    index = Identity.index_of("email", "lin@example.com")
    identity = Identity.objects.create(customer=lin, kind="email", value="lin@example.com", index=index)
    client, address = signed_in(senior), reverse("identity-reveal", args=[parcel_question.pk, identity.pk])
    seen = [client.post(address, headers=FRAGMENT).content.decode() for _ in range(3)]
    assert ["lin@example.com" in one for one in seen] == [True, True, False]
    assert "ask a supervisor" in seen[2]
    assert Audit.objects.filter(kind="identity.revealed").count() == 2
    assert Audit.objects.filter(kind="contact.too_many_revealed").count() == 1


def test_an_identity_of_another_customer_is_not_revealed_through_ones_own_conversation(
    senior: Staff, parcel_question: Conversation
) -> None:
    other = Customer.objects.create(name="Other")
    identity = Identity(
        customer=other, kind="email", value="o@example.com", index=Identity.index_of("email", "o@example.com")
    )
    identity.save()
    answer = signed_in(senior).post(reverse("identity-reveal", args=[parcel_question.pk, identity.pk]))
    assert answer.status_code == 404


def test_history_beside_it_shows_only_what_one_may_see(
    mei: Staff, lin: Customer, inbox: Inbox, other_inbox: Inbox, parcel_question: Conversation
) -> None:
    begin(lin, inbox, "An older matter")
    begin(lin, other_inbox, "A matter elsewhere")
    page = text_of(signed_in(mei), reverse("conversation", args=[parcel_question.pk]))
    assert "An older matter" in page and "A matter elsewhere" not in page


def test_scrolling_back_meets_every_message_and_fact_once(
    mei: Staff, lin: Customer, parcel_question: Conversation
) -> None:
    for number in range(2, 121):
        says(lin if number % 2 else mei, f"Line {number}.", parcel_question)
        if number == 60:
            parcel_question.put_on_hold(by=mei)
    client, before, pages = signed_in(mei), "", []
    while True:
        address = reverse("conversation-messages", args=[parcel_question.pk])
        html = text_of(client, address, **({"before": before} if before else {}))
        pages.append(html)
        found = html.partition('data-before="')[2].partition('"')[0]
        if not found:
            break
        before = found
    everything = "".join(reversed(pages))
    assert len(pages) == 3
    assert [everything.count(f"Line {number}.") for number in range(2, 121)] == [1] * 119
    assert everything.count("put it on hold") == 1 and everything.count("began the conversation") == 1


def test_opening_lands_on_the_first_unread(mei: Staff, lin: Customer, parcel_question: Conversation) -> None:
    parcel_question.refresh_from_db()
    parcel_question.read_by_staff(mei, 1)
    for number in range(80):
        says(lin, f"Unread {number}.", parcel_question)
    page = text_of(signed_in(mei), reverse("conversation", args=[parcel_question.pk]))
    assert page.index("data-new-mark") < page.index("Unread 0.") and "Where is my parcel?" in page


def test_what_a_form_asked_besides_is_shown_beside_it(mei: Staff, parcel_question: Conversation) -> None:
    Conversation.objects.filter(pk=parcel_question.pk).update(fields={"device_colour": "teal", "empty": ""})
    page = text_of(signed_in(mei), reverse("conversation", args=[parcel_question.pk]))
    assert "<dt>Device colour</dt><dd>teal</dd>" in page and "Empty" not in page


def test_text_from_a_customer_is_never_markup(mei: Staff, lin: Customer, inbox: Inbox) -> None:
    nasty = '<script>alert(1)</script> https://a.example/"onmouseover="x javascript:alert(2) https://b.example/<b>'
    conversation = begin(lin, inbox, nasty)
    page = text_of(signed_in(mei), reverse("conversation", args=[conversation.pk]))
    assert "<script>alert(1)" not in page and '"onmouseover="' not in page and "/<b>" not in page
    assert 'href="javascript:' not in page and 'rel="noopener nofollow"' in page


def test_what_a_note_says_is_in_no_event(mei: Staff, parcel_question: Conversation) -> None:
    flows.leave_note(parcel_question, "secret words", by=mei)
    assert "secret" not in str([entry.data for entry in log.about(parcel_question.pk)])


def test_sound_and_notifications_are_remembered(mei: Staff) -> None:
    client = signed_in(mei)
    client.post(reverse("console-preferences"), {"name": "sound"})
    client.post(reverse("console-preferences"), {"name": "desktop", "on": "on"})
    client.post(reverse("console-preferences"), {"name": "role", "on": "on"})
    mei.refresh_from_db()
    assert mei.preferences == {"sound": False, "desktop": True}
