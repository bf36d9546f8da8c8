"""The people's part of the API: who is calling, their colleagues, teams and presence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID, uuid5

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from ninja.security import HttpBearer
from ninja.throttling import BaseThrottle
from pydantic import BaseModel, Field, StringConstraints

from kefu.database import limits
from kefu.lib.ids import token_hash
from kefu.people import customer_tokens, presence
from kefu.people.models import Customer, Presence, PresenceState, Staff, StaffToken, Team
from kefu.people.models.staff import LONGEST_SIGNATURE
from kefu.people.reach import colleagues_of, teams_of
from kefu.people.roles import Can, Role
from kefu.people.sessions import may_enter, second_factor_lacking
from kefu.web.addresses import client_address
from kefu.web.paging import Order, Page, PageAsked, cut
from kefu.web.rest import NO_NUL, Given, Refusal

NOTED_EVERY = timedelta(minutes=1)
WRONG_TOKENS_A_MINUTE = 30
UPLOADS_IN_TEN_MINUTES = 120

router = Router(tags=["People"])

Signature = Annotated[str, StringConstraints(max_length=LONGEST_SIGNATURE, pattern=NO_NUL)]


# -- who is calling


@dataclass(frozen=True, slots=True)
class Caller:
    """A colleague speaking through a token; its scopes, capabilities by name, bound what ``staff`` can."""

    staff: Staff
    token: StaffToken

    @property
    def pk(self) -> UUID:
        return self.staff.pk

    @property
    def actor(self) -> Staff:
        return self.staff


@dataclass(frozen=True, slots=True)
class CustomerCaller:
    """A customer, through a program that ``staff`` let speak for them: never more than ``staff`` may see."""

    customer: Customer
    staff: Staff

    @property
    def pk(self) -> UUID:
        """One for each colleague: what is kept for repeats must not tell one brand's program what another asked."""
        return uuid5(self.staff.pk, str(self.customer.pk))

    @property
    def actor(self) -> Customer:
        return self.customer


class StaffCall(HttpRequest):
    """What an operation is given."""

    auth: Caller


class EitherCall(HttpRequest):
    """What an operation is given that customers may call as well."""

    auth: Caller | CustomerCaller


class StaffBearer(HttpBearer):
    """Lets in whoever brings a token that may do ``capability``, for a colleague who may."""

    openapi_description = (
        "A colleague's token. Its scopes narrow what its owner may do; they never add to it."
    )

    def __init__(self, capability: Can) -> None:
        self.capability = capability
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        caller = speaker(token)
        if caller is None:
            raise wrong_token(request)
        within_pace(f"token {caller.token.pk}")
        if not caller.staff.can(self.capability):
            raise Refusal(403, _("This token, or its owner, is not allowed to do that."))
        return caller


class CustomerBearer(HttpBearer):
    """Lets in whoever brings a customer's token; other tokens are left to the bearer after this one."""

    openapi_description = (
        "A customer's token, from `POST /identity/tokens`. It opens what is theirs, for an hour."
    )

    def authenticate(self, request: HttpRequest, token: str) -> CustomerCaller | None:
        if not token.startswith(customer_tokens.PREFIX):
            return None
        caller = customer_speaking(token)
        if caller is None:
            raise wrong_token(request)
        within_pace(f"customer {caller.pk}")
        return caller


def needs(capability: Can) -> dict[str, Any]:
    """For the decorator of an operation: who may call it, enforced and documented."""
    return {"auth": StaffBearer(capability), "openapi_extra": {"x-scope": capability.value}}


def needs_or_own(capability: Can) -> dict[str, Any]:
    """As ``needs``, and customers for what is theirs."""
    return needs(capability) | {"auth": [CustomerBearer(), StaffBearer(capability)]}


def speaker(token: str) -> Caller | None:
    """None unless the token is good and its owner could sign in now, second factor included. One query."""
    good = StaffToken.objects.filter(revoked_at=None, expires_at__gt=timezone.now())
    known = good.select_related("staff").annotate(lacks_second_factor=second_factor_lacking("staff__"))
    found = known.filter(token_hash=token_hash(token)).first()
    if found is None or not found.staff.is_active or found.lacks_second_factor:
        return None
    found.staff.scopes = frozenset(found.scopes)
    _note_use(found)
    return Caller(found.staff, found)


def customer_speaking(token: str) -> CustomerCaller | None:
    """None unless the token is good, and the one that it was issued through could issue it now."""
    found = customer_tokens.usable(token)
    if found is None or not may_enter(found.through.staff):
        return None
    staff = found.through.staff
    staff.scopes = frozenset(found.through.scopes)
    return CustomerCaller(found.customer, staff) if staff.can(Can.SPEAK_FOR_CUSTOMERS) else None


class UploadPace(BaseThrottle):
    """Uploads cost more than other calls: so many in ten minutes for each caller."""

    def allow_request(self, request: HttpRequest) -> bool:
        caller: UUID = request.auth.pk  # type: ignore[attr-defined]
        return limits.hit(f"upload {caller}", limit=UPLOADS_IN_TEN_MINUTES, per=600)

    def wait(self) -> int:
        return 600 // UPLOADS_IN_TEN_MINUTES


def _note_use(token: StaffToken) -> None:
    now = timezone.now()
    if token.used_at is None or token.used_at < now - NOTED_EVERY:
        StaffToken.objects.filter(pk=token.pk).update(used_at=now)


def wrong_token(request: HttpRequest) -> Refusal:
    """Those who try tokens are slowed down before they cost much."""
    if limits.hit(f"wrong token {client_address(request)}", limit=WRONG_TOKENS_A_MINUTE, per=60):
        return Refusal(401, _("The token is unknown, has expired or was revoked."))
    return Refusal(429, retry_after=60)


def within_pace(who: str) -> None:
    if not limits.hit(f"api {who}", limit=settings.KEFU_API_RATE, per=60):
        raise Refusal(429, _("Too many requests: this token has reached its limit for now."), retry_after=5)


# -- what is shown


class SignatureShown(BaseModel):
    """What stands below mails, in each language, with **bold**, lists and [words](https://…) as they were written."""

    zh: str
    en: str


class SignatureGiven(Given):
    zh: Signature = ""
    en: Signature = ""


class TeamShown(BaseModel):
    id: UUID
    name: str
    brand: UUID
    signature: SignatureShown

    @classmethod
    def of(cls, team: Team) -> TeamShown:
        return cls(
            id=team.pk, name=team.name, brand=team.brand_id, signature=SignatureShown(**team.signature)
        )


class ColleagueShown(BaseModel):
    id: UUID
    name: str
    alias: str = Field(description="The name that customers see.")
    role: Role
    presence: PresenceState

    @classmethod
    def of(cls, staff: Staff) -> ColleagueShown:
        state = _presence_of(staff).state
        return cls(id=staff.pk, name=staff.name, alias=staff.alias, role=Role(staff.role), presence=state)


class MeShown(BaseModel):
    id: UUID
    name: str
    alias: str
    email: str
    role: Role
    language: str
    time_zone: str
    teams: list[TeamShown]
    signature: SignatureShown
    scopes: list[str] = Field(description="What this token may do, as far as its owner still may.")

    @classmethod
    def of(cls, staff: Staff) -> MeShown:
        return cls(
            id=staff.pk,
            name=staff.name,
            alias=staff.alias,
            email=staff.email,
            role=Role(staff.role),
            language=staff.language,
            time_zone=staff.time_zone,
            teams=[TeamShown.of(team) for team in staff.teams.all()],
            signature=SignatureShown(**staff.signature),
            scopes=sorted(can.value for can in Can if staff.can(can)),
        )


class PresenceShown(BaseModel):
    chosen: PresenceState = Field(description="What was set by hand.")
    shown: PresenceState = Field(description="What colleagues see: offline while no screen is open.")
    capacity: int = Field(description="How many conversations at a time.")

    @classmethod
    def of(cls, staff: Staff) -> PresenceShown:
        mine = _presence_of(staff)
        return cls(chosen=PresenceState(mine.chosen), shown=mine.state, capacity=staff.capacity)


def _presence_of(staff: Staff) -> Presence:
    """Those who were never seen are offline."""
    found: Presence | None = getattr(staff, "presence", None)
    return found or Presence(staff=staff)


class Chosen(StrEnum):
    """Offline is what one is without a screen; nobody chooses it."""

    ONLINE = "online"
    BUSY = "busy"
    AWAY = "away"


class PresenceGiven(Given):
    state: Chosen


class TeamPage(Page[TeamShown]):
    pass


class ColleaguePage(Page[ColleagueShown]):
    pass


COLLEAGUES = Order("colleagues", ("-id",))
TEAMS = Order("teams", ("-id",))


# -- operations


@router.get("/me", response=MeShown, summary="Who this token speaks for", **needs(Can.OWN_ACCOUNT))
def get_me(request: StaffCall) -> MeShown:
    return MeShown.of(request.auth.staff)


@router.put("/me/signature", response=MeShown, summary="Set one's own signature", **needs(Can.OWN_ACCOUNT))
def sign(request: StaffCall, given: SignatureGiven) -> MeShown:
    """Below one's mails, instead of the team's and the mailbox's. Empty: those stand again."""
    staff = request.auth.staff
    staff.sign(zh=given.zh.strip(), en=given.en.strip(), by=staff)
    return MeShown.of(staff)


@router.get("/presence", response=PresenceShown, summary="One's own presence", **needs(Can.OWN_ACCOUNT))
def get_presence(request: StaffCall) -> PresenceShown:
    return PresenceShown.of(request.auth.staff)


@router.put("/presence", response=PresenceShown, summary="Set one's own presence", **needs(Can.OWN_ACCOUNT))
def choose_presence(request: StaffCall, given: PresenceGiven) -> PresenceShown:
    staff = request.auth.staff
    presence.choose(staff, PresenceState(given.state), by=staff)
    return PresenceShown.of(Staff.objects.select_related("presence").get(pk=staff.pk))


@router.get(
    "/colleagues",
    response=ColleaguePage,
    summary="Colleagues and whether they are there",
    **needs(Can.READ_CONVERSATIONS),
)
def list_colleagues(request: StaffCall, asked: Query[PageAsked]) -> ColleaguePage:
    """Those who work for the same brands, the newest first."""
    found = cut(colleagues_of(request.auth.staff).select_related("presence"), COLLEAGUES, asked)
    return ColleaguePage(items=[ColleagueShown.of(staff) for staff in found.rows], next=found.next)


@router.get(
    "/colleagues/{uuid:colleague_id}",
    response=ColleagueShown,
    summary="One colleague",
    **needs(Can.READ_CONVERSATIONS),
)
def get_colleague(request: StaffCall, colleague_id: UUID) -> ColleagueShown:
    visible = colleagues_of(request.auth.staff).select_related("presence")
    return ColleagueShown.of(get_object_or_404(visible, pk=colleague_id))


@router.get("/teams", response=TeamPage, summary="Teams of one's brands", **needs(Can.READ_CONVERSATIONS))
def list_teams(request: StaffCall, asked: Query[PageAsked]) -> TeamPage:
    found = cut(teams_of(request.auth.staff), TEAMS, asked)
    return TeamPage(items=[TeamShown.of(team) for team in found.rows], next=found.next)
