"""Loading the demo: two brands, their people, and some weeks of conversations.

Messages go through posting like all others, so they are masked, numbered and sealed by the same rules. What
lies in the past cannot: the verbs write the time at which they run, and the log takes no corrections. So the
loader dates messages and conversations back in a statement each, and writes the facts of the past with their
times.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from kefu.conversations import posting
from kefu.conversations.models import (
    AuthorKind,
    Conversation,
    FieldDefinition,
    Inbox,
    MessageKind,
    Reading,
    Tag,
    Tagging,
)
from kefu.demo import cast
from kefu.demo.dialogues import Dialogue, names, read
from kefu.demo.signins import SignIn, new_password, sign_ins
from kefu.demo.stories import Desk, Story
from kefu.hours.models import Schedule
from kefu.inboxes.chat.settings import ChatSettings, origin_of
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Customer, Identity, IdentityKind, Membership, Staff, Team

__all__ = ["SignIn", "addresses", "load_demo", "sign_ins"]

SEED = 20261122
WEEKS = 5
ZONES = {"zh-hans": ZoneInfo("Asia/Shanghai"), "en": ZoneInfo("Europe/Berlin")}
HOURS = (9, 10, 10, 11, 11, 13, 14, 14, 15, 16, 16, 17, 18, 19, 20, 20, 21, 21)


def addresses(base: str) -> list[tuple[str, str]]:
    """What to open first, with words beside it."""
    return [
        ("The brand's website with the chat", f"{base}/demo/"),
        ("The desk", f"{base}/console/"),
        ("The customers' page", f"{base}/"),
        ("Mail that was sent", f"{base}/-/mail"),
    ]


@transaction.atomic
def load_demo() -> None:
    """Nothing happens when the demo is there already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('demo'))")
    if not Brand.objects.filter(slug=cast.LUMQUAY).exists():
        _load()


def _load() -> None:
    lumquay, kettlemoth = _brands()
    house = _house(lumquay, kettlemoth)
    random = Random(SEED)  # noqa: S311 - the same demo everywhere, nothing secret
    customers = _customers(random)
    website = _stories(
        house.website, house.desk, [*read("zh.txt", "zh-hans"), *read("en.txt", "en")], customers, random
    )
    kitchen = _stories(house.kitchen, house.desk, read("kettlemoth.txt", "en"), customers, random)
    _store(sorted([*website, *kitchen], key=lambda story: story.began), house.staff)


@dataclass(frozen=True, slots=True)
class House:
    desk: Desk
    staff: Sequence[Staff]
    website: Inbox
    kitchen: Inbox


def _brands() -> tuple[Brand, Brand]:
    lumquay = Brand.objects.create(
        name="烛遥 Lumquay", slug=cast.LUMQUAY, language="zh-hans", accent="#8a5a12"
    )
    kettlemoth = Brand.objects.create(
        name="釜栀 Kettlemoth", slug=cast.KETTLEMOTH, language="zh-hans", accent="#7a3b5e"
    )
    return lumquay, kettlemoth


def _house(lumquay: Brand, kettlemoth: Brand) -> House:
    teams = {
        cast.CONSULTING: Team.objects.create(brand=lumquay, name=cast.CONSULTING),
        cast.RETURNS: Team.objects.create(brand=lumquay, name=cast.RETURNS),
        cast.KITCHEN: Team.objects.create(brand=kettlemoth, name=cast.KITCHEN),
    }
    staff = _staff(teams)
    always = {str(day): [["00:00", "24:00"]] for day in range(7)}
    open_always = Schedule.objects.create(brand=lumquay, name="在线客服 · Chat", week=always)
    office = Schedule.objects.create(brand=kettlemoth, name="工作日 · Weekdays")
    _fields(lumquay)
    return House(
        _desk(teams, staff),
        staff,
        _inbox(lumquay, teams[cast.CONSULTING], open_always, "官网聊天 · Website chat", cast.CHAT),
        _inbox(kettlemoth, teams[cast.KITCHEN], office, "釜栀官网 · Kettlemoth site", cast.KITCHEN_CHAT),
    )


def _inbox(brand: Brand, team: Team, schedule: Schedule, name: str, chat: ChatSettings) -> Inbox:
    inbox = Inbox.objects.create(brand=brand, team=team, schedule=schedule, name=name)
    replace(chat, allowed_origins=_origins_here()).save(inbox)
    return inbox


def _origins_here() -> tuple[str, ...]:
    """This machine under both of its names, so that the chat can be tried on a page of another origin."""
    here = origin_of(settings.KEFU_BASE_URL)
    if urlsplit(here).hostname != "localhost":
        return (here,)
    return here, here.replace("//localhost", "//127.0.0.1")


def _fields(brand: Brand) -> None:
    own = [
        ("order_number", "订单号 · Order number", FieldDefinition.Kind.TEXT, []),
        (
            "product_model",
            "产品型号 · Product model",
            FieldDefinition.Kind.CHOICE,
            [one.model for one in cast.PRODUCTS],
        ),
        ("error_text", "故障提示 · Error text", FieldDefinition.Kind.LONG, []),
        ("caller", "来电号码或网址 · Caller or address", FieldDefinition.Kind.TEXT, []),
    ]
    FieldDefinition.objects.bulk_create(
        FieldDefinition(brand=brand, key=key, label=label, kind=kind, choices=choices, place=place)
        for place, (key, label, kind, choices) in enumerate(own)
    )


def _staff(teams: dict[str, Team]) -> list[Staff]:
    _password, hashed = new_password()
    staff = Staff.objects.bulk_create(
        Staff(
            email=one.email,
            name=one.name,
            alias=one.alias,
            role=one.role,
            language=one.language,
            password=hashed,
        )
        for one in cast.COLLEAGUES
    )
    Membership.objects.bulk_create(
        Membership(staff=someone, team=teams[team])
        for someone, one in zip(staff, cast.COLLEAGUES, strict=True)
        for team in one.teams
    )
    return staff


def _desk(teams: dict[str, Team], staff: list[Staff]) -> Desk:
    answering: defaultdict[tuple[UUID, str], list[Staff]] = defaultdict(list)
    for someone, one in zip(staff, cast.COLLEAGUES, strict=True):
        if one.role.value in {"agent", "senior"}:
            for language in {one.language} if one.role.value == "agent" else {"zh-hans", "en"}:
                for team in one.teams:
                    answering[teams[team].pk, language].append(someone)
    answering[teams[cast.KITCHEN].pk, "en"] = answering[teams[cast.KITCHEN].pk, "zh-hans"]
    boss = next(
        someone for someone, one in zip(staff, cast.COLLEAGUES, strict=True) if one.role.value == "supervisor"
    )
    return Desk({"returns": teams[cast.RETURNS]}, answering, boss)


# -- what was said


def _store(stories: list[Story], staff: Iterable[Staff]) -> None:
    """In the order in which they began, so that their numbers rise with time."""
    _store_conversations(stories)
    _store_messages(stories)
    _date_back(stories)
    _date_back_customers(stories)
    _store_tags(stories)
    _store_facts(stories)
    _store_readings(stories, staff)


def _customers(random: Random) -> dict[str, list[Customer]]:
    made = {
        language: [Customer(name=name, language=language) for name in names(file)]
        for language, file in (("zh-hans", "customers-zh.txt"), ("en", "customers-en.txt"))
    }
    Customer.objects.bulk_create(customer for group in made.values() for customer in group)
    Identity.objects.bulk_create(
        _address(customer, number, verified=random.random() < 0.5)
        for number, customer in enumerate(customer for group in made.values() for customer in group)
        if random.random() < 0.8
    )
    return made


def _address(customer: Customer, number: int, *, verified: bool) -> Identity:
    local = customer.name.split()[0].lower() if customer.name.isascii() else f"buyer{number}"
    address = f"{local.strip('.')}{number}@example.com"
    return Identity(
        customer=customer,
        kind=IdentityKind.EMAIL,
        value=address,
        index=Identity.index_of("email", address),
        verified_at=timezone.now() if verified else None,
    )


def _stories(
    inbox: Inbox, desk: Desk, dialogues: list[Dialogue], customers: dict[str, list[Customer]], random: Random
) -> Iterator[Story]:
    turns = {language: _shuffled(group, random) for language, group in customers.items()}
    now = timezone.now()
    for dialogue in dialogues:
        for _ in range(dialogue.times):
            customer = next(turns[dialogue.language])
            today = "today" in dialogue.marks
            began = _today(dialogue, now, random) if today else _day(dialogue, now, random)
            team = desk.teams["returns"] if dialogue.team == "returns" else inbox.team
            words = _words(dialogue, customer, began, random)
            yield Story(dialogue, inbox, customer, team, words, began, now).play(desk, random)


def _shuffled(group: list[Customer], random: Random) -> Iterator[Customer]:
    while True:
        yield from random.sample(group, len(group))


def _today(dialogue: Dialogue, now: datetime, random: Random) -> datetime:
    talk = timedelta(minutes=3) * len(dialogue.lines)
    return now - talk - timedelta(minutes=random.uniform(2, 150))


def _day(dialogue: Dialogue, now: datetime, random: Random) -> datetime:
    """More of them lately, at the hours at which people write."""
    zone = ZONES[dialogue.language]
    days = min(WEEKS * 7 * random.random() ** 1.3, WEEKS * 7)
    waiting = "waiting" in dialogue.marks
    day = now - timedelta(days=1 + (days / 6 if waiting else days))
    local = day.astimezone(zone).replace(hour=random.choice(HOURS), minute=random.randrange(60))
    return min(local.astimezone(UTC), now - timedelta(hours=5))


_numbers = count(101)


def _words(dialogue: Dialogue, customer: Customer, began: datetime, random: Random) -> dict[str, str]:
    products = [one for one in cast.PRODUCTS if not dialogue.products or one.key in dialogue.products]
    product = random.choice(products)
    chinese = dialogue.language == "zh-hans"
    bought = began - timedelta(days=random.randint(3, 9))
    price = product.price if chinese else product.price // 8
    return {
        "name": customer.name if chinese else customer.name.split()[0],
        "product": product.name.said_in(dialogue.language),
        "model": product.model,
        "order": f"LQ{bought:%y%m%d}-{next(_numbers) % 9000 + 1000}",
        "tracking": f"SX{random.randrange(10**8):08}CN",
        "rma": f"R-{random.randrange(40000, 60000)}",
        "city": random.choice(cast.CITIES[dialogue.language]),
        "date": f"{bought.month} 月 {bought.day} 日" if chinese else f"{bought.day} {bought:%B}",
        "amount": str(price),
        "old_price": str(price // 3),
    }


# -- and how it is stored


def _store_conversations(stories: list[Story]) -> None:
    Conversation.objects.bulk_create(
        Conversation(
            pk=story.id,
            brand_id=story.inbox.brand_id,
            inbox=story.inbox,
            customer=story.customer,
            team=story.team,
            subject=" ".join(story.said[0].text.split())[:80],
            topic=story.dialogue.topic,
            fields=_matter(story),
            start_id=uuid7(),
            created_at=story.began,
            last_message_at=story.began,
        )
        for story in stories
    )


def _matter(story: Story) -> dict[str, str]:
    """What the form before the chat asked."""
    matter = {}
    if any("{order}" in line.text for line in story.dialogue.lines):
        matter["order_number"] = story.words["order"]
    if story.dialogue.topic in {"fault", "pairing"}:
        matter["product_model"] = story.words["model"]
    if story.dialogue.error:
        matter["error_text"] = story.dialogue.error
    return matter


def _store_messages(stories: list[Story]) -> None:
    drafts = [
        posting.Draft(
            conversation_id=story.id,
            client_id=uuid7(),
            author_kind=AuthorKind(said.author.actor_kind),
            author_id=said.author.pk,
            text=said.text,
            may=posting.anyone,
            kind=MessageKind.NOTE if said.note else MessageKind.REPLY,
        )
        for story in stories
        for said in story.said
    ]
    posted = posting.post(drafts)
    times = [said.at for story in stories for said in story.said]
    stored = [
        (one.message_id, at) for one, at in zip(posted, times, strict=True) if isinstance(one, posting.Posted)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE conversations_message m SET created_at = given.at"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS given(id, at) WHERE m.id = given.id",
            [[pk for pk, _at in stored], [at for _pk, at in stored]],
        )


_DATE_BACK = """
UPDATE conversations_conversation c SET
    team_id = g.team, assignee_id = g.assignee, status = g.status, priority = g.priority,
    last_message_at = g.last_message_at, waiting_since = g.waiting_since, first_reply_at = g.first_reply_at,
    solved_at = g.solved_at, closed_at = g.closed_at, customer_delivered_seq = last_reply_seq,
    customer_read_seq = greatest(0, last_reply_seq - g.unread_by_customer),
    staff_delivered_seq = last_reply_seq, staff_read_seq = greatest(0, last_reply_seq - g.unread_by_staff)
FROM unnest(
    %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::smallint[], %s::timestamptz[], %s::timestamptz[],
    %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::integer[], %s::integer[]
) AS g(id, team, assignee, status, priority, last_message_at, waiting_since, first_reply_at, solved_at,
    closed_at, unread_by_customer, unread_by_staff)
WHERE c.id = g.id
"""


def _date_back(stories: list[Story]) -> None:
    rows = [
        (
            story.id,
            story.team.pk,
            story.assignee.pk if story.assignee else None,
            str(story.status),
            int(story.priority),
            max(said.at for said in story.said if not said.note),
            story.waiting_since,
            story.first_reply_at,
            story.solved_at,
            story.closed_at,
            _unread_by_customer(story),
            _unread_by_staff(story),
        )
        for story in stories
    ]
    with connection.cursor() as cursor:
        cursor.execute(_DATE_BACK, [list(column) for column in zip(*rows, strict=True)])


def _date_back_customers(stories: list[Story]) -> None:
    """Known since they first wrote."""
    first = {story.customer.pk: story.began for story in reversed(stories)}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE people_customer c SET created_at = given.at"
            " FROM unnest(%s::uuid[], %s::timestamptz[]) AS given(id, at) WHERE c.id = given.id",
            [list(first), list(first.values())],
        )


def _replies(story: Story) -> list[str]:
    return [said.author.actor_kind for said in story.said if not said.note]


def _unread_by_staff(story: Story) -> int:
    """What a customer wrote last, where the desk still has to look."""
    if story.waiting_since is None:
        return 0
    return _trailing(_replies(story), "customer")


def _unread_by_customer(story: Story) -> int:
    fresh = story.now - story.said[-1].at < timedelta(hours=6)
    return _trailing(_replies(story), "staff") if fresh else 0


def _trailing(authors: list[str], kind: str) -> int:
    return next((place for place, author in enumerate(reversed(authors)) if author != kind), len(authors))


def _store_tags(stories: list[Story]) -> None:
    used = sorted({(story.inbox.brand_id, name) for story in stories for name in story.dialogue.tags})
    tags = {(brand, name): Tag(brand_id=brand, name=name) for brand, name in used}
    Tag.objects.bulk_create(tags.values())
    tagged = [
        (story, tags[story.inbox.brand_id, name])
        for story in stories
        if story.first_reply_at
        for name in story.dialogue.tags
    ]
    Tagging.objects.bulk_create(Tagging(conversation_id=story.id, tag=tag) for story, tag in tagged)
    for story, tag in tagged:
        story.tagged(tag.pk)


_FACTS = """
INSERT INTO events_event (era, at, kind, subject_kind, subject_id, actor_kind, actor_id, data)
SELECT (SELECT max(number) FROM events_era), at, kind, 'conversation', subject, actor_kind, actor, data::jsonb
FROM unnest(%s::timestamptz[], %s::text[], %s::uuid[], %s::text[], %s::uuid[], %s::text[])
    WITH ORDINALITY AS f(at, kind, subject, actor_kind, actor, data, place) ORDER BY place
"""


def _store_facts(stories: list[Story]) -> None:
    facts = sorted(
        ((fact, story.id) for story in stories for fact in story.facts), key=lambda pair: pair[0].at
    )
    rows = [
        (fact.at, fact.kind, story, fact.by.actor_kind, fact.by.pk, json.dumps(_plain(fact.data)))
        for fact, story in facts
    ]
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [list(column) for column in zip(*rows, strict=True)])


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, UUID) else value for key, value in data.items()}


def _store_readings(stories: list[Story], staff: Iterable[Staff]) -> None:
    """Everybody has seen what is settled; what waits is unread by all."""
    seqs = {story.id: len(_replies(story)) - _unread_by_staff(story) for story in stories}
    Reading.objects.bulk_create(
        Reading(staff=someone, conversation_id=conversation, seq=seq)
        for conversation, seq in seqs.items()
        for someone in staff
        if seq
    )
