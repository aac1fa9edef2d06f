"""The registers as pages and commands use them: read, completed, signed; written before anything is kept."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from demeure.accountability import (
    Document,
    Facts,
    Kept,
    Part,
    Registers,
    Result,
    Section,
    Version,
    communicable,
    digest,
    document,
    english,
    markdown,
    measures,
    parts,
    run,
    seen,
    standing,
    titles,
    to_fill,
)
from demeure.accountability.errors import ConflictsLeft, DocumentMoved, PartUnknown, RegisterUnknown
from demeure.gateway.course_room import CourseRoom
from demeure.gateway.incident_room import IncidentRoom
from demeure.gateway.register_rows import HouseRows
from demeure.journal import Draft, Journal
from demeure.library import written
from demeure.policy import Action, Actor, Resource, decide

WRITTEN, SIGNED, PUT_BACK = "register-written", "register-signed", "register-put-back"
REGISTER_ACTS = (WRITTEN, SIGNED, PUT_BACK)
"""Intentions of this file: what a crash leaves open is closed as interrupted."""


@dataclass(frozen=True)
class Sheet:
    """A document as it stands. ``view``: nobody writes in it, it shows another one. ``text``: the whole of it, in
    Markdown, as a project; ``versions``: newest first."""

    document: Document
    parts: tuple[Part, ...]
    results: Mapping[str, Result]
    text: str
    versions: tuple[Version, ...] = ()
    view: bool = False

    @property
    def conflicts(self) -> int:
        """In how many parts people's text and the new one differ."""
        return sum(bool(one.conflicts) for one in self.parts)

    @property
    def seen(self) -> str:
        """Digest of what whoever signs has read: each part, and the state of each measure (not its age)."""
        said = [
            [part.section.key, part.section.title, part.text]
            + [[name, measures()[name].state(self.results)] for name in part.section.measures]
            for part in self.parts
        ]
        return digest(json.dumps([self.document.id, said], ensure_ascii=False))[:32]

    @property
    def questions(self) -> int:
        """How many are left to the organisation."""
        return sum(to_fill(one.text) for one in self.parts)


@dataclass(frozen=True)
class Line:
    """A document in the list. ``states``: of its measures, state → how many."""

    id: str
    title: str
    questions: int
    conflicts: int
    states: Mapping[str, int]
    last: Version | None


@dataclass
class RegisterRoom:
    """Any task. ``rows``: what is read of the database; ``disk``: encrypted, clear or unknown. ``more``: what other
    rooms bring to facts, when they are there (blocking; ``Facts.more`` names it)."""

    kept: Registers
    rows: HouseRows
    journal: Journal
    incidents: IncidentRoom
    courses: CourseRoom
    disk: str = ""
    more: Callable[[], Mapping[str, object]] = field(default=dict)

    async def listing(self, actor: Actor, facts: Facts) -> list[Line]:
        """Every document. Raises Denied."""
        decide(actor, Action.REGISTER_READ, Resource("register")).require()
        results = run(facts)

        def read() -> list[Line]:
            last: dict[str, Version] = {}
            for version in self.kept.versions():
                known = last.get(version.document)
                if known is None or known.number < version.number:
                    last[version.document] = version
            return [self._line(name, title, facts, results, last.get(name)) for name, title in titles().items()]

        return await asyncio.to_thread(read)

    def _line(
        self, name: str, title: str, facts: Facts, results: Mapping[str, Result], last: Version | None
    ) -> Line:
        made = document(name, facts)
        found = self._parts(made, facts)
        questions = sum(to_fill(one.text) for one in found)
        conflicts = sum(bool(one.conflicts) for one in found)
        return Line(name, title, questions, conflicts, standing(made, results), last)

    async def sheet(self, actor: Actor, name: str, facts: Facts) -> Sheet:
        """Raises Denied, RegisterUnknown."""
        decide(actor, Action.REGISTER_READ, Resource("register")).require()
        return await asyncio.to_thread(self._sheet, name, facts)

    def _sheet(self, name: str, facts: Facts) -> Sheet:
        made, results = document(name, facts), run(facts)
        found = tuple(self._parts(made, facts))
        text = markdown(found, results, facts, "projet")
        return Sheet(made, found, results, text, tuple(self.kept.versions(name)), bool(made.of))

    def _parts(self, made: Document, facts: Facts) -> list[Part]:
        """Of a view: its own parts, then those of the document that it shows, for whoever asks for them."""
        own = parts(made, self.kept.texts(made.id))
        if not made.of:
            return own
        names = self.rows.names()
        shown = parts(document(made.of, facts), self.kept.texts(made.of))
        return [*own, *communicable(shown, names)]

    async def checks(self, actor: Actor, facts: Facts) -> Mapping[str, Result]:
        """Every check, now. Raises Denied."""
        decide(actor, Action.REGISTER_READ, Resource("register")).require()
        return run(facts)

    async def write(self, actor: Actor, name: str, section: str, text: str, after: str, facts: Facts) -> None:
        """What people make of a part. ``after``: which text its author saw (``seen_now``). Raises RegisterUnknown,
        PartUnknown, SectionMoved, SectionTooLong, Denied."""
        decision = decide(actor, Action.REGISTER_CHANGE, Resource("register"))
        draft = _draft(actor, WRITTEN, f"{name[:40]} {section[:80]}", decision.rule, text)
        async with written(self.journal, draft, decision):
            await asyncio.to_thread(self._write, actor, (name, section), text, after, facts)

    def _write(self, actor: Actor, where: tuple[str, str], text: str, after: str, facts: Facts) -> None:
        name, key = where
        self.kept.write(name, key, text, _base(self._found(name, key, facts)), actor.id, after)

    def _found(self, name: str, key: str, facts: Facts) -> Part:
        """A part that people may write in. Raises PartUnknown, RegisterUnknown."""
        made = document(name, facts)
        found = next((one for one in self._own(made) if one.section.key == key), None)
        if found is None:
            raise PartUnknown(section=key[:80], known=", ".join(one.key for one in made.sections)[:400])
        return found

    async def former(self, actor: Actor, name: str, section: str, facts: Facts) -> list[tuple[Kept, Section]]:
        """Every text that people gave to that part (empty: to each one), newest first, with its part. Raises
        RegisterUnknown, Denied."""
        decide(actor, Action.REGISTER_READ, Resource("register")).require()
        known = {one.key: one for one in document(name, facts).sections}
        texts = await asyncio.to_thread(self.kept.former, name, section)
        return [(one, known.get(one.section) or Section(one.section, one.section, ())) for one in texts]

    async def text(self, actor: Actor, name: str, number: int, facts: Facts) -> tuple[Kept, Part]:
        """One of them, and its part as it stands. Raises FormerTextUnknown, RegisterUnknown, Denied."""
        decide(actor, Action.REGISTER_READ, Resource("register")).require()

        def read() -> tuple[Kept, Part]:
            document(name, facts)
            kept = self.kept.text(name, number)
            return kept, self._standing(name, kept, facts)

        return await asyncio.to_thread(read)

    def _standing(self, name: str, kept: Kept, facts: Facts) -> Part:
        """The part that a text was given to; without object and as it began, it is in no document any more."""
        try:
            return self._found(name, kept.section, facts)
        except PartUnknown:
            last = self.kept.texts(name)[kept.section]
            return Part(Section(kept.section, kept.section, ()), last.text, (), last)

    async def put_back(self, actor: Actor, name: str, number: int, after: str, facts: Facts) -> str:
        """A former text is that of its part again; that of now stays among the former ones. Gives the part. Raises
        FormerTextUnknown, RegisterUnknown, SectionMoved, Denied."""
        decision = decide(actor, Action.REGISTER_CHANGE, Resource("register"))
        decision.require()
        kept, part = await self.text(actor, name, number, facts)
        about = f"{name[:40]} {kept.section[:80]} {number}"
        draft = _draft(actor, PUT_BACK, about, decision.rule, kept.text)
        async with written(self.journal, draft, decision):
            await asyncio.to_thread(self.kept.put_back, name, kept, _base(part), actor.id, after)
        return kept.section

    def _own(self, made: Document) -> list[Part]:
        """The parts that people may write in: not those of the document that it shows."""
        return parts(made, self.kept.texts(made.id))

    async def sign(self, actor: Actor, name: str, facts: Facts, shown: str) -> Version:
        """Keep what the document says now as a version: the entry that names its digest, written before, is the
        signature. ``shown``: the ``seen`` of the sheet that was read. Raises RegisterUnknown, DocumentMoved,
        ConflictsLeft, VersionTaken, Denied."""
        decision, chain = decide(actor, Action.REGISTER_CHANGE, Resource("register")), uuid4().hex
        decision.require()
        number, body = await asyncio.to_thread(self._to_sign, name, facts, shown)
        draft = Draft(
            kind="administration",
            name=SIGNED,
            chain=chain,
            actor=actor.id,
            object=f"{name} {number} sha256:{digest(body)}",
            decision=decision.rule,
        )
        async with written(self.journal, draft, decision):
            return await asyncio.to_thread(self.kept.sign, name, number, body, actor.id, chain)

    def _to_sign(self, name: str, facts: Facts, shown: str) -> tuple[int, str]:
        sheet = self._sheet(name, facts)
        if sheet.seen != shown:
            raise DocumentMoved()
        if sheet.conflicts:
            raise ConflictsLeft(count=sheet.conflicts)
        number = self.kept.next_number(name)
        text = markdown(sheet.parts, sheet.results, facts, f"version {number}")
        return number, f"# {sheet.document.title}\n\n{text}"

    async def version(self, actor: Actor, name: str, number: int) -> Version:
        """Raises VersionUnknown, RegisterUnknown, Denied."""
        decide(actor, Action.REGISTER_READ, Resource("register")).require()
        if name not in titles():
            raise RegisterUnknown(document=name[:40], known=", ".join(titles()))
        return await asyncio.to_thread(self.kept.version, name, number)


def _draft(actor: Actor, name: str, about: str, rule: str, text: str) -> Draft:
    """``text``: what is written, sealed."""
    return Draft(
        kind="administration",
        name=name,
        chain=uuid4().hex,
        actor=actor.id,
        object=about,
        decision=rule,
        payload=json.dumps({"text": text[:20_000]}, ensure_ascii=False).encode("utf-8", "replace"),
    )


def _base(part: Part) -> str:
    """The text generated now; of a part that is no longer generated, the one that people wrote on."""
    return part.section.text if part.section.proposal else (part.kept.base if part.kept else "")


def seen_now(part: Part) -> str:
    """What a form carries: which text of this part its author sees, and which generated one."""
    return seen(part.kept.text if part.kept else "", _base(part))


def part_data(part: Part) -> dict[str, Any]:
    """A part as JSON. ``house``: what is generated now, empty when nothing is any more."""
    return {
        "section": part.section.key,
        "title": part.section.title,
        "text": part.text,
        "seen": seen_now(part),
        "written": part.kept is not None,
        "measures": list(part.section.measures),
        "conflicts": [vars(one) for one in part.conflicts],
        "taken": part.taken,
        "house": part.section.text,
    }


def kept_data(one: Kept, part: Section, names: Mapping[str, str]) -> dict[str, Any]:
    """A text of ``part`` as JSON, without the text. ``names``: id → name, of those that the reader may know."""
    row = {"number": one.number, "section": one.section, "at": one.at, "signs": len(one.text)}
    return row | {"title": part.title, "title_en": english.heading(part), "by": names.get(one.by, one.by)}


def version_data(one: Version) -> dict[str, Any]:
    """A signed version as JSON, without its text."""
    return {
        "document": one.document,
        "number": one.number,
        "sha256": one.digest,
        "by": one.by,
        "at": one.at.isoformat(),
        "chain": one.chain,
    }
