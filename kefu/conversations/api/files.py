"""Files: uploaded first, then named by the message that carries them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import File as Upload
from ninja import Router, UploadedFile
from ninja.responses import Status as Answer

from kefu.conversations import files
from kefu.conversations.api.shapes import FileShown
from kefu.conversations.models import File
from kefu.conversations.reach import files_of
from kefu.events.actors import Actor
from kefu.lib.files import LARGEST
from kefu.people.api import StaffCall, UploadPace, needs
from kefu.people.roles import Can
from kefu.web.rest import Refusal

router = Router(tags=["Files"])


@router.post(
    "/files", response={201: FileShown}, summary="Upload a file", throttle=UploadPace(), **needs(Can.ANSWER)
)
def upload_file(request: StaffCall, file: Annotated[UploadedFile, Upload()]) -> Answer[FileShown]:
    """Up to 25 MB. Typed by its content; images are re-encoded without what cameras write into them.

    One that no message carries within a day is deleted."""
    return Answer(201, FileShown.of(kept(file, by=request.auth.staff)))


def kept(file: UploadedFile, *, by: Actor) -> File:
    try:
        return files.keep(file, by=by, conversation=None)
    except files.NotKept as problem:
        too_large = (file.size or 0) > LARGEST
        raise Refusal(413 if too_large else 415, str(problem)) from problem


@router.get(
    "/files/{uuid:file_id}", response=FileShown, summary="What a file is", **needs(Can.READ_CONVERSATIONS)
)
def get_file(request: StaffCall, file_id: UUID) -> FileShown:
    return FileShown.of(get_object_or_404(files_of(request.auth.staff), pk=file_id))


@router.get("/files/{uuid:file_id}/content", summary="A file itself", **needs(Can.READ_CONVERSATIONS))
def get_file_content(request: StaffCall, file_id: UUID) -> HttpResponseBase:
    """Always as an attachment."""
    return files.answer(get_object_or_404(files_of(request.auth.staff), pk=file_id))
