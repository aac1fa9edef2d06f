"""Verify an export, a receipt or a proof of a Demeure journal: ``python3 verifier.py [PLACE] [--vkey KEY]``.

Python's standard library, and ``openssl`` for signatures; nothing of Demeure. A copy of this file travels in each
export. Exit 0: everything holds. 1: the first thing that does not. 2: wrong usage.
"""

from __future__ import annotations  # a stranger's Python may be 3.9

import base64
import hashlib
import hmac
import json
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
import zlib
from pathlib import Path
from typing import Any, NoReturn

HEADER = "c2sp.org/tlog-proof@v1"
SAY = {
    "fr": {
        "ok": "Tout concorde. Entrées vérifiées\u00a0: {count}, sous le point de contrôle de {size} entrées de "
        "{origin}.",
        "entry": "Entrée {index}, {time}\u00a0: {name}{outcome}{object}.",
        "opened": "{count} contenus ouverts\u00a0: chacun est bien celui que son entrée a engagé.",
        "own": "Clé lue dans le fichier lui-même\u00a0: prouve la cohérence, pas l’origine. Comparez-la à celle "
        "que vous tenez d’ailleurs (--vkey)\u00a0:",
        "bad": "ÉCHEC, {place}\u00a0: {why}.",
        "openssl": "openssl n’est pas installé",
        "sum": "l’empreinte SHA-256 ne correspond pas",
        "extra": "ce fichier n’est pas dans SHA256SUMS",
        "missing": "absent ou illisible",
        "keyless": "cette pièce ne porte pas de clé\u00a0: donnez celle de la maison qui l’a remise, avec "
        "--vkey (elle l’affiche avec demeure journal head)",
        "shape": "mal formé",
        "key": "n’est pas de cette clé",
        "signature": "la signature ne tient pas",
        "path": "la preuve d’inclusion ne tient pas",
        "opening": "le contenu n’est pas celui de l’entrée",
        "told": "ce qui est dit ne figure pas dans les entrées",
        "help": "Vérifie un export, un reçu ou une preuve d’un journal de Demeure, par Python et openssl seuls.\n"
        "Usage\u00a0: python3 verifier.py [PIÈCE] [--vkey CLÉ] [--language fr|en]\n"
        "  PIÈCE       fichier, ou dossier de l’export (défaut\u00a0: le dossier de ce programme)\n"
        "  --vkey CLÉ  clé attendue de la maison, tenue d’ailleurs\n"
        "Code 0\u00a0: tout concorde. 1\u00a0: quelque chose ne tient pas. 2\u00a0: mal appelé.",
    },
    "en": {
        "ok": "Everything agrees: entries: {count}, under the checkpoint of {size} entries of {origin}.",
        "entry": "Entry {index}, {time}: {name}{outcome}{object}.",
        "opened": "{count} contents opened: each is the one that its entry committed to.",
        "own": "Key read from the file itself: proves consistency, not origin. Compare it with the one you hold "
        "from elsewhere (--vkey):",
        "bad": "FAILED, {place}: {why}.",
        "openssl": "openssl is not installed",
        "sum": "the SHA-256 does not match",
        "extra": "this file is not in SHA256SUMS",
        "missing": "missing or unreadable",
        "keyless": "this piece carries no key: give that of the house that handed it over, with "
        "--vkey (it shows it with demeure journal head)",
        "shape": "malformed",
        "key": "is not of this key",
        "signature": "the signature does not hold",
        "path": "the inclusion proof does not hold",
        "opening": "the content is not the one of the entry",
        "told": "what is said is not in the entries",
        "help": "Verifies an export, a receipt or a proof of a journal of Demeure, by Python and openssl alone.\n"
        "Usage: python3 verifier.py [PIECE] [--vkey KEY] [--language fr|en]\n"
        "  PIECE       file, or folder of the export (default: the folder of this program)\n"
        "  --vkey KEY  key expected of the house, held from elsewhere\n"
        "Exit code 0: everything agrees. 1: something does not hold. 2: wrong usage.",
    },
}


PLACES = {"entry": "entrée", "summary": "résumé", "receipt": "reçu"}
"""What no file names, in French."""


class Fault(Exception):
    """The first thing that does not hold. ``why``: a key of SAY."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(place)
        self.place, self.why = place, why


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def root_from(index: int, size: int, hashed: bytes, path: list[bytes]) -> bytes | None:
    """The root that an audit path leads to (RFC 9162, 2.1.3.2)."""
    place, last = index, size - 1
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            hashed = hashlib.sha256(b"\x01" + sibling + hashed).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            hashed = hashlib.sha256(b"\x01" + hashed + sibling).digest()
        place, last = place >> 1, last >> 1
    return hashed if last == 0 and 0 <= index < size else None


def signed_by(public: bytes, signature: bytes, message: bytes, place: str) -> None:
    """Raises Fault unless ``openssl`` says that the Ed25519 signature holds."""
    if shutil.which("openssl") is None:
        raise Fault(place, "openssl")
    key = base64.b64encode(bytes.fromhex("302a300506032b6570032100") + public).decode()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "key.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n")
        (folder / "message").write_bytes(message)
        (folder / "signature").write_bytes(signature)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "message"]
        run = subprocess.run(  # noqa: S603 - a stranger's own openssl
            [*command, "-sigfile", "signature"], cwd=folder, capture_output=True, check=False
        )
    if run.returncode != 0:
        raise Fault(place, "signature")


def checkpoint(note: str, vkey: str, place: str) -> tuple[str, int, bytes]:
    """(origin, size, root), once the Ed25519 signature of ``vkey`` holds."""
    try:
        name, number, encoded = vkey.split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        text, _, lines = note.rpartition("\n\n")
        origin, size, root = text.split("\n")[:3]
        found = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
        if origin != name or found.hex() != number or key[:1] != b"\x01" or len(key) != 33:
            raise Fault(place, "key")
        for line in lines.splitlines():
            _, signer, signature = line.split(" ")
            raw = base64.b64decode(signature, validate=True)
            if signer == name and raw[:4] == found:
                signed_by(key[1:], raw[4:], (text + "\n").encode(), place)
                return origin, int(size), base64.b64decode(root, validate=True)
    except ValueError as problem:
        raise Fault(place, "shape") from problem
    raise Fault(place, "key")


def entry(told: dict[str, Any], size: int, root: bytes, place: str) -> dict[str, Any]:
    """The entry of one line: its leaf is under the root, and what is opened is what it committed to."""
    try:
        leaf, index = str(told["leaf"]), int(told["index"])
        path = [base64.b64decode(one, validate=True) for one in told["path"]]
        said = dict(json.loads(leaf))
        opening = told.get("opening")
        opened = opening and (bytes.fromhex(opening["salt"]), str(opening["payload"]).encode())
    except (ValueError, KeyError, TypeError) as problem:
        raise Fault(place, "shape") from problem
    if root_from(index, size, leaf_hash(leaf.encode()), path) != root:
        raise Fault(place, "path")
    if opened and hmac.new(opened[0], opened[1], hashlib.sha256).hexdigest() != said["commitment"]:
        raise Fault(place, "opening")
    return said


def receipt(data: dict[str, Any], vkey: str) -> dict[str, Any]:
    """A receipt: its entries are proven, and what it says in short is what they say."""
    try:
        origin, size, root = checkpoint(str(data["checkpoint"]), vkey, "checkpoint")
        entries = {int(e["index"]): entry(e, size, root, f"entry {e['index']}") for e in data["entries"]}
        if summary(data["chain"], entries) != data["summary"]:
            raise Fault("summary", "told")
    except (KeyError, TypeError, ValueError, IndexError) as problem:
        raise Fault("receipt", "shape") from problem
    told = {"origin": origin, "size": size, "count": len(entries), "opened": 0, "summary": data["summary"]}
    return told | {"entries": entries}


def summary(chain: str, entries: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """What the entries of one answer, and those about the house at that time, say in short."""
    mine = {e["name"]: e for _, e in sorted(entries.items()) if e["chain"] == chain}
    around = {e["name"]: e for _, e in sorted(entries.items()) if e["chain"] != chain}
    asked, found = mine.get("question-asked", {}), mine.get("passages-found", {})
    called = _words(mine.get("model-called", {}).get("object", ""))
    passages = [word.partition("=") for word in found.get("object", "").split()]
    return {
        "asked_at": asked.get("time", ""),
        "answered_at": mine.get("answer-closed", {}).get("time", ""),
        "outcome": mine.get("answer-closed", mine.get("question-closed", {})).get("outcome", ""),
        "question_commitment": asked.get("commitment"),
        "answer_commitment": mine.get("answer-closed", {}).get("commitment"),
        "model": called.get("", ""),
        "model_sha256": called.get("sha256", ""),
        "rule": asked.get("decision", ""),
        "policy": _words(asked.get("object", "")).get("policy", ""),
        "passages": [{"id": name, "commitment": commitment} for name, _, commitment in passages],
        "house": around.get("house-started", {}).get("object", ""),
        "box": around.get("box-facts", {}).get("object", ""),
    }


def _words(text: str) -> dict[str, str]:
    """``name a=1`` as {"": "name", "a": "1"}."""
    pairs = [word.partition("=") for word in text.split()]
    return {name if equals else "": value if equals else name for name, equals, value in pairs}


def proof(text: str, vkey: str) -> dict[str, Any]:
    """A ``.tlog-proof`` that carries its leaf."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != HEADER or len(lines) < 3 or not lines[1].startswith("extra "):
        raise Fault("tlog-proof", "shape")
    origin, size, root = checkpoint(note, vkey, "checkpoint")
    try:
        leaf = base64.b64decode(lines[1][6:], validate=True).decode()
        told = {"leaf": leaf, "index": int(lines[2].removeprefix("index ")), "path": lines[3:]}
    except ValueError as problem:
        raise Fault("tlog-proof", "shape") from problem
    entries = {told["index"]: entry(told, size, root, "entry")}
    return {"origin": origin, "size": size, "count": 1, "opened": 0, "entries": entries}


def export(folder: Path, vkey: str) -> dict[str, Any]:
    """An export: every file is the one that was listed, every entry is under the checkpoint."""
    sums = dict(line.split("  ", 1)[::-1] for line in _read(folder, "SHA256SUMS").splitlines())
    for name, digest in sums.items():
        if hashlib.sha256(_bytes(folder, name)).hexdigest() != digest:
            raise Fault(name, "sum")
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    for name in sorted(present - set(sums) - {"SHA256SUMS", "SHA256SUMS.sig"}):
        raise Fault(name, "extra")
    origin, size, root = checkpoint(_read(folder, "checkpoint"), vkey, "checkpoint")
    attested(_read(folder, "SHA256SUMS.sig"), _bytes(folder, "SHA256SUMS"), vkey)
    count = opened = 0
    for number, line in enumerate(_read(folder, "entries.jsonl").splitlines(), 1):
        place = f"entries.jsonl:{number}"
        try:
            told = json.loads(line)
        except ValueError as problem:
            raise Fault(place, "shape") from problem
        entry(told, size, root, place)
        count, opened = count + 1, opened + bool(told.get("opening"))
    return {"origin": origin, "size": size, "count": count, "opened": opened}


def attested(armoured: str, content: bytes, vkey: str) -> None:
    """The list is signed by the journal's key, as ``ssh-keygen -Y verify`` also tells (SSHSIG)."""
    place, lines = "SHA256SUMS.sig", armoured.split("\n")
    try:
        blob = base64.b64decode("".join(lines[1:-2]), validate=True)
        public = base64.b64decode(vkey.split("+", 2)[2], validate=True)[1:]
    except (ValueError, IndexError) as problem:
        raise Fault(place, "shape") from problem
    fields = (b"demeure-attestation", b"", b"sha512")
    digest = hashlib.sha512(content).digest()
    head = b"SSHSIG" + (1).to_bytes(4, "big") + _string(_string(b"ssh-ed25519") + _string(public))
    head += b"".join(map(_string, fields))
    whole = head + _string(_string(b"ssh-ed25519") + _string(blob[-64:]))
    text = base64.b64encode(whole).decode()
    again = [text[at : at + 70] for at in range(0, len(text), 70)]
    if lines != ["-----BEGIN SSH SIGNATURE-----", *again, "-----END SSH SIGNATURE-----", ""]:
        raise Fault(place, "key")
    signed_by(public, blob[-64:], b"SSHSIG" + b"".join(map(_string, (*fields, digest))), place)


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _bytes(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        if folder.resolve() not in path.resolve().parents:
            raise Fault(name, "shape")
        if not path.is_file():  # a pipe or a device has no end
            raise Fault(name, "missing")
        return path.read_bytes()
    except OSError as problem:
        raise Fault(name, "missing") from problem


def _read(folder: Path, name: str) -> str:
    try:
        return _bytes(folder, name).decode()
    except UnicodeDecodeError as problem:
        raise Fault(name, "shape") from problem


def look(target: Path, vkey: str | None) -> tuple[dict[str, Any], str]:
    """What ``target`` is, verified, and the key it was verified with. Raises Fault."""
    if target.is_dir():
        key = vkey or _read(target, "vkey").removesuffix("\n")
        return export(target, key), key
    if zipfile.is_zipfile(target):
        with tempfile.TemporaryDirectory() as name:
            unpack(target, Path(name))
            return look(Path(name), vkey)
    text = _read(target.parent, target.name)
    if text.startswith(HEADER):
        if not vkey:
            raise Fault(target.name, "keyless")
        return proof(text, vkey), vkey
    try:
        data = json.loads(text)
        key = vkey or str(data["vkey"])
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise Fault(target.name, "shape") from problem
    return receipt(data, key), key


def unpack(target: Path, folder: Path) -> None:
    """The files of an export, which lie in no folder. Refuses what is made to fill the disk. Raises Fault."""
    try:
        with zipfile.ZipFile(target) as archive:
            rows = archive.infolist()
            swollen = any(row.file_size > 1000 + 100 * row.compress_size for row in rows)
            names = {row.filename for row in rows}
            plain = len(names) == len(rows) and all(Path(name).name == name for name in names)
            if swollen or len(rows) > 64 or not plain:
                raise Fault(target.name, "shape")
            archive.extractall(folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as problem:
        raise Fault(target.name, "shape") from problem
    except OSError as problem:
        raise Fault(target.name, "missing") from problem


def main(arguments: list[str] | None = None) -> int:
    """Exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    vkey = _option(words, "--vkey")
    spoken = _option(words, "--language")
    language = spoken or "fr"
    if language not in SAY:
        usage()
    if {"-h", "--help"} & {*words}:
        write(*"\n\n".join(SAY[one]["help"] for one in ([spoken] if spoken else SAY)).split("\n"))
        return 0
    if words[1:] or (words and words[0].startswith("-") and not Path(words[0]).exists()):
        usage()
    say = SAY[language]
    target = Path(words[0]) if words else Path(__file__).resolve().parent
    try:
        found, key = look(target, vkey)
        told = [line(index, said, say["entry"]) for index, said in sorted(found.get("entries", {}).items())]
    except Fault as fault:
        word, space, rest = fault.place.partition(" ")
        place = PLACES.get(word, word) if language == "fr" else word
        write(say["bad"].format(place=f"{place}{space}{rest}", why=say[fault.why]))
        return 1
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):  # told as by no house
        write(say["bad"].format(place=target.name, why=say["shape"]))
        return 1
    lines = [] if vkey else [say["own"], key]
    lines += [say["opened"].format(count=found["opened"])] if found["opened"] else []
    write(*lines, *told, say["ok"].format(**found))
    return 0


def line(index: int, said: dict[str, Any], words: str) -> str:
    """What an entry says, under its own names: what the piece is about, for whoever received it."""
    outcome = f" ({said['outcome']})" if said["outcome"] else ""
    told = f", {said['object']}" if said["object"] else ""
    return words.format(index=index, time=said["time"], name=said["name"], outcome=outcome, object=told)


def write(*lines: str) -> None:
    """On standard output. Names come from whoever made the piece: nothing in them moves a terminal's cursor."""
    for line in lines:
        kept = [c if unicodedata.category(c)[0] != "C" and c not in "\u2028\u2029" else "\ufffd" for c in line]
        sys.stdout.write("".join(kept) + "\n")


def _option(words: list[str], name: str) -> str | None:
    if name not in words:
        return None
    at = words.index(name)
    if at + 1 >= len(words):
        usage()
    value = words[at + 1]
    del words[at : at + 2]
    return value


def usage() -> NoReturn:
    sys.stderr.write((__doc__ or "").splitlines()[0] + "\n")
    sys.exit(2)


if __name__ == "__main__":
    sys.exit(main())
