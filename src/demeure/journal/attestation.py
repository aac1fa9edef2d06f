"""Signatures that ``ssh-keygen -Y verify`` reads (pure): SSHSIG, by the journal's Ed25519 key.

A file is signed by its SHA-512: the scribe never needs to see it.
"""

import base64
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from demeure.journal.checkpoint import Signer, parse_vkey
from demeure.journal.errors import NoteInvalid

NAMESPACE = "demeure-attestation"
IDENTITY = "journal"
_MAGIC, _HASH = b"SSHSIG", b"sha512"


def sign(signer: Signer, digest: bytes, namespace: str = NAMESPACE) -> str:
    """The armoured signature of the file whose SHA-512 is ``digest`` (64 bytes)."""
    signature = _string(b"ssh-ed25519") + _string(signer.sign_bytes(message(digest, namespace)))
    return _armoured(signer.public, signature, namespace)


def holds(armoured: str, digest: bytes, vkey: str, namespace: str = NAMESPACE) -> bool:
    """Is it the signature, by the key ``vkey``, of the file whose SHA-512 is ``digest``? Any other bytes are
    not."""
    try:
        public = parse_vkey(vkey)[2]
        raw = base64.b64decode("".join(armoured.split("\n")[1:-2]), validate=True)[-64:]
        if armoured != _armoured(public, _string(b"ssh-ed25519") + _string(raw), namespace):
            return False
        Ed25519PublicKey.from_public_bytes(public).verify(raw, message(digest, namespace))
    except (InvalidSignature, NoteInvalid, ValueError):
        return False
    return True


def _armoured(public: bytes, signature: bytes, namespace: str) -> str:
    fields = (_public(public), namespace.encode(), b"", _HASH, signature)
    blob = _MAGIC + struct.pack("!I", 1) + b"".join(map(_string, fields))
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def message(digest: bytes, namespace: str) -> bytes:
    """The bytes that are signed."""
    return _MAGIC + b"".join(map(_string, (namespace.encode(), b"", _HASH, digest)))


def allowed_signers(vkey: str) -> str:
    """The line that ``ssh-keygen -Y verify -f`` wants. Raises NoteInvalid."""
    key = base64.b64encode(_public(parse_vkey(vkey)[2])).decode()
    return f'{IDENTITY} namespaces="{NAMESPACE}" ssh-ed25519 {key}\n'


def public_pem(vkey: str) -> str:
    """The Ed25519 public key as ``openssl`` reads it (PEM, SubjectPublicKeyInfo). Raises NoteInvalid."""
    der = bytes.fromhex("302a300506032b6570032100") + parse_vkey(vkey)[2]
    return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"


def _public(key: bytes) -> bytes:
    return _string(b"ssh-ed25519") + _string(key)


def _string(data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + data
