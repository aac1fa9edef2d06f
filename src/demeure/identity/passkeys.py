"""Passkeys: what a browser's answer must be (W3C Web Authentication, level 2, sections 7.1 and 7.2), pure.

No attestation is asked for: which maker's key it is does not matter here, that it is the same key does. The public
key comes as the browser tells it (``getPublicKey``) and must be the one that the authenticator's own data hold.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from demeure.identity.account_errors import PasskeyRefused

CHALLENGE_BYTES = 32
_PRESENT, _VERIFIED, _HOLDS_KEY = 0x01, 0x04, 0x40
_HEAD, _AFTER_ID = 37, 55
_LEAST_RSA = 2048


@dataclass(frozen=True)
class Asked:
    """What was asked of the browser. ``origin``: of the page (``https://demeure.mairie.lan:8420``); ``host``: its
    name alone. ``verified``: the device must have checked who holds it (a code, a fingerprint)."""

    challenge: bytes
    origin: str
    host: str
    verified: bool = False


@dataclass(frozen=True)
class Passkey:
    """``credential``: its name; ``key``: public, DER; ``counter``: how often it signed (0: it never says)."""

    credential: bytes
    key: bytes
    counter: int


def new_challenge() -> bytes:
    return secrets.token_bytes(CHALLENGE_BYTES)


def text_of(data: bytes) -> str:
    """Base64 for addresses, without its end."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def registered(answer: str, asked: Asked) -> Passkey:
    """A new passkey from the JSON of a browser's answer. Raises PasskeyRefused."""
    told = _told(answer, "webauthn.create", asked)
    data, credential, key = told["authenticator"], told["id"], told["key"]
    length = int.from_bytes(data[53:_AFTER_ID], "big")
    if not data[32] & _HOLDS_KEY or data[_AFTER_ID : _AFTER_ID + length] != credential or not credential:
        raise PasskeyRefused()
    if _essence(_public(key)) not in data[_AFTER_ID + length :]:
        raise PasskeyRefused()
    return Passkey(credential, key, _counter(data))


def credential_of(answer: str) -> bytes:
    """Which passkey an answer says it is. Raises PasskeyRefused."""
    return _fields(answer)["id"]


def asserted(answer: str, asked: Asked, kept: Passkey) -> int:
    """The counter to keep, once the signature was found to be that passkey's. Raises PasskeyRefused, also for a
    counter that went back: two hold the same key."""
    told = _told(answer, "webauthn.get", asked)
    data = told["authenticator"]
    if told["id"] != kept.credential:
        raise PasskeyRefused()
    _check(_public(kept.key), told["signature"], data + hashlib.sha256(told["client"]).digest())
    counter = _counter(data)
    if (counter or kept.counter) and counter <= kept.counter:
        raise PasskeyRefused()
    return counter


def _told(answer: str, kind: str, asked: Asked) -> dict[str, bytes]:
    """Its fields, once what the browser and the authenticator say of the page is what was asked."""
    told = _fields(answer)
    try:
        client = json.loads(told["client"])
    except (ValueError, RecursionError) as problem:
        raise PasskeyRefused() from problem
    said = {"type": kind, "challenge": text_of(asked.challenge), "origin": asked.origin}
    data = told["authenticator"]
    good = isinstance(client, Mapping) and all(client.get(name) == value for name, value in said.items())
    if not good or client.get("crossOrigin") is True or len(data) < _HEAD:
        raise PasskeyRefused()
    if data[:32] != hashlib.sha256(asked.host.encode()).digest() or not data[32] & _PRESENT:
        raise PasskeyRefused()
    if asked.verified and not data[32] & _VERIFIED:
        raise PasskeyRefused()
    return told


def client_challenge(answer: str) -> bytes:
    """Which challenge an answer says it answers. Raises PasskeyRefused."""
    try:
        return _bytes(json.loads(_fields(answer)["client"])["challenge"])
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as problem:
        raise PasskeyRefused() from problem


def _fields(answer: str) -> dict[str, bytes]:
    """The fields of an answer, as bytes; what is absent is empty."""
    try:
        told = json.loads(answer)
        fields = ("id", "client", "authenticator", "signature", "key")
        return {name: _bytes(told.get(name, "")) for name in fields}
    except (ValueError, RecursionError, AttributeError, TypeError, binascii.Error) as problem:
        raise PasskeyRefused() from problem


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _counter(data: bytes) -> int:
    return int.from_bytes(data[33:_HEAD], "big")


def _public(key: bytes) -> Any:
    try:
        found = load_der_public_key(key)
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise PasskeyRefused() from problem
    if isinstance(found, EllipticCurvePublicKey) and isinstance(found.curve, SECP256R1):
        return found
    if isinstance(found, Ed25519PublicKey) or (isinstance(found, RSAPublicKey) and found.key_size >= _LEAST_RSA):
        return found
    raise PasskeyRefused()


def _essence(key: Any) -> bytes:
    """The bytes of the key that the authenticator's own data must hold too."""
    if isinstance(key, EllipticCurvePublicKey):
        return key.public_numbers().x.to_bytes(32, "big")
    if isinstance(key, Ed25519PublicKey):
        return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return int(key.public_numbers().n).to_bytes(key.key_size // 8, "big")


def _check(key: Any, signature: bytes, data: bytes) -> None:
    try:
        if isinstance(key, EllipticCurvePublicKey):
            key.verify(signature, data, ECDSA(SHA256()))
        elif isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
        else:
            key.verify(signature, data, PKCS1v15(), SHA256())
    except InvalidSignature as problem:
        raise PasskeyRefused() from problem
