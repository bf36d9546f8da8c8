"""Keys and signatures of the providers: RSA with SHA-256, and time-stamped HMAC."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from kefu.claims.providers.contract import Misconfigured, Unverified

TOLERANCE_SECONDS = 300


def private_key(field: str, text: str) -> rsa.RSAPrivateKey:
    """PEM, or the bare base64 that Alipay's key tool gives out."""
    try:
        if "-----BEGIN" in text:
            key = serialization.load_pem_private_key(text.encode(), password=None)
        else:
            key = serialization.load_der_private_key(base64.b64decode(text), password=None)
    except (ValueError, TypeError):
        raise Misconfigured(f"{field} is not a private key.") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < 2048:
        raise Misconfigured(f"{field} is not an RSA key of 2048 bits or more.")
    return key


def public_key(field: str, text: str) -> rsa.RSAPublicKey:
    """PEM of a key or a certificate, or bare base64 of a key."""
    try:
        key = _public_key(text)
    except (ValueError, TypeError):
        raise Misconfigured(f"{field} is not a public key or certificate.") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise Misconfigured(f"{field} is not an RSA key of 2048 bits or more.")
    return key


def sign(key: rsa.RSAPrivateKey, message: bytes) -> str:
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def is_signed(key: rsa.RSAPublicKey, message: bytes, signature: str) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def stamped(secret: str, body: bytes, *, at: int | None = None) -> str:
    """``t=…,v1=…``: the HMAC of time and body, as Stripe signs its webhooks."""
    moment = int(time.time()) if at is None else at
    return f"t={moment},v1={_hmac(secret, str(moment), body)}"


def check_stamped(secret: str, header: str, body: bytes) -> None:
    """One of several ``v1`` is enough: while a secret is being changed, Stripe signs with both."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    moments = [value for name, _, value in parts if name == "t"]
    if len(moments) != 1:
        raise Unverified
    check_moment(moments[0])
    wanted = _hmac(secret, moments[0], body).encode()
    given = [value.encode() for name, _, value in parts if name == "v1"]
    if not any(hmac.compare_digest(wanted, each) for each in given):
        raise Unverified


def check_moment(seconds: str, *, tolerance: int = TOLERANCE_SECONDS) -> None:
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        raise Unverified
    if abs(time.time() - int(seconds)) > tolerance:
        raise Unverified


def _public_key(text: str) -> object:
    if "BEGIN CERTIFICATE" in text:
        return x509.load_pem_x509_certificate(text.encode()).public_key()
    elif "-----BEGIN" in text:
        return serialization.load_pem_public_key(text.encode())
    else:
        return serialization.load_der_public_key(base64.b64decode(text))


def _hmac(secret: str, moment: str, body: bytes) -> str:
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
