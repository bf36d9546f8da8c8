"""Writing, publishing and withdrawing articles. Every saving is a version; readers see the live one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.articles import passages, reviewing
from kefu.articles.holding import hold
from kefu.articles.models import (
    Article,
    Audience,
    Category,
    Kind,
    News,
    Outcome,
    Redirect,
    Stage,
    Translation,
    Version,
)
from kefu.events import log
from kefu.events.actors import SYSTEM, Actor
from kefu.people.models import Brand, Refused, Staff
from kefu.people.roles import Can

LONGEST_SLUG = 100


class Overtaken(Refused):
    """Somebody else has saved the text since the person asking looked at it. Nothing was done."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one saving says in one language. Lengths are those of ``Version``; checked by forms and API shapes."""

    title: str
    body: str = ""
    summary: str = ""
    questions: Sequence[str] = ()
    note: str = ""


@transaction.atomic
def begin(
    brand: Brand,
    *,
    language: str,
    said: Said,
    by: Staff | None,
    kind: Kind = Kind.FAQ,
    category: Category | None = None,
    audience: Audience = Audience.EVERYONE,
    news: str = "",
    owner: Staff | None = None,
) -> Translation:
    """A new article, unpublished, in the language that it is first written in. ``by`` is None for the desk itself."""
    if category is not None and category.brand_id != brand.pk:
        raise Refused(_("This category belongs to another brand."))
    article = Article.objects.create(
        brand=brand,
        kind=kind,
        category=category,
        audience=audience,
        news=(news or News.SERVICE) if kind == Kind.ANNOUNCEMENT else "",
        source_language=language,
        owner=owner or by,
    )
    translation = _translation(article, language, said.title)
    _save_version(translation, said, by)
    log.record("article.begun", article, by=_actor(by), brand=brand.pk)
    return translation


@transaction.atomic
def translate(article: Article, *, language: str, said: Said, by: Staff | None) -> Translation:
    """Begin its text in another language; ``Refused`` where there is one."""
    Article.objects.select_for_update(no_key=True).get(pk=article.pk)
    if article.translations.filter(language=language).exists():
        raise Refused(_("This article is there in that language already."))
    translation = _translation(article, language, said.title)
    _save_version(translation, said, by)
    log.record("article.translated", article, by=_actor(by), language=language)
    return translation


@transaction.atomic
def write(translation: Translation, said: Said, *, by: Staff | None, seen: UUID | None = None) -> Version:
    """Save what it should say, published or not. ``seen`` is the version that the writer began from: if another has
    been saved since, nothing is and it is ``Overtaken``. The same words again make no version.

    A publication that is set for later stands only as long as those who may publish wrote the text.
    """
    hold(translation)
    _expect(translation, seen)
    latest = translation.latest
    if latest is not None and _says(latest) == _in_words(said):
        return latest
    version = _save_version(translation, said, by)
    if translation.stage == Stage.REVIEW:
        reviewing.close(translation, Outcome.CHANGED, by=by)
    if translation.publish_at is not None and not _may_publish(by):
        log.record("article.unscheduled", translation, by=_actor(by))
        translation.publish_at = None
    translation.stage = Stage.WRITING
    translation.save(update_fields=["stage", "publish_at"])
    log.record("article.written", translation, by=_actor(by), version=version.number)
    return version


def restore(translation: Translation, version: Version, *, by: Staff, seen: UUID | None = None) -> Version:
    """What it said then is said again, as a new version. ``Overtaken`` as for ``write``."""
    note = _("Version %(number)s again") % {"number": version.number}
    said = Said(version.title, version.body, version.summary, version.questions, note)
    return write(translation, said, by=by, seen=seen)


@transaction.atomic
def still_right(translation: Translation, *, by: Staff, seen: UUID | None = None) -> None:
    """It says what the article's own language says now. ``seen`` is the version there that they compared it with."""
    hold(translation)
    source = _source_of(translation.article)
    if source is None or source.pk == translation.pk:
        return
    followed = source.live_id or source.latest_id
    if seen is not None and followed != seen:
        raise Overtaken(_("The source was published anew meanwhile. Compare once more."))
    if followed != translation.follows_id:
        translation.follows_id = followed
        translation.save(update_fields=["follows"])
        log.record("article.followed", translation, by=_actor(by))


@transaction.atomic
def publish(
    translation: Translation, *, by: Staff | None, at: datetime | None = None, seen: UUID | None = None
) -> None:
    """Readers see what was saved last: now, or from ``at``. Its passages are found from the same commit.

    ``seen`` is the version that the publisher looked at; if another has been saved since, it is ``Overtaken``.
    """
    hold(translation)
    _expect(translation, seen)
    if Article.objects.filter(pk=translation.article_id, archived_at__isnull=False).exists():
        raise Refused(_("This article is archived. Bring it back first."))
    if translation.latest is None or not translation.latest.body.strip():
        raise Refused(_("There is nothing to publish yet: the text is empty."))
    if at is not None and at > timezone.now():
        translation.publish_at = at
        translation.stage = Stage.WRITING
        translation.save(update_fields=["publish_at", "stage"])
        reviewing.close(translation, Outcome.PUBLISHED, by=by)
        log.record("article.scheduled", translation, by=_actor(by), at=at.isoformat())
        return
    now = timezone.now()
    translation.live = translation.latest
    translation.publish_at = None
    translation.stage = Stage.WRITING
    translation.published_at = now
    translation.first_published_at = translation.first_published_at or now
    translation.save()
    passages.store(translation)
    reviewing.close(translation, Outcome.PUBLISHED, by=by)
    log.record("article.published", translation, by=_actor(by), version=translation.live.number)


def publish_due(now: datetime) -> int:
    """What is set to appear by now appears; answers how many. Two that do this at once share the work."""
    due = Translation.objects.filter(publish_at__lte=now, article__archived_at=None)
    return sum(_publish_one_due(pk, now) for pk in list(due.values_list("pk", flat=True)[:500]))


@transaction.atomic
def unschedule(translation: Translation, *, by: Staff | None) -> None:
    """It no longer appears by itself; what readers see stays."""
    hold(translation)
    if translation.publish_at is not None:
        translation.publish_at = None
        translation.save(update_fields=["publish_at"])
        log.record("article.unscheduled", translation, by=_actor(by))


@transaction.atomic
def withdraw(translation: Translation, *, by: Staff | None) -> None:
    """Readers no longer find it; what it said stays with its authors."""
    hold(translation)
    if translation.live_id is None and translation.publish_at is None:
        return
    translation.live = None
    translation.publish_at = None
    translation.save(update_fields=["live", "publish_at"])
    passages.drop(translation)
    log.record("article.withdrawn", translation, by=_actor(by))


@transaction.atomic
def rename(translation: Translation, slug: str, *, by: Staff | None) -> None:
    """Its address changes; whoever has the old one is sent on. Of what is published, for those who may publish."""
    hold(translation)
    if translation.live_id is not None and not _may_publish(by):
        raise Refused(_("This text is published. Only those who may publish can change its address."))
    slug = slug_of(slug)
    if not slug:
        raise Refused(_("An address needs at least one letter or number."))
    if slug == translation.slug:
        return
    named = {"brand": translation.brand, "language": translation.language}
    if Translation.objects.filter(slug=slug, **named).exists():
        raise Refused(_("Another article has this address."))
    Redirect.objects.filter(slug=slug, **named).delete()
    Redirect.objects.create(slug=translation.slug, translation=translation, **named)
    translation.slug = slug
    try:
        with transaction.atomic():
            translation.save(update_fields=["slug"])
    except IntegrityError as problem:  # another took it this moment
        raise Refused(_("Another article has this address.")) from problem
    log.record("article.renamed", translation, by=_actor(by))


def slug_of(title: str) -> str:
    """What stands in an address: letters of any script and digits, with hyphens between them."""
    plain = unicodedata.normalize("NFKC", title).lower()
    return re.sub(r"[\W_]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-")


@transaction.atomic
def _publish_one_due(pk: UUID, now: datetime) -> bool:
    """Another worker that holds it does it."""
    waiting = Translation.objects.select_for_update(skip_locked=True, no_key=True)
    translation = waiting.filter(pk=pk, publish_at__lte=now).first()
    if translation is None:
        return False
    try:
        publish(translation, by=None)
    except Refused:  # its text has been emptied since: it must not be tried each minute for ever
        translation.publish_at = None
        translation.save(update_fields=["publish_at"])
        log.record("article.unscheduled", translation, by=SYSTEM)
        return False
    return True


def _translation(article: Article, language: str, title: str) -> Translation:
    source = _source_of(article)
    try:
        with transaction.atomic():
            return Translation.objects.create(
                article=article,
                brand_id=article.brand_id,
                language=language,
                slug=_free_slug(article.brand_id, language, title),
                follows_id=(source.live_id or source.latest_id) if source else None,
            )
    except IntegrityError as problem:
        raise Refused(
            _("Another article with this title was begun this moment. Please try again.")
        ) from problem


def _source_of(article: Article) -> Translation | None:
    return article.translations.filter(language=article.source_language).first()


def _free_slug(brand: UUID, language: str, title: str) -> str:
    """Two that race for one lose nothing: the constraint holds, and the loser is told to try again."""
    wanted = slug_of(title) or "article"
    named = {"brand": brand, "language": language, "slug__startswith": wanted}
    taken = {
        *Translation.objects.filter(**named).values_list("slug", flat=True),
        *Redirect.objects.filter(**named).values_list("slug", flat=True),
    }
    return next(
        slug
        for slug in (wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3)))
        if slug not in taken
    )


def _save_version(translation: Translation, said: Said, by: Staff | None) -> Version:
    last = translation.versions.aggregate(last=Max("number"))["last"] or 0
    title, body, summary, questions = _in_words(said)
    version = Version.objects.create(
        translation=translation,
        number=last + 1,
        title=title,
        body=body,
        summary=summary,
        questions=list(questions),
        note=said.note.strip(),
        written_by=by,
    )
    translation.latest = version
    translation.save(update_fields=["latest"])
    return version


Words = tuple[str, str, str, tuple[str, ...]]


def _in_words(said: Said) -> Words:
    questions = tuple(dict.fromkeys(filter(None, (each.strip() for each in said.questions))))
    return said.title.strip(), said.body.replace("\r\n", "\n").rstrip(), said.summary.strip(), questions


def _says(version: Version) -> Words:
    return version.title, version.body, version.summary, tuple(version.questions)


def _expect(translation: Translation, seen: UUID | None) -> None:
    if seen is not None and translation.latest_id != seen:
        raise Overtaken(
            _("Somebody else saved this article meanwhile. Look at theirs first; yours is still here.")
        )


def _may_publish(by: Staff | None) -> bool:
    return by is None or by.can(Can.PUBLISH_ARTICLES)


def _actor(by: Staff | None) -> Actor:
    return by or SYSTEM
