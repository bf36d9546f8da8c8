"""What an admin decides about one chat inbox: where it may stand, what it says, what it asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kefu.conversations.models import Inbox

MOST_TOPICS = 12
MOST_FIELDS = 12
MOST_ORIGINS = 50
LONGEST_LABEL = 60
LONGEST_HELP = 200
LONGEST_LINE = 300
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
Parsed = TypeVar("Parsed")


class BadSettings(ValueError):
    """Settings that make no sense; the text is a sentence for the admin."""


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in both languages; where one is missing, the other stands in."""

    zh: str = ""
    en: str = ""

    def __str__(self) -> str:
        return self.said_in(get_language() or "en")

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)

    def said_in(self, language: str) -> str:
        return (self.zh or self.en) if language.startswith("zh") else (self.en or self.zh)


class FieldType(StrEnum):
    TEXT = "text"
    LONG = "long"
    EMAIL = "email"
    PHONE = "phone"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class FormField:
    """One question. ``name``, ``email`` and ``phone`` are about the person, other keys about the matter."""

    key: str
    label: Words
    type: FieldType = FieldType.TEXT
    required: bool = False
    help: Words = Words()
    choices: tuple[str, ...] = ()

    @property
    def about_person(self) -> bool:
        return self.key in PERSON


@dataclass(frozen=True, slots=True)
class Topic:
    """What a chat can be about, and just the questions that this needs."""

    key: str
    label: Words
    fields: tuple[FormField, ...] = ()

    def asks(self, *, open_now: bool) -> tuple[FormField, ...]:
        """Out of hours the answer comes by e-mail, so then an address must be given."""
        if open_now:
            return self.fields
        others = tuple(field for field in self.fields if field.key != "email")
        known = next((field for field in self.fields if field.key == "email"), EMAIL)
        name = tuple(field for field in others if field.key == "name")
        return (*name, replace(known, required=True), *(field for field in others if field.key != "name"))


NAME = FormField("name", Words("您的称呼", "Your name"))
EMAIL = FormField(
    "email",
    Words("电子邮箱", "E-mail address"),
    FieldType.EMAIL,
    help=Words("如果聊天中断，我们会回复到这个邮箱", "If the chat breaks off, we answer to this address"),
)
PHONE = FormField("phone", Words("手机号码", "Phone number"), FieldType.PHONE)
ORDER_NUMBER = FormField(
    "order_number",
    Words("订单号", "Order number"),
    help=Words("在订单确认邮件或“我的订单”中可以找到", "In your order confirmation or under “My orders”"),
)
PRODUCT_MODEL = FormField(
    "product_model",
    Words("产品型号", "Product model"),
    help=Words("在产品底部的标签上", "On the label at the bottom of the product"),
)
ERROR_TEXT = FormField(
    "error_text",
    Words("故障提示或错误代码", "Error text or code"),
    FieldType.LONG,
    help=Words("屏幕或应用中显示的原文", "As the screen or the app shows it"),
)
KNOWN_FIELDS = {field.key: field for field in (NAME, EMAIL, PHONE, ORDER_NUMBER, PRODUCT_MODEL, ERROR_TEXT)}
PERSON = frozenset({"name", "email", "phone"})

_ABOUT_AN_ORDER = (NAME, EMAIL, replace(ORDER_NUMBER, required=True))
USUAL_TOPICS = (
    Topic("order", Words("订单与配送", "Order and delivery"), _ABOUT_AN_ORDER),
    Topic("return", Words("退货与退款", "Return and refund"), _ABOUT_AN_ORDER),
    Topic(
        "fault",
        Words("故障与维修", "Fault and repair"),
        (NAME, EMAIL, replace(PRODUCT_MODEL, required=True), ERROR_TEXT),
    ),
    Topic("other", Words("其他问题", "Something else"), (NAME, EMAIL)),
)


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """``allowed_origins``: websites that may show the widget, as ``https://shop.example``, besides our own.

    With ``enforce_identity`` only customers with a signed identity may chat. ``plain_hash`` also takes the
    hash without an expiry that other products use, for brands that are moving over.
    """

    allowed_origins: tuple[str, ...] = ()
    greeting: Words = Words("您好，请问有什么可以帮您？", "Hello, how can we help?")
    expected_reply: Words = Words("我们会尽快回复您", "We reply as soon as we can")
    topics: tuple[Topic, ...] = USUAL_TOPICS
    enforce_identity: bool = False
    plain_hash: bool = False

    @classmethod
    def of(cls, inbox: Inbox) -> ChatSettings:
        """What is not set is as usual; what is set and makes no sense raises ``BadSettings``."""
        return cls.parse(inbox.settings)

    @classmethod
    def parse(cls, stored: dict[str, Any]) -> ChatSettings:
        readers: dict[str, Callable[[Any], Any]] = {
            "allowed_origins": _origins,
            "greeting": _line,
            "expected_reply": _line,
            "topics": _topics,
            "enforce_identity": _flag,
            "plain_hash": _flag,
        }
        _only(stored, readers)
        return cls(**{name: read(stored[name]) for name, read in readers.items() if name in stored})

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    def save(self, inbox: Inbox) -> None:
        """Stored only if it can be read again."""
        inbox.settings = _as_json(ChatSettings.parse(_as_json(self.plain())).plain())
        inbox.save(update_fields=["settings"])

    def topic(self, key: str) -> Topic | None:
        return next((topic for topic in self.topics if topic.key == key), None)

    def allows(self, origin: str) -> bool:
        return origin in self.allowed_origins


def origin_of(text: str) -> str:
    """``https://shop.example`` from what somebody pasted, or ``BadSettings``. No paths, no wildcards."""
    try:
        parts = urlsplit(text.strip().rstrip("/"))
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError as problem:
        raise BadSettings(_not_an_origin(text)) from problem
    beyond = parts.path or parts.query or parts.fragment or parts.username or len(text.split()) != 1
    if parts.scheme not in {"http", "https"} or beyond or not re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:]+", host):
        raise BadSettings(_not_an_origin(text))
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" if port in {None, usual} else f"{parts.scheme}://{host}:{port}"


def _not_an_origin(text: str) -> str:
    sentence = _(
        "“%(text)s” is not the address of a website. Write it as https://www.example.com, without a path."
    )
    return sentence % {"text": text[:80]}


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(part) for part in value]
    return value


def _only(stored: Any, known: Iterable[str]) -> None:
    if not isinstance(stored, dict):
        raise BadSettings(_("These settings are not readable."))
    if unknown := sorted(set(stored) - set(known)):
        raise BadSettings(_("There is no setting named %(name)s.") % {"name": ", ".join(map(str, unknown))})


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadSettings(_("A switch is either on or off."))
    return value


def _words(value: Any, longest: int) -> Words:
    _only(value, ("zh", "en"))
    return Words(_text(value.get("zh", ""), longest), _text(value.get("en", ""), longest))


def _line(value: Any) -> Words:
    return _words(value, LONGEST_LINE)


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise BadSettings(_("This text is not readable."))
    if len(value) > longest:
        sentence = _("“%(text)s…” is longer than %(most)d characters.")
        raise BadSettings(sentence % {"text": value[:20], "most": longest})
    return value.strip()


def _list(value: Any, most: int, read: Callable[[Any], Parsed]) -> tuple[Parsed, ...]:
    if not isinstance(value, list):
        raise BadSettings(_("These settings are not readable."))
    if len(value) > most:
        raise BadSettings(_("At most %(most)d entries are possible here.") % {"most": most})
    return tuple(read(part) for part in value)


def _origins(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_list(value, MOST_ORIGINS, lambda part: origin_of(_text(part, LONGEST_LINE)))))


def _topics(value: Any) -> tuple[Topic, ...]:
    topics = _list(value, MOST_TOPICS, topic_from)
    _each_once([topic.key for topic in topics])
    return topics


def topic_from(value: Any) -> Topic:
    """A topic from plain values, or ``BadSettings``."""
    _only(value, ("key", "label", "fields"))
    fields = _list(value.get("fields", []), MOST_FIELDS, field_from)
    _each_once([field.key for field in fields])
    return Topic(_key(value.get("key")), _label(value.get("label")), fields)


def field_from(value: Any) -> FormField:
    """A question from plain values, or ``BadSettings``."""
    _only(value, ("key", "label", "type", "required", "help", "choices"))
    key, kind = _key(value.get("key")), _type(value.get("type", FieldType.TEXT))
    _check_person(key, kind)
    choices = _list(value.get("choices", []), 40, lambda part: _text(part, LONGEST_LABEL))
    choices = tuple(choice for choice in choices if choice)
    if kind == FieldType.CHOICE and not choices:
        raise BadSettings(_("A choice needs at least one answer to choose from."))
    return FormField(
        key,
        _label(value.get("label")),
        kind,
        _flag(value.get("required", False)),
        _words(value.get("help", {}), LONGEST_HELP),
        choices if kind == FieldType.CHOICE else (),
    )


def _type(value: Any) -> FieldType:
    try:
        return FieldType(value)
    except ValueError as problem:
        raise BadSettings(_("There is no such type of field.")) from problem


def _check_person(key: str, kind: FieldType) -> None:
    """An address is only ever taken by the field made for it, which is where it is encrypted."""
    wanted = {"email": FieldType.EMAIL, "phone": FieldType.PHONE, "name": FieldType.TEXT}
    if wanted.get(key, kind) != kind or (kind in {FieldType.EMAIL, FieldType.PHONE} and key not in wanted):
        raise BadSettings(_("E-mail addresses and phone numbers have fields of their own. Choose those."))


def _key(value: Any) -> str:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise BadSettings(_("A key has small letters, digits and _ only, and begins with a letter."))
    return value


def _label(value: Any) -> Words:
    words = _words(value if value is not None else {}, LONGEST_LABEL)
    if not words:
        raise BadSettings(_("Give each topic and each field a label in at least one language."))
    return words


def _each_once(keys: list[str]) -> None:
    if len(set(keys)) < len(keys):
        raise BadSettings(_("The same key stands here twice."))
