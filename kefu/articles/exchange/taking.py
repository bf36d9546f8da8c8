"""An article that came from elsewhere becomes one here, or changes the one that came from there before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from kefu.articles import arranging, files, reviewing, shelves, writing
from kefu.articles.arranging import Place
from kefu.articles.exchange.shapes import LONGEST_QUESTION, Attached, Incoming, Shelved, Text
from kefu.articles.models import (
    Article,
    ArticleFile,
    Audience,
    Category,
    Kind,
    News,
    Origin,
    Stage,
    Translation,
)
from kefu.articles.models.articles import LONGEST_BODY, LONGEST_SUMMARY, LONGEST_TITLE, MOST_QUESTIONS
from kefu.articles.models.imports import LONGEST_KEY
from kefu.articles.shelves import Shelf
from kefu.articles.writing import Said
from kefu.lib import files as content
from kefu.people.models import Brand, Refused, Staff
from kefu.people.reach import colleagues_of


class Taken(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


# Keeps a file of an article in a language, and answers what Markdown calls it.
Keep = Callable[[Article, Attached, str, Staff], str]


def rehearse(brand: Brand, incoming: Incoming, *, source: str, publish: bool, by: Staff) -> Taken:
    """What would become of it. Nothing does, and no file is stored. Otherwise as ``take``."""
    with transaction.atomic():
        outcome = _take(brand, incoming, source, publish, by, _look_at)
        transaction.set_rollback(True)
    return outcome


@transaction.atomic
def take(brand: Brand, incoming: Incoming, *, source: str, publish: bool, by: Staff) -> Taken:
    """``source``: the format that its key is of. ``publish``: what is published there is published here. Raises
    ``Refused`` with a sentence; then nothing of it is there.
    """
    return _take(brand, incoming, source, publish, by, _keep)


def _take(brand: Brand, incoming: Incoming, source: str, publish: bool, by: Staff, keep: Keep) -> Taken:
    _check(incoming)
    article = _known(brand, source, incoming.key)
    if article is not None and article.archived_at is not None:
        raise Refused(_("It is in the archive here. Bring it back first."))
    texts = sorted(incoming.texts, key=lambda text: text.language != incoming.language)
    known = article is not None
    if article is None:
        first = writing.begin(brand, language=texts[0].language, said=_said(texts[0]), by=by)
        article = first.article
        Origin.objects.create(article=article, brand=brand, format=source, key=incoming.key)
        _address(first, texts[0].slug, by)
    news = [_arrange(article, incoming, by)]
    for text in texts:
        news += [_tell(article, text, keep, by), _move_on(article, text, by, publish=publish)]
    if not known:
        return Taken.CREATED
    return Taken.CHANGED if any(news) else Taken.UNCHANGED


def _check(incoming: Incoming) -> None:
    if len(incoming.key) > LONGEST_KEY:
        raise Refused(_("Its key is longer than %d characters.") % LONGEST_KEY)
    for text in incoming.texts:
        _check_text(text)


def _check_text(text: Text) -> None:
    if not text.title:
        raise Refused(_("It has no title."))
    for words, most in (
        (text.title, LONGEST_TITLE),
        (text.summary, LONGEST_SUMMARY),
        (text.body, LONGEST_BODY),
    ):
        if len(words) > most:
            beginning = {"words": words[:40], "most": most}
            raise Refused(_("“%(words)s…” is longer than %(most)d characters.") % beginning)
    if len(text.questions) > MOST_QUESTIONS or any(len(one) > LONGEST_QUESTION for one in text.questions):
        limits = {"most": MOST_QUESTIONS, "longest": LONGEST_QUESTION}
        raise Refused(_("At most %(most)d questions of %(longest)d characters each.") % limits)


def _known(brand: Brand, source: str, key: str) -> Article | None:
    """By its key there; or by its id, as our own export names an article that was written here."""
    of_brand = Article.objects.filter(brand=brand).select_related("category", "owner")
    found = of_brand.filter(origins__format=source, origins__key=key).first()
    own = _as_id(key)
    return found or (of_brand.filter(pk=own).first() if own else None)


def _as_id(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None


def _said(text: Text) -> Said:
    return Said(text.title, text.body, text.summary, text.questions)


# -- what it is beside its words


def _arrange(article: Article, incoming: Incoming, by: Staff) -> bool:
    """Whether that was news."""
    now, then = _place(article), _wanted(article, incoming, by)
    if now == then:
        return False
    arranging.arrange(article, then, by=by)
    return True


def _place(article: Article) -> Place:
    return Place(**{each.name: getattr(article, each.name) for each in fields(Place)})


def _wanted(article: Article, incoming: Incoming, by: Staff) -> Place:
    kind = incoming.kind or Kind(article.kind)
    is_news = kind == Kind.ANNOUNCEMENT
    models = incoming.product_models
    return Place(
        kind=kind,
        audience=incoming.audience or Audience(article.audience),
        category=_category(article.brand, incoming.category, by) if incoming.category else article.category,
        owner=_owner(incoming.owner, by) or article.owner,
        review_on=incoming.review_on or article.review_on,
        news=(incoming.news or article.news or News.SERVICE) if is_news else "",
        shown_from=(incoming.shown_from or article.shown_from) if is_news else None,
        shown_until=(incoming.shown_until or article.shown_until) if is_news else None,
        product_models=article.product_models if models is None else list(dict.fromkeys(models)),
    )


def _category(brand: Brand, told: Shelved, by: Staff) -> Category:
    """The one of this address or name; a new one where there is none."""
    slug = (slugify(told.slug) or f"c-{sha256(told.slug.encode()).hexdigest()[:8]}")[:60]
    names = set(told.names.values())
    for one in brand.categories.all():
        if one.slug == slug or names & set(one.names.values()):
            return one
    return shelves.put_up(brand, Shelf(told.names or {brand.language: told.slug}, slug), by=by)


def _owner(email: str, by: Staff) -> Staff | None:
    """Whom the importer could name too; anybody else is left out."""
    return colleagues_of(by).filter(email__iexact=email).first() if email else None


# -- what it says


def _tell(article: Article, text: Text, keep: Keep, by: Staff) -> bool:
    """Whether that was news."""
    translation = article.translations.filter(language=text.language).first()
    if translation is None:
        translation = writing.translate(article, language=text.language, said=_said(text), by=by)
        _address(translation, text.slug, by)
    before, files_before = translation.latest_id, set(article.files.values_list("pk", flat=True))
    body = text.body
    for named in sorted(text.files, key=len, reverse=True):
        body = _renamed(body, named, keep(article, text.files[named], "", by))
    for attached in text.attached:
        keep(article, attached, text.language if attached.own else "", by)
    writing.write(translation, Said(text.title, body, text.summary, text.questions), by=by)
    if translation.latest_id != before:
        writing.still_right(translation, by=by)
    return translation.latest_id != before or set(article.files.values_list("pk", flat=True)) != files_before


def _move_on(article: Article, text: Text, by: Staff, *, publish: bool) -> bool:
    """Published or waiting for review, as it was there. Whether that was news."""
    translation = article.translations.get(language=text.language)
    is_new = translation.live_id != translation.latest_id
    if publish and text.published and is_new:
        writing.publish(translation, by=by)
    elif text.in_review and is_new and translation.stage != Stage.REVIEW:
        reviewing.ask(translation, by=by)
    else:
        return False
    return True


def _address(translation: Translation, slug: str, by: Staff) -> None:
    """As it was there, where that is free here."""
    if not slug:
        return
    try:
        with transaction.atomic():
            writing.rename(translation, slug, by=by)
    except Refused:
        return
    translation.redirects.all().delete()  # nobody has seen the one that it was begun with


def _renamed(body: str, named: str, name: str) -> str:
    return body.replace(f"](<{named}>", f"]({name}").replace(f"]({named}", f"]({name}")


def _keep(article: Article, attached: Attached, language: str, by: Staff) -> str:
    known = _known_file(article, attached)
    return files.in_markdown(
        known
        or files.keep_bytes(
            article, attached.data, attached.name, by=by, version_label=attached.label, language=language
        )
    )


def _look_at(article: Article, attached: Attached, language: str, by: Staff) -> str:
    """As ``_keep``, with a row that will not last in place of a stored file."""
    known = _known_file(article, attached)
    if known is None:
        try:
            found = content.examine(attached.data, name=attached.name)
        except content.Forbidden as problem:
            raise Refused(str(problem)) from problem
        known, _is_new = ArticleFile.objects.get_or_create(
            article=article,
            sha256=found.sha256,
            name=found.name,
            language=language,
            defaults={"type": found.type, "size": found.size},
        )
    return files.in_markdown(known)


def _known_file(article: Article, attached: Attached) -> ArticleFile | None:
    """Our own, come back: a picture that is drawn anew once more would have other bytes."""
    return article.files.filter(sha256=sha256(attached.data).digest()).first()
