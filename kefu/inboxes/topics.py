"""What customers can come with, and just the questions that each of these needs: the same in every form of the desk."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from kefu.inboxes.stored import (
    UNSAID,
    BadSettings,
    Words,
    each_once,
    flag_from,
    key_from,
    only,
    several,
    text_from,
    words_from,
)

MOST_TOPICS = 12
MOST_FIELDS = 12
LONGEST_LABEL = 60
LONGEST_HELP = 200


class FieldType(StrEnum):
    TEXT = "text"
    LONG = "long"
    EMAIL = "email"
    PHONE = "phone"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    SEVERAL = "several"
    CHECKBOX = "checkbox"
    FILES = "files"


WITH_CHOICES = frozenset({FieldType.CHOICE, FieldType.SEVERAL})
# What every form can ask; a chat, which is no page, asks nothing else.
IN_EVERY_FORM = frozenset(FieldType) - {FieldType.SEVERAL, FieldType.CHECKBOX, FieldType.FILES}


@dataclass(frozen=True, slots=True)
class FormField:
    """One question. ``name``, ``email`` and ``phone`` are about the person, other keys about the matter."""

    key: str
    label: Words
    type: FieldType = FieldType.TEXT
    required: bool = False
    help: Words = UNSAID
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


def topics_from(value: Any) -> tuple[Topic, ...]:
    topics = several(value, MOST_TOPICS, topic_from)
    each_once([topic.key for topic in topics])
    return topics


def topic_from(value: Any) -> Topic:
    """A topic from plain values, or ``BadSettings``."""
    only(value, ("key", "label", "fields"))
    fields = several(value.get("fields", []), MOST_FIELDS, field_from)
    each_once([field.key for field in fields])
    return Topic(key_from(value.get("key")), label_from(value.get("label")), fields)


def field_from(value: Any, types: AbstractSet[FieldType] = IN_EVERY_FORM) -> FormField:
    """A question of one of these types from plain values, or ``BadSettings``."""
    only(value, ("key", "label", "type", "required", "help", "choices"))
    key, kind = key_from(value.get("key")), _type(value.get("type", FieldType.TEXT), types)
    _check_person(key, kind)
    choices = several(value.get("choices", []), 40, lambda part: text_from(part, LONGEST_LABEL))
    choices = tuple(choice for choice in choices if choice)
    if kind in WITH_CHOICES and not choices:
        raise BadSettings(_("A choice needs at least one answer to choose from."))
    return FormField(
        key,
        label_from(value.get("label")),
        kind,
        flag_from(value.get("required", False)),
        words_from(value.get("help", {}), LONGEST_HELP),
        choices if kind in WITH_CHOICES else (),
    )


def _type(value: Any, types: AbstractSet[FieldType]) -> FieldType:
    if not isinstance(value, str) or value not in types:
        raise BadSettings(_("There is no such type of field."))
    return FieldType(value)


def _check_person(key: str, kind: FieldType) -> None:
    """An address is only ever taken by the field made for it, which is where it is encrypted."""
    wanted = {"email": FieldType.EMAIL, "phone": FieldType.PHONE, "name": FieldType.TEXT}
    if wanted.get(key, kind) != kind or (kind in {FieldType.EMAIL, FieldType.PHONE} and key not in wanted):
        raise BadSettings(_("E-mail addresses and phone numbers have fields of their own. Choose those."))


def label_from(value: Any) -> Words:
    words = words_from(value if value is not None else {}, LONGEST_LABEL)
    if not words:
        raise BadSettings(_("Give each topic and each field a label in at least one language."))
    return words
