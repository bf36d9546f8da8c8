"""Files that come with a contact form: what was good is kept under its stamp, so that nobody chooses it twice."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from kefu.conversations import files
from kefu.conversations.models import File
from kefu.conversations.posting import MOST_FILES
from kefu.events.actors import Actor
from kefu.inboxes.form import submitting
from kefu.inboxes.form.settings import FormTopic
from kefu.inboxes.form.stamps import Stamp
from kefu.inboxes.topics import FieldType
from kefu.people.models import Customer
from kefu.portal.contactpage import name_of


def received(
    request: HttpRequest, topic: FormTopic, stamp: Stamp, customer: Customer | None
) -> tuple[dict[str, list[File]], dict[str, str]]:
    """What is there now and what is wrong with the rest, each by question. At most ``MOST_FILES`` in all."""
    kept: dict[str, list[File]] = {}
    faults: dict[str, str] = {}
    room = MOST_FILES
    for question in topic.questions:
        if question.type == FieldType.FILES:
            before = _before(request.POST.getlist(f"kept-{question.key}"), stamp, customer)[:room]
            uploads = request.FILES.getlist(name_of(question))
            fresh, fault = _keep(uploads, room - len(before), by=submitting.sender_of(stamp, customer))
            kept[question.key] = [*before, *fresh]
            room -= len(kept[question.key])
            if fault:
                faults[question.key] = fault
    return kept, faults


def _before(named: Sequence[str], stamp: Stamp, customer: Customer | None) -> list[File]:
    """Those of this very form, or of whoever is signed in; others are not there."""
    ids = []
    for one in named[:MOST_FILES]:
        try:
            ids.append(UUID(one))
        except ValueError:
            continue
    uploaders = [stamp.id, *([customer.pk] if customer else [])]
    return list(File.objects.filter(pk__in=ids, uploader_id__in=uploaders, message=None).order_by("pk"))


def _keep(uploads: Sequence[UploadedFile], room: int, *, by: Actor) -> tuple[list[File], str]:
    kept: list[File] = []
    faults = []
    for upload in uploads:
        if len(kept) >= room:
            faults.append(_("At most %(most)d files in all.") % {"most": MOST_FILES})
            break
        try:
            kept.append(files.keep(upload, by=by, conversation=None))
        except files.NotKept as problem:
            faults.append(f"{upload.name}: {problem}")
    return kept, " ".join(faults)
