"""Whether an article helped: one answer a reader, which they may change; with a comment for its authors."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.articles.models import Translation, Vote
from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.people.models import Refused
from kefu.privacy.masking import mask

LONGEST_COMMENT = 1000


@transaction.atomic
def vote(translation: Translation, *, voter: bytes, helped: bool, comment: str = "") -> Vote:
    """Of what is live. ``voter`` is a hash (see ``Vote``). Without a comment the one before stays; a new one waits
    for an author again. Raises ``Refused`` where nothing is published.
    """
    translation = Translation.objects.select_for_update(no_key=True).get(pk=translation.pk)
    if translation.live_id is None:
        raise Refused(_("This article is no longer published."))
    said = mask(comment.strip()).text[:LONGEST_COMMENT]
    before = translation.votes.filter(voter=voter).first()
    given = before or Vote(translation=translation, voter=voter, helped=helped)
    if before is not None and before.helped == helped and said in ("", before.comment):
        return before
    if said and said != given.comment:
        given.comment, given.settled_at, given.settled_by = said, None, None
    given.helped, given.version_id, given.at = helped, translation.live_id, timezone.now()
    given.save()
    log.record("article.voted", translation, by=SYSTEM, helped=helped, commented=bool(said))
    return given


def vote_of(translation: Translation, voter: bytes) -> Vote | None:
    return translation.votes.filter(voter=voter).first()
