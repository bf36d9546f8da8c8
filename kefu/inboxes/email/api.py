"""Mailboxes for programs: set up, changed, tried out and watched, by the same verbs as in the settings.

What is secret goes in and never comes out: of each secret it is only told whether it is set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.responses import Status as Answer
from pydantic import BaseModel, Field, StringConstraints

from kefu.conversations.models import Inbox, InboxKind
from kefu.hours.models import Schedule
from kefu.inboxes.email import mailbox_flows, mailbox_state, troubles
from kefu.inboxes.email.mailbox_flows import MOST_ADDRESSES, NotAnAddress
from kefu.inboxes.email.models import MailAddress
from kefu.inboxes.email.settings import (
    LONGEST_LINE,
    LONGEST_TEXT,
    MOST_FOLDERS,
    MailSecrets,
    MailSettings,
    Security,
    SignIn,
    WayIn,
    WayOut,
)
from kefu.inboxes.stored import BadSettings
from kefu.people.api import StaffCall, needs
from kefu.people.models import Staff, Team
from kefu.people.reach import brands_of, teams_of
from kefu.people.roles import Can
from kefu.web.paging import Order, Page, PageAsked, cut
from kefu.web.rest import NO_NUL, Fault, Given, Language, Refusal, Whole

router = Router(tags=["Mailboxes"])
MAILBOXES = Order("mailboxes", ("-id",))
ALLOWED = needs(Can.MANAGE_INBOXES)

Name = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=NO_NUL)]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=NO_NUL)]
OneLine = Annotated[str, StringConstraints(max_length=LONGEST_LINE, pattern=NO_NUL)]
Secret = Annotated[str, StringConstraints(max_length=4000, pattern=NO_NUL)]
Port = Annotated[Whole, Field(ge=0, le=65535)]
Minutes = Annotated[Whole, Field(ge=0, le=10_080)]
Addresses = Annotated[list[OneLine], Field(min_length=1, max_length=MOST_ADDRESSES)]


# -- what is given and shown


class Provider(StrEnum):
    NONE = ""
    BREVO = "brevo"
    MAILGUN = "mailgun"
    MAILJET = "mailjet"
    POSTMARK = "postmark"
    RESEND = "resend"
    SENDGRID = "sendgrid"


class TextByLanguage(Given):
    zh: Text = ""
    en: Text = ""


class Server(Given):
    host: OneLine = Field(default="", examples=["imap.qq.com"])
    port: Port = Field(default=0, examples=[993])
    security: Security = Security.TLS
    sign_in: SignIn = SignIn.PASSWORD
    user: OneLine = Field(default="", examples=["support@example.com"])


class OAuth(Given):
    sign_in_url: OneLine = Field(
        default="", description="Where the mailbox's owner allows it; empty if a refresh token is entered."
    )
    token_url: OneLine = Field(
        default="", description="Where fresh access tokens come from (RFC 6749, section 6)."
    )
    client_id: OneLine = ""
    scope: OneLine = ""


class MailboxSettings(Given):
    """Given: what is left out stays as it is, and as usual in a new mailbox."""

    way_in: WayIn = Field(
        default=WayIn.NONE, description="“delivered” is by LMTP, a pipe or the signed webhook."
    )
    imap: Server = Server()
    folders: list[OneLine] = Field(default=["INBOX"], max_length=MOST_FOLDERS)
    way_out: WayOut = Field(default=WayOut.DESK, description="“desk” is the mail server of the installation.")
    smtp: Server = Server()
    provider: Provider = Provider.NONE
    oauth: OAuth = OAuth()
    sender_name: TextByLanguage = TextByLanguage()
    signature: TextByLanguage = TextByLanguage()
    trusted_server: OneLine = Field(
        default="", description="The authserv-id whose Authentication-Results are believed."
    )
    plus_addresses: bool = False
    bounce_addresses: bool = False
    acknowledge: bool = True
    acknowledgement: TextByLanguage = TextByLanguage()
    continue_minutes: Minutes = Field(
        default=0, description="After which a chat goes on by mail; 0 is never."
    )

    def onto(self, held: MailSettings) -> MailSettings:
        """Those that were given, in the place of what is held."""
        given = self.model_dump(mode="json", include=set(self.model_fields_set))
        return MailSettings.parse(held.plain() | given)


class SecretsGiven(Given):
    """An empty one leaves what is there. When a server becomes another, its secrets are forgotten unless given anew."""

    imap_password: Secret = ""
    smtp_password: Secret = ""
    client_secret: Secret = ""
    refresh_token: Secret = ""
    provider_key: Secret = ""


class SecretsShown(BaseModel):
    """Whether they are set."""

    imap_password: bool
    smtp_password: bool
    client_secret: bool
    refresh_token: bool
    provider_key: bool
    webhook_secret: bool

    @classmethod
    def of(cls, inbox: Inbox) -> SecretsShown:
        held = MailSecrets.of(inbox)
        return cls(**{name: bool(getattr(held, name)) for name in cls.model_fields})


class MailboxShown(BaseModel):
    id: UUID
    key: str = Field(description="In the address of its webhook: /hooks/mail/{key}.")
    brand: UUID
    team: UUID
    name: str
    language: Language
    schedule: UUID | None
    active: bool
    addresses: list[str] = Field(description="The first is what customers see.")
    settings: MailboxSettings
    secrets: SecretsShown

    @classmethod
    def of(cls, inbox: Inbox) -> MailboxShown:
        return cls(
            id=inbox.pk,
            key=inbox.key,
            brand=inbox.brand_id,
            team=inbox.team_id,
            name=inbox.name,
            language=Language(inbox.language),
            schedule=inbox.schedule_id,
            active=inbox.is_active,
            addresses=_addresses(inbox),
            settings=MailboxSettings.model_validate(MailSettings.of(inbox).plain()),
            secrets=SecretsShown.of(inbox),
        )


class MailboxPage(Page[MailboxShown]):
    pass


class MailboxGiven(Given):
    team: UUID = Field(description="Where its mail waits; its brand is the mailbox's.")
    name: Name
    language: Language = Language.CHINESE
    schedule: UUID | None = None
    addresses: Addresses
    settings: MailboxSettings = MailboxSettings()
    secrets: SecretsGiven = SecretsGiven()


class MailboxChange(Given):
    """What is left out stays."""

    team: UUID | None = None
    name: Name | None = None
    language: Language | None = None
    schedule: UUID | None = Field(default=None, description="null, if it is given: always open.")
    addresses: Addresses | None = None
    settings: MailboxSettings | None = None
    secrets: SecretsGiven = SecretsGiven()


class TestWay(StrEnum):
    IN = "in"
    OUT = "out"


class MailboxTestGiven(Given):
    way: TestWay


class TestShown(BaseModel):
    works: bool
    problem: str | None = Field(description="What is wrong, in the language asked for.")


class StateShown(BaseModel):
    looked_at: datetime | None = Field(description="When its folders were last read.")
    trouble: str | None = Field(description="A code; null while it can be read.", examples=["sign_in"])
    trouble_text: str | None
    trouble_since: datetime | None
    trouble_out: str | None = Field(description="A code; null while mail leaves.", examples=["unreachable"])
    trouble_out_text: str | None
    trouble_out_since: datetime | None
    waiting_in: int
    aside: int = Field(description="Mails that could not be read.")
    waiting_out: int
    lost: int = Field(description="Mails that did not leave or came back.")

    @classmethod
    def of(cls, inbox: Inbox) -> StateShown:
        found = asdict(mailbox_state.state_of(inbox))
        for way in ("trouble", "trouble_out"):
            found[way] = found[way] or None
            found[f"{way}_text"] = troubles.said(found[way]) if found[way] else None
        return cls(**found)


# -- operations


@router.get("/inboxes/email", response=MailboxPage, summary="Mailboxes", **ALLOWED)
def list_mailboxes(request: StaffCall, asked: Query[PageAsked]) -> MailboxPage:
    """Of one's brands, the newest first."""
    found = cut(_mailboxes(request.auth.staff), MAILBOXES, asked)
    return MailboxPage(items=[MailboxShown.of(inbox) for inbox in found.rows], next=found.next)


@router.post("/inboxes/email", response={201: MailboxShown}, summary="Open a mailbox", **ALLOWED)
def open_mailbox(request: StaffCall, given: MailboxGiven) -> Answer[MailboxShown]:
    team = get_object_or_404(teams_of(request.auth.staff), pk=given.team)
    inbox = _told(
        lambda: mailbox_flows.open_mailbox(
            team=team,
            name=given.name,
            language=given.language,
            schedule=_schedule(team, given.schedule),
            addresses=given.addresses,
            change=given.settings.onto,
            secrets=given.secrets.model_dump(),
            by=request.auth.staff,
        )
    )
    return Answer(201, MailboxShown.of(inbox))


@router.get("/inboxes/email/{uuid:inbox_id}", response=MailboxShown, summary="A mailbox", **ALLOWED)
def get_mailbox(request: StaffCall, inbox_id: UUID) -> MailboxShown:
    return MailboxShown.of(_mailbox(request, inbox_id))


@router.patch("/inboxes/email/{uuid:inbox_id}", response=MailboxShown, summary="Change a mailbox", **ALLOWED)
def change_mailbox(request: StaffCall, inbox_id: UUID, given: MailboxChange) -> MailboxShown:
    inbox = _mailbox(request, inbox_id)
    _told(lambda: _change(inbox, given, request.auth.staff))
    return MailboxShown.of(_mailbox(request, inbox_id))


@router.post(
    "/inboxes/email/{uuid:inbox_id}/tests",
    response=TestShown,
    summary="Try a way of a mailbox out",
    **ALLOWED,
)
def try_mailbox(request: StaffCall, inbox_id: UUID, given: MailboxTestGiven) -> TestShown:
    """“in” signs in and looks for the folders; “out” sends a mail to the token's owner. Six a minute."""
    inbox = _mailbox(request, inbox_id)
    verb = mailbox_flows.try_way_in if given.way == TestWay.IN else mailbox_flows.try_way_out
    problem = verb(inbox, by=request.auth.staff)
    return TestShown(works=not problem, problem=problem or None)


@router.get(
    "/inboxes/email/{uuid:inbox_id}/state", response=StateShown, summary="How a mailbox does", **ALLOWED
)
def get_mailbox_state(request: StaffCall, inbox_id: UUID) -> StateShown:
    return StateShown.of(_mailbox(request, inbox_id))


# -- shared


def _mailboxes(staff: Staff) -> Any:
    found = Inbox.objects.filter(kind=InboxKind.EMAIL, brand__in=brands_of(staff))
    return found.select_related("brand", "team", "schedule")


def _mailbox(request: StaffCall, inbox_id: UUID) -> Inbox:
    found: Inbox = get_object_or_404(_mailboxes(request.auth.staff), pk=inbox_id)
    return found


def _addresses(inbox: Inbox) -> list[str]:
    return list(MailAddress.objects.filter(inbox=inbox).values_list("address", flat=True))


def _schedule(team: Team, schedule: UUID | None) -> Schedule | None:
    return get_object_or_404(Schedule, pk=schedule, brand=team.brand_id) if schedule else None


@transaction.atomic
def _change(inbox: Inbox, given: MailboxChange, by: Staff) -> None:
    if given.model_fields_set - {"settings", "secrets"}:
        team = get_object_or_404(teams_of(by), pk=given.team) if given.team else inbox.team
        says_hours = "schedule" in given.model_fields_set
        mailbox_flows.change(
            inbox,
            team=team,
            name=given.name or inbox.name,
            language=given.language or inbox.language,
            schedule=_schedule(team, given.schedule) if says_hours else inbox.schedule,
            addresses=given.addresses or _addresses(inbox),
            by=by,
        )
    if given.model_fields_set & {"settings", "secrets"}:
        settings = given.settings or MailboxSettings()
        mailbox_flows.settle(inbox, settings.onto, secrets=given.secrets.model_dump(), by=by)


def _told(verb: Callable[[], Any]) -> Any:
    """What the verbs cannot take, as what is wrong with the body."""
    try:
        return verb()
    except BadSettings as problem:
        raise Refusal(422, faults=[_fault("settings", problem)]) from problem
    except NotAnAddress as problem:
        raise Refusal(422, faults=[_fault("addresses", problem)]) from problem


def _fault(field: str, problem: Exception) -> Fault:
    return Fault(at="body", field=field, code="value_error", message=str(problem))
