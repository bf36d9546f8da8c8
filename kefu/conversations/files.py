"""Files that came with messages: kept under random names, typed by content, shown to those who may see them.

A file's lasting address asks who is looking and sends them on to one signed for them alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.conversations.models import Conversation, Delivery, File, MessageKind
from kefu.events.actors import Actor
from kefu.lib import files as content
from kefu.lib.ids import secret_token

TICKET_SECONDS = 600
NOBODY = UUID(int=0)
SALT = "kefu.conversations.files"
THUMB_TYPE = "image/webp"


class NotKept(Exception):
    """The text is a sentence for the person who sent it: what is wrong, and that nothing was sent."""


@dataclass(frozen=True, slots=True)
class Ticket:
    file_id: UUID
    viewer: str
    thumb: bool


def keep(upload: UploadedFile, *, by: Actor, conversation: Conversation | None) -> File:
    """Look at it and store it; raises ``NotKept``. No message has it yet: ``sweep_unsent`` clears up."""
    return keep_what_was_looked_at(look_at(upload), by=by, conversation=conversation)


def for_customers() -> Q:
    """Of files: what hangs on a reply that has left, as ``bubbles`` has it; never on a note."""
    left = Q(message__leaves_at=None) | Q(message__leaves_at__lte=timezone.now())
    return left & Q(message__kind=MessageKind.REPLY) & ~Q(message__delivery=Delivery.WITHDRAWN)


def look_at(upload: UploadedFile) -> content.Checked:
    """What it is, and how it is stored; asks no database. Raises ``NotKept``."""
    if (upload.size or 0) > content.LARGEST:
        raise NotKept(_("This file is larger than 25 MB. It was not sent."))
    try:
        return content.examine(upload.read(), name=upload.name or "")
    except content.Forbidden as problem:
        raise NotKept(str(problem)) from problem


def keep_what_was_looked_at(found: content.Checked, *, by: Actor, conversation: Conversation | None) -> File:
    stored = _put(found.data)
    thumb = _put(found.thumb) if found.thumb else ""
    return File.objects.create(
        conversation=conversation,
        uploader_kind=by.actor_kind,
        uploader_id=by.actor_id or NOBODY,
        name=found.name,
        type=found.type,
        size=found.size,
        width=found.width,
        height=found.height,
        stored=stored,
        thumb=thumb,
        sha256=found.sha256,
    )


def _put(data: bytes) -> str:
    """Random names in 256 folders: the name tells nothing, and no folder grows without end."""
    name = secret_token()
    return default_storage.save(f"{name[:2].lower()}/{name}", ContentFile(data))


def hold(file: File) -> None:
    """Something other than a message has it now."""
    file.held = True
    file.save(update_fields=["held"])


def ticket(file: File, viewer: str, *, thumb: bool = False) -> str:
    """``viewer`` is whoever asks, as "staff:<id>" or "customer:<id>"; to anyone else it is worth nothing."""
    return signing.dumps([str(file.pk), viewer, thumb], salt=SALT, compress=False)


def read_ticket(text: str, viewer: str) -> Ticket | None:
    """None for one that is forged, too old or somebody else's."""
    try:
        file_id, whose, thumb = signing.loads(text, salt=SALT, max_age=TICKET_SECONDS)
    except (signing.BadSignature, ValueError):
        return None
    return Ticket(UUID(file_id), whose, bool(thumb)) if whose == viewer else None


def answer(file: File, *, thumb: bool = False) -> HttpResponse:
    """Always to be saved, never to be run in our name: ``img`` shows attachments all the same."""
    small = thumb and bool(file.thumb)
    with default_storage.open(file.thumb if small else file.stored) as opened:
        response = HttpResponse(opened.read(), content_type=THUMB_TYPE if small else file.type)
    response["Content-Disposition"] = content.content_disposition(file.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response["Cache-Control"] = f"private, max-age={TICKET_SECONDS}, immutable"
    return response


def sweep_unsent(older_than: timedelta = timedelta(days=1)) -> int:
    """Take away what was uploaded and never sent; answers how many there were."""
    waiting = File.objects.filter(message=None, held=False, created_at__lt=timezone.now() - older_than)
    return sum(_forget(file_id) for file_id in list(waiting.values_list("pk", flat=True)[:1000]))


@transaction.atomic
def _forget(file_id: UUID) -> bool:
    """The row first, under lock: a file that is being sent this moment stays."""
    file = (
        File.objects.select_for_update(skip_locked=True).filter(pk=file_id, message=None, held=False).first()
    )
    if file is None:
        return False
    names = [name for name in (file.stored, file.thumb) if name]
    file.delete()
    transaction.on_commit(lambda: _clear(names))
    return True


def _clear(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)
