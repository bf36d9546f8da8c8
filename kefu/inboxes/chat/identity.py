"""Proofs by which a brand's site or app vouches for its customer. Whatever is not right proves nothing.

The signed form is ``hex(HMAC-SHA256(secret, inbox key + "\\n" + expiry + "\\n" + identifier))``, the expiry
in seconds since 1970. The plain form of other products, ``hex(HMAC-SHA256(secret, identifier))``, never
expires; it is taken only where the inbox says so. A JWT is signed with HS256, has sub, aud (the inbox's key),
exp and jti, and works once.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from django.db import IntegrityError, transaction

from kefu.conversations.models import Inbox
from kefu.inboxes.chat.keys import IdentityKey, keys_of
from kefu.inboxes.chat.models import SpentProof
from kefu.inboxes.chat.settings import ChatSettings

LONGEST_IDENTIFIER = 200
LONGEST_LIFE = 24 * 3600
CLOCK_SKEW = 30


class Unproved(Exception):
    """The proof is wrong, too old, for another inbox, or used before. Which of these is nobody's business."""


@dataclass(frozen=True, slots=True)
class Proved:
    identifier: str
    name: str = ""
    email: str = ""


def proved(inbox: Inbox, given: dict[str, Any]) -> Proved:
    """Who the brand's own site says this is; raises ``Unproved``. A JWT is spent by it."""
    if isinstance(given.get("jwt"), str):
        return _by_token(inbox, given["jwt"])
    identifier, signature = given.get("identifier"), given.get("hash")
    if not isinstance(identifier, str) or not isinstance(signature, str) or not _sound(identifier):
        raise Unproved
    if not _signed(inbox, identifier, signature, given.get("expires")):
        raise Unproved
    return Proved(identifier, _text(given, "name", 80), _text(given, "email", 254))


def signature_for(secret: str, inbox: Inbox, identifier: str, expires: int) -> str:
    """What the brand's server computes."""
    return _hmac(secret, f"{inbox.key}\n{expires}\n{identifier}")


def example_for(inbox: Inbox) -> dict[str, Any]:
    """Made-up values and the right hash of them, for whoever writes the brand's side to try theirs against."""
    secret, identifier, expires = "an-example-secret", "customer-1042", 1893456000
    signed = signature_for(secret, inbox, identifier, expires)
    return {"secret": secret, "identifier": identifier, "expires": expires, "hash": signed}


def _signed(inbox: Inbox, identifier: str, signature: str, expires: Any) -> bool:
    secrets = [key.secret for key in keys_of(inbox, "hash")]
    if expires is None:
        plain = ChatSettings.of(inbox).plain_hash
        return plain and _any_matches((_hmac(secret, identifier) for secret in secrets), signature)
    if type(expires) is not int or not time.time() < expires < time.time() + LONGEST_LIFE:
        return False
    return _any_matches((signature_for(secret, inbox, identifier, expires) for secret in secrets), signature)


def _by_token(inbox: Inbox, token: str) -> Proved:
    claims = _claims(inbox, token)
    identifier, jti, expires = claims["sub"], claims["jti"], claims["exp"]
    if not isinstance(jti, str) or not isinstance(expires, int | float) or not _sound(identifier):
        raise Unproved
    if expires > time.time() + LONGEST_LIFE:
        raise Unproved
    _spend(inbox, jti, datetime.fromtimestamp(expires + CLOCK_SKEW, UTC))
    return Proved(identifier, _text(claims, "name", 80), _text(claims, "email", 254))


def _claims(inbox: Inbox, token: str) -> dict[str, Any]:
    for key in _candidates(inbox, token):
        try:
            return jwt.decode(
                token,
                key.secret,
                algorithms=["HS256"],
                audience=inbox.key,
                leeway=CLOCK_SKEW,
                options={"require": ["sub", "aud", "exp", "jti"], "strict_aud": True},
            )
        except (jwt.InvalidTokenError, ValueError, OverflowError):
            continue
    raise Unproved


def _candidates(inbox: Inbox, token: str) -> list[IdentityKey]:
    """The key that the token names, else each of ours; a name is only ever compared."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except (jwt.InvalidTokenError, ValueError) as problem:
        raise Unproved from problem
    return [key for key in keys_of(inbox, "jwt") if kid is None or key.kid == kid]


def _spend(inbox: Inbox, jti: str, expires_at: datetime) -> None:
    SpentProof.objects.filter(inbox=inbox, expires_at__lt=datetime.now(UTC)).delete()
    try:
        with transaction.atomic():
            proof = hashlib.sha256(jti.encode()).digest()
            SpentProof.objects.create(inbox=inbox, proof=proof, expires_at=expires_at)
    except IntegrityError as used:
        raise Unproved from used


def _hmac(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _any_matches(expected: Iterable[str], given: str) -> bool:
    """In constant time each."""
    return any(hmac.compare_digest(one.encode(), given.lower().encode()) for one in expected)


def _sound(identifier: Any) -> bool:
    return (
        isinstance(identifier, str) and 0 < len(identifier) <= LONGEST_IDENTIFIER and identifier.isprintable()
    )


def _text(given: dict[str, Any], name: str, longest: int) -> str:
    value = given.get(name)
    return " ".join(value.split())[:longest] if isinstance(value, str) and value.isprintable() else ""
