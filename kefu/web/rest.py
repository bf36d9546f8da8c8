"""What the rooms' parts of the API have in common: how they refuse, what text they take, how they answer."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from ninja.responses import Status
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from kefu.web import logs

NO_NUL = r"^[^\x00]*$"
LONGEST_TEXT = 20_000


def _no_lookalike(value: Any) -> Any:
    """``"1"`` and ``true`` are not 1; 1.0 is, since JSON knows only numbers."""
    if isinstance(value, str | bool):
        raise PydanticCustomError("int_type", "not a number")
    return value


# Bounds stand before the validator: behind it they would be checked, but not described in the schema's own words.
Whole = Annotated[int, Field(ge=-(2**53), le=2**53), BeforeValidator(_no_lookalike)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(_no_lookalike)]
Decimal = Annotated[float, BeforeValidator(_no_lookalike), Field(allow_inf_nan=False)]


class Language(StrEnum):
    CHINESE = "zh-hans"
    ENGLISH = "en"


Line = Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
Prose = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=NO_NUL)]


class Given(BaseModel):
    """What a caller may send: the fields that are named here and no others."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Fault(BaseModel):
    """One thing that is wrong with what was sent."""

    at: str = Field(description="body, query, path or header.", examples=["body"])
    field: str = Field(description="The path to it, with dots.", examples=["fields.order_number"])
    code: str = Field(description="For programs; does not change.", examples=["string_too_long"])
    message: str = Field(
        description="For people, in the language asked for.", examples=["At most 200 characters."]
    )


class ProblemShown(BaseModel):
    """RFC 9457, sent as application/problem+json in the language of Accept-Language."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["There is nothing here"])
    status: int = Field(examples=[404])
    instance: str = Field(
        description="Quote it when you ask about this call.", examples=["urn:request:4f5e…"]
    )
    detail: str | None = None
    errors: list[Fault] | None = None
    allowed: list[str] | None = Field(None, description="Of a step that is not possible: those that are.")


class Refusal(Exception):
    """An answer other than the one hoped for; ``detail`` is a sentence for the person asking."""

    def __init__(
        self,
        status: int,
        detail: str | Promise = "",
        *,
        faults: Sequence[Fault] = (),
        retry_after: int | None = None,
        allowed: Sequence[str] | None = None,
    ) -> None:
        super().__init__(str(detail))
        self.status, self.detail, self.faults, self.retry_after = status, detail, faults, retry_after
        self.allowed = allowed


TITLES: dict[int, str | Promise] = {
    400: _("That request could not be read"),
    401: _("A valid token is needed"),
    403: _("That is not allowed here"),
    404: _("There is nothing here"),
    405: _("That method is not offered here"),
    409: _("That does not go together with how things stand"),
    412: _("It has changed since"),
    413: _("That is too large"),
    415: _("Files of this kind are not taken"),
    422: _("Something in the request is not right"),
    429: _("Too many requests"),
    500: _("Something went wrong on our side"),
    503: _("We are busy just now"),
}


def refused(refusal: Refusal) -> HttpResponse:
    shown = ProblemShown(
        type="about:blank",
        title=str(TITLES[refusal.status]),
        status=refusal.status,
        instance=f"urn:request:{logs.request_id.get()}",
        detail=str(refusal.detail) or None,
        errors=list(refusal.faults) or None,
        allowed=None if refusal.allowed is None else list(refusal.allowed),
    )
    response = HttpResponse(
        shown.model_dump_json(exclude_none=True),
        status=refusal.status,
        content_type="application/problem+json",
    )
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    if refusal.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="kefu"'
    return response


def answered(result: Any) -> HttpResponseBase:
    """What an operation returned, as it is sent: a shape, a ``Status`` with one, nothing, or a response."""
    status, shown = (result.status_code, result.value) if isinstance(result, Status) else (200, result)
    if isinstance(shown, HttpResponseBase):
        return shown
    if shown is None:
        return HttpResponse(status=204)
    return HttpResponse(shown.model_dump_json(), status=status, content_type="application/json")
