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

LEAF_WIDTH = 256
KINDS = "request|input|extension|retrieval|filter|answer|administration|sign-in"
_TEXT = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))[^"\\\x00-\x1f]*)*"'
_NUMBER = r"(?:0|[1-9][0-9]*)"
_CLOSING = (
    rf'(?:"of":(?P<of>{_NUMBER}),"outcome":"(?:done|refused|failed|interrupted)","phase":"closing"'
    r'|"of":null,"outcome":null,"phase":"(?P<phase>intention|fact)")'
)
LEAF = re.compile(
    rf'{{"actor":{_TEXT},"boot":{_TEXT},"chain":(?P<chain>{_TEXT}),"commitment":(?P<commitment>null|"[0-9a-f]{{64}}"),'
    rf'"decision":{_TEXT},"kind":"(?:{KINDS})","mono":{_NUMBER},"name":(?P<name>{_TEXT}),"object":(?P<object>{_TEXT}),'
    rf'{_CLOSING},"role":{_TEXT},"space":(?:null|{_TEXT}),'
    r'"time":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z","v":1}'
)
"""An entry of version 1, in canonical JSON (RFC 8785)."""
RETENTION = re.compile(r"minimum-index ([0-9]{1,18})\nkept-months [0-9]{1,6}\n(?:#.*\n){2}")
SAY = {
    "fr": {
        "ok": "Journal intact : {size} entrées recalculées, racine {root}, signature de {origin} valable.",
        "more": "Écrites depuis ce point de contrôle, pas encore couvertes par lui\u00a0: {more}.",
        "pruned": "Les {minimum} premières entrées ont été effacées à l’échéance, comme le dit retention.txt.",
        "own": "Clé lue dans le dossier lui-même : prouve la cohérence, pas l’origine (donner --vkey).",
        "older": "Le point de contrôle donné ({size} entrées) est bien le début de ce journal.",
        "none": "Aucun point de contrôle : rien à vérifier dans {folder}.",
        "other": "ÉCHEC\N{NO-BREAK SPACE}: ce journal est signé par une autre clé que celle donnée.\n"
        "  donnée\u00a0\u00a0: {given}\n"
        "  journal\u00a0: {own}\nMauvais dossier, mauvaise clé, ou journal remplacé.",
        "shape": "ÉCHEC\N{NO-BREAK SPACE}: --vkey n’est pas une clé (nom+8 chiffres+base64, entière)\u00a0: "
        "{given}",
        "bad": "ÉCHEC, entrée {index}, {place} : {why}.",
    },
    "en": {
        "ok": "Journal intact: {size} entries recomputed, root {root}, signature of {origin} valid.",
        "more": "Written since this checkpoint, and not covered by it yet: {more}.",
        "pruned": "The first {minimum} entries were erased when due, as retention.txt tells.",
        "own": "Key read from the folder itself: proves consistency, not origin (give --vkey).",
        "older": "The given checkpoint ({size} entries) is indeed the beginning of this journal.",
        "none": "No checkpoint: nothing to verify in {folder}.",
        "other": "FAILED: this journal is signed by another key than the one given.\n"
        "  given:   {given}\n  journal: {own}\nWrong folder, wrong key, or a journal that was replaced.",
        "shape": "FAILED: --vkey is no key (name+8 digits+base64, to be given whole): {given}",
        "bad": "FAILED, entry {index}, {place}: {why}.",
    },
}

FRENCH = {
    "missing or unreadable": "absent ou illisible",
    "not of this key": "n’est pas de cette clé",
    "signature does not hold": "la signature n’est pas valable",
    "malformed": "mal formé",
    "not signed by this key": "n’est pas signé par cette clé",
    "truncated": "tronqué",
    "does not match its hash": "ne correspond pas à son empreinte",
    "bytes after the last entry": "des octets suivent la dernière entrée",
    "not an entry of version 1 in canonical form": "n’est pas une entrée de la version 1 sous forme canonique",
    "closes {of}, which is not open in its chain": "clôt {of}, qui n’est pas ouverte dans sa chaîne",
    "wrong length": "longueur anormale",
    "damaged header": "en-tête abîmé",
    "out of sequence: {found}": "rupture de suite\u00a0: {found}",
    "damaged": "abîmé",
    "differs from the tree": "diffère de l’arbre",
    "payload missing or unexpected": "contenu scellé manquant ou inattendu",
    "entries of the tree are missing": "des entrées de l’arbre manquent",
    "root does not match the entries": "la racine ne correspond pas aux entrées",
    "no entry tells this pruning": "aucune entrée ne dit cet élagage",
    "not all zeros": "n’est pas fait que de zéros",
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


def own_key(folder: Path) -> str:
    """The verifier key that the folder holds of itself."""
    return read(folder, "vkey", 0).decode(errors="replace").removesuffix("\n")


def key_of(vkey: str, place: str) -> tuple[str, bytes, int, bytes]:
    """(name, key id, kind, public key) of a verifier key."""
    try:
        name, number, encoded = vkey.split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        found = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    except ValueError as problem:
        raise Fault(0, place, "malformed") from problem
    if (
        base64.b64encode(key).decode() != encoded
        or found.hex() != number
        or key[:1] not in (b"\x01", b"\x04", b"\x06")
    ):
        raise Fault(0, place, "malformed")
    return name, found, key[0], key[1:]


def check_signature(note: bytes, *vkeys: str, whole: bool = False) -> tuple[str, int, bytes]:
    """(origin, size, root) once the signature of each of ``vkeys`` holds. ``whole``: nothing else is in it."""
    try:
        text, _, signatures = note.decode().rpartition("\n\n")
        text += "\n"
        origin, number, encoded = text.split("\n")[:3]
        size, root = int(number), base64.b64decode(encoded, validate=True)
        lines = [tuple(line.split(" ")) for line in signatures.split("\n")[:-1]]
        if any(len(line) != 3 or line[0] != "—" for line in lines) or not signatures.endswith("\n"):
            raise Fault(0, "checkpoint", "malformed")
        raw = [(name, base64.b64decode(signature, validate=True)) for _, name, signature in lines]
    except ValueError as problem:
        raise Fault(0, "checkpoint", "malformed") from problem
    for vkey in vkeys:
        name, found, kind, public = key_of(vkey, "vkey")
        if origin != name and kind != 4:
            raise Fault(0, "checkpoint", "not of this key")
        mine = [signature[4:] for signer, signature in raw if signer == name and signature[:4] == found]
        if not mine:
            raise Fault(0, "checkpoint", "not signed by this key")
        _check_one(kind, public, mine[0], text.encode(), (origin.encode(), size, root))
    again = "".join(f"— {name} {base64.b64encode(data).decode()}\n" for name, data in raw)
    if whole and (len(raw) != len(vkeys) or again != signatures or len(text.split("\n")) != 4):
        raise Fault(0, "checkpoint", "malformed")
    return origin, size, root


def _check_one(
    kind: int,
    public: bytes,
    signature: bytes,
    text: bytes,
    tree: tuple[bytes, int, bytes],
    place: str = "checkpoint",
) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        if kind != 6:
            seconds = int.from_bytes(signature[:8], "big")
            text = text if kind == 1 else f"cosignature/v1\ntime {seconds}\n".encode() + text
            Ed25519PublicKey.from_public_bytes(public).verify(signature[0 if kind == 1 else 8 :], text)
            return
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

        name = bytes([len(tree[0])]) + tree[0]
        message = b"subtree/v1\n\0" + name + signature[:8] + name + struct.pack("!QQ", 0, tree[1]) + tree[2]
        MLDSA44PublicKey.from_public_bytes(public).verify(signature[8:], message)
    except (InvalidSignature, ValueError) as problem:
        raise Fault(0, place, "signature does not hold") from problem


class Rules:
    """How entries hang together. ``fault``: the first that does not; ``prunings``: the minimums they tell."""

    def __init__(self, minimum: int) -> None:
        self.open: dict[int, str] = {}
        self.minimum = minimum
        self.fault: Fault | None = None
        self.prunings = {0}

    def check(self, index: int, leaf: bytes, place: str) -> bool:
        """Has the entry a commitment? Raises Fault when it is not an entry at all."""
        try:
            found = LEAF.fullmatch(leaf.decode())
        except UnicodeDecodeError:
            found = None
        if found is None:
            raise Fault(index, place, "not an entry of version 1 in canonical form")
        of, phase = found["of"], found["phase"]
        if phase == "intention":
            self.open[index] = found["chain"]
        elif of is not None and self.open.pop(int(of), None) != found["chain"] and int(of) >= self.minimum:
            self.fault = self.fault or Fault(index, place, "closes {of}, which is not open in its chain", of=of)
        if found["name"] == '"journal-pruned"':
            self.prunings |= {int(number) for number in re.findall(r"minimum=([0-9]{1,18})", found["object"])}
        return found["commitment"] != "null"


def bundle(folder: Path, first: int, width: int) -> Iterator[tuple[int, bytes, str]]:
    """(index, leaf, place) of each entry of one bundle."""
    place, at = tile_name("entries", first // LEAF_WIDTH, width), 0
    data = read(folder, place, first)
    for index in range(first, first + width):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        leaf = data[at + 2 : end]
        if len(leaf) != end - at - 2 or not leaf:
            raise Fault(index, place, "truncated")
        yield index, leaf, place
        at = end
    if at != len(data):
        raise Fault(first + width, place, "bytes after the last entry")


def entries(folder: Path, size: int, minimum: int = 0) -> Iterator[bytes]:
    """The leaves of the published tree."""
    for first in range(minimum, size, LEAF_WIDTH):
        yield from (leaf for _, leaf, _ in bundle(folder, first, min(LEAF_WIDTH, size - first)))


class Tree:
    """The published tree, computed from the entries that were not pruned."""

    def __init__(self, folder: Path, size: int, minimum: int, rules: Rules) -> None:
        self.folder, self.size, self.minimum = folder, size, minimum
        self.hashes: list[bytes] = []
        self.sealed = bytearray()
        for first in range(minimum, size, LEAF_WIDTH):
            for index, leaf, place in bundle(folder, first, min(LEAF_WIDTH, size - first)):
                self.sealed.append(rules.check(index, leaf, place))
                self.hashes.append(leaf_hash(leaf))
        self.rows = [self.hashes]
        while size >> (8 * len(self.rows)):
            self.rows.append(self._above(len(self.rows)))

    def start(self, level: int) -> int:
        """First hash that is kept at ``level``."""
        return (self.minimum >> (8 * level + 8)) << 8

    def _stored(self, level: int, number: int) -> bytes:
        width = min(LEAF_WIDTH, (self.size >> (8 * level)) - number * LEAF_WIDTH)
        return read(self.folder, tile_name(level, number, width), number << (8 * level + 8))

    def _above(self, level: int) -> list[bytes]:
        """Stored hashes of what was pruned, then those of the full tiles below."""
        below, first = self.rows[level - 1], self.start(level)
        count = (self.minimum >> (8 * level)) - first
        stored = self._stored(level, first // LEAF_WIDTH) if count else b""
        row = [stored[at : at + 32] for at in range(0, 32 * count, 32)]
        skipped = (self.minimum >> (8 * level)) * LEAF_WIDTH - self.start(level - 1)
        full = range(skipped, len(below) - LEAF_WIDTH + 1, LEAF_WIDTH)
        return row + [root_of(below[at : at + LEAF_WIDTH]) for at in full]

    def root(self, size: int) -> bytes:
        """Of the first ``size`` entries (more than ``minimum``, or all)."""
        root: list[bytes] = []
        for level, row in enumerate(self.rows):
            count = size >> (8 * level)
            units = row[(count >> 8 << 8) - self.start(level) : count - self.start(level)] if count else []
            root = [root_of(units + root)] if units or root else []
        return root_of(root)

    def check_tiles(self) -> None:
        """Every stored hash, all levels, against what the entries give."""
        for level, row in enumerate(self.rows):
            start = self.start(level)
            for first in range(0, len(row), LEAF_WIDTH):
                part, number = row[first : first + LEAF_WIDTH], (start + first) // LEAF_WIDTH
                stored, place = self._stored(level, number), tile_name(level, number, len(part))
                if stored == b"".join(part):
                    continue
                at = next((n for n, wanted in enumerate(part) if stored[32 * n : 32 * n + 32] != wanted), -1)
                why = "wrong length" if at < 0 else "does not match its hash"
                raise Fault((start + first + max(at, 0)) << (8 * level), place, why)

    def locate(self) -> Fault:
        """Where the entries differ from the stored hashes, when the root says that they do."""
        for first in range(0, len(self.hashes), LEAF_WIDTH):
            number = (self.minimum + first) // LEAF_WIDTH
            stored, part = self._stored(0, number), self.hashes[first : first + LEAF_WIDTH]
            for at, found in enumerate(part):
                if stored[32 * at : 32 * at + 32] != found:
                    place = tile_name("entries", number, len(part))
                    return Fault(self.minimum + first + at, place, "does not match its hash")
        if self.minimum:
            width = min(LEAF_WIDTH, (self.size >> 8) - (self.start(1)))
            return Fault(self.minimum, tile_name(1, self.start(1) >> 8, width), "does not match its hash")
        return Fault(self.size, "checkpoint", "root does not match the entries")


def frames(data: bytes, place: str) -> Iterator[tuple[int, bytes, bytes]]:
    """(index, leaf, sealed payload) of each entry of a payload file or of staging; stops at a torn end."""
    if len(data) < 64 or zlib.crc32(data[:40]) != struct.unpack_from("!I", data, 40)[0] or any(data[44:64]):
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
    torn = place == "staging" and len(rest) - rest.count(0) > 16 and mark not in rest[1:]
    if (rest or (place != "staging" and at != len(data))) and not torn:
        raise Fault(index, place, "damaged")


def check_payloads(folder: Path, tree: Tree, rules: Rules) -> list[bytes]:
    """Payload files and staging: whole, contiguous, and with the same leaves as the tree. Gives the hashes of the
    entries after the checkpoint."""
    names = sorted(p.name for p in (folder / "payloads").glob("*") if p.name.isdecimal())
    places = [f"payloads/{name}" for name in names] + ["staging"] * (folder / "staging").exists()
    expected: int | None = None
    more: list[bytes] = []
    for place in places:
        for index, leaf, sealed in frames(read(folder, place, expected or 0), place):
            if not leaf:
                if (index > tree.minimum if expected is None else index != expected) or (
                    place != "staging" and int(place[9:]) != index
                ):
                    raise Fault(expected or 0, place, "out of sequence: {found}", found=index)
                expected = index
                continue
            hashed = leaf_hash(leaf)
            if index >= tree.size:
                committed = rules.check(index, leaf, place)
                more.append(hashed)
            elif index < tree.minimum:  # a crash came between the pruning and the removal
                committed = bool(sealed)
            elif hashed != tree.hashes[index - tree.minimum]:
                raise Fault(index, place, "differs from the tree")
            else:
                committed = bool(tree.sealed[index - tree.minimum])
            if bool(sealed) != committed:
                raise Fault(index, place, "payload missing or unexpected")
            expected = index + 1
    if (expected or 0) < tree.size:
        raise Fault(expected or 0, "staging", "entries of the tree are missing")
    return more


def check_marks(folder: Path, vkey: str, tree: Tree, more: list[bytes], rules: Rules) -> None:
    """The small files beside the tree: what was signed last, the keys, the retention, the reserve."""
    try:
        signed = json.loads(read(folder, "signed", 0))
        size, root = int(signed["size"]), str(signed["root"])
        whole = json.dumps({"size": size, "root": root}).encode() == read(folder, "signed", 0)
    except (ValueError, KeyError, TypeError):
        whole, size, root = False, 0, ""
    if not whole or not tree.size <= size <= tree.size + len(more):
        raise Fault(size, "signed", "malformed")
    last = tree.root(size) if size == tree.size else root_of_more(tree, more[: size - tree.size])
    if last is not None and last.hex() != root:
        raise Fault(size, "signed", "root does not match the entries")
    if read(folder, "vkey", 0).decode(errors="replace") != vkey + "\n":
        raise Fault(0, "vkey", "not of this key")
    if tree.minimum not in rules.prunings:
        raise Fault(tree.minimum, "retention.txt", "no entry tells this pruning")
    if (folder / "reserve").exists() and any(map(any, pieces(folder / "reserve"))):
        raise Fault(tree.size, "reserve", "not all zeros")


def check_neighbours(folder: Path, keys: list[str]) -> None:
    """What witnesses signed for us (``cosigned``), and what we signed for others (``witness/``)."""
    if (folder / "cosigned").exists():
        witness, _, note = read(folder, "cosigned", 0).partition(b"\n")
        ours = keys[: note.count("\n— ".encode()) - 1]
        signed_note("cosigned", note, [*ours, witness.decode(errors="replace")])
    own = ""
    for path in sorted((folder / "witness").glob("*.vkey"), reverse=True):  # own.vkey first
        place = f"witness/{path.name}"
        line = read(folder, place, 0).decode(errors="replace")
        if key_of(line[:-1], place) and line[-1] != "\n":
            raise Fault(0, place, "malformed")
        own = own or line[:-1]
    for path in sorted((folder / "witness").glob("*.seen")):
        signed_note(f"witness/{path.name}", read(folder, f"witness/{path.name}", 0), [own])


def signed_note(place: str, note: bytes, keys: list[str]) -> None:
    try:
        check_signature(note, *keys, whole=True)
    except Fault as problem:
        raise Fault(0, place, "signature does not hold") from problem


def root_of_more(tree: Tree, more: list[bytes]) -> bytes | None:
    """The root after further entries; None where pruning took what it needs."""
    return None if tree.minimum else root_of(tree.hashes + more)


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece.strip(b"\0")


def retention(folder: Path, vkey: str) -> int:
    """The minimum index that ``retention.txt``, a signed note, tells; 0 without it."""
    if not (folder / "retention.txt").exists():
        return 0
    told = RETENTION.fullmatch(own_note(folder, "retention.txt", "retention", vkey))
    if told is None or int(told[1]) % LEAF_WIDTH:
        raise Fault(0, "retention.txt", "malformed")
    return int(told[1])


def own_note(folder: Path, place: str, about: str, vkey: str) -> str:
    """The text, after its first line, of a signed note of this journal ``about`` something."""
    note = read(folder, place, 0)
    name, found, kind, public = key_of(vkey, "vkey")
    try:
        text, _, line = note.decode().rpartition("\n\n")
        signature = base64.b64decode(line.split(" ")[2][:-1], validate=True)
    except (ValueError, IndexError) as problem:
        raise Fault(0, place, "malformed") from problem
    again = f"{text}\n\n— {name} {base64.b64encode(signature).decode()}\n"
    if again.encode() != note or text.partition("\n")[0] != f"{name} {about}" or signature[:4] != found:
        raise Fault(0, place, "malformed")
    _check_one(kind, public, signature[4:], (text + "\n").encode(), (b"", 0, b""), place)
    return text.partition("\n")[2] + "\n"


def check_stamped(folder: Path, vkey: str, tree: Tree) -> None:
    """The checkpoint that an authority stamped is one of this journal, and the reply is about it. The authority's
    own signature is for ``openssl ts``, with the certificate that the reader trusts."""
    if not (folder / "stamped").exists():
        return
    try:
        note, reply = (base64.b64decode(line) for line in own_note(folder, "stamped", "timestamp", vkey).split())
    except ValueError as problem:
        raise Fault(0, "stamped", "malformed") from problem
    _, size, root = check_signature(note, vkey)
    known = tree.minimum < size <= tree.size
    if size > tree.size or (known and tree.root(size) != root) or hashlib.sha256(note).digest() not in reply:
        raise Fault(0, "stamped", "this journal is not its continuation")


def verify(folder: Path, vkey: str, older: tuple[int, bytes] | None) -> dict[str, object]:
    """Everything. Raises Fault at the first place that does not agree."""
    second = [read(folder, "vkey-ml-dsa", 0).decode(errors="replace")] * (folder / "vkey-ml-dsa").exists()
    if second and (not second[0].endswith("\n") or key_of(second[0][:-1], "vkey-ml-dsa")[2] != 6):
        raise Fault(0, "vkey-ml-dsa", "malformed")
    keys = [vkey, *(line[:-1] for line in second)]
    origin, size, root = check_signature(read(folder, "checkpoint", 0), *keys, whole=True)
    rules = Rules(retention(folder, vkey))
    if rules.minimum > size:
        raise Fault(rules.minimum, "retention.txt", "malformed")
    tree = Tree(folder, size, rules.minimum, rules)
    if tree.root(size) != root:
        raise tree.locate()
    tree.check_tiles()
    if older and (older[0] > size or (older[0] > rules.minimum and tree.root(older[0]) != older[1])):
        raise Fault(older[0], "given checkpoint", "this journal is not its continuation")
    more = check_payloads(folder, tree, rules)
    check_marks(folder, vkey, tree, more, rules)
    check_neighbours(folder, keys)
    check_stamped(folder, vkey, tree)
    if rules.fault:
        raise rules.fault
    told = {"size": size, "root": root.hex(), "origin": origin, "more": len(more), "open": len(rules.open)}
    return told | {"minimum": rules.minimum}


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
        vkey = own_key(given.folder)
        if given.vkey and given.vkey.strip() != vkey:
            told = {"ok": False, "index": 0, "place": "vkey"}
            return _print(given.json, told, [_other(say, given.vkey.strip(), vkey)], 1)
        older = check_signature(given.checkpoint.read_bytes(), vkey)[1:] if given.checkpoint else None
        found = verify_live(given.folder, vkey, older)
    except Fault as fault:
        told = {"index": fault.index, "place": fault.place, "why": fault.why(given.language)}
        return _print(given.json, {"ok": False, **told}, [say["bad"].format(**told)], 1)
    lines = [] if given.vkey else [say["own"]]
    lines += [say["older"].format(size=older[0])] if older else []
    lines += [say["pruned"].format(**found)] if found["minimum"] else []
    lines += [say["more"].format(**found)] if found["more"] else []
    return _print(given.json, {"ok": True, **found}, [*lines, say["ok"].format(**found)], 0)


def _other(say: dict[str, str], given: str, own: str) -> str:
    """Why a journal cannot agree with the key that was expected: that is no key, or it is another one."""
    try:
        key_of(given, "vkey")
    except Fault:
        return say["shape"].format(given=given)
    return say["other"].format(given=given, own=own)


def _print(as_json: bool, data: dict[str, object], lines: list[str], code: int) -> int:
    sys.stdout.write(json.dumps(data) + "\n" if as_json else "\n".join(lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
