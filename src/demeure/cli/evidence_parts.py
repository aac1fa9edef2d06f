"""The parts of a pack of evidence. Each is a folder with its own list, signed by the journal's key; what cannot be
made is told in the summary, with its reason."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from demeure.accountability.live import counted
from demeure.accountability.summary import Piece
from demeure.cli.door import Door
from demeure.errors import DemeureError

SUMS, JOURNAL = "SHA256SUMS", "journal"
_CHECK = "sha256sum -c SHA256SUMS, puis ssh-keygen -Y verify (voir VERIFIER.txt)"
HOW = """\
Vérifier un dossier de cette preuve sans Demeure, depuis ce dossier. Verify a folder of this pack without Demeure.

1. Les fichiers sont ceux qui ont été listés. The files are those that were listed.
   sha256sum -c SHA256SUMS

2. La liste est signée par la clé du journal. The list is signed by the journal's key.
   ssh-keygen -Y verify -f allowed_signers -I journal -n demeure-attestation -s SHA256SUMS.sig < SHA256SUMS

La clé (allowed_signers) doit être comparée à celle que vous tenez d'ailleurs : sur papier, chez un voisin.
The key (allowed_signers) must be compared with the one you hold from elsewhere: on paper, from a neighbour.
"""
Files = dict[str, bytes]


class Packing:
    """``folder``: an empty one, to fill. ``since``: the first day of the journal's extract; None: all of it."""

    def __init__(self, door: Door, instance: Path, folder: Path, since: str | None) -> None:
        self._door, self._instance, self._folder, self._since = door, instance, folder, since

    async def pieces(self) -> list[Piece]:
        """Every part, in the order of the summary, which is made last."""
        told = (await self._door.call("evidence.parts")).data
        vkey = str((await self._door.call("journal.head")).data["vkey"])
        made = [
            await self._piece("preuve", "La dernière preuve que rien ne sort", vkey, lambda: self._proof(told)),
            await self._journal(),
            await self._piece("sauvegardes", "Sauvegardes faites et exercices, signés", vkey, self._backups),
            await self._piece("registres", "Registres du jour et versions signées", vkey, lambda: _registers(told)),
            await self._piece("politique", "La politique en vigueur et son histoire", vkey, self._policy),
            await self._piece("prestataires", "Comptes de prestataires ouverts", vkey, lambda: _contractors(told)),
            await self._piece("modeles", "Modèles en service, licences, empreintes", vkey, lambda: _models(told)),
            await self._piece("composants", "Composants installés (CycloneDX)", vkey, _components),
            await self._piece("controles", "Chaque contrôle, son résultat, sa date", vkey, lambda: _checks(told)),
        ]
        given = [[one.name, one.told, one.how, one.absent] for one in made]
        page = await self._door.call("evidence.summary", {"pieces": given})
        files = {"resume.pdf": page.body, "resume.md": str(page.data["text"]).encode()}
        await self._signed(self._folder, files, vkey, "evidence summary")
        return made

    async def _piece(self, name: str, said: str, vkey: str, make: Callable[[], Files | Awaitable[Files]]) -> Piece:
        """A folder, or the reason why there is none."""
        try:
            found = make()
            files = found if isinstance(found, dict) else await found
        except DemeureError as problem:
            return Piece(name, said, absent=problem.sentence("fr"))
        if not files:
            return Piece(name, said, absent="rien à montrer")
        await self._signed(self._folder / name, files, vkey, f"evidence {name}")
        return Piece(name, f"{said} ({counted(len(files), 'fichier', 'fichiers')})", _CHECK)

    async def _signed(self, folder: Path, files: Files, vkey: str, about: str) -> None:
        """The files, their list, its signature, and what verifies them."""
        from demeure.journal.attestation import allowed_signers

        await asyncio.to_thread(folder.mkdir, mode=0o700, exist_ok=True)
        files = files | {"allowed_signers": allowed_signers(vkey).encode(), "VERIFIER.txt": HOW.encode()}
        lines = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())]
        sums = "".join(lines).encode()
        asked = {"digest": hashlib.sha512(sums).hexdigest(), "about": about}
        signature = str((await self._door.call("journal.attest", asked)).data["signature"])
        for name, data in (files | {SUMS: sums, f"{SUMS}.sig": signature.encode()}).items():
            (folder / name).write_bytes(data)

    async def _proof(self, told: Mapping[str, Any]) -> Files:
        """The pack of the last proof: it has its own verifier."""
        if told["proof"] is None:
            return {}
        packed = await self._door.call("prove.evidence", {"index": told["proof"], "language": "fr"})
        return {"preuve.zip": packed.body}

    async def _journal(self) -> Piece:
        from demeure.cli.journal_cmd import export_to

        said = "Extrait du journal, une preuve par entrée"
        asked = {"since": self._since} if self._since else {}
        try:
            count = await export_to(self._door, self._folder.joinpath(JOURNAL), asked)
        except DemeureError as problem:
            return Piece("journal", said, absent=problem.sentence("fr"))
        return Piece(
            "journal",
            f"{said} ({counted(count, 'entrée', 'entrées')})",
            'python3 verifier.py . --vkey "$(cat vkey)"',
        )

    def _backups(self) -> Files:
        from demeure.backup.plan import FOLDER

        files: Files = {}
        for kind in ("made", "drills"):
            for path in sorted((self._instance / FOLDER / kind).glob("*")):
                if path.is_file() and not path.name.startswith("."):
                    files[f"{kind}-{path.name}"] = path.read_bytes()
        return files

    async def _policy(self) -> Files:
        shown = (await self._door.call("policy.show")).data
        history = (await self._door.call("policy.history")).data
        return {"politique.toml": str(shown["text"]).encode(), "versions.json": _json(history)}


def _registers(told: Mapping[str, Any]) -> Files:
    files = {f"{name}.md": one["text"].encode() for name, one in told["documents"].items()}
    for name, one in told["signed"].items():
        files[f"{name}-version-{one['number']}.md"] = one["text"].encode()
    facts = {name: {k: v for k, v in one.items() if k != "text"} for name, one in told["signed"].items()}
    return files | {"versions.json": _json(facts)}


def _contractors(told: Mapping[str, Any]) -> Files:
    return {"comptes.json": _json({"accounts": told["contractors"], "companies": told["companies"]})}


def _models(told: Mapping[str, Any]) -> Files:
    return {"modeles.json": _json(told["models"])} if told["models"] else {}


def _checks(told: Mapping[str, Any]) -> Files:
    return {"controles.json": _json(told["checks"])}


def _components() -> Files:
    """CycloneDX 1.5, from what Python sees installed: names, versions, licences as each declares it."""
    found = {}
    for one in distributions():
        name = str(one.metadata["Name"] or "")
        if not name:
            continue
        declared = str(one.metadata["License-Expression"] or one.metadata["License"] or "")
        licences = [{"license": {"name": declared.strip().splitlines()[0][:120]}}] if declared.strip() else []
        row = {"type": "library", "name": name, "version": one.version, "purl": f"pkg:pypi/{name}@{one.version}"}
        found[name.casefold()] = row | ({"licenses": licences} if licences else {})
    components = [found[name] for name in sorted(found)]
    return {
        "composants.cdx.json": _json(
            {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}
        )
    }


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1, default=str) + "\n").encode()
