"""The signed head of the journal (pure): C2SP tlog-checkpoint in a signed note.

Two lines sign it: Ed25519 (type 0x01), and ML-DSA-44 (type 0x06) where the library knows it. Signatures of unknown
keys are ignored, so that witnesses can add their lines.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any

from demeure.journal.errors import JournalKeyInvalid, NoteInvalid

_ED25519, _ML_DSA = b"\x01", b"\x06"
_NOTE_LIMIT = 1 << 20
_NO_TIME = bytes(8)  # the log states no time of its own: entries carry theirs


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
    """Signs checkpoints with the journal's key. ``seed``: 32 bytes; ``origin`` None: derived from the key.

    ``vkey``: verifier key of the Ed25519 line; ``second``: that of the ML-DSA-44 line, empty where the library has
    none. The second key is derived from the same seed."""

    def __init__(self, seed: bytes, origin: str | None = None) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if len(seed) != 32:
            raise JournalKeyInvalid(detail=f"{len(seed)} bytes")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes_raw()
        self.origin = origin or f"demeure/{hashlib.sha256(public).hexdigest()[:16]}/journal"
        self._key_id = key_id(self.origin, public)
        self.public = public
        self.vkey = _vkey(self.origin, _ED25519, public)
        self._second, self.second = _second_key(seed), ""
        if self._second is not None:
            self._second_public = self._second.public_key().public_bytes_raw()
            self.second = _vkey(self.origin, _ML_DSA, self._second_public)

    def sign(self, size: int, root: bytes) -> str:
        """The checkpoint as a signed note."""
        checkpoint = Checkpoint(self.origin, size, root)
        text = checkpoint.text()
        lines = _line(self.origin, self._key_id + self._key.sign(text.encode()))
        if self._second is not None:
            number = key_id(self.origin, self._second_public, _ML_DSA)
            lines += _line(self.origin, number + _NO_TIME + self._second.sign(subtree_message(checkpoint)))
        return f"{text}\n{lines}"

    def note(self, text: str) -> str:
        """Another text as a signed note (Ed25519 only); its second line is no number: it is no checkpoint."""
        return f"{text}\n{_line(self.origin, self._key_id + self._key.sign(text.encode()))}"

    def sign_bytes(self, message: bytes) -> bytes:
        """64 bytes, by the Ed25519 key. ``message`` begins with the name of its format: never with an origin."""
        return self._key.sign(message)


_WHY = {
    "key": ("la clé donnée (vkey) n’est pas de ce genre", "the given key (vkey) is not one of that kind"),
    "shape": ("ce texte n’en est pas un, ou il est tronqué", "this text is not one, or it was cut short"),
    "origin": ("il vient d’un autre journal que cette clé", "it comes from another journal than this key"),
    "signature": ("la signature ne tient pas", "the signature does not hold"),
    "unsigned": ("il n’est pas signé par cette clé", "it is not signed by this key"),
    "request": ("ce n’est pas une demande de cosignature", "it is no request for a cosignature"),
    "changed": ("ce n’est plus la clé qui avait été vue", "it is not the key seen before"),
    "cosignature": ("la cosignature ne tient pas", "the cosignature does not hold"),
    "older": ("celui qui est déjà gardé est plus récent", "the one that is kept already is newer"),
    "uncosigned": ("il n’est pas cosigné par cette clé", "it is not cosigned by this key"),
}


def invalid(why: str) -> NoteInvalid:
    """The error that says ``why`` (a key of _WHY)."""
    french, english = _WHY[why]
    return NoteInvalid(detail=french, detail_en=english)


def _second_key(seed: bytes) -> Any:
    """The ML-DSA-44 key of the same seed; None where the library has no such algorithm."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(SHA256(), 32, None, b"demeure journal ml-dsa-44 1").derive(seed)
    try:
        return MLDSA44PrivateKey.from_seed_bytes(derived)
    except UnsupportedAlgorithm:
        return None


def subtree_message(checkpoint: Checkpoint) -> bytes:
    """What the ML-DSA-44 line signs (C2SP tlog-cosignature, ``cosigned_message``): the whole tree, no time."""
    name = checkpoint.origin.encode()
    named = bytes([len(name)]) + name
    span = bytes(8) + checkpoint.size.to_bytes(8, "big")
    return b"subtree/v1\n\0" + named + _NO_TIME + named + span + checkpoint.root


def _vkey(name: str, kind: bytes, public: bytes) -> str:
    return f"{name}+{key_id(name, public, kind).hex()}+{base64.b64encode(kind + public).decode()}"


def _line(name: str, signature: bytes) -> str:
    return f"— {name} {base64.b64encode(signature).decode()}\n"


def key_id(name: str, public: bytes, kind: bytes = _ED25519) -> bytes:
    """The 4 bytes that name a key in a signed note."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def plain(note: str) -> str:
    """The checkpoint with its Ed25519 lines only: what fits a printed code. Raises NoteInvalid."""
    checkpoint, signatures = parse(note)
    short = [_line(name, raw) for name, raw in signatures if len(raw) <= 4 + 8 + 64]
    return checkpoint.text() + "\n" + "".join(short)


def parse_vkey(vkey: str, kind: bytes = _ED25519) -> tuple[str, bytes, bytes]:
    """(name, key id, Ed25519 public key) of a verifier key; ``kind``: its type byte (0x01: a log, 0x04: a witness).
    Raises NoteInvalid."""
    try:
        name, number, encoded = vkey.strip().split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        found = bytes.fromhex(number)
    except (ValueError, binascii.Error) as problem:
        raise invalid("key") from problem
    if not name or key[:1] != kind or len(key) != 33 or key_id(name, key[1:], kind) != found:
        raise invalid("key")
    return name, found, key[1:]


def parse(note: str) -> tuple[Checkpoint, list[tuple[str, bytes]]]:
    """The checkpoint and its (key name, key id + signature) lines, unverified. Raises NoteInvalid."""
    text, gap, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if len(note) > _NOTE_LIMIT or not gap or len(lines) < 3 or not signatures.endswith("\n"):
        raise invalid("shape")
    try:
        size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
        signed = [_signature(line) for line in signatures[:-1].split("\n")]
    except (ValueError, binascii.Error) as problem:
        raise invalid("shape") from problem
    if not lines[0] or str(size) != lines[1] or size < 0 or len(root) != 32:
        raise invalid("shape")
    return Checkpoint(lines[0], size, root), signed


def verify(note: str, vkey: str) -> Checkpoint:
    """The checkpoint, once one signature of ``vkey`` holds. Raises NoteInvalid."""
    checkpoint = parse(note)[0]
    if checkpoint.origin != parse_vkey(vkey)[0]:
        raise invalid("origin")
    signed_text(note, vkey)
    return checkpoint


def signed_text(note: str, vkey: str) -> str:
    """The text of any signed note, once one signature of ``vkey`` holds. Raises NoteInvalid."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    name, number, public = parse_vkey(vkey)
    text, gap, signatures = note.rpartition("\n\n")
    text += "\n"
    try:
        lines = [_signature(line) for line in signatures.removesuffix("\n").split("\n")]
    except (ValueError, binascii.Error) as problem:
        raise invalid("shape") from problem
    for signer, signature in lines:
        if gap and signer == name and signature[:4] == number:
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], text.encode())
            except InvalidSignature as problem:
                raise invalid("signature") from problem
            return text
    raise invalid("unsigned")


def _signature(line: str) -> tuple[str, bytes]:
    mark, name, encoded = line.split(" ")
    signature = base64.b64decode(encoded, validate=True)
    if mark != "—" or not name or len(signature) < 5:
        raise ValueError(line)
    return name, signature
