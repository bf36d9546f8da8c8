"""What speaks for a program rather than a person. None of it loses a message: it costs work, or leaves a mark."""

from __future__ import annotations

import re
from enum import StrEnum
from uuid import UUID

from kefu.database import limits
from kefu.inboxes.form.stamps import Stamp
from kefu.orders import networks

TOO_FAST_SECONDS = 3
TOO_OLD_SECONDS = 24 * 3600
HOUR, DAY = 3600, 24 * 3600
# Without any doubt in ten minutes, from one address and in one form; then what is doubtful, and what is refused.
CALM_OF_AN_ADDRESS = 4
CALM_OF_A_FORM = 60
OF_AN_ADDRESS = 30
OF_A_NETWORK = 200
OF_A_MAILBOX = 20
WAITS_OF_AN_ADDRESS = 10
WORDS_BESIDE_LINKS = 12
LOOKED_AT = 2000
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]{1,63}\.(?:com|net|org|cn|ru|info|top|xyz|shop|site)\b\S*", re.I
)
_WORD = re.compile(r"\w")


class Reason(StrEnum):
    HIDDEN_FIELD = "hidden field"
    TOO_FAST = "too fast"
    TOO_OLD = "too old"
    MANY = "many"
    ONLY_LINKS = "only links"


ASK_FOR_PROOF = frozenset({Reason.HIDDEN_FIELD, Reason.TOO_FAST, Reason.TOO_OLD, Reason.MANY})
LEAVE_A_MARK = frozenset({Reason.HIDDEN_FIELD, Reason.ONLY_LINKS})


class TooOften(Exception):
    """So much came from here, or in the name of this mailbox, that no more is taken for a while."""


def reasons(*, form: UUID, stamp: Stamp, text: str, hidden: str, address: str) -> frozenset[Reason]:
    """A form that is flooded from everywhere asks everybody for work.

    ``hidden`` is what stands in the field that people do not see. Counts; call it outside a transaction.
    """
    calm = limits.hit(f"form calm {address}", limit=CALM_OF_AN_ADDRESS, per=600)
    calm &= limits.hit(f"form calm of all {form}", limit=CALM_OF_A_FORM, per=600)
    found = {
        Reason.HIDDEN_FIELD: bool(hidden),
        Reason.TOO_FAST: stamp.age < TOO_FAST_SECONDS,
        Reason.TOO_OLD: stamp.age > TOO_OLD_SECONDS,
        Reason.MANY: not calm,
        Reason.ONLY_LINKS: is_only_links(text),
    }
    return frozenset(reason for reason, so in found.items() if so)


def count(*, address: str, email: str) -> None:
    """Raises ``TooOften``. Call it outside a transaction."""
    counted = (
        (f"form from {address}", OF_AN_ADDRESS, HOUR),
        (f"form from {networks.key(address)}", OF_A_NETWORK, HOUR),
        (f"form of {email.lower()}", OF_A_MAILBOX, DAY),
    )
    for key, limit, per in counted:
        if not limits.hit(key, limit=limit, per=per):
            raise TooOften


def may_wait(address: str) -> bool:
    """Patience alone is cheap for a program that asks for many forms at once: a few an hour."""
    return limits.hit(f"form waited {address}", limit=WAITS_OF_AN_ADDRESS, per=HOUR)


def is_only_links(text: str) -> bool:
    """A link, and hardly a word about it."""
    rest, links = _LINK.subn(" ", text[:LOOKED_AT])
    return links > 0 and len(_WORD.findall(rest)) < WORDS_BESIDE_LINKS
