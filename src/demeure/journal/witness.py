"""Cosignatures by file exchange: a neighbouring house states that our journal only grew, and we say it of theirs.

C2SP tlog-cosignature (Ed25519, ``cosignature/v1``). The state of each journal seen is durable before its
cosignature leaves, so that two histories of one journal are never both cosigned.
"""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from demeure.journal.checkpoint import Checkpoint, Signer, invalid, key_id, parse, parse_vkey, verify
from demeure.journal.disk import Disk
from demeure.journal.errors import WitnessRefused
from demeure.journal.proof import read_witness_request
from demeure.journal.tree import EMPTY_ROOT, check_consistency

_KIND = b"\x04"
_STALE = (
    "le dernier vu compte {size} entrées\u202f; que ce voisin refasse sa demande avec --old {size}",
    "the last one seen has {size} entries; let this neighbour ask again with --old {size}",
)
_FORKED = (
    "ce journal ne continue pas celui qui a été vu ({size} entrées)",
    "this journal does not continue the one that was seen ({size} entries)",
)
_EMPTY = ("il ne couvre aucune entrée", "it covers no entry")


class Witness:
    """``folder``: instance/journal. ``seed``: the journal's; the witness key is derived from it, under another
    name and another use."""

    def __init__(self, folder: Path, seed: bytes, disk: Disk) -> None:
        derived = hashlib.sha256(b"demeure journal witness 1\0" + seed).digest()
        self._folder, self._disk = folder / "witness", disk
        self._signer = Signer(derived)
        self.name = self._signer.origin.replace("/journal", "/witness")
        number = key_id(self.name, self._signer.public, _KIND)
        self.vkey = f"{self.name}+{number.hex()}+{base64.b64encode(_KIND + self._signer.public).decode()}"
        self._number = number

    def cosign(self, request: str, vkey: str, seconds: int) -> str:
        """The checkpoint of ``request`` with our cosignature, once it is signed by ``vkey`` and continues what we
        saw. ``seconds``: since 1970. Raises NoteInvalid, ProofInvalid, WitnessRefused."""
        old, path, note = read_witness_request(request)
        found = verify(note, vkey)
        seen = self._seen(found.origin, vkey)
        if old != seen.size:
            raise _refused(_STALE, seen.size)
        if not found.size:
            raise _refused(_EMPTY, 0)
        if not check_consistency(seen.size, seen.root, found.size, found.root, path):
            raise _refused(_FORKED, seen.size)
        body = note.rpartition("\n\n")[0] + "\n"
        stamp = seconds.to_bytes(8, "big")
        signature = self._number + stamp + self._signer.sign_bytes(_message(body, seconds))
        line = f"— {self.name} {base64.b64encode(signature).decode()}\n"
        self._keep(found.origin, vkey, f"{body}\n{line}")
        return note + line

    def _seen(self, origin: str, vkey: str) -> Checkpoint:
        place = self._place(origin)
        try:
            if place.with_suffix(".vkey").read_text(encoding="utf-8") != vkey + "\n":
                raise invalid("changed")
            return parse(place.with_suffix(".seen").read_text(encoding="utf-8"))[0]
        except FileNotFoundError:
            return Checkpoint(origin, 0, EMPTY_ROOT)

    def _keep(self, origin: str, vkey: str, note: str) -> None:
        place = self._place(origin)
        self._disk.make_folder(self._folder)
        self._disk.write_file(self._folder / "own.vkey", f"{self.vkey}\n".encode())
        self._disk.write_file(place.with_suffix(".vkey"), f"{vkey}\n".encode())
        self._disk.write_file(place.with_suffix(".seen"), note.encode())
        self._disk.sync_folder(self._folder)

    def _place(self, origin: str) -> Path:
        return self._folder / hashlib.sha256(origin.encode()).hexdigest()[:32]


def check_cosignature(note: str, vkey: str) -> tuple[Checkpoint, int]:
    """The checkpoint, and when the witness ``vkey`` cosigned it (seconds since 1970). Raises NoteInvalid."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    name, number, public = parse_vkey(vkey, _KIND)
    checkpoint, signatures = parse(note)
    body = note.rpartition("\n\n")[0] + "\n"
    for signer, raw in signatures:
        if signer == name and raw[:4] == number and len(raw) == 4 + 8 + 64:
            seconds = int.from_bytes(raw[4:12], "big")
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(raw[12:], _message(body, seconds))
            except InvalidSignature as problem:
                raise invalid("cosignature") from problem
            return checkpoint, seconds
    raise invalid("uncosigned")


def trust_policy(vkey: str, witnesses: Sequence[str]) -> str:
    """C2SP tlog-policy: the log, its witnesses, and that one of them is enough."""
    lines = [f"log {vkey}", *(f"witness {parse_vkey(one, _KIND)[0]} {one}" for one in witnesses)]
    names = " ".join(parse_vkey(one, _KIND)[0] for one in witnesses)
    lines += [f"group witnesses any {names}", "quorum witnesses"] if names else ["quorum none"]
    return "\n".join(lines) + "\n"


def _message(body: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{body}".encode()


def _refused(words: tuple[str, str], size: int) -> WitnessRefused:
    fr, en = (text.format(size=size) for text in words)
    return WitnessRefused(detail=fr, detail_en=en)
