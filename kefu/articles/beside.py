"""Articles beside a conversation in the console: those that may answer what the customer said last, or what is looked
for; whoever answers puts one into the reply with one key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.utils.translation import gettext_lazy as _

from kefu.articles import sites
from kefu.articles.addresses import path_of
from kefu.articles.models import Translation
from kefu.articles.search import LONGEST_QUERY, Found, Reader, find
from kefu.articles.suggesting import is_worth_showing
from kefu.conversations.context import Panel
from kefu.conversations.models import AuthorKind, Conversation
from kefu.people.models import Staff

MOST = 5
MOST_ASKED_ABOUT = 3
LONGEST_QUOTATION = 800


@dataclass(frozen=True, slots=True)
class Offer:
    """An article as whoever answers is shown it. What customers may not read today has nothing to put into a reply."""

    found: Found
    link: str
    passage: str

    @property
    def is_internal(self) -> bool:
        return not self.link


def shows(conversation: Conversation, agent: Staff) -> dict[str, Any]:
    """Asks nothing: what fits is fetched once the conversation is there."""
    return {}


PANEL = Panel(
    "articles",
    _("Articles"),
    "articles/beside.html",
    "articles/beside.css",
    shows,
    script="articles/beside.js",
)


def offered(conversation: Conversation, query: str) -> list[Offer]:
    """For what is looked for, or else for what the customer said last; in the customer's language."""
    asked = query.strip()
    found = _found(conversation, asked) if asked else _fitting(conversation)
    return [*_offers(conversation, found)]


def _found(conversation: Conversation, query: str) -> list[Found]:
    language = conversation.customer.language or conversation.inbox.language
    return find(conversation.brand, query, language=language, reader=Reader.STAFF, limit=MOST)


def _fitting(conversation: Conversation) -> list[Found]:
    """“Still not” and “thanks” tell little: what was said before them is asked about as well."""
    attempts = (_found(conversation, said) for said in _said_lately(conversation))
    last = next(attempts, [])
    return next((found for found in chain([last], attempts) if is_worth_showing(found)), last)


def _said_lately(conversation: Conversation) -> list[str]:
    """The latest first."""
    said = conversation.messages.filter(author_kind=AuthorKind.CUSTOMER).exclude(text="").order_by("-seq")
    return [text[:LONGEST_QUERY] for text in said.values_list("text", flat=True)[:MOST_ASKED_ABOUT]]


def _offers(conversation: Conversation, found: list[Found]) -> Iterator[Offer]:
    if not found:
        return
    shown = Translation.objects.all().for_customers(signed_in=True)
    public = {*shown.filter(pk__in=[one.translation_id for one in found]).values_list("pk", flat=True)}
    site = sites.of(conversation.brand)
    for one in found:
        if one.translation_id not in public:
            yield Offer(one, "", "")
        else:
            path = path_of(conversation.brand, one.language, one.slug, one.anchor)
            link = f"{one.title}\n{sites.absolute(site, path)}"
            yield Offer(one, link, f"{one.behind[:LONGEST_QUOTATION].strip()}\n\n{link}")
