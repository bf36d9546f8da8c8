"""A desk with something of everything on it, and the address of every page, found by walking the routes.

A page that is added is visited by itself; a new kind of thing in an address has to be named in ``things_of`` first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from conftest import begin, draft
from kefu.answers.models import Gap, Lesson, LessonState, Outcome, Phrasing
from kefu.articles import files as article_files
from kefu.articles import reviewing, votes, writing
from kefu.articles.models import ArticleImport, Category, Kind, Search, Synonyms, Translation
from kefu.claims import policies
from kefu.claims.presets import BRAND_30_DAYS
from kefu.claims.testing import make_claim, make_refund
from kefu.conversations import flows, posting
from kefu.conversations.models import Conversation, FieldDefinition, Inbox, MessageKind, Tag
from kefu.events import deliveries, log
from kefu.events.models import Delivery, DeliveryState, Parked
from kefu.hours.models import Schedule
from kefu.inboxes.chat.keys import add_key
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.email.testing import make_letter, make_mailbox, make_reply, set_aside
from kefu.inboxes.form.testing import ORDER, OTHER, make_form
from kefu.inboxes.stored import Words
from kefu.inboxes.topics import USUAL_TOPICS
from kefu.orders import linking
from kefu.orders.models import Order
from kefu.orders.testing import make_order, ship
from kefu.people import customers
from kefu.people.access import access_of
from kefu.people.models import Brand, Customer, Invitation, Staff, StaffToken, Team
from kefu.people.roles import Can, Role

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
# What is no page: files, machines' answers, fragments, and addresses that only pass a browser on.
NO_PAGES = re.compile(
    r"healthz|readyz|metrics|robots|favicon|\.well-known|api/v1|files/|console/files|evidence/<uuid:evidence>$|refunds/export$|\.js$|contact/(followed|conversations)/|colours\.css|/api/"
    r"|account/oidc|<slug:token>|console/k/|/download/|account/password/new/|/html$|message_id>/original$|preview$"
    r"|conversation_id>/(messages|again|articles|orders(/<uuid:order_id>)?)$|claims/<uuid:claim>/order$|/oauth/(back|sign-in)$"
    r"|/news/feed\.xml$|/sitemap\.xml$|/logo$|slug>/vote$"
)


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, Any]]:
    for found in (resolver or get_resolver()).url_patterns:
        pattern = before + str(found.pattern)
        if isinstance(found, URLResolver):
            yield from routes(found, pattern)
        elif isinstance(found, URLPattern):
            yield pattern, found.callback


def pages(things: dict[str, Any]) -> list[tuple[str, bool]]:
    """Every page's address, and whether one must be signed in for it."""
    found = []
    for pattern, view in routes():
        access = access_of(view)
        if access is None or access.kind in {"visitor", "token"} or NO_PAGES.search(pattern):
            continue
        address = "/"
        for part in re.split(r"(<[^>]+>)", pattern):
            named = PARAMETER.fullmatch(part)
            address += str(thing(pattern, named[1], things)) if named else part
        found.append((address, access.kind == "staff" or address.startswith("/account/")))
    return found


def thing(pattern: str, name: str, things: dict[str, Any]) -> Any:
    return next((things[key] for key in (f"{pattern}|{name}", name) if key in things), "none")


def furnish(inbox: Inbox, team: Team, admin: Staff, mei: Staff, words: str = "") -> dict[str, Any]:
    """A desk where every page has something to show. ``words`` stand wherever people may write."""
    brand = inbox.brand
    ChatSettings(topics=USUAL_TOPICS).save(inbox)
    add_key(inbox, "hash")
    inbox.schedule = Schedule.draw_up(
        brand=brand, name=words or "Office", time_zone="UTC", week={"0": [["09:00", "18:00"]]}, by=admin
    )
    inbox.save()
    special_day = brand.special_days.create(day=timezone.localdate(), kind="open", name=words[:60] or "Sale")
    lin = Customer.objects.create(name=words[:80] or "Lin", note=words, language="en")
    identity = customers.claim(lin, "email", "lin@example.test", by=admin)
    conversation = begin(lin, inbox, words or "Where is my parcel?")
    posting.post(
        [draft(conversation, mei, words or "I am looking."), draft(conversation, lin, words or "Thank you")]
    )
    posting.post([draft(conversation, mei, words or "She is in a hurry", kind=MessageKind.NOTE)])
    conversation.refresh_from_db()
    tag, spare = (Tag.objects.create(brand=brand, name=(words[:36] or "Urgent") + end) for end in ("", " 2"))
    conversation.tag(tag, by=mei)
    field = FieldDefinition.objects.create(brand=brand, key="model", label=words[:60] or "Model")
    conversation.describe({"model": words or "LQ-200"}, by=mei)
    conversation.rename(words[:200] or "Where is my parcel?", by=mei)
    flows.hand_over(conversation, to=mei, by=admin, note=words or "Please")
    closed = begin(lin, inbox, words or "An old matter")
    closed.close(by=admin)
    token, _secret = StaffToken.issue(
        staff=admin, name=words[:60] or "Script", scopes=[Can.ANSWER], lasts=timedelta(1)
    )
    invitation = Invitation.send(
        email="new@example.test", name=words[:80] or "New", role=Role.AGENT, teams=[team], by=admin
    )
    delivery = _failed_delivery(words)
    Parked.objects.create(reader="search", event_id=1, kind="message.posted", error=words or "ValueError: no")
    log.audit("staff.renamed", mei, by=admin, before=words, after="Mei")
    order = _order(lin, brand, conversation, mei, words)
    claim = make_claim(order, words)
    return {
        "conversation_id": conversation.pk,
        "order_id": order.pk,
        "claim": claim.pk,
        "line": claim.lines.get().pk,
        "evidence": claim.evidence.get().pk,
        "refund": make_refund(claim).pk,
        **_policies(brand, admin, words),
        **_order_settings(order, admin, words),
        "identity_id": identity.pk,
        "tag_id": tag.pk,
        "tag": spare.pk,
        "field": field.pk,
        "inbox": inbox.pk,
        "brand": brand.pk,
        "b/<slug:brand>/|brand": brand.slug,
        "schedule": inbox.schedule.pk,
        "special_day": special_day.pk,
        "delivery": delivery.pk,
        "key": inbox.key,
        **_help_centre(brand, admin, words),
        **_answers(conversation, admin, words),
        **_form(team, words),
        **_mailbox(team, mei, words),
        "console/settings/inboxes/<uuid:inbox>/topics/<slug:key>/|key": "order",
        "console/settings/inboxes/<uuid:inbox>/topics/<slug:key>/removal|key": "order",
        "staff_id": mei.pk,
        "team_id": team.pk,
        "pk": token.pk,
        "name": "none",
        "people/invitations/<uuid:pk>/again/|pk": invitation.pk,
        "people/invitations/<uuid:pk>/withdrawal/|pk": invitation.pk,
        "account/sessions/<int:pk>/|pk": 1,
        "account/2fa/keys/<int:pk>/remove/|pk": 1,
        "account/2fa/keys/<int:pk>/edit/|pk": 1,
        "job": 1,
        "parked": Parked.objects.get().pk,
        "purpose": "hash",
        "kid": "none",
    }


def _help_centre(brand: Brand, admin: Staff, words: str) -> dict[str, Any]:
    """A category with a question, and an announcement; the addresses of its pages by their own patterns."""
    shelf = Category.objects.create(brand=brand, slug="parcels", names={"en": words[:60] or "Parcels"})
    said = writing.Said(words[:100] or "Where is my parcel?", f"## {words or 'Where'}\n\n{words or 'There.'}")
    asked = writing.begin(brand, language="en", said=said, by=admin, category=shelf)
    news = writing.begin(brand, language="en", said=said, by=admin, kind=Kind.ANNOUNCEMENT)
    for translation in (asked, news):
        writing.publish(translation, by=admin)
    known = {"brand": brand.slug, "language": "en", "category": shelf.slug, "slug": asked.slug}
    patterns = [pattern for pattern, _view in routes() if pattern.startswith("b/<slug:brand>/<lang:")]
    public = {f"{pattern}|{name}": known[name] for pattern in patterns for name in PARAMETER.findall(pattern)}
    return public | _articles_at_the_desk(asked, shelf, admin, words)


def _articles_at_the_desk(asked: Translation, shelf: Category, admin: Staff, words: str) -> dict[str, Any]:
    """Changed since, translated and behind; with a file, a reader's comment and a review that is asked for."""
    article = asked.article
    chinese = writing.Said(words[:100] or "包裹在哪里", words or "在这里。")
    writing.translate(article, language="zh-hans", said=chinese, by=admin)
    changed = writing.Said(
        words[1:100] or "Where is it?", words or "Here.", words[:200], [words[:200]], words[:200]
    )
    writing.write(asked, changed, by=admin)
    reviewing.ask(asked, by=admin)
    file = article_files.keep_bytes(article, b"Manual", f"{words[:60] or 'manual'}.txt", by=admin)
    vote = votes.vote(asked, voter=bytes(32), helped=False, comment=words[:500] or "Unclear")
    Search.objects.create(
        brand=shelf.brand, language="en", where="site", words=words[:200] or "lamp", found=0
    )
    same = Synonyms.objects.create(brand=shelf.brand, words=[words[:40] or "trainers", "sneakers"])
    desk = {
        "synonyms": same.pk,
        "article": article.pk,
        "text": asked.pk,
        "version": 1,
        "article_file": file.pk,
        "vote": vote.pk,
    }
    desk["article_import"] = _article_import(shelf.brand, admin, words).pk
    patterns = [pattern for pattern, _view in routes() if "<uuid:category>" in pattern]
    return desk | {f"{pattern}|category": shelf.pk for pattern in patterns}


def _answers(conversation: Conversation, admin: Staff, words: str) -> dict[str, Any]:
    """A question without an article, a retraining that was replaced since, and a call of a model with its answer."""
    gap = Gap.objects.create(
        brand=conversation.brand,
        language="en",
        key="lamp",
        words=words[:200] or "Is the lamp waterproof?",
        asked_as=[
            words[:200] or "Is the lamp waterproof?",
            words[1:200] or "Can the lamp stand in the rain?",
        ],
        conversations=[str(conversation.pk)],
        times=4,
        last_at=timezone.now(),
    )
    figures = {
        "before": {"en": {"right": 90, "of": 126}, "zh-hans": {"right": 100, "of": 126}},
        "after": {"en": {"right": 98, "of": 126}, "zh-hans": {"right": 101, "of": 126}},
    }
    lesson = Lesson.objects.create(
        number=1,
        state=LessonState.REPLACED,
        model=b"{}",
        figures=figures,
        examples=40,
        asked_by=admin,
        done_at=timezone.now(),
    )
    phrasing = Phrasing.objects.create(
        conversation=conversation,
        outcome=Outcome.UNGROUNDED,
        why=words[:200] or "A number that the passage lacks",
        sent=words or "Passage: the lamp takes two batteries.",
        answered=words or "Three batteries.",
        tokens=60,
    )
    return {"gap": gap.pk, "lesson": lesson.pk, "phrasing": phrasing.pk}


def _article_import(brand: Brand, admin: Staff, words: str) -> ArticleImport:
    """Rehearsed, with one that could not be taken."""
    run = brand.article_imports.create(
        format="markdown",
        file_name=words[:200] or "help.zip",
        dry=True,
        state="done",
        started_by=admin,
        bad=1,
    )
    run.bad_articles.create(place=words[:200] or "a.md", key=words[:200], reason=words[:300] or "Too long")
    return run


def _form(team: Team, words: str) -> dict[str, Any]:
    """A contact form that asks everything a form can ask; its pages by their own patterns."""
    said = Words(words[:60], words[:60]) if words else ORDER.label
    questions = tuple(replace(one, label=said, help=said) for one in ORDER.fields)
    topic = replace(ORDER, label=said, intro=said, prepare=(said,), fields=questions)
    form = make_form(team, topic, OTHER, title=said, intro=said)
    patterns = [
        pattern for pattern, _view in routes() if pattern.startswith(("console/settings/forms/", "contact/"))
    ]
    known = {"inbox": form.pk, "key": form.key}
    found = {
        f"{pattern}|{name}": known[name]
        for pattern in patterns
        for name in PARAMETER.findall(pattern)
        if name in known
    }
    return found | {f"{pattern}|key": ORDER.key for pattern in patterns if "topics/<slug:key>" in pattern}


def _mailbox(team: Team, mei: Staff, words: str) -> dict[str, Any]:
    mailbox = make_mailbox(team, "post@desk.test", name=words[:60] or "Mail", words=words)
    received = set_aside(mailbox, words[:30] or "crash")
    patterns = [pattern for pattern, _view in routes() if pattern.startswith("console/settings/mailboxes/")]
    known = {f"{pattern}|inbox": mailbox.pk for pattern in patterns}
    letter = make_letter(mailbox, words=words, html=f"<p>{words or 'Where is my <b>lamp</b>?'}</p>")
    answer = make_reply(letter, mei, words or "It is on its way.")
    recipients = "console/mail/<int:message_id>/recipients|message_id"
    return known | {"received": received.pk, "message_id": letter.pk, recipients: answer.pk}


def _order_settings(order: Order, by: Staff, words: str) -> dict[str, Any]:
    source = order.source
    run = source.runs.create(
        state="stopped",
        file_name=words[:80] or "orders.csv",
        total=2,
        done=1,
        bad=1,
        started_by=by,
        problem=words[:300],
    )
    run.bad_rows.create(line=2, key=words[:80] or "A-2", reason=words[:300] or "The order has no lines.")
    service = source.brand.tracking_services.create(kind="webhook", name=words[:60] or "Carrier")
    product = source.brand.products.get()
    shipment = order.shipments.get()
    return {
        "source": source.pk,
        "run": run.pk,
        "product": product.pk,
        "service": service.pk,
        "shipment_id": shipment.pk,
        "carrier": shipment.carrier,
    }


def _order(lin: Customer, brand: Brand, conversation: Conversation, by: Staff, words: str) -> Order:
    order = make_order(lin, brand, words[:80] or "W1001", email="lin@example.test")
    order.address = {
        "name": words[:200] or "Lin",
        "city": words[:80] or "Rotterdam",
        "line1": words[:80] or "9 Canal Street",
    }
    order.save()
    order.lines.update(name=words[:200] or "Earbuds", options={"colour": words[:80] or "black"})
    ship(order, words[:80] or "SF1").events.update(
        place=words[:100] or "Breda", text=words[:300] or "On its way"
    )
    linking.link(order, conversation, by=by)
    return order


def _failed_delivery(words: str) -> Delivery:
    delivery = deliveries.queue(
        template="mail/chat_code",
        to="lin@example.test",
        key="k",
        language="en",
        context={"code": "1", "brand_name": words},
    )
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.FAILED, attempts=8, error=words or "refused"
    )
    return delivery


def _policies(brand: Brand, admin: Staff, words: str) -> dict[str, Any]:
    published = policies.draft(brand, name=words[:80] or "Returns", terms=BRAND_30_DAYS, by=admin)
    policies.publish(published, by=admin)
    return {
        "policy": policies.new_version(published, by=admin).pk,
        "policies/<slug:brand>/|brand": brand.slug,
        "policies/<slug:brand>/<uuid:policy>/|brand": brand.slug,
        "policies/<slug:brand>/<uuid:policy>/|policy": published.pk,
    }
