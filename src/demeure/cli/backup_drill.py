"""One drill: the backup restored aside, its house opened without a network, asked what it must know, and
compared."""

import asyncio
import contextlib
import hashlib
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demeure.backup import OWN, PAPER
from demeure.cli.backup_work import Work
from demeure.cli.door import Door, HouseDown
from demeure.cli.house import START_SECONDS, stop
from demeure.errors import DemeureError

if TYPE_CHECKING:
    from demeure.backup.manifest import Manifest
    from demeure.backup.recovery import Recovery
    from demeure.backup.target import Target

NOT_PROVEN = [
    {
        "fr": "Que les modèles sont là : ils ne sont pas dans les sauvegardes, l’exercice cherche par les mots.",
        "en": "That models are there: they are not in backups, the drill searches by words alone.",
    },
    {
        "fr": "Qu’une autre machine suffirait : l’exercice tourne sur celle-ci.",
        "en": "That another machine would do: the drill runs on this one.",
    },
    {
        "fr": "Que l’autre feuille de secours est encore lisible : une seule a servi.",
        "en": "That the other recovery sheet can still be read: one was used.",
    },
]

UNPAPERED = {
    "fr": "Qu’une feuille de secours ouvre les sauvegardes des lieux : la maison a fait une clé pour cet "
    "exercice, et ne peut pas lire les autres.",
    "en": "That a recovery sheet opens the backups of the places: the house made a key for this exercise, "
    "and cannot read the others.",
}


class Exercise:
    """``folder``: new; what is in it is destroyed at the end, keys first."""

    def __init__(
        self,
        work: Work,
        target: "Target",
        page: "Manifest",
        key: "Recovery",
        folder: Path,
        language: str,
        *,
        paper: bool = True,
    ) -> None:
        """``paper``: the key was on a sheet; otherwise the house made it for this exercise."""
        self._work, self._target, self._page, self._key = work, target, page, key
        self._folder, self._language, self._paper = folder, language, paper
        self._checks: list[dict[str, Any]] = []
        self._seconds = {"restore": 0.0, "start": 0.0, "total": 0.0}
        self._walls: dict[str, Any] = {}

    async def run(self) -> None:
        """Every check, in order; one that fails does not stop the others that can be made."""
        from demeure.backup.fresh import destroyed, to_be_named
        from demeure.backup.restoring import opened, restore

        to_be_named(self._folder)
        began = time.monotonic()
        try:
            found = opened(self._target, self._page, self._key)
            restore(found, self._folder, step=self._work.step)
            self._seconds["restore"] = round(time.monotonic() - began, 2)
            fr = f"{self._page.files} fichiers restaurés, leurs empreintes comparées"
            self.say("restored", True, fr, f"{self._page.files} files restored, their digests compared")
            self._bases()
            self._journal()
            self._originals(found.told)
            with self._house() as house:
                await self._asked(house, found.told, began)
        except DemeureError as problem:
            self.say(problem.code(), False, problem.sentence("fr"), problem.sentence("en"))
        finally:
            self._seconds["total"] = self._seconds["total"] or round(time.monotonic() - began, 2)
            destroyed(self._folder)

    def report(self, _done: None) -> tuple[dict[str, Any], bytes]:
        """The signed report, kept in the instance; (its content, its bytes)."""
        from demeure.backup.manifest import name_of, numbers
        from demeure.backup.pages_kept import bound_drills
        from demeure.backup.plan import FOLDER
        from demeure.clock import SystemClock, iso
        from demeure.store.durable import make_folder, write_new

        folder, now = self._work.instance / FOLDER / "drills", SystemClock().now()
        make_folder(folder)
        number = max(numbers(folder), default=0) + 1
        told: dict[str, Any] = {
            "demeure-drill": 1,
            "drill": number,
            "at": iso(now),
            "house": self._page.house,
            "backup": self._page.number,
            "place": self._page.place,
            "backup_sha256": self._page.sha256,
            "backup_at": self._page.at,
            "bytes": self._page.weight,
            "files": self._page.files,
            "seconds": self._seconds,
            "lost_seconds": round((now - datetime.fromisoformat(self._page.at)).total_seconds()),
            "walls": self._walls,
            "key": PAPER if self._paper else OWN,
            "checks": self._checks,
            "not_proven": NOT_PROVEN if self._paper else [*NOT_PROVEN[:2], UNPAPERED],
        }
        text = (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
        signature = self._work.attest(hashlib.sha512(text).digest(), f"drill {number}")
        write_new(folder / f"{name_of(number)}.sig", signature.encode(), 0o600)
        write_new(folder / name_of(number), text, 0o600)
        bound_drills(folder)
        return told, text

    def say(self, name: str, ok: bool, fr: str, en: str) -> None:
        """One more line of the report."""
        self._checks.append({"name": name, "ok": ok, "fr": fr, "en": en})

    def _bases(self) -> None:
        """Every page of every database, its seal and its structure."""
        from demeure.store import Keys, keys_folder, open_house, open_space, read_house_key

        keys = Keys(read_house_key(self._folder), keys_folder(self._folder))
        bases = [open_house(self._folder, keys), *(open_space(self._folder, keys, one) for one in keys.spaces())]
        damaged = []
        for base in bases:
            if base.damages():
                damaged.append(base.path.parent.name)
            base.close()
        fr, en = (
            f"{len(bases)} bases ouvertes, toutes leurs pages vérifiées",
            f"{len(bases)} databases, all pages checked",
        )
        if damaged:
            fr, en = f"Bases abîmées : {', '.join(damaged)}", f"Damaged databases: {', '.join(damaged)}"
        self.say("databases", not damaged, fr, en)

    def _journal(self) -> None:
        """The restored journal, recomputed from its bytes, by the key of the house, as long as the page says."""
        from demeure.journal import verify

        try:
            found = verify.verify(self._folder.joinpath("journal"), self._page.house, None)
        except verify.Fault as fault:
            self.say("journal", False, fault.why("fr"), fault.why("en"))
            return
        size = int(str(found["size"])) + int(str(found["more"]))
        fr = f"Journal recalculé : {size} entrées sur {self._page.entries} annoncées"
        en = f"Journal recomputed: {size} entries of {self._page.entries} announced"
        self.say("journal", size == self._page.entries, fr, en)

    def _originals(self, told: dict[str, Any]) -> None:
        """The originals of the known documents, byte for byte."""
        from demeure.store import Keys, keys_folder, open_blobs, read_house_key

        keys = Keys(read_house_key(self._folder), keys_folder(self._folder))
        good = whole = 0
        for space in told["known"]["spaces"]:
            for ask in space["asks"]:
                whole += 1
                digest = hashlib.sha256()
                with contextlib.suppress(DemeureError):
                    for chunk in open_blobs(self._folder, keys, space["id"]).open(ask["sha256"]):
                        digest.update(chunk)
                good += digest.hexdigest() == ask["sha256"]
        fr = f"Originaux relus à l’octet près : {good} sur {whole}"
        en = f"Originals, byte for byte: {good} of {whole}"
        self.say("originals", good == whole, fr, en)

    @contextlib.contextmanager
    def _house(self) -> Iterator["subprocess.Popen[bytes]"]:
        """The restored house, private, in namespaces of its own: no interface but a loopback that is down."""
        shutil.rmtree(self._folder / "models" / "chosen", ignore_errors=True)
        log = self._folder / "run" / "house.log"
        log.parent.mkdir(mode=0o700, exist_ok=True)
        command = [sys.executable, "-m", "demeure.cli.main", "--instance", str(self._folder), "up", "--private"]
        with log.open("wb") as sink:
            house = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                preexec_fn=_alone,  # noqa: PLW1509 - a few calls to the kernel
            )
        try:
            yield house
        finally:
            stop(house)

    async def _asked(self, house: "subprocess.Popen[bytes]", told: dict[str, Any], began: float) -> None:
        opening = time.monotonic()
        door = await self._opened(house)
        if door is None:
            words = (self._folder / "run" / "house.log").read_text("utf-8", errors="replace").strip()[-300:]
            fr = f"La maison restaurée ne s’ouvre pas : {words}"
            self.say("opened", False, fr, f"The restored house does not open: {words}")
            return
        try:
            self._seconds["start"] = round(time.monotonic() - opening, 2)
            self._seconds["total"] = round(time.monotonic() - began, 2)
            self.say("opened", True, "La maison restaurée s’ouvre", "The restored house opens")
            self._network(house.pid)
            await self._counts(door, told["known"])
            await self._questions(door, told["known"])
        finally:
            await door.close()

    async def _opened(self, house: "subprocess.Popen[bytes]") -> Door | None:
        deadline = time.monotonic() + START_SECONDS
        while house.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(HouseDown):
                return await Door(self._folder).open()
            await asyncio.sleep(0.05)
        return None

    def _network(self, pid: int) -> None:
        """What the kernel says of the network of the house that was opened, not what was asked of it."""
        ours, theirs = (str(Path(f"/proc/{one}/ns/net").readlink()) for one in ("self", pid))
        lines = Path(f"/proc/{pid}/net/dev").read_text("ascii", errors="replace").splitlines()[2:]
        names = [line.partition(":")[0].strip() for line in lines]
        alone = ours != theirs and names == ["lo"]
        self._walls = {"network_namespace": theirs, "interfaces": names, "apart": ours != theirs}
        told = ", ".join(names)
        fr = "Exercice sans réseau : aucune interface" if alone else f"Le réseau n’a pas pu être coupé ({told})"
        self.say("network", alone, fr, "No network: no interface" if alone else f"Network not cut off ({told})")

    async def _counts(self, door: Door, known: dict[str, Any]) -> None:
        spaces = {one["id"]: one["documents"] for one in (await door.call("spaces.list")).data["spaces"]}
        wanted = {one["id"]: one["documents"] for one in known["spaces"]}
        people = len((await door.call("people.list")).data["people"])
        good = spaces == wanted and people == known["counts"].get("people", people)
        fr = f"Mêmes comptes : {len(spaces)} espaces, {sum(spaces.values())} documents, {people} personnes"
        en = f"Same counts: {len(spaces)} spaces, {sum(spaces.values())} documents, {people} people"
        self.say(
            "counts",
            good,
            fr if good else f"Comptes différents : {spaces} / {wanted}",
            en if good else "Counts differ",
        )

    async def _questions(self, door: Door, known: dict[str, Any]) -> None:
        """Each known document finds five words of its own: in it alone, since others may begin as it does."""
        asks = [(space["id"], ask) for space in known["spaces"] for ask in space["asks"] if ask["phrase"]]
        good = 0
        for space, ask in asks:
            sought = f"« {ask['phrase']} »"
            asked = {"sought": sought, "spaces": [space], "document": ask["document"], "former": True}
            with contextlib.suppress(DemeureError):
                found = (await door.call("search", asked)).data
                good += found["whole"] == 1  # word for word: what is near by its meaning is no proof
        fr = f"Questions connues : {good} sur {len(asks)} trouvent leur document"
        en = f"Known questions: {good} of {len(asks)} find their document"
        if not asks:
            fr, en = (
                "Aucune question connue à poser : nul document n’a de phrase entière",
                "No known question to ask: no document has a whole sentence",
            )
        self.say("questions", good == len(asks), fr, en)


def _alone() -> None:
    """In the child, before it becomes the house."""
    from demeure.confinement import kernel, namespaces

    namespaces.enter()
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)


__all__ = ["NOT_PROVEN", "Exercise"]
