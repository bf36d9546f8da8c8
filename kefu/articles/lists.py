"""The list of texts that authors work from: one row a language, what was saved last first, paged by its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.articles.models import Stage, Translation
from kefu.articles.models.articles import TranslationQuerySet
from kefu.people.models import Staff
from kefu.people.reach import brands_of

PAGE = 30
Text = str | Promise


class State(StrEnum):
    ANY = ""
    DRAFT = "draft"
    REVIEW = "review"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    CHANGED = "changed"
    BEHIND = "behind"
    MISSING = "missing"
    DUE = "due"
    ARCHIVED = "archived"


STATES: Mapping[State, tuple[Text, str]] = {
    State.ANY: (_("All"), "layers"),
    State.DRAFT: (_("Drafts"), "pencil"),
    State.REVIEW: (_("Waiting for review"), "eye"),
    State.SCHEDULED: (_("Set to appear"), "clock"),
    State.PUBLISHED: (_("Published"), "globe"),
    State.CHANGED: (_("Changed since"), "file-pen"),
    State.BEHIND: (_("Out of date"), "languages"),
    State.MISSING: (_("Not translated"), "circle-dashed"),
    State.DUE: (_("Due for a look"), "calendar-clock"),
    State.ARCHIVED: (_("Archived"), "archive"),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """ "" and None are all."""

    state: State = State.ANY
    brand: UUID | None = None
    category: UUID | None = None
    owner: UUID | None = None
    kind: str = ""
    language: str = ""
    audience: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """``older`` is the key of the next page, "" on the last."""

    rows: list[Translation]
    older: str


def page(staff: Staff, narrowed: Filter, before: UUID | None = None) -> Listing:
    """Three queries: the page is found by keys alone, for what a row shows of all texts would be sorted with them."""
    found = _narrowed(_of_brands(staff, narrowed), narrowed)
    if before is not None:
        found = found.filter(latest__lt=before)
    keys = list(found.order_by("-latest_id").values_list("pk", flat=True)[: PAGE + 1])
    around = ("article__category", "article__owner", "brand", "latest")
    shown = Translation.objects.filter(pk__in=keys[:PAGE]).with_source().select_related(*around)
    rows = list(shown.defer("latest__body").order_by("-latest_id"))
    return Listing(rows, str(rows[-1].latest_id) if len(keys) > PAGE else "")


def waiting_for_review(staff: Staff) -> int:
    return Translation.objects.visible_to(staff).filter(stage=Stage.REVIEW, article__archived_at=None).count()


def behind(texts: TranslationQuerySet) -> QuerySet[Translation]:
    """As ``Translation.is_behind`` has it. Of those found ``with_source``."""
    up_to_date = {"follows__isnull": False, "source_live": F("follows")}
    unpublished = {"source_live__isnull": True}
    translated = texts.exclude(language=F("article__source_language"))
    return translated.exclude(**up_to_date).exclude(**unpublished)


def _of_brands(staff: Staff, narrowed: Filter) -> TranslationQuerySet:
    """By their ids, so that the walk over what was saved last stops at the end of the page."""
    brands = [pk for pk in brands_of(staff).values_list("pk", flat=True) if narrowed.brand in (None, pk)]
    texts: TranslationQuerySet = Translation.objects.filter(brand__in=brands)
    return texts.with_source() if narrowed.state == State.BEHIND else texts


def _narrowed(texts: TranslationQuerySet, narrowed: Filter) -> QuerySet[Translation]:
    asked = {
        "article__category": narrowed.category,
        "article__owner": narrowed.owner,
        "article__kind": narrowed.kind,
        "language": narrowed.language,
        "article__audience": narrowed.audience,
        "latest__title__icontains": narrowed.words,
    }
    found = texts.filter(**{name: value for name, value in asked.items() if value})
    return _in_state(found, narrowed.state)


def _in_state(texts: TranslationQuerySet, state: State) -> QuerySet[Translation]:
    if state == State.ARCHIVED:
        return texts.filter(article__archived_at__isnull=False)
    texts = texts.filter(article__archived_at=None)
    others = Translation.objects.filter(article=OuterRef("article")).exclude(pk=OuterRef("pk"))
    conditions = {
        State.DRAFT: Q(live=None),
        State.REVIEW: Q(stage=Stage.REVIEW),
        State.SCHEDULED: Q(publish_at__isnull=False),
        State.PUBLISHED: Q(live__isnull=False),
        State.CHANGED: Q(live__isnull=False) & ~Q(live=F("latest")),
        State.MISSING: ~Q(Exists(others)),
        State.DUE: Q(article__review_on__lte=timezone.localdate()),
    }
    return behind(texts) if state == State.BEHIND else texts.filter(conditions.get(state, Q()))
