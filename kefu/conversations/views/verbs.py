"""What an agent does to a conversation. Each is a noun: POST makes it so, DELETE takes it back."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.conversations import colleagues, files, flows, posting
from kefu.conversations.channels import composer_of
from kefu.conversations.models import (
    AuthorKind,
    Conversation,
    FieldDefinition,
    MessageKind,
    Priority,
    Tag,
)
from kefu.conversations.models.conversation import Refused
from kefu.conversations.views import desk
from kefu.conversations.views.common import (
    find,
    is_fragment,
    method_of,
    one_line,
    page,
    show_again,
    show_dialog,
    without_nul,
)
from kefu.people.access import StaffRequest
from kefu.people.models import Staff, Team
from kefu.people.roles import Can


@page(Can.ANSWER, "POST")
def said(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """A reply or a note from the plain form; the scripts use the live path. Refused, it is shown again as it was."""
    conversation = find(request, conversation_id)
    try:
        _say(request, conversation)
    except (posting.CannotPost, files.NotKept, Refused) as problem:
        return desk.with_what_was_written(request, conversation, str(problem))
    conversation.refresh_from_db()
    conversation.read_by_staff(request.agent, conversation.last_reply_seq)
    return HttpResponseRedirect(f"{reverse('conversation', args=[conversation.pk])}#m{conversation.last_seq}")


def _say(request: StaffRequest, conversation: Conversation) -> None:
    is_reply = request.POST.get("kind") != "note"
    leaves_by = composer_of(conversation, request.agent) if is_reply else None
    kept = [
        files.keep(upload, by=request.agent, conversation=conversation)
        for upload in request.FILES.getlist("file")
    ]
    draft = _draft(request, conversation, tuple(file.pk for file in kept))
    if leaves_by is None:
        posting.post_one(draft)
    else:
        channel, _shown = leaves_by
        channel.reply(
            conversation,
            draft.text,
            by=request.agent,
            client_id=draft.client_id,
            wanted=channel.chosen(request.POST),
            file_ids=draft.file_ids,
            seen=None,
        )


def _draft(request: StaffRequest, conversation: Conversation, file_ids: tuple[UUID, ...]) -> posting.Draft:
    agent = request.agent
    return posting.Draft(
        conversation_id=conversation.pk,
        client_id=_uuid(request.POST.get("client_id")),
        author_kind=AuthorKind.STAFF,
        author_id=agent.pk,
        text=request.POST.get("text", "").replace("\r\n", "\n").strip(),
        may=lambda locked: Conversation.objects.visible_to(agent).filter(pk=locked.id).exists(),
        kind=MessageKind.NOTE if request.POST.get("kind") == "note" else MessageKind.REPLY,
        file_ids=file_ids,
    )


@page(Can.ANSWER, "POST", "DELETE")
def solution(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    conversation = find(request, conversation_id)
    if method_of(request) == "DELETE":
        conversation.reopen(by=request.agent)
        return show_again(request, conversation, _("Reopened."))
    conversation.solve(by=request.agent)
    undo = reverse("conversation-opening", args=[conversation.pk])
    return show_again(request, conversation, _("Solved."), undo=undo, undo_label=_("Undo"))


@page(Can.ANSWER, "POST")
def opening(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """Open again, whatever it was: solved, on hold or waiting for the customer."""
    conversation = find(request, conversation_id)
    conversation.reopen(by=request.agent)
    return show_again(request, conversation, _("Open again."))


@page(Can.ANSWER, "POST", "DELETE")
def hold(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    conversation = find(request, conversation_id)
    if method_of(request) == "DELETE":
        conversation.reopen(by=request.agent)
    else:
        conversation.put_on_hold(by=request.agent)
    return show_again(request, conversation, conversation.get_status_display())


@page(Can.ANSWER, "POST", "DELETE")
def waiting_for_customer(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    conversation = find(request, conversation_id)
    if method_of(request) == "DELETE":
        conversation.reopen(by=request.agent)
    else:
        conversation.wait_for_customer(by=request.agent)
    return show_again(request, conversation, conversation.get_status_display())


@page(Can.PRIORITISE, "GET", "POST")
def closing(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """For good, so it is asked about first."""
    conversation = find(request, conversation_id)
    if request.method == "GET":
        return show_dialog(request, "closing", _("Close for good"), {"conversation": conversation})
    conversation.close(by=request.agent)
    return show_again(request, conversation, _("Closed. If the customer writes again, a follow-up begins."))


@page(Can.ANSWER, "POST")
def follow_up(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """The linked conversation after a closed one; the one that exists if there is one."""
    begun = flows.follow_up(find(request, conversation_id), by=request.agent)
    address = reverse("conversation", args=[begun.pk])
    if is_fragment(request):
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


# -- whose it is


@page(Can.ANSWER, "GET", "POST", "DELETE")
def assignment(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """``to`` is "me" or a colleague's id."""
    conversation = find(request, conversation_id)
    if request.method == "GET":
        able = colleagues.options(colleagues.able_to_take(conversation))
        return show_dialog(
            request, "assignment", _("Assign"), {"conversation": conversation, "options": able}
        )
    if method_of(request) == "DELETE":
        conversation.assign(to=None, by=request.agent)
        return show_again(request, conversation, _("Given back to the team."))
    conversation.assign(to=_colleague(request, conversation), by=request.agent)
    return show_again(request, conversation, _("Assigned to %(name)s.") % {"name": conversation.assignee})


def _colleague(request: StaffRequest, conversation: Conversation) -> Staff:
    asked = request.POST.get("to", "")
    if asked == "me":
        return request.agent
    found = colleagues.able_to_take(conversation).filter(pk=_uuid(asked)).first()
    if found is None:
        raise Refused(_("Choose a colleague who can take this conversation."))
    return found


@page(Can.ANSWER, "GET", "POST")
def hand_over(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """``to`` is "team:<id>" or "staff:<id>"."""
    conversation = find(request, conversation_id)
    if request.method == "GET":
        context = {
            "conversation": conversation,
            "options": colleagues.destinations(conversation, request.agent),
            "note_id": uuid4(),
        }
        return show_dialog(request, "hand_over", _("Hand over"), context)
    to = _destination(request, conversation)
    note, note_id = request.POST.get("note", ""), _uuid(request.POST.get("note_id"))
    try:
        flows.hand_over(conversation, to=to, by=request.agent, note=note, note_id=note_id)
    except posting.CannotPost as problem:
        raise Refused(str(problem)) from problem
    return show_again(request, conversation, _("Handed over to %(name)s.") % {"name": to})


def _destination(request: StaffRequest, conversation: Conversation) -> Staff | Team:
    kind, _colon, id_ = request.POST.get("to", "").partition(":")
    found: Staff | Team | None = None
    if kind == "team":
        found = Team.objects.filter(brand=conversation.brand_id, pk=_uuid(id_)).first()
    elif kind == "staff":
        found = colleagues.able_to_take(conversation).filter(pk=_uuid(id_)).first()
    if found is None:
        raise Refused(_("Choose a team or a colleague to hand over to."))
    return found


# -- what it is about


@page(Can.PRIORITISE, "GET", "POST")
def priority(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    conversation = find(request, conversation_id)
    if request.method == "GET":
        context = {"conversation": conversation, "priorities": Priority.choices}
        return show_dialog(request, "priority", _("Priority"), context)
    wanted = request.POST.get("priority", "")
    if wanted not in {str(number) for number in Priority.values}:
        raise Refused(_("Choose a priority."))
    conversation.prioritise(Priority(int(wanted)), by=request.agent)
    return show_again(request, conversation)


@page(Can.ANSWER, "GET", "POST")
def subject(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    conversation = find(request, conversation_id)
    if request.method == "GET":
        return show_dialog(request, "subject", _("Subject"), {"conversation": conversation})
    conversation.rename(one_line(request.POST.get("subject", "")), by=request.agent)
    return show_again(request, conversation)


@page(Can.ANSWER, "POST")
def fields(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """Those that the form names; others stay."""
    conversation = find(request, conversation_id)
    given = {name: str(value) for name, value in request.POST.items()}
    conversation.describe(_cleaned(conversation, given), by=request.agent)
    return show_again(request, conversation, _("Saved."))


def _cleaned(conversation: Conversation, given: dict[str, str]) -> dict[str, str]:
    return {
        definition.key: _value(definition, without_nul(given[f"field-{definition.key}"]).strip())
        for definition in conversation.brand.fields.all()
        if f"field-{definition.key}" in given
    }


def _value(definition: FieldDefinition, value: str) -> str:
    if value and definition.kind == FieldDefinition.Kind.CHOICE and value not in definition.choices:
        raise Refused(
            _("“%(value)s” is not a choice for %(field)s.") % {"value": value, "field": definition.label}
        )
    return value[:2000]


@page(Can.ANSWER, "GET", "POST")
def tags(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    conversation = find(request, conversation_id)
    free = (
        Tag.objects.filter(brand=conversation.brand_id)
        .exclude(taggings__conversation=conversation)
        .order_by("name")
    )
    if request.method == "GET":
        options = [(str(tag.pk), tag.name) for tag in free]
        return show_dialog(
            request, "tags", _("Add a tag"), {"conversation": conversation, "options": options}
        )
    tag = free.filter(pk=_uuid(request.POST.get("tag"))).first()
    if tag is None:
        raise Refused(_("Choose a tag."))
    conversation.tag(tag, by=request.agent)
    return show_again(request, conversation)


@page(Can.ANSWER, "POST", "DELETE")
def tag(request: StaffRequest, conversation_id: UUID, tag_id: UUID) -> HttpResponse:
    conversation = find(request, conversation_id)
    found = conversation.tags.filter(pk=tag_id).first()
    if found is None:
        raise Http404
    conversation.untag(found, by=request.agent)
    return show_again(request, conversation)


def _uuid(text: str | None) -> UUID:
    """One that nothing has for what is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return uuid4()
