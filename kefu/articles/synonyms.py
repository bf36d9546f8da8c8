"""Words that customers use for the same thing, as an admin groups them. Searches know them from the same commit."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefu.articles.models import Synonyms
from kefu.events import log
from kefu.lib import words as tokeniser
from kefu.people.models import Brand, Refused, Staff

MOST_GROUPS = 500
MOST_WORDS = 20
LONGEST_WORD = 40


@transaction.atomic
def group(brand: Brand, words: Iterable[str], *, by: Staff) -> Synonyms:
    Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    if brand.synonyms.count() >= MOST_GROUPS:
        raise Refused(_("At most %(count)s groups are possible.") % {"count": MOST_GROUPS})
    one = Synonyms.objects.create(brand=brand, words=_checked(words))
    log.audit("synonyms.grouped", one, by=by, brand=str(brand.pk), words=one.words)
    return one


@transaction.atomic
def regroup(one: Synonyms, words: Iterable[str], *, by: Staff) -> None:
    one.refresh_from_db(from_queryset=Synonyms.objects.select_for_update(no_key=True))
    before, one.words = one.words, _checked(words)
    if one.words != before:
        one.save(update_fields=["words"])
        log.audit("synonyms.regrouped", one, by=by, before=before, after=one.words)


@transaction.atomic
def ungroup(one: Synonyms, *, by: Staff) -> None:
    log.audit("synonyms.ungrouped", one, by=by, words=one.words)
    one.delete()


def _checked(words: Iterable[str]) -> list[str]:
    """As they are compared, each once; ``Refused`` where they are no group."""
    found = {tokeniser.normal(word.strip()): word.strip() for word in words if tokeniser.tokens(word)}
    if len(found) < 2:
        raise Refused(_("Write at least two words that mean the same."))
    if len(found) > MOST_WORDS:
        raise Refused(
            ngettext(
                "At most %(count)s word is possible.", "At most %(count)s words are possible.", MOST_WORDS
            )
            % {"count": MOST_WORDS}
        )
    if any(len(word) > LONGEST_WORD for word in found):
        raise Refused(_("A word may have %(count)s characters at most.") % {"count": LONGEST_WORD})
    return [*found.values()]
