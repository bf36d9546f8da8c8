"""Those who answer: accounts and teams."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _now

from kefu.events import log
from kefu.events.actors import Actor
from kefu.lib.ids import uuid7
from kefu.people.models.brands import Brand
from kefu.people.roles import CAPABILITIES, EVERY_BRAND, Can, Role

LONGEST_SIGNATURE = 600  # in each language


def unsigned() -> dict[str, str]:
    """A signature in both languages, with none in either."""
    return {"zh": "", "en": ""}


class Refused(Exception):
    """A verb that cannot be done as things stand; the text is a sentence for the person asking."""


class Team(models.Model):
    """Agents who share a queue; a "special department" is a team."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=60)
    signature: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=unsigned)
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "team"

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brand", "name"], name="team_name_in_brand")]
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    @transaction.atomic
    def open(cls, *, brand: Brand, name: str, by: Actor) -> Team:
        team = cls.objects.create(brand=brand, name=name)
        log.record("team.opened", team, by=by, brand=brand.pk)
        log.audit("team.opened", team, by=by)
        return team

    @transaction.atomic
    def rename(self, name: str, *, by: Actor) -> None:
        if self.name != name:
            self.name = name
            self.save(update_fields=["name"])
            log.record("team.renamed", self, by=by)
            log.audit("team.renamed", self, by=by)

    @transaction.atomic
    def sign(self, *, zh: str, en: str, by: Actor) -> None:
        """What stands below mails of those who answer for it and have no signature of their own."""
        if self.signature != (wanted := {"zh": zh, "en": en}):
            self.signature = wanted
            self.save(update_fields=["signature"])
            log.record("team.signature_changed", self, by=by)
            log.audit("team.signature_changed", self, by=by)


class StaffManager(BaseUserManager["Staff"]):
    def get_by_natural_key(self, username: str | None) -> Staff:
        return self.get(email__iexact=username)

    def active(self) -> models.QuerySet[Staff]:
        return self.filter(is_active=True)


class Staff(AbstractBaseUser):
    """Someone who works at the desk. Customers see ``alias``, never the name or the address."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=80)
    alias = models.CharField(max_length=40)
    role = models.CharField(max_length=12, choices=Role, default=Role.AGENT)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    time_zone = models.CharField(max_length=60, default="Asia/Shanghai")
    capacity = models.PositiveSmallIntegerField(default=5)
    signature: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=unsigned)
    preferences: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    deactivated_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    teams: models.ManyToManyField[Team, Membership] = models.ManyToManyField(
        Team, through="Membership", related_name="staff"
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[StaffManager] = StaffManager()
    event_kind = "staff"
    actor_kind = "staff"
    scopes: frozenset[str] | None = None  # when speaking through a token: all that it was issued for

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="staff_email_any_case")]
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def actor_id(self) -> UUID:
        return self.pk

    def can(self, capability: Can) -> bool:
        in_role = self.is_active and capability in CAPABILITIES[Role(self.role)]
        return in_role and (self.scopes is None or capability in self.scopes)

    @cached_property
    def team_ids(self) -> list[UUID]:
        """Of the teams that one is in; kept for as long as this object lives, which is one request."""
        return list(self.memberships.values_list("team_id", flat=True))

    @property
    def sees_every_brand(self) -> bool:
        return Role(self.role) in EVERY_BRAND

    @classmethod
    def nobody(cls, email: str) -> Staff:
        """For an account that does not exist, where the same work must be done as for one that does."""
        return cls(email=email[:254], name="", alias="")

    # -- coming and going

    @classmethod
    @transaction.atomic
    def hire(
        cls,
        *,
        email: str,
        name: str,
        role: Role,
        password: str,
        by: Actor | None,
        language: str = "",
        time_zone: str = "",
    ) -> Staff:
        """A new account; without ``by`` they let themselves in, as the first admin and the invited do."""
        staff = cls(email=email.strip().lower(), name=name, alias=name[:40], role=role)
        staff.language, staff.time_zone = language or staff.language, time_zone or staff.time_zone
        staff.set_password(password)
        staff.save(force_insert=True)
        staff._tell("staff.hired", by=by or staff, role=role)
        return staff

    @transaction.atomic
    def deactivate(self, *, by: Actor) -> None:
        """Ends every session and token at once; open screens close when they next ask, within seconds."""
        if self._locked_after_admins().is_active:
            self._refuse_if_last_admin()
            self.is_active, self.deactivated_at = False, timezone.now()
            self.save(update_fields=["is_active", "deactivated_at"])
            self.tokens.filter(revoked_at=None).update(revoked_at=timezone.now())
            self._end_sessions()
            self._tell("staff.deactivated", by=by)

    @transaction.atomic
    def reactivate(self, *, by: Actor) -> None:
        if not self._locked().is_active:
            self.is_active, self.deactivated_at = True, None
            self.save(update_fields=["is_active", "deactivated_at"])
            self._tell("staff.reactivated", by=by)

    # -- what they may do and where

    @transaction.atomic
    def change_role(self, role: Role, *, by: Actor) -> None:
        before = self._locked_after_admins().role
        if before != role:
            self._refuse_if_last_admin()
            self.role = role
            self.save(update_fields=["role"])
            self._tell("staff.role_changed", by=by, before=before, after=role)

    @transaction.atomic
    def join(self, team: Team, *, by: Actor) -> None:
        if Membership.objects.get_or_create(staff=self, team=team)[1]:
            self._teams_changed(by=by, joined=team.pk)

    @transaction.atomic
    def leave(self, team: Team, *, by: Actor) -> None:
        if Membership.objects.filter(staff=self, team=team).delete()[0]:
            self._teams_changed(by=by, left=team.pk)

    @transaction.atomic
    def work_in(self, teams: Iterable[Team], *, by: Actor) -> None:
        """In exactly these teams."""
        wanted, present = set(teams), set(self.teams.all())
        for team in sorted(wanted - present, key=lambda team: team.pk):
            self.join(team, by=by)
        for team in sorted(present - wanted, key=lambda team: team.pk):
            self.leave(team, by=by)

    def _teams_changed(self, *, by: Actor, **data: Any) -> None:
        self.__dict__.pop("team_ids", None)
        self._tell("staff.teams_changed", by=by, **data)

    @transaction.atomic
    def take_at_once(self, capacity: int, *, by: Actor) -> None:
        """How many conversations they can have at a time."""
        before = self._locked().capacity
        if before != capacity:
            self.capacity = capacity
            self.save(update_fields=["capacity"])
            self._tell("staff.capacity_changed", by=by, before=before, after=capacity)

    # -- who they are

    @transaction.atomic
    def introduce(self, *, name: str, alias: str, language: str, time_zone: str, by: Actor) -> None:
        before = (self._locked().name, self.alias)
        self.name, self.alias, self.language, self.time_zone = name, alias, language, time_zone
        self.save(update_fields=["name", "alias", "language", "time_zone"])
        if before != (name, alias):
            self._tell("staff.renamed", by=by)

    @transaction.atomic
    def sign(self, *, zh: str, en: str, by: Actor) -> None:
        """What stands below their mails, instead of their team's and the mailbox's."""
        if self._locked().signature != (wanted := {"zh": zh, "en": en}):
            self.signature = wanted
            self.save(update_fields=["signature"])
            self._tell("staff.signature_changed", by=by)

    @transaction.atomic
    def prefer(self, preferences: dict[str, Any]) -> None:
        """Sounds, notifications, theme: nobody else's business, so no fact."""
        self._locked()
        self.preferences = {**self.preferences, **preferences}
        self.save(update_fields=["preferences"])

    @transaction.atomic
    def change_password(self, password: str, *, by: Actor, keeping: str | None = None) -> None:
        """Every session but the one named ends."""
        self._locked()
        self.set_password(password)
        self.save(update_fields=["password"])
        self._end_sessions(but=keeping)
        self._tell("staff.password_changed", by=by)

    @transaction.atomic
    def sign_out_elsewhere(self, *, but: str | None = None, only: str | None = None) -> None:
        """Ends one session, or every session but one."""
        self._end_sessions(but=but, only=only)
        self._tell("staff.signed_out_elsewhere", by=self)

    # -- shared by the verbs

    def _locked(self) -> Staff:
        self.refresh_from_db(from_queryset=Staff.objects.select_for_update(no_key=True))
        return self

    def _locked_after_admins(self) -> Staff:
        """So that of two admins who go at the same moment one stays. All first and in id order, or the two
        would wait for each other.
        """
        list(Staff.objects.filter(role=Role.ADMIN).order_by("id").select_for_update(no_key=True).values("pk"))
        return self._locked()

    def _refuse_if_last_admin(self) -> None:
        others = Staff.objects.active().filter(role=Role.ADMIN).exclude(pk=self.pk)
        if self.role == Role.ADMIN and self.is_active and not others.exists():
            raise Refused(_now("The desk needs an admin. Make someone else admin first."))

    def _end_sessions(self, *, but: str | None = None, only: str | None = None) -> None:
        from kefu.people.sessions import end_sessions  # needs the models of allauth, which need this one

        end_sessions(self, but=but, only=only)

    def _tell(self, kind: str, *, by: Actor, **data: Any) -> None:
        log.record(kind, self, by=by, **data)
        log.audit(kind, self, by=by, **data)


class Membership(models.Model):
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["staff", "team"], name="member_once")]
