"""The keys: the installation's key ring, and a data key for each customer.

What they encrypt is ``version 1 byte | key id 8 | nonce 12 | ciphertext | tag 16``, AES-256-GCM, and is bound
to its place by the associated data ``table|column|row key``: moved to another row or column it does not open.
A data key is stored wrapped by a master key, in the same format. Destroying the wrapped key destroys what it
encrypted, in backups too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path
from typing import Any, Self, TypedDict, cast
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = b"\x01"
KEY_ID, NONCE, TAG = 8, 12, 16
HEAD = len(VERSION) + KEY_ID + NONCE
WRAPPED_DATA_KEY = b"kefu|data key"
WRAPPED_INDEX_KEY = b"kefu|index key"


class Tampered(Exception):
    """The value was changed, moved from another row or column, or encrypted with another key."""


class DataKey:
    """The key that encrypts what belongs to one customer, or to the installation itself."""

    def __init__(self, kid: bytes, secret: bytes) -> None:
        self.kid = kid
        self._cipher = AESGCM(secret)

    @classmethod
    def make(cls, ring: KeyRing) -> tuple[DataKey, bytes]:
        """A fresh key, and the wrapped bytes of it to store."""
        kid, secret = os.urandom(KEY_ID), os.urandom(32)
        return cls(kid, secret), ring.wrap(kid + secret)

    def seal(self, text: str, *, table: str, column: str, row: UUID) -> bytes:
        return _seal(self.kid, self._cipher, text.encode(), _place(table, column, row))

    def open(self, sealed: bytes, *, table: str, column: str, row: UUID) -> str:
        """Raises ``Tampered`` unless it was sealed by this key for this very place."""
        if sealed[:1] != VERSION or sealed[1 : 1 + KEY_ID] != self.kid:
            raise Tampered("The value was not encrypted with this key.")
        return _open(self._cipher, sealed, _place(table, column, row)).decode()

    def __repr__(self) -> str:
        return f"<DataKey {self.kid.hex()}>"


class KeyRing:
    """The master keys, one of them current; the installation's own data key; the key of the blind indexes.

    Rotation: ``add`` a key, ``rewrap`` every stored data key, ``retire`` the old one. Other processes notice
    a new key when they first meet it.
    """

    def __init__(self, path: Path) -> None:
        """Reads the ring. Raises ``ImproperlyConfigured`` with one sentence if it cannot be trusted."""
        self.path = path
        self._lock = threading.Lock()
        self._read()

    @classmethod
    def at(cls, folder: Path) -> Self:
        """The ring kept in this folder, made at first use."""
        path = folder / "keyring.json"
        if not path.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_first(path, _fresh())
        if path.stat().st_mode & 0o077:
            raise ImproperlyConfigured(f"The key ring {path} can be read by others: run chmod 600 on it.")
        return cls(path)

    def wrap(self, secret: bytes) -> bytes:
        return _seal(self.current, self._masters[self.current], secret, WRAPPED_DATA_KEY)

    def unwrap(self, wrapped: bytes | memoryview) -> DataKey:
        secret = _open(self._master_of(wrapped), bytes(wrapped), WRAPPED_DATA_KEY)
        return DataKey(secret[:KEY_ID], secret[KEY_ID:])

    def rewrap(self, wrapped: bytes | memoryview) -> bytes:
        """The same data key under the current master key; what was encrypted with it stays as it is."""
        if self.is_current(wrapped):
            return bytes(wrapped)
        return self.wrap(_open(self._master_of(wrapped), bytes(wrapped), WRAPPED_DATA_KEY))

    def is_current(self, wrapped: bytes | memoryview) -> bool:
        return _kid(bytes(wrapped)) == self.current

    def installation_key(self) -> DataKey:
        return self._installation

    def index_mac(self, message: bytes) -> bytes:
        return hmac.digest(self._index, message, hashlib.sha256)

    def add(self) -> bytes:
        """A new master key, current from now on. Returns its id."""
        with self._changing() as ring:
            kid = os.urandom(KEY_ID)
            old = {each: AESGCM(_decode(key)) for each, key in ring["keys"].items()}
            master = os.urandom(32)
            for name, purpose in _WRAPPED_IN_THE_RING.items():
                wrapped = _decode(ring[name])
                ring[name] = _encode(
                    _seal(kid, AESGCM(master), _open(old[_kid(wrapped).hex()], wrapped, purpose), purpose)
                )
            ring["keys"][kid.hex()] = _encode(master)
            ring["current"] = kid.hex()
        return kid

    def retire(self, kid: bytes) -> None:
        """Forgets a master key. What is still wrapped by it is lost: rewrap every data key before."""
        with self._changing() as ring:
            if kid.hex() == ring["current"]:
                raise ValueError("The current key cannot be retired: add another first.")
            del ring["keys"][kid.hex()]

    def __repr__(self) -> str:
        return f"<KeyRing {self.path}, {len(self._masters)} keys>"

    def _master_of(self, wrapped: bytes | memoryview) -> AESGCM:
        kid = _kid(bytes(wrapped))
        if kid not in self._masters:
            self._read()
        if kid not in self._masters:
            raise Tampered(f"The key ring has no master key {kid.hex()}.")
        return self._masters[kid]

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        with self._lock, self.path.with_suffix(".lock").open("w") as lock:
            flock(lock, LOCK_EX)
            ring = _load(self.path)
            yield ring
            _replace(self.path, ring)
            self._read()

    def _read(self) -> None:
        ring = _load(self.path)
        try:
            masters = {bytes.fromhex(kid): AESGCM(_checked(key)) for kid, key in ring["keys"].items()}
            current = next(kid for kid in masters if kid.hex() == ring["current"])
            installation, index = _decode(ring["installation"]), _decode(ring["index"])
            secret = _open(masters[_kid(installation)], installation, WRAPPED_DATA_KEY)
            self._index = _open(masters[_kid(index)], index, WRAPPED_INDEX_KEY)
        except _SampleKey as problem:
            raise _unusable(self.path, "has a sample key in place of a random one") from problem
        except Tampered as problem:
            raise _unusable(self.path, "has a master key that does not fit the rest of it") from problem
        except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as problem:
            raise _unusable(self.path, "is not a key ring") from problem
        self._masters, self.current = masters, current
        self._installation = DataKey(secret[:KEY_ID], secret[KEY_ID:])


@cache
def key_ring() -> KeyRing:
    """This installation's ring: the file that KEFU_KEYRING_FILE names, else one in the folder KEFU_KEYS."""
    named = getattr(settings, "KEFU_KEYRING_FILE", "")
    return KeyRing(Path(named)) if named else KeyRing.at(settings.KEFU_KEYS)


def installation_key() -> DataKey:
    """For rows that belong to no customer: inbox secrets, raw mail."""
    return key_ring().installation_key()


def blind_index(value: str, *, purpose: str) -> bytes:
    """Finds an encrypted value by equality. The same value under another purpose has another index."""
    normal = unicodedata.normalize("NFKC", value).casefold().strip()
    return key_ring().index_mac(f"{purpose}\0{normal}".encode())


class Place(TypedDict):
    table: str
    column: str
    row: UUID


class _SampleKey(Exception):
    pass


_WRAPPED_IN_THE_RING = {"installation": WRAPPED_DATA_KEY, "index": WRAPPED_INDEX_KEY}


def _seal(kid: bytes, cipher: AESGCM, secret: bytes, place: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return VERSION + kid + nonce + cipher.encrypt(nonce, secret, place)


def _open(cipher: AESGCM, sealed: bytes, place: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[HEAD - NONCE : HEAD], sealed[HEAD:], place)
    except (InvalidTag, ValueError) as problem:
        raise Tampered("The value was changed, or belongs to another row or column.") from problem


def _place(table: str, column: str, row: UUID) -> bytes:
    return f"{table}|{column}|{row}".encode()


def _kid(sealed: bytes) -> bytes:
    if sealed[:1] != VERSION or len(sealed) < HEAD + TAG:
        raise Tampered("The wrapped key has an unknown form.")
    return sealed[1 : 1 + KEY_ID]


def _fresh() -> dict[str, Any]:
    kid, master = os.urandom(KEY_ID), os.urandom(32)
    cipher = AESGCM(master)
    return {
        "keys": {kid.hex(): _encode(master)},
        "current": kid.hex(),
        "installation": _encode(_seal(kid, cipher, os.urandom(KEY_ID + 32), WRAPPED_DATA_KEY)),
        "index": _encode(_seal(kid, cipher, os.urandom(32), WRAPPED_INDEX_KEY)),
    }


def _checked(key: str) -> bytes:
    secret = _decode(key)
    if len(secret) != 32:
        raise ValueError("A master key has 256 bits.")
    if len(set(secret)) < 16 or all(32 <= each < 127 for each in secret):
        raise _SampleKey
    return secret


def _load(path: Path) -> dict[str, Any]:
    try:
        ring = json.loads(path.read_bytes())
    except OSError as problem:
        raise _unusable(path, "cannot be read") from problem
    except ValueError as problem:
        raise _unusable(path, "is not a key ring") from problem
    return cast(dict[str, Any], ring)


def _write_first(path: Path, ring: dict[str, Any]) -> None:
    """Of several processes that start at once the first makes the ring, and the others read it."""
    draft = _draft(path, ring)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _replace(path: Path, ring: dict[str, Any]) -> None:
    _draft(path, ring).replace(path)


def _draft(path: Path, ring: dict[str, Any]) -> Path:
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    draft.touch(mode=0o600)
    with draft.open("w") as file:
        json.dump(ring, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _unusable(path: Path, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"The key ring {path} {why}.")


def _encode(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
