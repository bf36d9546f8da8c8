"""Pages of long lists, by cursor: rows that come and go meanwhile are not shown twice and hide no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import Field as Column
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from pydantic import BaseModel, Field

from kefu.web.rest import Fault, Refusal

MOST = 100
USUAL = 25

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    items: list[Item]
    next: str | None = Field(
        description="Give it back as `cursor` for the page after this one. Null on the last page."
    )


class PageAsked(BaseModel):
    """The two parameters of every list."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="How many at most.")
    cursor: str | None = Field(None, max_length=500, description="`next` of the page before, unchanged.")


@dataclass(frozen=True, slots=True)
class Order:
    """``fields`` as for ``order_by``: all in one direction, never null in these rows, the last one unique.

    A cursor is signed for its order's ``name``: one of another list or another order is refused.
    """

    name: str
    fields: tuple[str, ...]

    @property
    def goes_down(self) -> bool:
        return self.fields[0].startswith("-")

    @property
    def columns(self) -> list[str]:
        return [field.removeprefix("-") for field in self.fields]


class Cut(NamedTuple, Generic[Row]):
    rows: list[Row]
    next: str | None


def cut(rows: QuerySet[Row], order: Order, asked: PageAsked) -> Cut[Row]:
    """One page of ``rows``, with one query."""
    if asked.cursor is not None:
        rows = rows.filter(_beyond(order, _places(rows.model, order, opened(order.name, asked.cursor))))
    found = list(rows.order_by(*order.fields)[: asked.limit + 1])
    if len(found) <= asked.limit:
        return Cut(found, None)
    last = found[asked.limit - 1]
    return Cut(found[: asked.limit], sealed(order.name, [getattr(last, column) for column in order.columns]))


def sealed(name: str, places: Sequence[Any]) -> str:
    texts = [place.isoformat() if hasattr(place, "isoformat") else str(place) for place in places]
    return Signer(salt=f"page|{name}").sign_object(texts)


def opened(name: str, cursor: str) -> list[str]:
    """What ``sealed`` was given, as text; refuses everything else."""
    try:
        places: list[str] = Signer(salt=f"page|{name}").unsign_object(cursor)
    except (BadSignature, ValueError):
        fault = Fault(
            at="query", field="cursor", code="cursor", message=_("This cursor is not of this list.")
        )
        raise Refusal(422, faults=[fault]) from None
    return places


def _places(model: type[Model], order: Order, texts: list[str]) -> list[Any]:
    columns: list[Column[Any, Any]] = [model._meta.get_field(name) for name in order.columns]  # type: ignore[misc]
    return [column.to_python(text) for column, text in zip(columns, texts, strict=True)]


def _beyond(order: Order, places: list[Any]) -> Q:
    """All rows after the place, the first column also as a plain range so that its index serves."""
    step = "lt" if order.goes_down else "gt"
    first, *others = zip(order.columns, places, strict=True)
    beyond, level = Q(**{f"{first[0]}__{step}": first[1]}), Q(**{first[0]: first[1]})
    for column, place in others:
        beyond |= level & Q(**{f"{column}__{step}": place})
        level &= Q(**{column: place})
    return beyond & Q(**{f"{first[0]}__{step}e": first[1]})
