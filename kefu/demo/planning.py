"""Which conversation, order or unit each claim of the demo is about; orders that are lacking are made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.utils import timezone

from kefu.demo import purchases
from kefu.demo.cases import CASES, Case
from kefu.demo.cast import EVERY_PRODUCT, KETTLEMOTH
from kefu.demo.shop import Shop
from kefu.demo.stories import Story
from kefu.orders.models import LinkedOrder, Order
from kefu.people.models import Customer

FILED_AFTER = timedelta(minutes=14)  # the conversation began
MODELS = {one.key: one.model for one in EVERY_PRODUCT}


@dataclass(frozen=True, slots=True)
class Plan:
    """As a job is told it: ids as text. ``case`` is its place in ``CASES``."""

    case: int
    customer: str
    began: str
    model: str
    order: str | None = None
    conversation: str | None = None


@dataclass(slots=True)
class Planner:
    shops: dict[str, Shop]
    stories: list[Story]
    random: Random
    now: datetime
    linked: dict[UUID, Order]
    free: list[Story]
    books: purchases.Books

    def plan(self, place: int, case: Case) -> Plan:
        story = self._story(case)
        if story is not None:
            self.free.remove(story)
        customer = story.customer if story else self._anybody(case)
        began = self._began(case, story)
        model = story.words["model"] if story and _names_product(case) else MODELS[case.products[0]]
        order = self.linked.get(story.id) if story else None
        if order is None and case.owned is None:
            order = self._bought(case, place, customer, model, began)
            if story is not None:
                self.books.links.append(LinkedOrder(conversation_id=story.id, order=order))
        return Plan(
            place,
            str(customer.pk),
            began.isoformat(),
            model,
            str(order.pk) if order else None,
            str(story.id) if story else None,
        )

    def _began(self, case: Case, story: Story | None) -> datetime:
        if story is not None:
            return min(story.began + FILED_AFTER, self.now)
        return self.now - timedelta(days=case.ago + self.random.uniform(0, 0.3))

    def _story(self, case: Case) -> Story | None:
        """The one of these words that began at nearly the right time, if there is one."""
        fitting = [story for story in self.free if case.talk and self._fits(case, story)]
        nearest = min(fitting, key=lambda story: self._off(case, story), default=None)
        within = max(2.0, case.ago * 0.4)
        return nearest if nearest is not None and self._off(case, nearest) <= within else None

    def _off(self, case: Case, story: Story) -> float:
        return abs((self.now - story.began) / timedelta(days=1) - case.ago)

    def _fits(self, case: Case, story: Story) -> bool:
        if case.language != story.customer.language or case.brand != story.inbox.brand.slug:
            return False
        if not any(case.talk in line.text for line in story.dialogue.lines):
            return False
        if not _names_product(case):
            return True
        model_fits = story.words["model"] in {MODELS[key] for key in case.products}
        return model_fits and (case.owned is None) == (story.id in self.linked)

    def _anybody(self, case: Case) -> Customer:
        return self.random.choice(
            [story.customer for story in self.stories if story.customer.language == case.language]
        )

    def _bought(self, case: Case, place: int, customer: Customer, model: str, began: datetime) -> Order:
        placed, shop = began - timedelta(days=case.bought), self.shops[case.brand]
        number = f"{model[:2]}{placed:%y%m%d}-{place + 51}"
        words = {"order": number, "model": model, "tracking": f"BF7{place:05}"}
        return purchases.sell(self.books, shop, customer, words, placed, self.now, self.random, sku=case.sku)


def plans(shops: dict[str, Shop], stories: list[Story], random: Random) -> list[Any]:
    """``shops`` by brand. The stories and their orders must be stored."""
    links = LinkedOrder.objects.filter(conversation__in=[story.id for story in stories])
    linked = {link.conversation_id: link.order for link in links.select_related("order")}
    planner = Planner(shops, stories, random, timezone.now(), linked, list(stories), purchases.Books())
    found = [asdict(planner.plan(place, case)) for place, case in enumerate(CASES)]
    planner.books.store()
    return sorted(found, key=lambda each: each["began"])


def _names_product(case: Case) -> bool:
    """In the other brand's conversations nobody does."""
    return case.brand != KETTLEMOTH
