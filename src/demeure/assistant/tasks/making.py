"""How a draft is made: steps asked of the model one after the other, and what their answers become. Pure.

A recipe is three functions over a Job: its steps, the text so far, and the whole at the end. All are the same again
after a restart: a finished step is never asked twice.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from demeure.assistant.grounding import Finding
from demeure.assistant.prompt import characters_about
from demeure.assistant.tasks.definition import Task
from demeure.assistant.wording import hand_of
from demeure.words import Glossary, Voice

Messages = list[dict[str, str]]
Stems = Callable[[str], list[str]]


@dataclass(frozen=True)
class Stretch:
    """A piece of what is read, in order: its place (page, heading…), what stands above it. ``passage``: its id in
    the base, 0 for a file that was dropped."""

    text: str
    place: Mapping[str, Any] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    passage: int = 0


@dataclass(frozen=True)
class Reading:
    """What a field brings to read. ``name``: of the file or document; empty for a text that was pasted. ``heard``:
    a transcript of a recording."""

    stretches: tuple[Stretch, ...]
    name: str = ""
    document: str = ""
    space: str = ""
    pages: int = 0
    heard: bool = False

    @property
    def text(self) -> str:
        return "\n\n".join(one.text for one in self.stretches)


@dataclass(frozen=True)
class Kept:
    """A text of the organisation's words that a form names. ``space``: empty for the organisation's."""

    name: str
    text: str
    space: str = ""


@dataclass(frozen=True)
class Job:
    """What a draft is made from. ``values``: the form, as texts. ``readings``: what its fields bring to read, by
    field. ``former``, ``wish``: the text to refine, and how; both empty for a first draft. ``most``: characters of
    it that the model can take beside the rest of a prompt; 0: as many as the task says. ``glossary``,
    ``voice``: the organisation's words in force for it. ``section``: the only one to write anew (0: all);
    ``found``: what the base says of each, by its field. ``procedure``, ``template``: those that the form names.
    ``day``: when the draft was asked for, YYYY-MM-DD."""

    task: Task
    language: str
    values: Mapping[str, str]
    readings: Mapping[str, Sequence[Reading]]
    organisation: str
    stems: Stems
    wish: str = ""
    former: str = ""
    former_sources: tuple[Mapping[str, Any], ...] = ()
    most: int = 0
    section: int = 0
    found: Mapping[str, Sequence[Reading]] = field(default_factory=dict)
    glossary: Glossary = field(default_factory=Glossary)
    voice: Voice = field(default_factory=Voice)
    day: str = ""
    procedure: Kept | None = None
    template: Kept | None = None

    def told(self, name: str) -> str:
        """What the model is told of a field: a choice in its own words, a reading as its text."""
        asked = self.task.field(name)
        if asked is not None and asked.choices:
            chosen = asked.choice(self.values.get(name, "") or asked.default)
            return chosen.told[self.language] if chosen else ""
        if name in self.readings:
            return "\n\n".join(one.text for one in self.readings[name])
        return self.values.get(name, "")

    def chosen(self, name: str) -> str:
        """The value of a choice, its default when none was made."""
        asked = self.task.field(name)
        return self.values.get(name, "") or (asked.default if asked else "")

    def reading(self) -> Reading:
        """The first thing to read; nothing when there is none."""
        return next((one for several in self.readings.values() for one in several), Reading(()))

    @property
    def spaces(self) -> list[str]:
        """Those whose documents are looked into."""
        named = [self.values.get(one.name, "") for one in self.task.fields if one.kind == "spaces"]
        return [space for value in named for space in value.split("\n") if space]

    @property
    def signature(self) -> str:
        """One's own, else the organisation's."""
        return self.values.get("signature", "").strip() or "\n".join(self.voice.signature)

    def finish(self, text: str) -> str:
        """With the signs and spaces that the organisation wants; names of documents and signatures stay as they
        are. Once or twice is the same."""
        names = [one.name for several in self.readings.values() for one in several]
        names += [str(source["document"]) for source in self.former_sources]
        hand = hand_of(self.language, self.voice, [*names, *self.signature.split("\n")])
        return hand.feed(text) + hand.finish()

    @property
    def room(self) -> int:
        """Characters that one step may give to read."""
        wanted = characters_about(self.task.input)
        return min(wanted, self.most) if self.most else wanted


@dataclass(frozen=True)
class Step:
    """``ask``: the prompt, given what the earlier steps were answered; None: nothing to ask. ``shown``: what the
    reader sees of an answer being written. ``worded``: the organisation's words are told; not where the model only
    copies. ``again``: what to ask once more, when an answer cannot be kept; ``merged``: both answers as one."""

    title: str
    ask: Callable[[Sequence[str]], Messages | None]
    output: int
    place: str = ""
    shown: Callable[[str], str] = lambda said: said
    digest: str = ""
    worded: bool = True
    again: Callable[[str], Messages | None] | None = None
    merged: Callable[[str, str], str] = lambda _first, second: second


@dataclass(frozen=True)
class Composed:
    """``sources``: passages that the ``[n]`` of ``text`` lead to, numbered from 1. ``findings``: what no source
    holds. ``report``: blocks {"kind", …} told under the draft. ``title``: a better name for the work."""

    text: str
    sources: tuple[Mapping[str, Any], ...] = ()
    findings: tuple[Finding, ...] = ()
    report: tuple[Mapping[str, Any], ...] = ()
    title: str = ""


class Recipe(Protocol):
    """Pure, and the same at each call for the same job."""

    def steps(self, job: Job) -> list[Step]: ...

    def so_far(self, job: Job, said: Sequence[str]) -> str:
        """The text that finished steps make; what is being written is shown after it."""
        ...

    def composed(self, job: Job, said: Sequence[str]) -> Composed: ...


def plan_of(job: Job, steps: Sequence[Step]) -> str:
    """A digest of all that the steps were cut from: another one, and finished parts are worth nothing."""
    told = [job.task.name, job.task.version, job.language, job.wish, job.section, job.former, dict(job.values)]
    told += [[step.title, step.place, step.output, step.digest] for step in steps]
    told += [one.text for one in (job.procedure, job.template) if one is not None]
    told += [one.text for several in job.readings.values() for one in several]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, default=str).encode()).hexdigest()[:32]
