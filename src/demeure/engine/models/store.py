"""The models folder of one instance: a model is wholly there, verified and written down, or it is not there."""

import contextlib
import dataclasses
import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from demeure.clock import Clock, SystemClock
from demeure.engine.models import sizing
from demeure.engine.models.catalogue import Catalogue, Kind, ModelEntry, shipped
from demeure.engine.models.errors import (
    ModelAbsent,
    ModelInUse,
    ModelTooLarge,
    ModelUnknown,
    ModelUnsuitable,
    NoFormerModel,
    StoreBusy,
)
from demeure.engine.models.intake import Intake, OpenSource, in_words, open_by_kind, sha256_of
from demeure.engine.models.manifest import Active, Installed, Records
from demeure.engine.models.sources import DISK_FULL, Phases, Progress, discard, received, silent
from demeure.errors import DemeureError, system_words
from demeure.store import DiskFull

Slot = Literal["chat", "embed", "speech"]
SLOTS: tuple[Slot, ...] = ("chat", "embed")
"""Those that an engine serves; what hears recordings is loaded by the job that needs it."""
EMBEDDING = 384  # the house's vectors; another width would not compare with those already stored
CHAT_CONTEXT, CHAT_SLOTS = 16384, 2
EMBED_CONTEXT, EMBED_SLOTS = 512, 1


@dataclass(frozen=True)
class ModelRow:
    """One line of ``list()``. ``fit``: from the file's header when it is here, else the catalogue's figure.

    ``partial``: bytes of an interrupted fetch, ``context`` in tokens, ``bytes`` of the file.
    """

    id: str
    kind: Kind
    role: str
    title_fr: str
    title_en: str
    licence: str
    bytes: int
    context: int
    installed: Installed | None
    present: bool
    active: bool
    partial: int
    fit: sizing.Fit

    def as_json(self) -> dict[str, Any]:
        """The line ``demeure models list --json`` prints."""
        data = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        data["installed"] = self.installed.as_json() if self.installed else None
        data["fit"] = {"needed": self.fit.needed, "available": self.fit.available, "fits": self.fit.fits}
        return data


@dataclass(frozen=True)
class Verification:
    """``found`` is empty when the file is missing, or cannot be read: ``unreadable`` and ``unreadable_en`` then say
    why."""

    id: str
    file: str
    expected: str
    found: str
    unreadable: str = ""
    unreadable_en: str = ""

    @property
    def ok(self) -> bool:
        return self.found == self.expected


@dataclass(frozen=True)
class AlreadyInstalled:
    """Nothing had to be fetched."""

    model: Installed


class ModelStore:
    """The models of one instance, in ``folder``. Several processes may read; one changes it at a time (a lock).

    ``open_source`` turns a catalogue row into a ModelSource; ``tell`` hears of each source that fails.
    """

    def __init__(
        self,
        folder: Path,
        *,
        catalogue: Catalogue | None = None,
        open_source: OpenSource = open_by_kind,
        clock: Clock | None = None,
        machine: sizing.Machine | None = None,
        tell: Callable[[DemeureError], None] = lambda _: None,
    ) -> None:
        self.folder = folder
        self.catalogue = catalogue or shipped()
        self._machine, self._records = machine, Records(folder)
        self._intake = Intake(folder, self._records, clock or SystemClock(), open_source, tell)

    @property
    def machine(self) -> sizing.Machine:
        self._machine = self._machine or sizing.this_machine()
        return self._machine

    def list(self) -> tuple[ModelRow, ...]:
        """Known and installed models, the catalogue's order first."""
        installed, active = self._records.installed(), self._records.active()
        used = {place["id"] for place in active.values()}
        known = [self._known(entry, installed.get(entry.id), used) for entry in self.catalogue.models]
        others = [self._foreign(row, used) for row in installed.values() if self.catalogue.find(row.id) is None]
        return (*known, *others)

    def get(self, model_id: str) -> Installed:
        """Raises ModelUnknown, ModelAbsent (known but not here)."""
        row = self._records.installed().get(model_id)
        if row is not None and self._here(row):
            return row
        if row is None and self.catalogue.find(model_id) is None:
            raise ModelUnknown(id=model_id)
        raise ModelAbsent(id=model_id)

    def active(self) -> dict[str, Active]:
        """What ``active.json`` says, by slot."""
        return self._records.active()

    def verify(self, model_id: str | None = None, phases: Phases = silent) -> tuple[Verification, ...]:
        """Read every byte again (one model, or all). Raises ModelUnknown, ModelAbsent."""
        installed = self._records.installed()
        if model_id is not None and model_id not in installed:
            self.get(model_id)
        rows = [row for row in installed.values() if model_id in (None, row.id)]
        return tuple(self._verified(row, phases(row.id)) for row in rows)

    def pull(self, model_id: str, phases: Phases = silent) -> Installed | AlreadyInstalled:
        """Fetch a model of the catalogue, source after source; one that is there, and was altered, too. Raises
        NoSourceWorked, ModelHashWrong, StoreFull…"""
        entry = self.catalogue.get(model_id)
        with self._alone():
            row = self._records.installed().get(model_id)
            if row and self._here(row) and self._verified(row, phases("check")).ok:
                discard(self._intake.temporary(model_id))  # what a kill left just after the last step
                return AlreadyInstalled(row)
            return self._intake.adopt(entry) or self._intake.fetch(entry, phases)

    def import_(self, path: Path, kind: Kind | None = None, phases: Phases = silent) -> Installed:
        """Copy a GGUF file, or language data of Tesseract, in. A file whose hash is in the catalogue takes its id;
        else its name makes one."""
        with self._alone():
            return self._intake.bring(path, kind, self.catalogue, phases)

    def use(self, slot: Slot, model_id: str, *, context: int | None = None, slots: int | None = None) -> Active:
        """Give ``slot`` to a model (``active.json``). Raises ModelUnsuitable, ModelTooLarge, ModelAbsent."""
        with self._alone():
            row = self.get(model_id)
            _suits(row, slot)
            if slot == "speech":
                facts = {"id": row.id, "file": row.file, "sha256": row.sha256, "kind": row.kind}
                return self._chosen(slot, Active(**facts, context=0, slots=1))  # type: ignore[typeddict-item] # texts
            wanted = context or (CHAT_CONTEXT if slot == "chat" else EMBED_CONTEXT)
            wanted = min(wanted, row.facts.context or wanted)
            fit = sizing.fit(sizing.need(row.facts, row.bytes, wanted).total, self.machine)
            if not fit.fits:
                raise ModelTooLarge(id=model_id, **in_words(needed=fit.needed, available=fit.available))
            count = slots or (CHAT_SLOTS if slot == "chat" else EMBED_SLOTS)
            chosen = Active(id=row.id, file=row.file, sha256=row.sha256, kind=row.kind, context=wanted, slots=count)
            return self._chosen(slot, chosen)

    def back(self, slot: Slot) -> Active:
        """The model that ``slot`` had before takes it again, as it was chosen; the way forth is then the same
        command. Raises NoFormerModel, ModelTooLarge."""
        row = self._records.former().get(slot)
        there = self._records.installed().get(row["id"]) if row else None
        if row is None or there is None or there.sha256 != row["sha256"] or not self._here(there):
            raise NoFormerModel(slot=slot)
        return self.use(slot, row["id"], context=row["context"] or None, slots=row["slots"])

    def _chosen(self, slot: Slot, chosen: Active) -> Active:
        active = self._records.active()
        try:
            if slot in active and active[slot]["id"] != chosen["id"]:
                self._records.write_former({**self._records.former(), slot: active[slot]})
            self._records.write_active({**active, slot: chosen})
        except OSError as problem:
            if problem.errno in DISK_FULL:
                raise DiskFull(what="active.json") from problem
            raise
        return chosen

    def remove(self, model_id: str) -> int:
        """Erase the file, or an interrupted fetch; returns the bytes freed. Raises ModelInUse, ModelAbsent."""
        with self._alone():
            for slot, place in self._records.active().items():
                if place["id"] == model_id:
                    raise ModelInUse(id=model_id, slot=slot)
            temporary, installed = self._intake.temporary(model_id), self._records.installed()
            if model_id not in installed and not temporary.exists():
                self.get(model_id)
            row = installed.pop(model_id, None)
            freed = received(temporary) + (received(self.folder / row.file) if row else 0)
            discard(temporary)
            if row:
                (self.folder / row.file).unlink(missing_ok=True)
                self._records.write_installed(installed)
            return freed

    def _here(self, row: Installed) -> bool:
        try:
            return received(self.folder / row.file) == row.bytes
        except PermissionError:  # a link to where we may not even look
            return False

    def _verified(self, row: Installed, progress: Progress) -> Verification:
        found, why = "", ("", "")
        try:
            found = sha256_of(self.folder / row.file, progress)
        except FileNotFoundError:
            pass
        except OSError as problem:  # a disk that fails, a file of another user
            why = system_words(problem)
        return Verification(row.id, row.file, row.sha256, found, *why)

    def _known(self, entry: ModelEntry, row: Installed | None, used: set[str]) -> ModelRow:
        context = min(entry.context, CHAT_CONTEXT if entry.kind == "chat" else EMBED_CONTEXT)
        loaded = row is not None and row.kind in SLOTS
        needed = sizing.need(row.facts, row.bytes, context).total if row and loaded else entry.memory
        return ModelRow(
            id=entry.id,
            kind=entry.kind,
            role=entry.role,
            title_fr=entry.title_fr,
            title_en=entry.title_en,
            licence=entry.licence,
            bytes=row.bytes if row else entry.bytes,
            context=context,
            installed=row,
            present=row is not None and self._here(row),
            active=entry.id in used,
            partial=received(self._intake.temporary(entry.id)),
            fit=sizing.fit(needed, self.machine),
        )

    def _foreign(self, row: Installed, used: set[str]) -> ModelRow:
        limit = {"chat": CHAT_CONTEXT, "embed": EMBED_CONTEXT}.get(row.kind, 0)
        context = min(limit, row.facts.context or limit)
        return ModelRow(
            id=row.id,
            kind=row.kind,
            role="imported",
            title_fr=row.title,
            title_en=row.title,
            licence="?",
            bytes=row.bytes,
            context=context,
            installed=row,
            present=self._here(row),
            active=row.id in used,
            partial=0,
            fit=sizing.fit(sizing.need(row.facts, row.bytes, context).total, self.machine),
        )

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if not self.folder.is_dir():
            self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # models may come before the instance
            self.folder.mkdir(mode=0o750, exist_ok=True)
        lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)  # also where we may write nothing
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as problem:
                if problem.errno == errno.EWOULDBLOCK:
                    raise StoreBusy from problem
                raise
            yield
        finally:
            os.close(lock)


def _suits(row: Installed, slot: Slot) -> None:
    if row.kind != slot:
        raise ModelUnsuitable(
            id=row.id, slot=slot, detail=f"c’est un modèle « {row.kind} »", detail_en=f"its kind is “{row.kind}”"
        )
    facts = row.facts
    if slot == "embed" and (facts.embedding != EMBEDDING or facts.pooling != 1):
        detail = f"dimension {facts.embedding} ≠ {EMBEDDING}, pooling {facts.pooling} ≠ 1"
        raise ModelUnsuitable(id=row.id, slot=slot, detail=detail, detail_en=detail)
