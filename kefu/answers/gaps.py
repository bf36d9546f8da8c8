"""What customers ask often and no article answers: found every night, written by authors, begun from solved matters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.answers.models import Band, Gap, GapState, Turn, WhyPerson
from kefu.answers.redacting import redacted
from kefu.articles import search, writing
from kefu.articles.models import Search, Translation
from kefu.articles.models.articles import LONGEST_TITLE
from kefu.articles.search import Reader
from kefu.articles.writing import Said
from kefu.conversations.models import AuthorKind, Conversation, Message, MessageKind
from kefu.events import log
from kefu.lib import words
from kefu.lib.text import written_in
from kefu.people.models import Brand, Refused, Staff
from kefu.people.reach import brands_of
from kefu.privacy.masking import mask

LOOKS_BACK = timedelta(days=30)
FEWEST = 3  # times, by so many customers or searches
ALIKE = 0.5  # of the words of both
SURE = 0.6  # an article from here on answers it
MOST_ASKED, MOST_SHOWN, MOST_ANSWERS = 3_000, 20, 3
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it was put, masked."""

    text: str
    at: datetime
    conversation: UUID | None = None

    @property
    def tokens(self) -> frozenset[str]:
        return frozenset(token for token in words.tokens(self.text) if not words.is_grammar(token))


@dataclass(slots=True)
class Cluster:
    """Questions that mean about the same; the first gave it its words."""

    tokens: frozenset[str]
    asked: list[Asked] = field(default_factory=list)

    @property
    def words(self) -> str:
        """The shortest that says it: people who searched are briefer than people who wrote."""
        return min((one.text for one in self.asked), key=len)[:LONGEST]


def look() -> int:
    """The nightly job. How many gaps there are, in every brand and both languages."""
    return sum(_look(brand, language) for brand in Brand.objects.all() for language in ("zh-hans", "en"))


def visible_to(staff: Staff) -> QuerySet[Gap]:
    """Open ones, the most frequent first."""
    mine = Gap.objects.filter(brand__in=brands_of(staff), state=GapState.OPEN)
    return mine.select_related("brand").order_by("-times", "-last_at", "id")


@transaction.atomic
def draft(gap: Gap, *, by: Staff) -> Translation:
    """Begin the article: unpublished, with what colleagues answered in solved conversations, personal data masked."""
    _settle(gap, GapState.DRAFTED, by)
    body, numbers = _answers(gap)
    said = Said(
        title=gap.words[:LONGEST_TITLE],
        body=body,
        questions=gap.asked_as[:MOST_SHOWN],
        note=_("From conversations %(numbers)s") % {"numbers": ", ".join(numbers)} if numbers else "",
    )
    gap.translation = writing.begin(gap.brand, language=gap.language, said=said, by=by)
    gap.save()
    log.record("gap.drafted", gap, by=by, brand=gap.brand_id)
    return gap.translation


@transaction.atomic
def dismiss(gap: Gap, *, by: Staff) -> None:
    """It needs no article; the same question is not suggested again."""
    _settle(gap, GapState.DISMISSED, by)
    gap.save()
    log.record("gap.dismissed", gap, by=by, brand=gap.brand_id)


def _settle(gap: Gap, state: GapState, by: Staff) -> None:
    gap.refresh_from_db(from_queryset=Gap.objects.select_for_update(of=("self",)).select_related("brand"))
    if gap.state != GapState.OPEN:
        raise Refused(_("Somebody has seen to this already."))
    gap.state, gap.settled_by, gap.settled_at = state, by, timezone.now()


# -- finding them


@transaction.atomic
def _look(brand: Brand, language: str) -> int:
    clusters = [one for one in clustered(_asked(brand, language)) if len(_apart(one)) >= FEWEST]
    known = list(Gap.objects.filter(brand=brand, language=language))
    found = 0
    for cluster in clusters:
        if not _is_answered(brand, cluster.words, language):
            _keep(cluster, brand, language, known)
            found += 1
    for gap in known:
        if gap.state == GapState.OPEN and _is_answered(brand, gap.words, language):
            gap.delete()
    return found


def _asked(brand: Brand, language: str) -> list[Asked]:
    """Searches that found nothing, and what the assistant could not answer, the latest."""
    since = timezone.now() - LOOKS_BACK
    dead = Search.objects.filter(brand=brand, language=language, found=0, at__gte=since)
    asked = [Asked(mask(one.words).text, one.at) for one in dead.order_by("-at")[:MOST_ASKED] if one.words]
    return [*asked, *_unanswered(brand, language, since)]


def _unanswered(brand: Brand, language: str, since: datetime) -> Iterator[Asked]:
    turns = Turn.objects.filter(talk__conversation__brand=brand, at__gte=since)
    failed = turns.filter(band=Band.HANDED_OVER, talk__why__in=[WhyPerson.UNSURE, WhyPerson.NO_HELP])
    missed = turns.filter(helped=False)
    latest = (failed | missed).select_related("message", "talk__conversation__customer").order_by("-at")
    for turn in latest[:MOST_ASKED]:
        conversation = turn.talk.conversation
        text = redacted(" ".join(turn.message.text.split()), conversation)[:LONGEST]
        if written_in(text) == language:
            yield Asked(text, turn.at, conversation.pk)


def clustered(asked: Iterable[Asked]) -> list[Cluster]:
    """Each to the first that shares half of its words, the largest first."""
    clusters: list[Cluster] = []
    for one in asked:
        tokens = one.tokens
        if not tokens:
            continue
        home = next((cluster for cluster in clusters if alike(cluster.tokens, tokens)), None)
        if home is None:
            home = Cluster(tokens)
            clusters.append(home)
        home.asked.append(one)
    return sorted(clusters, key=lambda cluster: -len(cluster.asked))


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= ALIKE * len(one | other)


def _apart(cluster: Cluster) -> set[object]:
    """One customer who asks three times is one."""
    return {one.conversation or at for at, one in enumerate(cluster.asked)}


def _is_answered(brand: Brand, question: str, language: str) -> bool:
    found = search.find(brand, question, language=language, reader=Reader.EVERYONE, limit=1)
    return bool(found) and found[0].confidence >= SURE


def _keep(cluster: Cluster, brand: Brand, language: str, known: list[Gap]) -> None:
    """What is being written, or was not needed, stays so."""
    gap = next((one for one in known if alike(cluster.tokens, frozenset(one.key.split()))), None)
    if gap is None:
        gap = Gap(brand=brand, language=language, key=" ".join(sorted(cluster.tokens))[:LONGEST])
        gap.words = cluster.words
        known.append(gap)
    gap.asked_as = list(dict.fromkeys(one.text for one in cluster.asked))[:MOST_SHOWN]
    gap.conversations = list(
        dict.fromkeys(str(one.conversation) for one in cluster.asked if one.conversation)
    )
    gap.times = len(_apart(cluster))
    gap.last_at = max(one.at for one in cluster.asked)
    gap.save()


# -- what colleagues answered


def _answers(gap: Gap) -> tuple[str, list[str]]:
    """The longest reply of each of the latest conversations that were solved, and their numbers."""
    solved = Conversation.objects.filter(
        pk__in=gap.conversations, brand=gap.brand_id, solved_at__isnull=False
    ).select_related("customer", "assignee")
    paragraphs, numbers = [], []
    for conversation in solved.order_by("-solved_at")[:MOST_ANSWERS]:
        if reply := _longest_reply(conversation):
            paragraphs.append(reply)
            numbers.append(conversation.public_number)
    return "\n\n".join(paragraphs), numbers


def _longest_reply(conversation: Conversation) -> str:
    """Without the names of either side. Marks of Markdown in it are only text."""
    replies = Message.objects.filter(
        conversation=conversation, author_kind=AuthorKind.STAFF, kind=MessageKind.REPLY
    )
    found = max(replies, key=lambda message: len(message.text), default=None)
    if found is None:
        return ""
    text = redacted(found.text, conversation)
    author = Staff.objects.filter(pk=found.author_id).first() if found.author_id else None
    for name in {author.name, author.alias} - {""} if author else ():
        text = text.replace(name, "[name]")
    return "".join(f"\\{each}" if each in "\\`*_[]<>#|!" else each for each in text).strip()
