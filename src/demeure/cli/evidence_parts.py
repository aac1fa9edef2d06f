"""The parts of a pack of evidence. Each is a folder with its own list, signed by the journal's key; what cannot be
made is told in the summary, with its reason."""

import asyncio
import hashlib
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from uuid import uuid4

from demeure.accountability.summary import HOW as BY_LIST
from demeure.accountability.summary import Piece
from demeure.cli.door import Door
from demeure.clock import SystemClock, iso
from demeure.errors import DemeureError, counted
from demeure.release.installed import bill_of

SUMS, PAGE, JOURNAL = "SHA256SUMS", "DOSSIER.txt", "journal"
HOW = """\
Vérifier un dossier de cette preuve sans Demeure, depuis ce dossier. Verify a folder of this pack without Demeure.

1. Les fichiers sont ceux qui ont été listés. The files are those that were listed.
   sha256sum -c SHA256SUMS
   Un fichier que la liste ne nomme pas n'est pas du dossier. A file that the list does not name is not part of it.

2. La liste est signée par la clé du journal. The list is signed by the journal's key.
   ssh-keygen -Y verify -f allowed_signers -I journal -n demeure-attestation -s SHA256SUMS.sig < SHA256SUMS

3. DOSSIER.txt porte la date et le numéro du dossier de preuves, les mêmes partout (l'extrait du journal n'en a
   pas). A la racine, SHA256SUMS donne aussi l'empreinte de la liste de chaque dossier : un dossier ôté, refait ou
   pris ailleurs se voit.
   DOSSIER.txt holds the date and the id of the pack, the same everywhere (the extract of the journal has none). At
   the root, SHA256SUMS also gives the digest of each folder's list: a folder that was removed, made again or taken
   from elsewhere shows.

4. Un fichier accompagné de son .sig (rapports d'intervention, sauvegardes, exercices) se vérifie comme la liste :
   A file that comes with its .sig (reports of windows, backups, drills) is verified as the list is:
   ssh-keygen -Y verify -f allowed_signers -I journal -n demeure-attestation -s FICHIER.sig < FICHIER

La clé (allowed_signers) doit être comparée à celle que vous tenez d'ailleurs : sur papier, chez un voisin.
The key (allowed_signers) must be compared with the one you hold from elsewhere: on paper, from a neighbour.
"""
Files = dict[str, bytes]


class Packing:
    """``folder``: an empty one, to fill. ``since``: the first day of the journal's extract; None: all of it."""

    def __init__(self, door: Door, instance: Path, folder: Path, since: str | None) -> None:
        self._door, self._instance, self._folder, self._since = door, instance, folder, since
        self.id, self._lists = uuid4().hex, dict[str, str]()
        told = f"Dossier / Pack: {self.id}\nDate (UTC): {iso(SystemClock().now())}\n"
        self._page = f"{told}Journal depuis / since: {since or 'le début / the beginning'}\n".encode()

    async def pieces(self) -> list[Piece]:
        """Every part, in the order of the summary, which is made last."""
        told = (await self._door.call("evidence.parts")).data
        vkey = str((await self._door.call("journal.head")).data["vkey"])
        made = [
            await self._piece("preuve", "La dernière preuve des murs", vkey, lambda: self._proof(told)),
            await self._journal(),
            await self._piece("sauvegardes", "Sauvegardes faites et exercices, signés", vkey, self._backups),
            await self._piece("registres", _versions(told), vkey, lambda: _registers(told)),
            await self._piece("politique", "La politique en vigueur et son histoire", vkey, self._policy),
            await self._contractors(told, vkey),
            await self._piece("modeles", "Modèles en service, licences, empreintes", vkey, lambda: _models(told)),
            await self._piece("composants", "Composants installés (CycloneDX)", vkey, _components),
            await self._piece("controles", "Chaque contrôle, son résultat, sa date", vkey, lambda: _checks(told)),
        ]
        given = [[one.name, one.told, one.how, one.absent] for one in made]
        page = await self._door.call("evidence.summary", {"pieces": given, "pack": self.id})
        files = {"resume.pdf": page.body, "resume.md": str(page.data["text"]).encode()}
        await self._signed(self._folder, files, vkey, f"evidence pack {self.id}", self._lists)
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
        await self._signed(self._folder / name, files, vkey, f"evidence {name} {self.id}")
        return Piece(name, f"{said} ({counted(len(files), 'fichier', 'fichiers')})", BY_LIST)

    async def _signed(
        self, folder: Path, files: Files, vkey: str, about: str, listed: Mapping[str, str] | None = None
    ) -> None:
        """The files, their list, its signature, and what verifies them. ``listed``: path → digest of what lies in
        other folders and is in the list too."""
        from demeure.journal.attestation import allowed_signers

        await asyncio.to_thread(folder.mkdir, mode=0o700, exist_ok=True)
        files = files | {"allowed_signers": allowed_signers(vkey).encode(), "VERIFIER.txt": HOW.encode()}
        files |= {PAGE: self._page}
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()} | dict(listed or {})
        sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode()
        asked = {"digest": hashlib.sha512(sums).hexdigest(), "about": about}
        signature = str((await self._door.call("journal.attest", asked)).data["signature"])
        for name, data in (files | {SUMS: sums, f"{SUMS}.sig": signature.encode()}).items():
            (folder / name).write_bytes(data)
        if folder != self._folder:
            self._lists[f"{folder.name}/{SUMS}"] = hashlib.sha256(sums).hexdigest()

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
        sums = await asyncio.to_thread(self._folder.joinpath(JOURNAL, SUMS).read_bytes)
        self._lists[f"{JOURNAL}/{SUMS}"] = hashlib.sha256(sums).hexdigest()
        return Piece(
            "journal",
            f"{said} ({counted(count, 'entrée', 'entrées')})",
            '`python3 verifier.py . --vkey "$(cat vkey)"`',  # code: quotes stay as a shell reads them
        )

    async def _contractors(self, told: Mapping[str, Any], vkey: str) -> Piece:
        """Accounts, companies, and who came in: every window, its report and its signature."""
        from demeure.cli.evidence_windows import files_of, said_of

        asked, found, why = {"since": self._since} if self._since else {}, list[dict[str, Any]](), ""
        try:
            async for item in self._door.stream("evidence.windows", asked):
                found.append(dict(item.data))
        except DemeureError as problem:
            why = problem.sentence("fr")
        files = {"comptes.json": _json({"accounts": told["contractors"], "companies": told["companies"]})}
        files |= {} if why else files_of(found, self._since)
        return await self._piece("prestataires", said_of(found, why), vkey, lambda: files)

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
        mark = "-ALTEREE" if one["altered"] else ""
        files[f"{name}-version-{one['number']}{mark}.md"] = one["text"].encode()
    facts = {
        name: {k: v for k, v in one.items() if k not in ("text", "altered")}
        | {"state": "altérée" if one["altered"] else "signée"}
        for name, one in told["signed"].items()
    }
    return files | {"versions.json": _json(facts)}


def _versions(told: Mapping[str, Any]) -> str:
    """What the summary says of them: one that is no longer what was signed is named."""
    altered = [f"{name} n°\u00a0{one['number']}" for name, one in told["signed"].items() if one["altered"]]
    said = "Registres du jour et versions signées"
    return f"{said}\u00a0; version altérée depuis sa signature\u00a0: {', '.join(altered)}" if altered else said


def _models(told: Mapping[str, Any]) -> Files:
    return {"modeles.json": _json(told["models"])} if told["models"] else {}


def _checks(told: Mapping[str, Any]) -> Files:
    return {"controles.json": _json(told["checks"])}


def _components() -> Files:
    """CycloneDX 1.5, from what Python sees installed: names, versions, licences as each declares it. Beside it, the
    list that came with the delivery or was made from the locks of the sources, when there is one."""
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
    listed = bill_of(sys.prefix)
    return {
        "composants.cdx.json": _json(
            {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}
        )
    } | ({"liste.cdx.json": listed.read_bytes()} if listed else {})


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1, default=str) + "\n").encode()
