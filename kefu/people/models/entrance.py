"""Ways in other than a password: invitations, tokens for programs, mailed keys; and the desk's rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import IntegrityError, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kefu.events import log
from kefu.events.actors import Actor
from kefu.events.deliveries import queue
from kefu.lib.ids import secret_token, token_hash, uuid7
from kefu.people.models.staff import Refused, Staff, Team
from kefu.people.roles import Role
from kefu.web.addresses import absolute

INVITATION_LASTS = timedelta(hours=72)
RESET_LASTS = timedelta(minutes=30)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        return self.filter(used_at=None, withdrawn_at=None)

    def usable(self) -> InvitationQuerySet:
        return self.open().filter(expires_at__gt=timezone.now())


class Invitation(models.Model):
    """A way in for one new colleague: single use, 72 hours, only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    email = models.EmailField()
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=12, choices=Role, default=Role.AGENT)
    language = models.CharField(max_length=10, default="zh-hans")
    teams = models.ManyToManyField(Team, related_name="invitations")
    token_hash = models.BinaryField(max_length=32, unique=True)
    invited_by = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="invitations")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Invitation]] = InvitationQuerySet.as_manager()
    event_kind = "invitation"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(used_at=None, withdrawn_at=None),
                name="one_open_invitation",
            )
        ]

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @classmethod
    @transaction.atomic
    def send(
        cls, *, email: str, name: str, role: Role, teams: list[Team], by: Staff, language: str = "zh-hans"
    ) -> Invitation:
        """To someone who has neither an account nor an open invitation."""
        email = email.strip().lower()
        if Staff.objects.filter(email__iexact=email).exists():
            raise Refused(_now("There is already an account with this address."))
        invitation = cls(email=email, name=name, role=role, language=language, invited_by=by)
        token = invitation._renew()
        invitation._begin()
        invitation.teams.set(teams)
        invitation._mail(token, by=by)
        invitation._tell("invitation.sent", by=by, role=role)
        return invitation

    @transaction.atomic
    def send_again(self, *, by: Staff) -> None:
        """With a new address; the one mailed before no longer works."""
        self._refuse_unless_open()
        token = self._renew()
        self.save(update_fields=["token_hash", "expires_at"])
        self._mail(token, by=by)
        self._tell("invitation.sent_again", by=by)

    @transaction.atomic
    def withdraw(self, *, by: Staff) -> None:
        self._refuse_unless_open()
        self.withdrawn_at = timezone.now()
        self.save(update_fields=["withdrawn_at"])
        self._tell("invitation.withdrawn", by=by)

    @classmethod
    def of_token(cls, token: str) -> Invitation | None:
        return cls.objects.filter(
            token_hash=token_hash(token), used_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
        ).first()

    @transaction.atomic
    def accept(self, *, name: str, password: str, language: str) -> Staff:
        """Once; of two who try at the same moment one is refused."""
        if not self.__class__.objects.filter(
            pk=self.pk, used_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
        ).update(used_at=timezone.now()):
            raise Refused(_now("This invitation was already used or has expired."))
        if Staff.objects.filter(email__iexact=self.email).exists():
            raise Refused(_now("There is already an account with this address."))
        staff = Staff.hire(
            email=self.email, name=name, role=Role(self.role), password=password, by=None, language=language
        )
        for team in self.teams.all():
            staff.join(team, by=self.invited_by)
        self._tell("invitation.accepted", by=staff)
        return staff

    def _begin(self) -> None:
        try:
            with transaction.atomic():
                self.save(force_insert=True)
        except IntegrityError as problem:
            raise Refused(
                _now("This address has already been invited. Send the invitation again instead.")
            ) from problem

    def _refuse_unless_open(self) -> None:
        self.refresh_from_db(from_queryset=Invitation.objects.select_for_update())
        if self.used_at or self.withdrawn_at:
            raise Refused(_now("This invitation was already used or has expired."))

    def _renew(self) -> str:
        token = secret_token()
        self.token_hash, self.expires_at = token_hash(token), timezone.now() + INVITATION_LASTS
        return token

    def _mail(self, token: str, *, by: Staff) -> None:
        queue(
            template="mail/invitation",
            to=self.email,
            key=f"invitation {self.pk} {self.expires_at.isoformat()}",
            language=self.language,
            context={
                "invitation": self,
                "by": by.name,
                "action_url": absolute(f"/join/{token}/"),
                "action_label": _("Choose a password"),
            },
            by=by,
        )

    def _tell(self, kind: str, *, by: Actor, **data: Any) -> None:
        log.record(kind, self, by=by, **data)
        log.audit(kind, self, by=by, **data)


class StaffToken(models.Model):
    """An API token: scoped, expiring, shown once; only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    token_hash = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=8)
    scopes: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    event_kind = "token"

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()

    @classmethod
    @transaction.atomic
    def issue(cls, *, staff: Staff, name: str, scopes: list[str], lasts: timedelta) -> tuple[StaffToken, str]:
        """The token itself is told only here."""
        secret = f"kefu_{secret_token()}"
        token = cls.objects.create(
            staff=staff,
            name=name,
            scopes=sorted(scopes),
            token_hash=token_hash(secret),
            hint=secret[-4:],
            expires_at=timezone.now() + lasts,
        )
        log.record("token.issued", token, by=staff, scopes=token.scopes)
        log.audit("token.issued", token, by=staff, scopes=token.scopes)
        return token, secret

    @transaction.atomic
    def revoke(self, *, by: Actor) -> None:
        if StaffToken.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now()):
            self.refresh_from_db()
            log.record("token.revoked", self, by=by, staff=self.staff_id)
            log.audit("token.revoked", self, by=by)


class PasswordReset(models.Model):
    """A key mailed to a colleague who forgot their password: once, half an hour; a later one ends it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="resets")
    token_hash = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    @classmethod
    @transaction.atomic
    def send(cls, staff: Staff) -> None:
        cls.objects.filter(staff=staff, used_at=None).update(used_at=timezone.now())
        token = secret_token()
        reset = cls.objects.create(
            staff=staff, token_hash=token_hash(token), expires_at=timezone.now() + RESET_LASTS
        )
        queue(
            template="mail/password_reset",
            to=staff.email,
            key=f"reset {reset.pk}",
            language=staff.language,
            context={
                "name": staff.name,
                "action_url": absolute(f"/account/password/reset/{token}/"),
                "action_label": _("Choose a password"),
            },
        )

    @classmethod
    def of_token(cls, token: str) -> PasswordReset | None:
        return (
            cls.objects.filter(
                token_hash=token_hash(token),
                used_at=None,
                expires_at__gt=timezone.now(),
                staff__is_active=True,
            )
            .select_related("staff")
            .first()
        )

    @transaction.atomic
    def use(self, password: str) -> None:
        used = PasswordReset.objects.filter(pk=self.pk, used_at=None, expires_at__gt=timezone.now())
        if not used.update(used_at=timezone.now()):
            raise Refused(_now("This link was already used or has expired. Request a new one."))
        self.staff.change_password(password, by=self.staff)


class SecondFactorRule(models.Model):
    """The desk asks a second factor of this role."""

    role = models.CharField(max_length=12, choices=Role, primary_key=True)
    set_by = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField(auto_now_add=True)

    @classmethod
    @transaction.atomic
    def ask_of(cls, roles: set[str], *, by: Staff) -> None:
        """Of exactly these roles."""
        present = set(cls.objects.select_for_update().values_list("role", flat=True))
        if roles != present:
            cls.objects.exclude(role__in=roles).delete()
            fresh = [SecondFactorRule(role=role, set_by=by) for role in sorted(roles - present)]
            SecondFactorRule.objects.bulk_create(fresh, ignore_conflicts=True)
            log.audit("desk.second_factor_asked", None, by=by, before=sorted(present), after=sorted(roles))


class SetUpKey(models.Model):
    """Opens the set-up page once; told in the terminal, kept as a hash, gone with the first admin."""

    only = models.BooleanField(primary_key=True, default=True)
    token_hash = models.BinaryField(max_length=32)
    made_at = models.DateTimeField(auto_now=True)
