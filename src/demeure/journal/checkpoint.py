"""The signed head of the journal (pure): C2SP tlog-checkpoint in a signed note, Ed25519 (type 0x01).

Signatures of unknown keys are ignored, so that witnesses and later algorithms can add their lines.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from demeure.journal.errors import JournalKeyInvalid, NoteInvalid

_ED25519 = b"\x01"
_NOTE_LIMIT = 1 << 20


@dataclass(frozen=True)
class Checkpoint:
    """``origin``: name of the log, also of its key. ``root``: 32 bytes."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The signed part, with its last newline."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


class Signer:
    """Signs checkpoints with the journal's key. ``seed``: 32 bytes; ``origin`` None: derived from the key."""

    def __init__(self, seed: bytes, origin: str | None = None) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if len(seed) != 32:
            raise JournalKeyInvalid(detail=f"{len(seed)} bytes")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes_raw()
        self.origin = origin or f"demeure/{hashlib.sha256(public).hexdigest()[:16]}/journal"
        self._key_id = key_id(self.origin, public)
        self.vkey = f"{self.origin}+{self._key_id.hex()}+{base64.b64encode(_ED25519 + public).decode()}"

    def sign(self, size: int, root: bytes) -> str:
        """The checkpoint as a signed note."""
        text = Checkpoint(self.origin, size, root).text()
        signature = base64.b64encode(self._key_id + self._key.sign(text.encode())).decode()
        return f"{text}\n— {self.origin} {signature}\n"


def key_id(name: str, public: bytes) -> bytes:
    """The 4 bytes that name an Ed25519 key in a signed note."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def parse_vkey(vkey: str) -> tuple[str, bytes, bytes]:
    """(name, key id, Ed25519 public key) of a verifier key. Raises NoteInvalid."""
    try:
        name, number, encoded = vkey.strip().split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        found = bytes.fromhex(number)
    except (ValueError, binascii.Error) as problem:
        raise NoteInvalid(detail="verifier key") from problem
    if not name or key[:1] != _ED25519 or len(key) != 33 or key_id(name, key[1:]) != found:
        raise NoteInvalid(detail="verifier key")
    return name, found, key[1:]


def parse(note: str) -> tuple[Checkpoint, list[tuple[str, bytes]]]:
    """The checkpoint and its (key name, key id + signature) lines, unverified. Raises NoteInvalid."""
    text, gap, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if len(note) > _NOTE_LIMIT or not gap or len(lines) < 3 or not signatures.endswith("\n"):
        raise NoteInvalid(detail="shape")
    try:
        size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
        signed = [_signature(line) for line in signatures[:-1].split("\n")]
    except (ValueError, binascii.Error) as problem:
        raise NoteInvalid(detail="shape") from problem
    if not lines[0] or str(size) != lines[1] or size < 0 or len(root) != 32:
        raise NoteInvalid(detail="shape")
    return Checkpoint(lines[0], size, root), signed


def verify(note: str, vkey: str) -> Checkpoint:
    """The checkpoint, once one signature of ``vkey`` holds. Raises NoteInvalid."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    name, number, public = parse_vkey(vkey)
    checkpoint, signatures = parse(note)
    text = note.rpartition("\n\n")[0] + "\n"
    if checkpoint.origin != name:
        raise NoteInvalid(detail="origin")
    for signer, signature in signatures:
        if signer == name and signature[:4] == number:
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], text.encode())
            except InvalidSignature as problem:
                raise NoteInvalid(detail="signature") from problem
            return checkpoint
    raise NoteInvalid(detail="not signed by this key")


def _signature(line: str) -> tuple[str, bytes]:
    mark, name, encoded = line.split(" ")
    signature = base64.b64decode(encoded, validate=True)
    if mark != "—" or not name or len(signature) < 5:
        raise ValueError(line)
    return name, signature
