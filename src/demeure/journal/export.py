"""A self-contained export: entries with their proofs, as JSON Lines and as OCSF events, and what verifies them.

Nothing of Demeure is needed to check it: ``sha256sum``, ``openssl``, ``ssh-keygen``, or ``python3 verifier.py``.
Written as it comes, one batch after the other; a folder and a zip hold the same files.
"""

import contextlib
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any

from demeure.journal.attestation import allowed_signers, public_pem
from demeure.journal.checkpoint import plain
from demeure.journal.evidence import Opening
from demeure.journal.proof import Proof
from demeure.journal.receipt import line
from demeure.journal.witness import trust_policy

SUMS = "SHA256SUMS"
OCSF_VERSION = "1.3.0"
_CLASSES = {
    # kind → (category, class): 3 identity and access, 6 application activity
    "sign-in": (3, 3002),
    "administration": (6, 6003),
    "request": (6, 6003),
    "input": (6, 6003),
    "extension": (6, 6003),
    "retrieval": (6, 6003),
    "filter": (6, 6003),
    "answer": (6, 6003),
}
_STATUS = {"done": 1, "refused": 2, "failed": 2, "interrupted": 2, None: 0}


def ocsf(index: int, leaf: dict[str, Any], origin: str) -> dict[str, Any]:
    """One entry as an OCSF event (Authentication 3002, API Activity 6003); the mapping is in docs/journal.md."""
    category, number = _CLASSES[leaf["kind"]]
    activity = 99 if number == 6003 else 1
    moment = datetime.fromisoformat(leaf["time"])
    return {
        "category_uid": category,
        "class_uid": number,
        "activity_id": activity,
        "activity_name": leaf["name"],
        "type_uid": number * 100 + activity,
        "severity_id": 1,
        "time": int(moment.timestamp() * 1000),
        "status_id": _STATUS[leaf["outcome"]],
        "status_detail": leaf["outcome"] or "",
        "actor": {"user": {"uid": leaf["actor"]}},
        "api": {"operation": leaf["name"], "service": {"name": leaf["role"]}},
        "resources": [{"uid": leaf["object"], "group": {"uid": leaf["space"] or ""}}],
        "metadata": {
            "version": OCSF_VERSION,
            "product": {"name": "Demeure", "vendor_name": "Demeure"},
            "uid": f"{origin}#{index}",
            "correlation_uid": leaf["chain"],
            "sequence": index,
            "log_name": "journal",
        },
        "unmapped": {
            name: leaf[name] for name in ("kind", "phase", "decision", "of", "commitment", "boot", "mono")
        },
    }


class Export:
    """``with Export(path, note, vkey) as export: export.add(…); export.sign(…)``. ``path``: a folder to make, or a
    file whose name ends with .zip; neither may exist (FileExistsError). Left half-way, nothing of it remains."""

    def __init__(self, path: Path, note: str, vkey: str, cosigned: tuple[str, str] = ("", "")) -> None:
        """``note``: the checkpoint that the proofs lead to. ``cosigned``: (witness key, cosigned checkpoint)."""
        self._path, self._note, self._vkey, self._cosigned = path, note, vkey, cosigned
        self._folder = path.with_name(path.name + ".new")
        self.count = 0

    def __enter__(self) -> "Export":
        if self._path.exists():
            raise FileExistsError(self._path)
        self._folder.mkdir(mode=0o700)
        self._lines = (self._folder / "entries.jsonl").open("w", encoding="utf-8", newline="\n")
        self._events = (self._folder / "ocsf.jsonl").open("w", encoding="utf-8", newline="\n")
        return self

    def add(self, proofs: Iterable[Proof], openings: dict[int, Opening] | None = None) -> None:
        """``openings``: the contents of those entries that the reader may have."""
        for proof in proofs:
            told, event = _told(proof, (openings or {}).get(proof.index), self._vkey)
            self._lines.write(told)
            self._events.write(event)
            self.count += 1

    def sums(self) -> bytes:
        """Everything is added: the content of SHA256SUMS, to be attested."""
        self._lines.close()
        self._events.close()
        for name, data in _companions(self._note, self._vkey, self._cosigned).items():
            (self._folder / name).write_bytes(data)
        names = sorted(p.name for p in self._folder.iterdir())
        told = "".join(f"{_digest(self._folder / name)}  {name}\n" for name in names)
        (self._folder / SUMS).write_bytes(told.encode())
        return told.encode()

    def sign(self, signature: str) -> None:
        """The last act: ``signature`` of the sums, then the export takes its name."""
        (self._folder / f"{SUMS}.sig").write_text(signature, encoding="ascii")
        if self._path.suffix != ".zip":
            self._folder.rename(self._path)
            return
        aside = self._path.with_name(self._path.name + ".part")
        try:
            with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as archive:
                for path in sorted(self._folder.iterdir()):
                    archive.write(path, path.name)
            aside.rename(self._path)
        finally:
            aside.unlink(missing_ok=True)

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        import shutil

        for file in (self._lines, self._events):
            with contextlib.suppress(OSError):  # a full disk: what waits to be written has nowhere to go
                file.close()
        if self._folder.exists():
            shutil.rmtree(self._folder)


class Pack:
    """The same export held in memory, for the pages: ``add``, ``sums``, ``zipped``. The caller keeps it small."""

    def __init__(self, note: str, vkey: str, cosigned: tuple[str, str] = ("", "")) -> None:
        """As ``Export``."""
        self._vkey, self.count = vkey, 0
        self._files = _companions(note, vkey, cosigned)
        self._lines, self._events = io.StringIO(), io.StringIO()

    def add(self, proofs: Iterable[Proof]) -> None:
        """Entries without contents."""
        for proof in proofs:
            told, event = _told(proof, None, self._vkey)
            self._lines.write(told)
            self._events.write(event)
            self.count += 1

    def sums(self) -> bytes:
        """Everything is added: the content of SHA256SUMS, to be attested."""
        self._files |= {
            "entries.jsonl": self._lines.getvalue().encode(),
            "ocsf.jsonl": self._events.getvalue().encode(),
        }
        told = "".join(
            f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(self._files.items())
        )
        self._files[SUMS] = told.encode()
        return told.encode()

    def zipped(self, signature: str) -> bytes:
        """``signature``: of the sums."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in sorted((self._files | {f"{SUMS}.sig": signature.encode("ascii")}).items()):
                archive.writestr(name, data)
        return packed.getvalue()


def _told(proof: Proof, opening: Opening | None, vkey: str) -> tuple[str, str]:
    """The two lines of one entry: itself with its proof, and as an OCSF event."""
    told = line(proof)
    if opening and opening.salt:
        payload = opening.payload.decode("utf-8", "replace")
        told["opening"] = {"salt": opening.salt.hex(), "payload": payload}
    event = ocsf(proof.index, json.loads(proof.extra), vkey.partition("+")[0])
    return json.dumps(told, ensure_ascii=False) + "\n", json.dumps(event, ensure_ascii=False) + "\n"


def _companions(note: str, vkey: str, cosigned: tuple[str, str]) -> dict[str, bytes]:
    """What an export holds beside its entries."""
    text, gap, _ = plain(note).rpartition("\n\n")
    whole = {
        "checkpoint": note.encode(),
        "checkpoint.txt": (text + gap[:1]).encode(),
        "checkpoint.sig": _raw_signature(plain(note)),
        "vkey": (vkey + "\n").encode(),
        "key.pem": public_pem(vkey).encode(),
        "allowed_signers": allowed_signers(vkey).encode(),
        "trust-policy.txt": trust_policy(vkey, [cosigned[0]] if cosigned[0] else []).encode(),
        "verifier.py": (files("demeure.journal") / "stranger.py").read_bytes(),
        "VERIFIER.txt": _HOW.encode(),
    }
    return whole | ({"checkpoint.cosigned": cosigned[1].encode()} if cosigned[1] else {})


def _raw_signature(note: str) -> bytes:
    import base64

    return base64.b64decode(note.rpartition("\n\n")[2].split(" ")[2])[4:]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_HOW = """\
Vérifier cet export sans Demeure, depuis ce dossier. Verify this export without Demeure, from this folder.

1. Les fichiers sont ceux qui ont été listés. The files are those that were listed.
   sha256sum -c SHA256SUMS

2. La liste est signée par la clé du journal. The list is signed by the journal's key.
   ssh-keygen -Y verify -f allowed_signers -I journal -n demeure-attestation -s SHA256SUMS.sig < SHA256SUMS

3. Le point de contrôle est signé par la même clé. The checkpoint is signed by the same key.
   openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in checkpoint.txt -sigfile checkpoint.sig

4. Chaque entrée est sous ce point de contrôle. Every entry is under this checkpoint.
   python3 verifier.py . --vkey "$(cat vkey)"

La clé (vkey) doit être comparée à celle que vous tenez d'ailleurs : sur papier, chez un voisin, dans un courrier.
The key (vkey) must be compared with the one you hold from elsewhere: on paper, from a neighbour, in a letter.
Ce que cela ne prouve pas : que rien n'a été omis de cet export, ni que la maison a tout écrit.
What this does not prove: that nothing was left out of this export, nor that the house wrote everything.
"""
