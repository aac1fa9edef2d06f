"""Recompute a journal from its stored bytes: ``python verify.py FOLDER [--vkey KEY] [--checkpoint FILE]``.

Stands alone on purpose (standard library and ``cryptography``, nothing of Demeure): a second reading of the
format, that a stranger can copy. Exit 0: everything agrees. 1: the first place that does
not. 2: wrong usage.
"""

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

LEAF_KEYS = """v kind phase name time boot mono role actor chain space object decision outcome of commitment"""
KEYS = frozenset(LEAF_KEYS.split())
KINDS = frozenset(["request", "input", "extension", "retrieval", "filter", "answer", "administration", "sign-in"])
OUTCOMES = frozenset(["done", "refused", "failed", "interrupted"])
LEAF_WIDTH = 256
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
SAY = {
    "fr": {
        "ok": "Journal intact : {size} entrées recalculées, racine {root}, signature de {origin} valable.",
        "more": "{more} entrées écrites depuis ce point de contrôle, pas encore couvertes par lui.",
        "own": "Clé lue dans le dossier lui-même : prouve la cohérence, pas l’origine (donner --vkey).",
        "older": "Le point de contrôle donné ({size} entrées) est bien le début de ce journal.",
        "none": "Aucun point de contrôle : rien à vérifier dans {folder}.",
        "bad": "ÉCHEC, entrée {index}, {place} : {why}.",
    },
    "en": {
        "ok": "Journal intact: {size} entries recomputed, root {root}, signature of {origin} valid.",
        "more": "{more} entries were written since this checkpoint and are not covered by it yet.",
        "own": "Key read from the folder itself: proves consistency, not origin (give --vkey).",
        "older": "The given checkpoint ({size} entries) is indeed the beginning of this journal.",
        "none": "No checkpoint: nothing to verify in {folder}.",
        "bad": "FAILED, entry {index}, {place}: {why}.",
    },
}

FRENCH = {
    "missing or unreadable": "absent ou illisible",
    "not of this key": "n’est pas de cette clé",
    "signature does not hold": "la signature n’est pas valable",
    "malformed checkpoint or key": "point de contrôle ou clé mal formés",
    "not signed by this key": "n’est pas signé par cette clé",
    "truncated": "tronqué",
    "does not match its hash": "ne correspond pas à son empreinte",
    "bytes after the last entry": "des octets suivent la dernière entrée",
    "not JSON": "n’est pas du JSON",
    "not canonical, or not version 1": "n’est pas sous forme canonique, ou pas de la version 1",
    "kind, time or phase not allowed": "genre, date ou phase non admis",
    "closes {of}, which is not open in its chain": "clôt {of}, qui n’est pas ouverte dans sa chaîne",
    "wrong length": "longueur anormale",
    "damaged header": "en-tête abîmé",
    "out of sequence: {found}": "rupture de suite : {found}",
    "damaged": "abîmé",
    "differs from the tree": "diffère de l’arbre",
    "payload missing or unexpected": "contenu scellé manquant ou inattendu",
    "entries of the tree are missing": "des entrées de l’arbre manquent",
    "root does not match the entries": "la racine ne correspond pas aux entrées",
    "this journal is not its continuation": "ce journal n’en est pas la suite",
}


class Fault(Exception):
    """The first place where the journal does not agree with itself."""

    def __init__(self, index: int, place: str, why: str, **params: object) -> None:
        super().__init__(place)
        self.index, self.place, self._why, self._params = index, place, why, params

    def why(self, language: str) -> str:
        return (FRENCH[self._why] if language == "fr" else self._why).format(**self._params)


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def root_of(hashes: list[bytes]) -> bytes:
    """Merkle tree hash, as RFC 6962 defines it (by recursion, unlike the journal's own code)."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + root_of(hashes[:half]) + root_of(hashes[half:])).digest()


def tile_name(level: int | str, number: int, width: int) -> str:
    text = f"{number:03d}"
    text = text.zfill(-(-len(text) // 3) * 3)
    groups = [text[at : at + 3] for at in range(0, len(text), 3)]
    path = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{path}" + (f".p/{width}" if width < LEAF_WIDTH else "")


def read(folder: Path, place: str, index: int) -> bytes:
    try:
        return (folder / place).read_bytes()
    except OSError as problem:
        raise Fault(index, place, "missing or unreadable") from problem


def check_signature(note: bytes, vkey: str) -> tuple[str, int, bytes]:
    """(origin, size, root) once the signature of ``vkey`` holds."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        name, number, encoded = vkey.strip().split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        text, _, signatures = note.decode().rpartition("\n\n")
        text += "\n"
        origin, size, root = text.split("\n")[:3]
        if (
            hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() != number
            or key[0] != 1
            or origin != name
        ):
            raise Fault(0, "checkpoint", "not of this key")
        for line in signatures.splitlines():
            _, signer, signature = line.split(" ")
            raw = base64.b64decode(signature)
            if signer == name and raw[:4].hex() == number:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], text.encode())
                return origin, int(size), base64.b64decode(root, validate=True)
    except InvalidSignature as problem:
        raise Fault(0, "checkpoint", "signature does not hold") from problem
    except (ValueError, IndexError) as problem:
        raise Fault(0, "checkpoint", "malformed checkpoint or key") from problem
    raise Fault(0, "checkpoint", "not signed by this key")


def entries(folder: Path, size: int) -> Iterator[bytes]:
    """The leaves of the published tree, from the entry tiles, each against its hash."""
    for first in range(0, size, LEAF_WIDTH):
        width = min(LEAF_WIDTH, size - first)
        place = tile_name("entries", first // LEAF_WIDTH, width)
        data, at = read(folder, place, first), 0
        stored = read(folder, tile_name(0, first // LEAF_WIDTH, width), first)
        for index in range(first, first + width):
            length = int.from_bytes(data[at : at + 2], "big")
            leaf = data[at + 2 : at + 2 + length]
            if len(leaf) != length or not leaf:
                raise Fault(index, place, "truncated")
            if leaf_hash(leaf) != stored[32 * (index - first) :][:32]:
                raise Fault(index, place, "does not match its hash")
            at += 2 + length
            yield leaf
        if at != len(data):
            raise Fault(first + width, place, "bytes after the last entry")


class Rules:
    """What every entry must be, and how entries hang together."""

    def __init__(self) -> None:
        self.open: dict[int, str] = {}

    def check(self, index: int, leaf: bytes) -> None:
        try:
            entry = json.loads(leaf)
            again = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        except (ValueError, RecursionError) as problem:
            raise Fault(index, "entry", "not JSON") from problem
        if again != leaf or type(entry) is not dict or set(entry) != KEYS or entry["v"] != 1:
            raise Fault(index, "entry", "not canonical, or not version 1")
        if entry["kind"] not in KINDS or not TIME.fullmatch(str(entry["time"])):
            raise Fault(index, "entry", "kind, time or phase not allowed")
        phase, outcome, of = entry["phase"], entry["outcome"], entry["of"]
        if phase == "closing":
            if outcome not in OUTCOMES or self.open.pop(of, None) != entry["chain"]:
                raise Fault(index, "entry", "closes {of}, which is not open in its chain", of=of)
        elif phase not in ("intention", "fact") or outcome is not None or of is not None:
            raise Fault(index, "entry", "kind, time or phase not allowed")
        elif phase == "intention":
            self.open[index] = entry["chain"]


def check_tiles(folder: Path, hashes: list[bytes]) -> None:
    """Every hash tile, all levels, against what the entries give."""
    row, level = hashes, 0
    while row:
        above = []
        for first in range(0, len(row), LEAF_WIDTH):
            part = row[first : first + LEAF_WIDTH]
            place, scale = tile_name(level, first // LEAF_WIDTH, len(part)), LEAF_WIDTH**level
            stored = read(folder, place, first * scale)
            for at, wanted in enumerate(part):
                if stored[32 * at : 32 * at + 32] != wanted:
                    raise Fault((first + at) * scale, place, "does not match its hash")
            if len(stored) != 32 * len(part):
                raise Fault(first * scale, place, "wrong length")
            if len(part) == LEAF_WIDTH:
                above.append(root_of(part))
        row, level = above, level + 1


def frames(data: bytes, place: str) -> Iterator[tuple[int, bytes, bytes]]:
    """(index, leaf, sealed payload) of each entry of a payload file or of staging; stops at a torn end."""
    if len(data) < 64 or zlib.crc32(data[:40]) != struct.unpack_from("!I", data, 40)[0]:
        raise Fault(0, place, "damaged header")
    mark, index = data[16:32], struct.unpack_from("!Q", data, 32)[0]
    yield index, b"", b""
    at = 64
    while at + 36 <= len(data):
        found, length, count, first, checksum = struct.unpack_from("!16sIIQI", data, at)
        body = data[at + 36 : at + 36 + length]
        if found != mark or len(body) != length or zlib.crc32(body, zlib.crc32(data[at : at + 32])) != checksum:
            break
        if first != index:
            raise Fault(index, place, "out of sequence: {found}", found=first)
        start = 0
        for index in range(first, first + count):
            leaf, sealed = struct.unpack_from("!HI", body, start + 16)
            middle = start + 22 + leaf
            yield index, body[start + 22 : middle], body[middle : middle + sealed]
            start = middle + sealed
        index, at = first + count, at + 36 + length
    rest = data[at:].rstrip(b"\0")
    if rest and (place != "staging" or mark in rest[1:]):
        raise Fault(index, place, "damaged")


def check_payloads(folder: Path, size: int, leaves: list[bytes], rules: Rules) -> int:
    """Payload files and staging: whole, contiguous, and with the same leaves as the tree. Gives the number of
    entries after the checkpoint."""
    names = sorted(p.name for p in (folder / "payloads").glob("*") if p.name.isdecimal())
    places = [f"payloads/{name}" for name in names] + ["staging"] * (folder / "staging").exists()
    expected: int | None = None
    for place in places:
        for index, leaf, sealed in frames(read(folder, place, expected or 0), place):
            if not leaf:
                if expected not in (None, index):
                    raise Fault(expected or 0, place, "out of sequence: {found}", found=index)
                expected = index
                continue
            if index < size and leaf != leaves[index]:
                raise Fault(index, place, "differs from the tree")
            if index >= size:
                rules.check(index, leaf)
            if bool(sealed) != (json.loads(leaf)["commitment"] is not None):
                raise Fault(index, place, "payload missing or unexpected")
            expected = index + 1
    if (expected or 0) < size:
        raise Fault(expected or 0, "staging", "entries of the tree are missing")
    return (expected or 0) - size


def verify(folder: Path, vkey: str, older: tuple[int, bytes] | None) -> dict[str, object]:
    """Everything. Raises Fault at the first place that does not agree."""
    origin, size, root = check_signature(read(folder, "checkpoint", 0), vkey)
    rules, leaves = Rules(), list(entries(folder, size))
    hashes = [leaf_hash(leaf) for leaf in leaves]
    check_tiles(folder, hashes)
    if root_of(hashes) != root:
        raise Fault(size, "checkpoint", "root does not match the entries")
    if older and (older[0] > size or root_of(hashes[: older[0]]) != older[1]):
        raise Fault(older[0], "given checkpoint", "this journal is not its continuation")
    for index, leaf in enumerate(leaves):
        rules.check(index, leaf)
    more = check_payloads(folder, size, leaves, rules)
    return {"size": size, "root": root.hex(), "origin": origin, "more": more, "open": len(rules.open)}


def verify_live(folder: Path, vkey: str, older: tuple[int, bytes] | None) -> dict[str, object]:
    """``verify``, tried again when the scribe published under our feet."""
    for _ in range(5):
        before = _state(folder)
        try:
            return verify(folder, vkey, older)
        except Fault:
            time.sleep(0.3)
            if _state(folder) == before:
                raise
    return verify(folder, vkey, older)


def _state(folder: Path) -> tuple[bytes, list[str]]:
    note = folder / "checkpoint"
    return note.read_bytes() if note.exists() else b"", sorted(p.name for p in (folder / "payloads").glob("*"))


def main(arguments: list[str] | None = None) -> int:
    """Exit code."""
    parser = argparse.ArgumentParser(prog="demeure.journal.verify", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vkey", help="verifier key that must have signed (default: the folder's own copy)")
    parser.add_argument("--checkpoint", type=Path, help="an older checkpoint, held by somebody else")
    parser.add_argument("--language", choices=sorted(SAY), default="fr")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    say = SAY[given.language]
    if not (given.folder / "checkpoint").exists():
        return _print(given.json, {"ok": False}, [say["none"].format(folder=given.folder)], 1)
    try:
        vkey = given.vkey or read(given.folder, "vkey", 0).decode()
        older = check_signature(given.checkpoint.read_bytes(), vkey)[1:] if given.checkpoint else None
        found = verify_live(given.folder, vkey, older)
    except Fault as fault:
        told = {"index": fault.index, "place": fault.place, "why": fault.why(given.language)}
        return _print(given.json, {"ok": False, **told}, [say["bad"].format(**told)], 1)
    lines = [] if given.vkey else [say["own"]]
    lines += [say["older"].format(size=older[0])] if older else []
    lines += [say["more"].format(**found)] if found["more"] else []
    return _print(given.json, {"ok": True, **found}, [*lines, say["ok"].format(**found)], 0)


def _print(as_json: bool, data: dict[str, object], lines: list[str], code: int) -> int:
    sys.stdout.write(json.dumps(data) + "\n" if as_json else "\n".join(lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
