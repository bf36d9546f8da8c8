"""A conversation: everything said between one customer and the desk about one matter."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Greatest, Least
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.conversations.models.inbox import Inbox
from kefu.events import log, nudges
from kefu.events.actors import Actor
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Customer, Staff, Team
from kefu.people.roles import Can
from kefu.privacy.masking import mask
from kefu.web.joining import listed


class Status(models.TextChoices):
    OPEN = "open", pgettext_lazy("conversation", "Open")
    PENDING = "pending", _("Pending customer")
    HOLD = "hold", _("On hold")
    SOLVED = "solved", _("Solved")
    CLOSED = "closed", _("Closed")


class Priority(models.IntegerChoices):
    LOW = 0, _("Low")
    NORMAL = 1, _("Normal")
    HIGH = 2, _("High")
    URGENT = 3, _("Urgent")


class AuthorKind(models.TextChoices):
    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"


LIVE = (Status.OPEN, Status.PENDING, Status.HOLD)
_LIVE = Q(status__in=[status.value for status in LIVE])


class Refused(Exception):
    """A verb that the conversation's state does not allow; the text is a sentence for the person asking."""


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, staff: Staff) -> ConversationQuerySet:
        """Those of one's teams and one's own; with the right to see all, those of one's brands or of every brand."""
        if not staff.can(Can.READ_CONVERSATIONS):
            return self.none()
        if staff.can(Can.SEE_ALL):
            if staff.sees_every_brand:
                return self
            return self.filter(brand__in=Brand.objects.filter(teams__staff=staff))
        return self.filter(Q(team__in=staff.team_ids) | Q(assignee=staff))

    def live(self) -> ConversationQuerySet:
        return self.filter(_LIVE)

    def waiting(self) -> ConversationQuerySet:
        """Open and waiting for us, the longest first."""
        return self.filter(status=Status.OPEN, waiting_since__isnull=False).order_by("waiting_since", "id")

    def with_people(self) -> ConversationQuerySet:
        return self.select_related("customer", "inbox", "team", "assignee")


class Conversation(models.Model):
    """``last_seq`` numbers everything; ``last_reply_seq`` only what both sides see, so that notes leave no gap a
    customer could notice. The four marks below say how far, in reply numbers, each side has received and read.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    number = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("conversations_number"), function="nextval")
    )
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False)
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="conversations")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="conversations", db_index=False)
    assignee = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, related_name="assigned", db_index=False
    )
    subject = models.CharField(max_length=200, blank=True)
    topic = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    fields: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    start_id = models.UUIDField(null=True)
    follow_up_of = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="follow_up")
    created_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True)
    first_reply_at = models.DateTimeField(null=True)
    solved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    last_seq = models.PositiveIntegerField(default=0)
    last_reply_seq = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField()
    last_text = models.CharField(max_length=140, blank=True)
    last_author = models.CharField(max_length=8, choices=AuthorKind, blank=True)
    customer_delivered_seq = models.PositiveIntegerField(default=0)
    customer_read_seq = models.PositiveIntegerField(default=0)
    staff_delivered_seq = models.PositiveIntegerField(default=0)
    staff_read_seq = models.PositiveIntegerField(default=0)
    tags: models.ManyToManyField[Tag, Tagging] = models.ManyToManyField(
        "Tag", through="Tagging", related_name="conversations"
    )

    objects: ClassVar[models.Manager[Conversation]] = ConversationQuerySet.as_manager()
    event_kind = "conversation"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "start_id"], name="conversation_started_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["-last_message_at", "-id"], name="conversation_latest"),
            models.Index(fields=["team", "-last_message_at", "-id"], name="conversation_team_latest"),
            models.Index(fields=["assignee", "-last_message_at", "-id"], name="conversation_mine_latest"),
            models.Index(
                fields=["assignee", "-last_message_at", "-id"], condition=_LIVE, name="conversation_mine_live"
            ),
            models.Index(
                fields=["team", "-last_message_at", "-id"], condition=_LIVE, name="conversation_team_live"
            ),
            models.Index(
                fields=["team", "-last_message_at", "-id"],
                condition=_LIVE & Q(assignee__isnull=True),
                name="conversation_unassigned",
            ),
            models.Index(
                fields=["team", "waiting_since", "id"],
                condition=Q(status="open", waiting_since__isnull=False),
                name="conversation_waiting",
            ),
            # The same lists of one kind of inbox: walked for each inbox of it, however rare it is.
            models.Index(
                fields=["team", "inbox", "-last_message_at", "-id"], name="conversation_inbox_latest"
            ),
            models.Index(
                fields=["team", "inbox", "-last_message_at", "-id"],
                condition=_LIVE,
                name="conversation_inbox_live",
            ),
            models.Index(
                fields=["team", "inbox", "waiting_since", "id"],
                condition=Q(status="open", waiting_since__isnull=False),
                name="conversation_inbox_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.public_number

    @property
    def public_number(self) -> str:
        return f"K-{self.number}"

    @property
    def is_with_a_person(self) -> bool:
        """Somebody has taken it, or has answered: from then on nothing speaks by itself."""
        return self.assignee_id is not None or self.first_reply_at is not None

    def record_start(self, *, by: Actor, **data: Any) -> None:
        self._record("conversation.started", by=by, **data)

    # -- who deals with it

    @transaction.atomic
    def take(self, *, by: Staff) -> None:
        self.assign(to=by, by=by)

    @transaction.atomic
    def assign(self, *, to: Staff | None, by: Actor) -> None:
        if to is not None and not to.can(Can.ANSWER):
            raise Refused(_now("This colleague cannot take conversations."))
        before = self.locked().assignee_id
        if before != (to.pk if to else None):
            self.assignee = to
            self.save(update_fields=["assignee"])
            self._record("conversation.assigned", by=by, before=before)

    @transaction.atomic
    def hand_over(self, *, to: Staff | Team, by: Actor, because: str = "") -> None:
        """To a team: it waits there for anyone. To a person: it is theirs, in a team of theirs. Once is enough.
        ``because`` is for the timeline, where nobody chose: the desk did.
        """
        before = {"from_team": self.locked().team_id, "from_assignee": self.assignee_id}
        if isinstance(to, Team):
            self.team, self.assignee = to, None
        else:
            self._give_to(to)
        if before != {"from_team": self.team_id, "from_assignee": self.assignee_id}:
            self.save(update_fields=["team", "assignee"])
            why = {"because": because} if because else {}
            self._record("conversation.handed_over", by=by, **before, **why)

    def _give_to(self, colleague: Staff) -> None:
        if not colleague.can(Can.ANSWER):
            raise Refused(_now("This colleague cannot take conversations."))
        teams = list(colleague.teams.filter(brand=self.brand_id))
        if teams and self.team not in teams:
            self.team = teams[0]
        self.assignee = colleague

    @transaction.atomic
    def pass_to(self, customer: Customer, *, by: Actor) -> None:
        """It belongs to this customer, who has turned out to be the one writing."""
        before = self.locked().customer_id
        if before != customer.pk:
            self.customer = customer
            self.save(update_fields=["customer"])
            self._record("conversation.recognised", by=by, before=before)

    # -- where it stands

    @transaction.atomic
    def solve(self, *, by: Actor) -> None:
        if self._move_to(Status.SOLVED, by=by, event="conversation.solved"):
            self.solved_at, self.waiting_since = timezone.now(), None
            self.save(update_fields=["solved_at", "waiting_since"])

    @transaction.atomic
    def reopen(self, *, by: Actor) -> None:
        if self.locked().status == Status.CLOSED:
            raise Refused(_now("A closed conversation cannot be reopened. Start a follow-up instead."))
        self._move_to(Status.OPEN, by=by, event="conversation.reopened")

    @transaction.atomic
    def wait_for_customer(self, *, by: Actor) -> None:
        if self._move_to(Status.PENDING, by=by, event="conversation.pending"):
            self.waiting_since = None
            self.save(update_fields=["waiting_since"])

    @transaction.atomic
    def put_on_hold(self, *, by: Actor) -> None:
        self._move_to(Status.HOLD, by=by, event="conversation.held")

    @transaction.atomic
    def close(self, *, by: Actor) -> None:
        """For good: when the customer writes again, a linked follow-up begins."""
        if self._move_to(Status.CLOSED, by=by, event="conversation.closed"):
            self.closed_at, self.waiting_since = timezone.now(), None
            self.save(update_fields=["closed_at", "waiting_since"])

    def _move_to(self, status: Status, *, by: Actor, event: str) -> bool:
        before = self.locked().status
        if before == status:
            return False
        if before == Status.CLOSED:
            raise Refused(_now("This conversation is closed. Start a follow-up instead."))
        self.status = status
        self.save(update_fields=["status"])
        self._record(event, by=by, before=before)
        return True

    # -- what it is about

    @transaction.atomic
    def prioritise(self, priority: Priority, *, by: Actor) -> None:
        before = self.locked().priority
        if before != priority:
            self.priority = priority
            self.save(update_fields=["priority"])
            self._record("conversation.prioritised", by=by, before=before, after=int(priority))

    @transaction.atomic
    def rename(self, subject: str, *, by: Actor) -> None:
        if self.locked().subject != subject:
            self.subject = mask(subject).text[:200]
            self.save(update_fields=["subject"])
            self._record("conversation.renamed", by=by)

    @transaction.atomic
    def describe(self, fields: dict[str, Any], *, by: Actor) -> None:
        """Set custom fields; those not named stay as they are."""
        known = set(self.brand.fields.values_list("key", flat=True))
        unknown = set(fields) - known
        if unknown:
            raise Refused(_now("There is no field named %(name)s.") % {"name": listed(sorted(unknown))})
        before = self.locked().fields
        masked = {key: mask(value).text if isinstance(value, str) else value for key, value in fields.items()}
        changed = {key: value for key, value in masked.items() if before.get(key) != value}
        if changed:
            self.fields = {**self.fields, **changed}
            self.save(update_fields=["fields"])
            self._record("conversation.described", by=by, fields=sorted(changed))

    @transaction.atomic
    def tag(self, tag: Tag, *, by: Actor) -> None:
        if tag.brand_id != self.locked().brand_id:
            raise Refused(_now("This tag belongs to another brand."))
        if Tagging.objects.get_or_create(conversation=self, tag=tag)[1]:
            self._record("conversation.tagged", by=by, tag=tag.pk)

    @transaction.atomic
    def untag(self, tag: Tag, *, by: Actor) -> None:
        self.locked()
        if Tagging.objects.filter(conversation=self, tag=tag).delete()[0]:
            self._record("conversation.untagged", by=by, tag=tag.pk)

    # -- how far each side has read; kept in the row, told by whisper, not worth a fact each

    def read_by_staff(self, staff: Staff, seq: int) -> None:
        """Up to reply ``seq``. Marks only ever move forward."""
        seq = min(seq, self.last_reply_seq)
        Reading.objects.bulk_create([Reading(staff=staff, conversation=self, seq=seq)], ignore_conflicts=True)
        Reading.objects.filter(staff=staff, conversation=self, seq__lt=seq).update(seq=seq)
        self._mark(staff_read_seq=seq, staff_delivered_seq=seq)

    def read_by_customer(self, *, read: int, delivered: int) -> None:
        self._mark(customer_read_seq=read, customer_delivered_seq=max(read, delivered))

    def _mark(self, **marks: int) -> None:
        forward = {name: Greatest(F(name), Least(F("last_reply_seq"), seq)) for name, seq in marks.items()}
        further = Q(*[(f"{name}__lt", seq) for name, seq in marks.items()], _connector=Q.OR)
        if Conversation.objects.filter(further, pk=self.pk).update(**forward):
            nudges.whisper(
                "read",
                [f"conversation:{self.pk}", f"customer:{self.customer_id}"],
                conversation=self.pk,
                **marks,
                **self.scope(),
            )

    # -- shared by the verbs

    def locked(self) -> Conversation:
        """This row, locked and fresh. Inside a transaction only; posting takes the same lock, in id order."""
        self.refresh_from_db(from_queryset=Conversation.objects.select_for_update(no_key=True))
        return self

    def _record(self, kind: str, *, by: Actor, **data: Any) -> None:
        log.record(kind, self, by=by, **self.scope(), **data)

    def scope(self) -> dict[str, Any]:
        """What a screen needs to decide who may see an event, without asking the database again."""
        return {
            "brand": self.brand_id,
            "inbox": self.inbox_id,
            "team": self.team_id,
            "assignee": self.assignee_id,
            "customer": self.customer_id,
        }


class Tag(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=40)
    colour = models.CharField(max_length=12, default="grey")

    event_kind = "tag"

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brand", "name"], name="tag_name_in_brand")]
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="taggings")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["conversation", "tag"], name="tagged_once")]


class Reading(models.Model):
    """How far one colleague has read one conversation."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="readings", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="readings")
    seq = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "conversation"], name="reading_once")
        ]
