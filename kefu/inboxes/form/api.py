"""Contact forms for programs: an app that draws a form in its own way, and a colleague's program that files one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID, uuid5

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import File as Upload
from ninja import Form as Fields
from ninja import Router, UploadedFile
from ninja.responses import Status as Answer
from ninja.security import HttpBearer

from kefu.conversations.api.files import kept
from kefu.conversations.api.shapes import FileShown
from kefu.conversations.models import File, Inbox, InboxKind
from kefu.conversations.posting import MOST_FILES
from kefu.conversations.reach import inboxes_of
from kefu.inboxes.form import stamps, submitting
from kefu.inboxes.form.apishapes import (
    EntryGiven,
    FormShown,
    ProofWantedShown,
    ReceiptShown,
    Signed,
    StampedFormShown,
    SubmissionGiven,
    told,
)
from kefu.inboxes.form.stamps import Stamp
from kefu.inboxes.form.submitting import ProofWanted, Sent
from kefu.inboxes.form.suspicion import TooOften
from kefu.people.api import StaffCall, UploadPace, needs, within_pace, wrong_token
from kefu.people.roles import Can
from kefu.web.addresses import client_address
from kefu.web.rest import Fault, Refusal

router = Router(tags=["Forms"])


# -- who is calling


@dataclass(frozen=True, slots=True)
class FormCaller:
    """Anybody who knows the form, from one address."""

    inbox: Inbox
    address: str

    @property
    def pk(self) -> UUID:
        return uuid5(self.inbox.pk, self.address)


class FormCall(HttpRequest):
    auth: FormCaller


class FormBearer(HttpBearer):
    openapi_description = "The key of a contact form. It is public: it stands in the form's address."

    def authenticate(self, request: HttpRequest, token: str) -> FormCaller:
        forms = Inbox.objects.filter(kind=InboxKind.FORM, is_active=True).select_related("brand", "schedule")
        inbox = forms.filter(key=token[:43]).first()
        if inbox is None:
            raise wrong_token(request)
        address = client_address(request)
        within_pace(f"form {address}")
        return FormCaller(inbox, address)


KNOWS_THE_FORM = FormBearer()


# -- operations


@router.get(
    "/form", response=StampedFormShown, summary="A contact form, ready to be filled in", auth=KNOWS_THE_FORM
)
def get_form(request: FormCall) -> StampedFormShown:
    inbox = request.auth.inbox
    return StampedFormShown.model_validate(told(inbox) | {"stamp": stamps.fresh(inbox).text})


@router.post(
    "/form/files",
    response={201: FileShown},
    summary="Upload a file for a contact form",
    auth=KNOWS_THE_FORM,
    throttle=UploadPace(),
)
def upload_form_file(
    request: FormCall, file: Annotated[UploadedFile, Upload()], stamp: Annotated[Signed, Fields()]
) -> Answer[FileShown]:
    """Up to 25 MB, ten for each form. One that is not sent within a day is deleted."""
    good = _stamp(request, stamp)
    if File.objects.filter(uploader_id=good.id, message=None).count() >= MOST_FILES:
        raise Refusal(409, _("At most %(most)d files in all.") % {"most": MOST_FILES})
    return Answer(201, FileShown.of(kept(file, by=submitting.sender_of(good, None))))


@router.post(
    "/form/submissions",
    response={201: ReceiptShown, 202: ProofWantedShown},
    summary="Send a contact form",
    auth=KNOWS_THE_FORM,
)
def submit_form(request: FormCall, given: SubmissionGiven) -> Answer[ReceiptShown] | Answer[ProofWantedShown]:
    """Nothing is stored yet when it answers 202: then send the same again, with the challenge and its proof."""
    stamp = _stamp(request, given.stamp)
    sent = Sent(
        stamp=stamp,
        topic=given.topic,
        answers=given.answers,
        text=given.text,
        language=_language(),
        address=request.auth.address,
        files=_own_files(stamp, given.files),
        prepared=frozenset(given.prepared),
        challenge=given.challenge,
        proof=given.proof,
    )
    try:
        return Answer(201, ReceiptShown.of(submitting.submit(request.auth.inbox, sent)))
    except ProofWanted as wanted:
        asked = wanted.challenge
        return Answer(
            202, ProofWantedShown(challenge=asked.text, bits=asked.bits, wait_seconds=asked.wait_seconds)
        )
    except TooOften as problem:
        raise Refusal(429, _("That was a lot at once. Please wait a moment."), retry_after=600) from problem


@router.get(
    "/forms/{uuid:inbox_id}",
    response=FormShown,
    summary="What a contact form asks",
    **needs(Can.READ_CONVERSATIONS),
)
def describe_form(request: StaffCall, inbox_id: UUID) -> FormShown:
    return FormShown.of(_of_staff(request, inbox_id))


@router.post(
    "/forms/{uuid:inbox_id}/submissions",
    response={201: ReceiptShown},
    summary="File a contact form for a customer",
    **needs(Can.ANSWER),
)
def enter_submission(request: StaffCall, inbox_id: UUID, given: EntryGiven) -> Answer[ReceiptShown]:
    """From a program of the brand's own: nothing is suspected, all else is checked as on the page."""
    inbox = _of_staff(request, inbox_id)
    stamp = stamps.stamped(inbox, uuid5(inbox.pk, str(given.client_id)), 0)
    sent = Sent(
        stamp=stamp,
        topic=given.topic,
        answers=given.answers,
        text=given.text,
        language=given.language.value,
        address=client_address(request),
        prepared=frozenset(given.prepared),
    )
    return Answer(201, ReceiptShown.of(submitting.take(inbox, sent)))


# -- shared


def _stamp(request: FormCall, text: str) -> Stamp:
    stamp = stamps.read(text, request.auth.inbox)
    if stamp is None:
        message = _("This stamp does not belong to this form. Ask for the form again.")
        raise Refusal(422, faults=[Fault(at="body", field="stamp", code="stamp", message=message)])
    return stamp


def _own_files(stamp: Stamp, named: dict[str, list[UUID]]) -> dict[str, list[UUID]]:
    """Only what was uploaded with this stamp and is not sent yet, or was sent with it."""
    wanted = {one for ids in named.values() for one in ids}
    if len(wanted) > MOST_FILES or wanted - _there(stamp, wanted):
        message = _("A file of this message is no longer there. Please add it again.")
        raise Refusal(422, faults=[Fault(at="body", field="files", code="files", message=message)])
    return named


def _there(stamp: Stamp, wanted: Iterable[UUID]) -> set[UUID]:
    return set(File.objects.filter(pk__in=wanted, uploader_id=stamp.id).values_list("pk", flat=True))


def _of_staff(request: StaffCall, inbox_id: UUID) -> Inbox:
    forms = inboxes_of(request.auth.staff).filter(kind=InboxKind.FORM).select_related("brand", "schedule")
    found: Inbox = get_object_or_404(forms, pk=inbox_id)
    return found


def _language() -> str:
    return "zh-hans" if (get_language() or "").startswith("zh") else "en"
