"""What a password must be, and how it is kept: argon2, two at a time, never more than 1,024 bytes of it."""

from __future__ import annotations

import re
import threading
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn

from kefu.people.models import Brand, Staff

LEAST_CHARACTERS = 10
MOST_BYTES = 1024
LEAST_SCORE = 3
JUDGED_CHARACTERS = 72  # the judge's time grows with the square of the length

_two_at_once = threading.BoundedSemaphore(2)


def is_too_long(password: str) -> bool:
    return len(password) > MOST_BYTES or len(password.encode(errors="replace")) > MOST_BYTES


class Hasher(Argon2PasswordHasher):
    """OWASP's second choice of parameters: 46 MiB, so that two at once leave room on a small machine."""

    memory_cost = 47_104
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        if is_too_long(password):
            raise ValueError("This password is longer than passwords may be.")
        with _two_at_once:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        if is_too_long(password):
            return False
        with _two_at_once:
            return super().verify(password, encoded)


class StrongEnough:
    """Judged by zxcvbn, which knows common passwords, and the person's and the desk's own words."""

    def validate(self, password: str, user: Any = None) -> None:
        if is_too_long(password):
            raise ValidationError(_("This password is too long. Use at most 1,024 bytes."), code="too_long")
        if len(password) < LEAST_CHARACTERS:
            raise ValidationError(
                _("This password is too short. Use at least %(least)d characters.")
                % {"least": LEAST_CHARACTERS},
                code="too_short",
            )
        if zxcvbn(password[:JUDGED_CHARACTERS], user_inputs=_words_of(user))["score"] < LEAST_SCORE:
            raise ValidationError(
                _("This password is easy to guess. Add another word or two that do not belong together."),
                code="too_weak",
            )

    def get_help_text(self) -> str:
        return _("At least 10 characters that nobody would guess. Several unrelated words are good.")


def _words_of(user: Any) -> list[str]:
    """Names and addresses, whole and in pieces; zxcvbn treats them as the most common passwords."""
    known = ["kefu", *Brand.objects.values_list("name", flat=True)[:20]]
    if isinstance(user, Staff):
        known += [user.email, user.name, user.alias]
    pieces = [piece for text in known for piece in re.split(r"[^\w]+", text)]
    return [word.lower() for word in known + pieces if len(word) > 2]
