"""The two brands of the demo: who works there, in which teams, at which inboxes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from kefu.answers.models import Assistant, Destination, Intent
from kefu.conversations.models import FieldDefinition, Inbox, InboxKind
from kefu.demo import cast
from kefu.demo.signins import new_password
from kefu.demo.stories import Desk
from kefu.hours.models import Schedule
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.kinds import name_at_the_desk
from kefu.inboxes.stored import origin_of
from kefu.people.models import Brand, Membership, Staff, Team
from kefu.people.roles import Role


@dataclass(frozen=True, slots=True)
class House:
    desk: Desk
    staff: Sequence[Staff]
    website: Inbox
    kitchen: Inbox

    @property
    def admin(self) -> Staff:
        return next(someone for someone in self.staff if someone.role == Role.ADMIN)


def found() -> House:
    lumquay, kettlemoth = _brands()
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
    form = _form(lumquay, teams)
    website = _inbox(lumquay, teams[cast.CONSULTING], open_always, "官网聊天 · Website chat", cast.CHAT)
    broken = f"{form.pk.hex} fault"
    Assistant.objects.create(
        inbox=website,
        is_on=True,
        on_since=timezone.now(),
        topics={"warranty": broken, "technical": broken},
    )
    Assistant.objects.create(inbox=form, is_on=True, on_since=timezone.now())
    for intent in (Intent.RETURN, Intent.WARRANTY):
        Destination.objects.create(brand=lumquay, intent=intent, team=teams[cast.RETURNS])
    return House(
        _desk(teams, staff),
        staff,
        website,
        _inbox(kettlemoth, teams[cast.KITCHEN], office, "釜栀官网 · Kettlemoth site", cast.KITCHEN_CHAT),
    )


def _brands() -> tuple[Brand, Brand]:
    lumquay = Brand.objects.create(
        name="烛遥 Lumquay", slug=cast.LUMQUAY, language="zh-hans", accent="#8a5a12"
    )
    kettlemoth = Brand.objects.create(
        name="釜栀 Kettlemoth", slug=cast.KETTLEMOTH, language="zh-hans", accent="#7a3b5e"
    )
    return lumquay, kettlemoth


def _inbox(brand: Brand, team: Team, schedule: Schedule, name: str, chat: ChatSettings) -> Inbox:
    inbox = Inbox.objects.create(brand=brand, team=team, schedule=schedule, name=name)
    replace(chat, allowed_origins=_origins_here()).save(inbox)
    return inbox


def _form(brand: Brand, teams: dict[str, Team]) -> Inbox:
    """What breaks goes to those who repair."""
    office = Schedule.objects.create(brand=brand, name="邮件与留言 · Mail and forms")
    inbox = Inbox.objects.create(
        brand=brand,
        team=teams[cast.CONSULTING],
        kind=InboxKind.FORM,
        schedule=office,
        name="在线留言 · Contact form",
    )
    topics = tuple(
        replace(topic, team=str(teams[cast.RETURNS].pk)) if topic.key == "fault" else topic
        for topic in cast.CONTACT.topics
    )
    settings = replace(cast.CONTACT, allowed_origins=_origins_here(), topics=topics)
    settings.save(inbox)
    name_at_the_desk(inbox, settings)
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
