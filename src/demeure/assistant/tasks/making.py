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

Messages = list[dict[str, str]]
Stems = Callable[[str], list[str]]
Finisher = Callable[[str, str], str]
"""(text, language) → the text as it is sent: the door of the typography."""


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
    """What a field brings to read. ``name``: of the file or document; empty for a text that was pasted."""

    stretches: tuple[Stretch, ...]
    name: str = ""
    document: str = ""
    space: str = ""
    pages: int = 0

    @property
    def text(self) -> str:
        return "\n\n".join(one.text for one in self.stretches)


@dataclass(frozen=True)
class Job:
    """What a draft is made from. ``values``: the form, as texts. ``readings``: what its fields bring to read, by
    field. ``former``, ``wish``: the text to refine, and how; both empty for a first draft. ``most``: characters of
    it that the model can take beside the rest of a prompt; 0: as many as the task says."""

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
    finish: Finisher = lambda text, _language: text

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
    def room(self) -> int:
        """Characters that one step may give to read."""
        wanted = characters_about(self.task.input)
        return min(wanted, self.most) if self.most else wanted


@dataclass(frozen=True)
class Step:
    """``ask``: the prompt, given what the earlier steps were answered; None: nothing to ask. ``shown``: what the
    reader sees of an answer being written."""

    title: str
    ask: Callable[[Sequence[str]], Messages | None]
    output: int
    place: str = ""
    shown: Callable[[str], str] = lambda said: said
    digest: str = ""


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
    told = [job.task.name, job.task.version, job.language, job.wish, job.former, dict(job.values)]
    told += [[step.title, step.place, step.output, step.digest] for step in steps]
    told += [one.text for several in job.readings.values() for one in several]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, default=str).encode()).hexdigest()[:32]
