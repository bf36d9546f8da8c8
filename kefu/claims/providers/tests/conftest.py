from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kefu.claims.providers.contract import RefundOrder
from kefu.claims.providers.tests.stand_in import StandIn


@pytest.fixture
def stand_in(settings: Any) -> Iterator[StandIn]:
    settings.KEFU_OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    standing = StandIn()
    yield standing
    standing.close()


@pytest.fixture
def order() -> RefundOrder:
    return RefundOrder("R-10482-1", "pay_77", 1999, "CNY", 5000, reason="少发一件")


class Keys:
    """Both sides' RSA keys, made once: ours to sign with, the provider's for its answers, and a stranger's."""

    def __init__(self) -> None:
        self.ours, self.theirs, self.strangers = (
            rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3)
        )

    @staticmethod
    def private(key: rsa.RSAPrivateKey) -> str:
        return key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @staticmethod
    def public(key: rsa.RSAPrivateKey) -> str:
        return (
            key.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()
