"""Conversations: listed, shown, begun on behalf of a customer, and everything that is done with one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.responses import Status as Answer
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from kefu.conversations import flows
from kefu.conversations.api.shapes import ConversationPage, ConversationShown, PriorityName
from kefu.conversations.colleagues import able_to_take
from kefu.conversations.models import Conversation, Inbox, InboxKind, Status
from kefu.conversations.reach import customers_of, inboxes_of, tags_of
from kefu.events import log
from kefu.lib.ids import uuid7
from kefu.people.api import StaffCall, needs
from kefu.people.models import Staff, Team
from kefu.people.reach import teams_of
from kefu.people.roles import Can
from kefu.web.joining import listed
from kefu.web.paging import Order, PageAsked, cut
from kefu.web.rest import NO_NUL, Count, Decimal, Given, Line, Prose, Refusal, Whole

router = Router(tags=["Conversations"])

FieldKey = Annotated[str, StringConstraints(pattern=r"^[-a-zA-Z0-9_]{1,40}$")]
FieldText = Annotated[str, StringConstraints(max_length=2000, pattern=NO_NUL)]
FieldValue = FieldText | Whole | Decimal | bool | None
Fields = Annotated[
    dict[FieldKey, FieldValue], Field(max_length=50, json_schema_extra={"additionalProperties": False})
]


class ConversationSort(StrEnum):
    LATEST = "latest"
    NEWEST = "newest"
    WAITING = "waiting"


ORDERS = {
    ConversationSort.LATEST: Order("conversations.latest", ("-last_message_at", "-id")),
    ConversationSort.NEWEST: Order("conversations.newest", ("-id",)),
    ConversationSort.WAITING: Order("conversations.waiting", ("waiting_since", "id")),
}


class ConversationsAsked(PageAsked):
    status: list[Status] = Field([], description="One or several.", max_length=5)
    priority: list[PriorityName] = Field([], description="One or several.", max_length=4)
    team: UUID | None = None
    assignee: UUID | None = None
    unassigned: bool = Field(False, description="Only those that nobody has taken.")
    customer: UUID | None = None
    inbox: UUID | None = None
    kind: list[InboxKind] = Field(
        [], description="Of the inbox that it came in by; one or several.", max_length=3
    )
    tag: UUID | None = None
    number: str | None = Field(None, pattern=r"^[Kk]-[0-9]{1,18}$", examples=["K-10482"])
    sort: ConversationSort = Field(
        ConversationSort.LATEST,
        description="latest: by the last message. newest: by when they began. waiting: only the open ones "
        "whose customer is waiting for us, the longest first.",
    )


class ConversationGiven(Given):
    inbox: UUID
    customer: UUID
    text: Prose = Field(description="The customer's own first message.", pattern=r"\S")
    subject: Line = ""
    topic: Annotated[str, StringConstraints(max_length=40, pattern=NO_NUL)] = ""
    fields: Fields = {}
    client_id: UUID | None = Field(
        None, description="Of the first message. The same id again finds the same conversation."
    )


class AssignmentGiven(Given):
    assignee: UUID


class HandOverGiven(Given):
    """Either a team or a person."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": [name], "properties": {name: {"type": "string"}}}
                for name in ("team", "assignee")
            ],
            "examples": [
                {"team": "0192f7c1-6a4e-7b1c-9d2e-3f5a7c9b1e24", "note": "The parcel is back here."}
            ],
        }
    )
    team: UUID | None = None
    assignee: UUID | None = None
    note: Prose = Field("", description="For whoever takes it; customers never see it.")

    @model_validator(mode="after")
    def _one_of_them(self) -> HandOverGiven:
        if (self.team is None) == (self.assignee is None):
            raise ValueError(_("Name either a team or a person."))
        return self


class PriorityGiven(Given):
    priority: PriorityName


class SubjectGiven(Given):
    subject: Line


class FieldsGiven(Given):
    fields: Fields = Field(description="Those not named stay as they are.")


class ReadingGiven(Given):
    reply_seq: Count = Field(description="The number of the last reply that was read.")


# -- finding and beginning


@router.get(
    "/conversations", response=ConversationPage, summary="List conversations", **needs(Can.READ_CONVERSATIONS)
)
def list_conversations(request: StaffCall, asked: Query[ConversationsAsked]) -> ConversationPage:
    """Those that the token's owner may see, narrowed by every filter given."""
    found = cut(_shown(_narrowed(request.auth.staff, asked)), ORDERS[asked.sort], asked)
    return ConversationPage(items=[ConversationShown.of(row) for row in found.rows], next=found.next)


def _narrowed(staff: Staff, asked: ConversationsAsked) -> QuerySet[Conversation]:
    rows = Conversation.objects.visible_to(staff)
    if asked.sort == ConversationSort.WAITING:
        rows = rows.waiting()
    named = {
        "status__in": asked.status,
        "priority__in": [name.priority for name in asked.priority],
        "team": asked.team,
        "assignee": asked.assignee,
        "assignee__isnull": asked.unassigned or None,
        "customer": asked.customer,
        "inbox": asked.inbox,
        "inbox__in": _inboxes(asked.kind),
        "tags": asked.tag,
        "number": int(asked.number[2:]) if asked.number else None,
    }
    return rows.filter(**{name: value for name, value in named.items() if value not in (None, [])})


def _inboxes(kinds: list[InboxKind]) -> tuple[UUID, ...] | None:
    """By their ids: joined, the kind would be looked up for every conversation passed over. None for every kind."""
    return tuple(Inbox.objects.filter(kind__in=kinds).values_list("pk", flat=True)) if kinds else None


def _shown(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    return rows.select_related("customer", "team", "assignee").prefetch_related("tags")


@router.post(
    "/conversations",
    response={201: ConversationShown},
    summary="Begin one on behalf of a customer",
    **needs(Can.ANSWER),
)
def start_conversation(request: StaffCall, given: ConversationGiven) -> Answer[ConversationShown]:
    """For what a customer said somewhere else. The text becomes the customer's first message."""
    staff = request.auth.staff
    customer = get_object_or_404(customers_of(staff), pk=given.customer)
    inbox = get_object_or_404(inboxes_of(staff), pk=given.inbox)
    opening = flows.Opening(
        start_id=given.client_id or uuid7(),
        text=given.text,
        subject=given.subject,
        topic=given.topic,
        fields=_known(given.fields, set(inbox.brand.fields.values_list("key", flat=True))),
    )
    conversation, _first = flows.start(customer, inbox, opening)
    log.audit("conversation.started_for_customer", conversation, by=staff)
    return Answer(201, _again(conversation))


def _known(fields: Fields, keys: set[str]) -> Fields:
    unknown = sorted(set(fields) - keys)
    if unknown:
        raise Refusal(409, _("There is no field named %(name)s.") % {"name": listed(unknown)})
    return fields


@router.get(
    "/conversations/{uuid:conversation_id}",
    response=ConversationShown,
    summary="One conversation",
    **needs(Can.READ_CONVERSATIONS),
)
def get_conversation(request: StaffCall, conversation_id: UUID) -> ConversationShown:
    return ConversationShown.of(_of(request, conversation_id))


def _of(request: StaffCall, conversation_id: UUID) -> Conversation:
    return get_object_or_404(_shown(Conversation.objects.visible_to(request.auth.staff)), pk=conversation_id)


def _again(conversation: Conversation) -> ConversationShown:
    """As it stands after the verb; shown also to whoever has just given it away."""
    return ConversationShown.of(_shown(Conversation.objects.all()).get(pk=conversation.pk))


# -- who deals with it

_ONE = "/conversations/{uuid:conversation_id}"


@router.put(
    f"{_ONE}/assignment", response=ConversationShown, summary="Assign to a colleague", **needs(Can.ANSWER)
)
def assign(request: StaffCall, conversation_id: UUID, given: AssignmentGiven) -> ConversationShown:
    conversation = _of(request, conversation_id)
    conversation.assign(to=_colleague(conversation, given.assignee), by=request.auth.staff)
    return _again(conversation)


@router.delete(
    f"{_ONE}/assignment", response=ConversationShown, summary="Give back to the team", **needs(Can.ANSWER)
)
def unassign(request: StaffCall, conversation_id: UUID) -> ConversationShown:
    conversation = _of(request, conversation_id)
    conversation.assign(to=None, by=request.auth.staff)
    return _again(conversation)


@router.post(
    f"{_ONE}/hand-over",
    response=ConversationShown,
    summary="Hand over to a team or a colleague",
    **needs(Can.ANSWER),
)
def hand_over(request: StaffCall, conversation_id: UUID, given: HandOverGiven) -> ConversationShown:
    conversation = _of(request, conversation_id)
    flows.hand_over(
        conversation, to=_target(request, conversation, given), by=request.auth.staff, note=given.note
    )
    return _again(conversation)


def _target(request: StaffCall, conversation: Conversation, given: HandOverGiven) -> Staff | Team:
    if given.team is not None:
        return get_object_or_404(teams_of(request.auth.staff), pk=given.team, brand=conversation.brand_id)
    return _colleague(conversation, given.assignee)


def _colleague(conversation: Conversation, staff_id: UUID | None) -> Staff:
    return get_object_or_404(able_to_take(conversation), pk=staff_id)


# -- where it stands


@router.put(f"{_ONE}/solution", response=ConversationShown, summary="Solve", **needs(Can.ANSWER))
def solve(request: StaffCall, conversation_id: UUID) -> ConversationShown:
    conversation = _of(request, conversation_id)
    conversation.solve(by=request.auth.staff)
    return _again(conversation)


@router.delete(f"{_ONE}/solution", response=ConversationShown, summary="Reopen", **needs(Can.ANSWER))
def reopen(request: StaffCall, conversation_id: UUID) -> ConversationShown:
    return _ended(request, conversation_id, Status.SOLVED)


@router.put(f"{_ONE}/hold", response=ConversationShown, summary="Put on hold", **needs(Can.ANSWER))
def hold(request: StaffCall, conversation_id: UUID) -> ConversationShown:
    conversation = _of(request, conversation_id)
    conversation.put_on_hold(by=request.auth.staff)
    return _again(conversation)


@router.delete(f"{_ONE}/hold", response=ConversationShown, summary="Take off hold", **needs(Can.ANSWER))
def end_hold(request: StaffCall, conversation_id: UUID) -> ConversationShown:
    return _ended(request, conversation_id, Status.HOLD)


@router.put(
    f"{_ONE}/pending", response=ConversationShown, summary="Wait for the customer", **needs(Can.ANSWER)
)
def wait_for_customer(request: StaffCall, conversation_id: UUID) -> ConversationShown:
    conversation = _of(request, conversation_id)
    conversation.wait_for_customer(by=request.auth.staff)
    return _again(conversation)


@router.delete(f"{_ONE}/pending", response=ConversationShown, summary="Wait no longer", **needs(Can.ANSWER))
def end_pending(request: StaffCall, conversation_id: UUID) -> ConversationShown:
    return _ended(request, conversation_id, Status.PENDING)


def _ended(request: StaffCall, conversation_id: UUID, state: Status) -> ConversationShown:
    """Open again if it stood there; otherwise it stays where it is, as deleting twice does."""
    conversation = _of(request, conversation_id)
    if conversation.locked().status == state:
        conversation.reopen(by=request.auth.staff)
    return _again(conversation)


@router.put(f"{_ONE}/closing", response=ConversationShown, summary="Close for good", **needs(Can.PRIORITISE))
def close(request: StaffCall, conversation_id: UUID) -> ConversationShown:
    """A closed conversation is never reopened; when the customer writes again, a linked follow-up begins."""
    conversation = _of(request, conversation_id)
    conversation.close(by=request.auth.staff)
    return _again(conversation)


@router.post(
    f"{_ONE}/follow-up",
    response={201: ConversationShown},
    summary="Begin the follow-up of a closed one",
    **needs(Can.ANSWER),
)
def follow_up(request: StaffCall, conversation_id: UUID) -> Answer[ConversationShown]:
    """Each closed conversation has one follow-up; asked again, the same one is shown."""
    return Answer(201, _again(flows.follow_up(_of(request, conversation_id), by=request.auth.staff)))


# -- what it is about


@router.put(
    f"{_ONE}/priority", response=ConversationShown, summary="Set the priority", **needs(Can.PRIORITISE)
)
def prioritise(request: StaffCall, conversation_id: UUID, given: PriorityGiven) -> ConversationShown:
    conversation = _of(request, conversation_id)
    conversation.prioritise(given.priority.priority, by=request.auth.staff)
    return _again(conversation)


@router.put(f"{_ONE}/subject", response=ConversationShown, summary="Rename", **needs(Can.ANSWER))
def rename(request: StaffCall, conversation_id: UUID, given: SubjectGiven) -> ConversationShown:
    conversation = _of(request, conversation_id)
    conversation.rename(given.subject, by=request.auth.staff)
    return _again(conversation)


@router.patch(
    f"{_ONE}/fields",
    response=ConversationShown,
    summary="Set some of the brand's own fields",
    **needs(Can.ANSWER),
)
def describe(request: StaffCall, conversation_id: UUID, given: FieldsGiven) -> ConversationShown:
    conversation = _of(request, conversation_id)
    conversation.describe(given.fields, by=request.auth.staff)
    return _again(conversation)


@router.put(f"{_ONE}/tags/{{uuid:tag_id}}", response=ConversationShown, summary="Tag", **needs(Can.ANSWER))
def tag(request: StaffCall, conversation_id: UUID, tag_id: UUID) -> ConversationShown:
    conversation = _of(request, conversation_id)
    conversation.tag(
        get_object_or_404(tags_of(request.auth.staff), pk=tag_id, brand=conversation.brand_id),
        by=request.auth.staff,
    )
    return _again(conversation)


@router.delete(
    f"{_ONE}/tags/{{uuid:tag_id}}", response=ConversationShown, summary="Remove a tag", **needs(Can.ANSWER)
)
def untag(request: StaffCall, conversation_id: UUID, tag_id: UUID) -> ConversationShown:
    conversation = _of(request, conversation_id)
    conversation.untag(get_object_or_404(tags_of(request.auth.staff), pk=tag_id), by=request.auth.staff)
    return _again(conversation)


@router.put(f"{_ONE}/reading", response={204: None}, summary="Say how far one has read", **needs(Can.ANSWER))
def read(request: StaffCall, conversation_id: UUID, given: ReadingGiven) -> None:
    """The mark only moves forward, and the customer sees it."""
    _of(request, conversation_id).read_by_staff(request.auth.staff, given.reply_seq)
