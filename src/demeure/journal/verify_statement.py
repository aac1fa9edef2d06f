"""Verify what a house says of its walls: ``verify.py [PLACE] [--vkey KEY] [--after PIECE] [--at UTC]``.

Python's standard library, and ``openssl`` for signatures; nothing of Demeure. A copy of this file travels with each
statement. Exit 0: it holds, and nothing got out. 1: it does not hold. 2: wrong usage. 3: it holds, and says that
something got out, or that nothing could be concluded.
"""

from __future__ import annotations  # a stranger's Python may be 3.9

import base64
import calendar
import hashlib
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import unicodedata
import zipfile
import zlib
from pathlib import Path
from typing import Any, NoReturn

FILES = (
    *("VERIFIER.txt", "allowed_signers", "checkpoint", "checkpoint.sig", "checkpoint.txt", "entry.tlog-proof"),
    *("key.pem", "statement.json", "statement.json.sig", "verify.py", "vkey"),
)
SUMS, PAGES = "SHA512SUMS", ("certificat.pdf", "certificate.pdf")
"""The signed list of the statement and of what was laid out from it: one page, in the language asked for."""
LISTED = (SUMS, f"{SUMS}.sig", *PAGES)
FORMAT, FORMER, HEADER = "demeure.walls/2", "demeure.walls/1", "c2sp.org/tlog-proof@v1"
"""FORMER packs hold no list, and no page."""
TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
NAMESPACE = "demeure-attestation"
ENTRY = "walls-proved-closed"
VALID_SECONDS, EARLY_SECONDS = 24 * 3600, 300
LARGEST = 16 << 20
RESULTS = {"PASSED": "blocked", "FAILED": "open", "WARNED": "inconclusive"}
CODES = {"blocked": 0, "open": 1, "inconclusive": 3}
TESTS = {"passedTests": "blocked", "failedTests": "open", "warnedTests": "inconclusive"}
LEAST = 20
"""Core probes that a proof must hold, all of them conclusive in every box, to say that nothing got out."""
ABOUT_ANOTHER = ("same-ground", "running-files")
"""Facts without which what the twins prove is not about the house that runs."""
_KEY = bytes.fromhex("302a300506032b6570032100")
SAY = {
    "fr": {
        "holds": "La pièce tient\u00a0: signée par {origin}, entrée {index} du journal, sous son point de contrôle "
        "de {size} entrées.",
        "made": "Faite le {issued}, valable jusqu’au {expires} (UTC).",
        "counts": "{blocked} essais bloqués, {open} ouverts, {inconclusive} non concluants\u00a0; "
        "confinement {ladder}.",
        "blocked": "VERDICT\u00a0: rien n’est sorti.",
        "open": "VERDICT\u00a0: quelque chose est ouvert.",
        "loose": "VERDICT\u00a0: aucun essai n’est sorti, mais la maison n’est pas tenue comme elle doit l’être.",
        "inconclusive": "VERDICT\u00a0: non concluant.",
        "limits": "Ce que cela ne prouve pas\u00a0:",
        "opened": "Ce qui est ouvert\u00a0:",
        "doubt": "Ce qui empêche de conclure\u00a0:",
        "unnoticed": "mur retiré sans qu’une sonde le remarque\u00a0: {wall}",
        "page": "La page jointe, {page}, est celle qui a été remise avec cette déclaration.",
        "own": "Clé lue dans la pièce elle-même\u00a0: prouve la cohérence, pas l’origine. Comparez-la à celle que "
        "vous tenez d’ailleurs (--vkey)\u00a0:",
        "bad": "ÉCHEC, {place}\u00a0: {why}.",
        "openssl": "openssl n’est pas installé",
        "missing": "absent ou illisible",
        "extra": "ce fichier n’appartient pas à la pièce",
        "shape": "mal formé",
        "key": "n’est pas de la clé attendue\u00a0: la pièce vient d’une autre maison, ou a été changée",
        "signature": "la signature ne tient pas",
        "path": "la preuve d’inclusion ne tient pas",
        "entry": "l’entrée du journal ne parle pas de cette déclaration",
        "changed": "ce fichier n’est plus celui qui a été remis",
        "told": "le verdict n’est pas celui que disent les essais",
        "expired": "périmée depuis le {expires} (UTC)",
        "early": "datée de l’avenir ({issued} UTC)\u00a0: une des deux horloges se trompe",
        "validity": "les dates ne s’accordent pas (24 heures au plus, et l’entrée du journal dans cet intervalle)",
        "older": "plus ancienne que celle que vous avez déjà (--after)",
        "help": "Vérifie ce qu’une maison dit de ses murs, par Python et openssl seuls.\n"
        "Usage\u00a0: python3 verify.py [PIÈCE] [--vkey CLÉ] [--after PIÈCE] [--at INSTANT] [--language fr|en]\n"
        "  PIÈCE          dossier ou fichier .zip de la déclaration (défaut\u00a0: le dossier de ce programme)\n"
        "  --vkey CLÉ     clé attendue de la maison, tenue d’ailleurs\n"
        "  --after PIÈCE  déclaration ou point de contrôle déjà détenu\u00a0: plus ancienne, elle est refusée\n"
        "  --at INSTANT   juger comme à cet instant (UTC, 2026-11-25T06:02:00)\n"
        "Code 0\u00a0: elle tient, et rien n’est sorti. 1\u00a0: elle ne tient pas. 2\u00a0: mal appelé. "
        "3\u00a0: elle tient, et dit que quelque chose est sorti, ou qu’on ne peut conclure.",
    },
    "en": {
        "holds": "The piece holds: signed by {origin}, entry {index} of the journal, under its checkpoint of "
        "{size} entries.",
        "made": "Made on {issued}, valid until {expires} (UTC).",
        "counts": "{blocked} attempts blocked, {open} open, {inconclusive} inconclusive; confinement {ladder}.",
        "blocked": "VERDICT: nothing got out.",
        "open": "VERDICT: something is open.",
        "loose": "VERDICT: no attempt got out, but the house is not held as it must be.",
        "inconclusive": "VERDICT: inconclusive.",
        "limits": "What this does not prove:",
        "opened": "What is open:",
        "doubt": "What keeps it from concluding:",
        "unnoticed": "wall taken away and no probe noticed: {wall}",
        "page": "The page that comes with it, {page}, is the one that was given with this statement.",
        "own": "Key read from the piece itself: proves consistency, not origin. Compare it with the one you hold "
        "from elsewhere (--vkey):",
        "bad": "FAILED, {place}: {why}.",
        "openssl": "openssl is not installed",
        "missing": "missing or unreadable",
        "extra": "this file does not belong to the piece",
        "shape": "malformed",
        "key": "is not of the key expected: the piece comes from another house, or was changed",
        "signature": "the signature does not hold",
        "path": "the inclusion proof does not hold",
        "entry": "the entry of the journal does not speak of this statement",
        "changed": "this file is no longer the one that was given",
        "told": "the verdict is not the one that the attempts tell",
        "expired": "expired since {expires} (UTC)",
        "early": "dated in the future ({issued} UTC): one of the two clocks is wrong",
        "validity": "the dates do not agree (24 hours at most, and the entry of the journal within)",
        "older": "older than the one you already have (--after)",
        "help": "Verifies what a house says of its walls, by Python and openssl alone.\n"
        "Usage: python3 verify.py [PIECE] [--vkey KEY] [--after PIECE] [--at MOMENT] [--language fr|en]\n"
        "  PIECE          folder or .zip file of the statement (default: the folder of this program)\n"
        "  --vkey KEY     key expected of the house, held from elsewhere\n"
        "  --after PIECE  statement or checkpoint already held: an older one is refused\n"
        "  --at MOMENT    judge as at that moment (UTC, 2026-11-25T06:02:00)\n"
        "Exit code 0: it holds, and nothing got out. 1: it does not hold. 2: wrong usage. 3: it holds, and says "
        "that something got out, or that nothing could be concluded.",
    },
}


class Fault(Exception):
    """The first thing that does not hold. ``why``: a key of SAY, with its fields."""

    def __init__(self, place: str, why: str, **fields: str) -> None:
        super().__init__(place)
        self.place, self.why, self.fields = place, why, fields


def archive(files: dict[str, bytes]) -> bytes:
    """The one zip of these files: stored, in order, without a date. Whatever differs from it was changed."""
    body, central = b"", b""
    for name in sorted(files):
        data = files[name]
        facts = struct.pack("<HHHHH", 20, 0, 0, 0, 0x21)
        facts += struct.pack("<IIIHH", zlib.crc32(data), len(data), len(data), len(name), 0)
        more = struct.pack("<HHHII", 0, 0, 0, 0o644 << 16, len(body))
        central += b"PK\x01\x02" + struct.pack("<H", 3 << 8 | 20) + facts + more + name.encode()
        body += b"PK\x03\x04" + facts + name.encode() + data
    ends = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(central), len(body), 0)
    return body + central + b"PK\x05\x06" + ends


def helpers(vkey: str, note: str) -> dict[str, bytes]:
    """What only repeats the key and the checkpoint, for tools that want them so. Raises Fault."""
    public = key_of(vkey)[2]
    ssh = base64.b64encode(_string(b"ssh-ed25519") + _string(public)).decode()
    text, signature = _split(note, vkey)
    pem = base64.b64encode(_KEY + public).decode()
    return {
        "allowed_signers": f'journal namespaces="{NAMESPACE}" ssh-ed25519 {ssh}\n'.encode(),
        "key.pem": f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n".encode(),
        "vkey": f"{vkey}\n".encode(),
        "checkpoint": note.encode(),
        "checkpoint.txt": text.encode(),
        "checkpoint.sig": signature,
    }


def key_of(vkey: str) -> tuple[str, bytes, bytes]:
    """(name, key id, public Ed25519 key). Raises Fault."""
    try:
        name, number, encoded = vkey.split("+", 2)
        key = base64.b64decode(encoded, validate=True)
    except ValueError as problem:
        raise Fault("vkey", "shape") from problem
    found = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    if found.hex() != number or key[:1] != b"\x01" or len(key) != 33 or base64.b64encode(key).decode() != encoded:
        raise Fault("vkey", "shape")
    return name, found, key[1:]


def signed_by(public: bytes, signature: bytes, message: bytes, place: str) -> None:
    """Raises Fault unless ``openssl`` says that the Ed25519 signature holds."""
    if shutil.which("openssl") is None:
        raise Fault(place, "openssl")
    key = base64.b64encode(_KEY + public).decode()
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


def attested(armoured: str, content: bytes, vkey: str, place: str) -> None:
    """The exact bytes are signed by the key, as ``ssh-keygen -Y verify`` also tells (SSHSIG). Raises Fault."""
    lines, public = armoured.split("\n"), key_of(vkey)[2]
    try:
        blob = base64.b64decode("".join(lines[1:-2]), validate=True)
    except ValueError as problem:
        raise Fault(place, "shape") from problem
    fields = (NAMESPACE.encode(), b"", b"sha512")
    whole = b"SSHSIG" + (1).to_bytes(4, "big") + _string(_string(b"ssh-ed25519") + _string(public))
    whole += b"".join(map(_string, fields)) + _string(_string(b"ssh-ed25519") + _string(blob[-64:]))
    text = base64.b64encode(whole).decode()
    again = [text[at : at + 70] for at in range(0, len(text), 70)]
    if lines != ["-----BEGIN SSH SIGNATURE-----", *again, "-----END SSH SIGNATURE-----", ""]:
        raise Fault(place, "key")
    digest = hashlib.sha512(content).digest()
    signed_by(public, blob[-64:], b"SSHSIG" + b"".join(map(_string, (*fields, digest))), place)


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _split(note: str, vkey: str) -> tuple[str, bytes]:
    """(what is signed, its one signature by the key) of a checkpoint. Raises Fault."""
    name, found, _ = key_of(vkey)
    text, gap, line = note.rpartition("\n\n")
    head = f"— {name} "
    try:
        raw = base64.b64decode(line[len(head) : -1], validate=True)
    except ValueError as problem:
        raise Fault("checkpoint", "shape") from problem
    if not gap or raw[:4] != found or line != f"{head}{base64.b64encode(raw).decode()}\n":
        raise Fault("checkpoint", "key")
    return text + "\n", raw[4:]


def checkpoint(note: str, vkey: str) -> tuple[str, int, bytes]:
    """(origin, size, root), once its signature holds. Raises Fault."""
    text, signature = _split(note, vkey)
    signed_by(key_of(vkey)[2], signature, text.encode(), "checkpoint")
    try:
        origin, size, root = text.split("\n")[:3]
        return origin, int(size), base64.b64decode(root, validate=True)
    except ValueError as problem:
        raise Fault("checkpoint", "shape") from problem


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


def proven(text: str, note: str, size: int, root: bytes) -> tuple[int, dict[str, Any]]:
    """(index, entry) of the proof, which carries its leaf and the same checkpoint. Raises Fault."""
    place, lines = "entry.tlog-proof", text.partition("\n\n")[0].split("\n")
    try:
        leaf, index = base64.b64decode(lines[1][6:], validate=True), int(lines[2].removeprefix("index "))
        path = [base64.b64decode(one, validate=True) for one in lines[3:]]
        said = json.loads(leaf)
    except (ValueError, IndexError) as problem:
        raise Fault(place, "shape") from problem
    extra = f"extra {base64.b64encode(leaf).decode()}"
    again = [HEADER, extra, f"index {index}", *(base64.b64encode(one).decode() for one in path), "", note]
    if "\n".join(again) != text:
        raise Fault(place, "changed")
    if root_from(index, size, hashlib.sha256(b"\x00" + leaf).digest(), path) != root:
        raise Fault(place, "path")
    return index, dict(said)


def statement(data: bytes, vkey: str) -> dict[str, Any]:
    """What is told, once it is told in one piece and by the house of the key. Raises Fault."""
    place = "statement.json"
    try:
        said = json.loads(data)
        told = said["predicate"]["demeure"]
        if (said["_type"], said["predicateType"]) != (TYPE, PREDICATE) or told["format"] not in (FORMAT, FORMER):
            raise Fault(place, "shape")
        if told["instance"]["vkey"] != vkey:
            raise Fault(place, "key")
        verdicts = [probe["code"] for probe in told["probes"]]
        counted = {name: verdicts.count(name) for name in CODES}
        result = RESULTS[said["predicate"]["result"]]
        lists = {name: said["predicate"][name] for name in TESTS}
        if counted != told["counts"] or lists != tests(told["probes"]):
            raise Fault(place, "told")
        if not result == told["verdict"] == concluded(told):
            raise Fault(place, "told")
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Fault(place, "shape") from problem
    return dict(told)


def tests(probes: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The lists of the predicate: ``probe@role``."""
    return {
        name: [f"{one['name']}@{one['role']}" for one in probes if one["code"] == code]
        for name, code in TESTS.items()
    }


def concluded(told: dict[str, Any]) -> str:
    """What its own probes, facts and mutations say: the rule of ``demeure prove``, applied again."""
    probes, facts = told["probes"], told["facts"]
    red = any(one["code"] == "open" for one in probes) or any(one["state"] == "open" for one in facts.values())
    if red or any(one["ok"] is not True for one in told["mutations"]):
        return "open"
    core = [one for one in probes if one["core"]]
    unsure = any(one["code"] != "blocked" for one in core) or len({one["name"] for one in core}) < LEAST
    unsure = unsure or any(facts.get(name, {}).get("state") == "inconclusive" for name in ABOUT_ANOTHER)
    return "inconclusive" if unsure else "blocked"


def dated(told: dict[str, Any], entry: dict[str, Any], now: int) -> None:
    """Valid at ``now``, and written in the journal when it says it was made. Raises Fault."""
    issued, expires, written = told["issued_at"], told["expires_at"], entry["time"]
    made, ends = seconds(issued), seconds(expires)
    if not (0 < ends - made <= VALID_SECONDS and made - EARLY_SECONDS <= seconds(written) <= ends):
        raise Fault("statement.json", "validity")
    if now < made - EARLY_SECONDS:
        raise Fault("statement.json", "early", issued=issued[:19].replace("T", " "))
    if now >= ends:
        raise Fault("statement.json", "expired", expires=expires[:19].replace("T", " "))


def seconds(moment: str) -> int:
    """Since 1970, of ``2026-11-25T06:02:00…Z``. Raises Fault."""
    try:
        return calendar.timegm(time.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S"))
    except (ValueError, TypeError) as problem:
        raise Fault("--at", "shape") from problem


def files_of(target: Path) -> dict[str, bytes]:
    """The files of a folder, or of a zip that is the one that was written. Raises Fault."""
    try:
        if target.is_dir():
            inside = list(target.iterdir())
            if not all(path.is_file() for path in inside) or sum(path.stat().st_size for path in inside) > LARGEST:
                raise Fault(target.name, "shape")  # a pipe or a device has no end
            found = {path.name: path.read_bytes() for path in inside}
        else:
            if target.stat().st_size > 2 * LARGEST:
                raise Fault(target.name, "shape")
            raw = target.read_bytes()
            with zipfile.ZipFile(target) as packed:
                rows = packed.infolist()
                if len(rows) > len(FILES) + len(LISTED) or sum(row.file_size for row in rows) > LARGEST:
                    raise Fault(target.name, "shape")
                found = {row.filename: content(packed, row) for row in rows}
            if archive(found) != raw:
                raise Fault(target.name, "changed")
    except (
        OSError,
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as problem:
        raise Fault(target.name, "missing") from problem
    for name in FILES:
        if name not in found:
            raise Fault(name, "missing")
    for name in sorted(found.keys() - {*FILES, *LISTED}):
        raise Fault(name, "extra")
    return found


def content(packed: zipfile.ZipFile, row: zipfile.ZipInfo) -> bytes:
    """Of one file. Raises Fault when it is not the one that the archive was made with."""
    try:
        return packed.read(row)
    except (zipfile.BadZipFile, zlib.error, EOFError) as problem:
        raise Fault(row.filename, "changed") from problem


def worded(name: str, data: bytes) -> str:
    """Of a file that is one. Raises Fault."""
    try:
        return data.decode()
    except UnicodeDecodeError as problem:
        raise Fault(name, "shape") from problem


def listed(files: dict[str, bytes]) -> bytes:
    """SHA512SUMS of a statement and of the pages laid out from it, as ``sha512sum -c`` reads it."""
    names = sorted({"statement.json", *PAGES} & files.keys())
    return "".join(f"{hashlib.sha512(files[name]).hexdigest()}  {name}\n" for name in names).encode()


def as_given(found: dict[str, bytes], former: bool, vkey: str) -> str:
    """The page that comes with the statement, or nothing, once the signed list tells it. Raises Fault."""
    here = [name for name in LISTED if name in found]
    if former:
        if here:
            raise Fault(here[0], "extra")
        return ""
    for name in (SUMS, f"{SUMS}.sig"):
        if name not in found:
            raise Fault(name, "missing")
    try:
        attested(found[f"{SUMS}.sig"].decode(), found[SUMS], vkey, f"{SUMS}.sig")
        told = {name: digest for digest, name in (line.split("  ") for line in found[SUMS].decode().splitlines())}
    except ValueError as problem:
        raise Fault(SUMS, "shape") from problem
    for name, digest in told.items():
        if name not in found:
            raise Fault(name, "missing")
        if hashlib.sha512(found[name]).hexdigest() != digest:
            raise Fault(name, "changed")
    if listed(found) != found[SUMS]:
        raise Fault(next((name for name in PAGES if name in found), SUMS), "extra")
    return next((name for name in PAGES if name in found), "")


def look(target: Path, expected: str | None, now: int | None) -> tuple[dict[str, Any], str]:
    """What the piece tells, verified, and the key it was verified with. ``now`` None: whatever its age."""
    found = files_of(target)
    texts = {name: worded(name, found[name]) for name in FILES if name != "checkpoint.sig"}
    vkey = texts["vkey"].removesuffix("\n")
    if expected not in (None, vkey):
        raise Fault("vkey", "key")
    attested(texts["statement.json.sig"], found["statement.json"], vkey, "statement.json.sig")
    told = statement(found["statement.json"], vkey)
    page = as_given(found, told["format"] == FORMER, vkey)
    given = {name: told["files"].get(name) for name in ("VERIFIER.txt", "verify.py")}
    for name, digest in given.items():
        if hashlib.sha256(found[name]).hexdigest() != digest:
            raise Fault(name, "changed")
    origin, size, root = checkpoint(texts["checkpoint"], vkey)
    for name, data in helpers(vkey, texts["checkpoint"]).items():
        if found[name] != data:
            raise Fault(name, "changed")
    index, entry = proven(texts["entry.tlog-proof"], texts["checkpoint"], size, root)
    digest = hashlib.sha512(found["statement.json"]).hexdigest()
    if entry["name"] != ENTRY or f"statement={digest}" not in entry["object"].split():
        raise Fault("entry.tlog-proof", "entry")
    if now is not None:
        dated(told, entry, now)
    return told | {"origin": origin, "size": size, "index": index, "page": page}, vkey


def not_older(found: dict[str, Any], former: Path, vkey: str) -> None:
    """``former``: a statement, or a checkpoint, of the same journal. Raises Fault."""
    if former.is_dir() or zipfile.is_zipfile(former):
        before, _ = look(former, vkey, None)
        if found["index"] < before["index"]:
            raise Fault("statement.json", "older")
        return
    try:
        note = former.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise Fault(former.name, "missing") from problem
    text, _, lines = note.rpartition("\n\n")
    head = f"— {key_of(vkey)[0]} "
    mine = [line for line in lines.split("\n") if line.startswith(head) and len(line) < 200]
    if found["index"] < checkpoint(f"{text}\n\n{''.join(mine[:1])}\n", vkey)[1]:
        raise Fault("statement.json", "older")


def main(arguments: list[str] | None = None) -> int:
    """Exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    vkey, after, at = (_option(words, name) for name in ("--vkey", "--after", "--at"))
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
        found, key = look(target, vkey, seconds(at) if at else int(calendar.timegm(time.gmtime())))
        if after:
            not_older(found, Path(after), key)
    except Fault as fault:
        write(say["bad"].format(place=fault.place, why=say[fault.why].format(**fault.fields)))
        return 1
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):  # told otherwise than by any house
        write(say["bad"].format(place=target.name, why=say["shape"]))
        return 1
    show(found, key if vkey is None else "", language)
    return CODES[found["verdict"]] and 3


def show(found: dict[str, Any], own: str, language: str) -> None:
    """On standard output."""
    say = SAY[language]
    issued, expires = (found[name][:19].replace("T", " ") for name in ("issued_at", "expires_at"))
    lines = [say["own"], own] if own else []
    lines += [say["holds"].format(**found), say["made"].format(issued=issued, expires=expires)]
    lines += [say["page"].format(**found)] if found["page"] else []
    hosting = found["hosting"]
    lines += [f"{found['instance']['name']}. {hosting[language]}"]
    lines += [f"- {line}" for line in hosting["differs"][language] if hosting["provider"]]
    lines += [say["counts"].format(**found["counts"], ladder=found["ladder"])]
    head, why = {"open": ("opened", opened), "inconclusive": ("doubt", doubts)}.get(found["verdict"], ("", opened))
    lines += [say[head], *(f"- {line}" for line in why(found, language))] if head else []
    lines += [say["limits"]]
    lines += [f"- {line}" for line in found["not_proven"][language]]
    write(*lines, say["loose" if loose(found) else found["verdict"]])


def write(*lines: str) -> None:
    """On standard output. Names come from whoever made the piece: nothing in them moves a terminal's cursor, turns
    its text round or begins another line."""
    for line in lines:
        kept = [c if unicodedata.category(c)[0] != "C" and c not in "\u2028\u2029" else "\ufffd" for c in line]
        sys.stdout.write("".join(kept) + "\n")


def loose(told: dict[str, Any]) -> bool:
    """Red by facts alone (keys that others read, a file that changed…): nothing that was tried got out."""
    red = [name for name, one in told["facts"].items() if one["state"] == "open"]
    out = told["counts"]["open"] or "browser" in red or any(not one["ok"] for one in told["mutations"])
    return bool(red) and not out


def opened(told: dict[str, Any], language: str) -> list[str]:
    """What makes a statement red: attempts that got out, facts, walls taken away unnoticed."""
    lines = [f"{one['name']} ({one['role']})" for one in told["probes"] if one["code"] == "open"]
    lines += [one[language] for one in told["facts"].values() if one["state"] == "open"]
    unnoticed = SAY[language]["unnoticed"]
    return lines + [unnoticed.format(wall=one[language]) for one in told["mutations"] if not one["ok"]]


def doubts(told: dict[str, Any], language: str) -> list[str]:
    """What keeps a statement from concluding: core probes, a house that stands elsewhere than what was tried."""
    silent = [one["name"] for one in told["probes"] if one["core"] and one["code"] != "blocked"]
    facts = [told["facts"][name] for name in ABOUT_ANOTHER if name in told["facts"]]
    return [*dict.fromkeys(silent), *(one[language] for one in facts if one["state"] == "inconclusive")]


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
