"""Pictures and documents of articles: kept under random names, typed by content, named ``files/<id>`` in Markdown."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.articles.models import Article, ArticleFile, Translation
from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.lib import files as content
from kefu.lib.ids import secret_token
from kefu.people.models import Brand, Refused, Staff

FOLDER = "files/"
SECONDS = 600


class NotKept(Refused):
    """The text is a sentence for the person who sent it: what is wrong, and that nothing was stored."""


def keep(
    article: Article, upload: UploadedFile, *, by: Staff | None, version_label: str = "", language: str = ""
) -> ArticleFile:
    """Look at it and store it; raises ``NotKept``. ``version_label`` is what a manual's PDF has printed on it."""
    if (upload.size or 0) > content.LARGEST:
        raise NotKept(_("This file is larger than 25 MB. It was not stored."))
    return keep_bytes(
        article, upload.read(), upload.name or "", by=by, version_label=version_label, language=language
    )


def keep_bytes(
    article: Article,
    data: bytes,
    name: str,
    *,
    by: Staff | None,
    version_label: str = "",
    language: str = "",
) -> ArticleFile:
    """As ``keep``, for what came otherwise than by a form. The same bytes under the same name are kept once."""
    try:
        found = content.examine(data, name=name)
    except content.Forbidden as problem:
        raise NotKept(str(problem)) from problem
    known = article.files.filter(sha256=found.sha256, name=found.name, language=language).first()
    if known is not None:
        return known
    with transaction.atomic():
        file = ArticleFile.objects.create(
            article=article,
            name=found.name,
            type=found.type,
            size=found.size,
            width=found.width,
            height=found.height,
            stored=_put(found.data),
            sha256=found.sha256,
            version_label=version_label.strip()[:40],
            language=language,
            added_by=by,
        )
        log.record("article.file_added", article, by=by or SYSTEM, file=str(file.pk))
    return file


def label(file: ArticleFile, *, version_label: str, language: str, by: Staff) -> None:
    """What is printed on it, and the language it is in; "" for all."""
    file.version_label, file.language = version_label.strip()[:40], language
    file.save(update_fields=["version_label", "language"])
    log.record("article.file_labelled", file.article, by=by, file=str(file.pk))


@transaction.atomic
def remove(file: ArticleFile, *, by: Staff) -> None:
    """``Refused`` while a text of its article, as saved last or as readers see it, shows it."""
    Article.objects.select_for_update(no_key=True).get(pk=file.article_id)
    name = in_markdown(file)
    shown = Q(latest__body__contains=name) | Q(live__body__contains=name)
    if Translation.objects.filter(shown, article=file.article_id).exists():
        raise Refused(_("The text still shows this file. Take it out of the text first, save and publish."))
    stored = file.stored
    log.record("article.file_removed", file.article, by=by, file=str(file.pk))
    file.delete()
    transaction.on_commit(lambda: default_storage.delete(stored))


def in_markdown(file: ArticleFile) -> str:
    return f"{FOLDER}{file.pk}"


def address_of_file(file: ArticleFile, brand: Brand) -> str:
    """Where readers find it: ``help_file`` asks ``opened_for`` whether they may."""
    return reverse("help_file", args=[brand.slug, file.pk, file.name])


def addresses(article: Article, address: Callable[[ArticleFile], str]) -> Callable[[str], str | None]:
    """For ``markdown.render``: the address of each file of the article, by what Markdown calls it. One query."""
    known = {in_markdown(file): address(file) for file in article.files.all()}
    return known.get


def for_readers(article: Article, brand: Brand) -> Callable[[str], str | None]:
    return addresses(article, lambda file: address_of_file(file, brand))


def opened_for(brand: Brand, file: UUID, *, signed_in: bool) -> ArticleFile | None:
    """For a customer: that of an article of the brand which they may read today in one language or the other."""
    readable = Translation.objects.for_customers(signed_in=signed_in).filter(article__brand=brand)
    return ArticleFile.objects.filter(pk=file, article__in=readable.values("article")).first()


def answer(file: ArticleFile) -> HttpResponse:
    """Always to be saved, never to be run in our name: ``img`` shows attachments all the same."""
    with default_storage.open(file.stored) as opened:
        response = HttpResponse(opened.read(), content_type=file.type)
    response["Content-Disposition"] = content.content_disposition(file.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response["Cache-Control"] = f"private, max-age={SECONDS}"
    return response


def _put(data: bytes) -> str:
    """Random names in 256 folders: the name tells nothing, and no folder grows without end."""
    name = secret_token()
    return default_storage.save(f"{name[:2].lower()}/{name}", ContentFile(data))
