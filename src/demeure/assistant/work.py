"""One question on its way: what was asked, what is open in the journal, what its reader already has."""

import asyncio
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any
from uuid import uuid4

from demeure.assistant import borrowed, grounding, missing, prompt, unnamed
from demeure.assistant.asides import Aside, heard
from demeure.assistant.conversations import Opening
from demeure.assistant.dossier import Advance, Whole
from demeure.assistant.errors import QuestionEmpty, QuestionTooLong
from demeure.assistant.events import Closed, Source
from demeure.assistant.followup import Lean, Turn
from demeure.assistant.grounding import Finding
from demeure.assistant.prompt import Extract
from demeure.assistant.sources import relied_on
from demeure.assistant.through import Through
from demeure.assistant.tongue import asked_in
from demeure.engine import Rank
from demeure.journal import Draft, OpenIntention
from demeure.library import Document, Shut
from demeure.policy import Actor, Resource, Right, in_force
from demeure.words import Glossary, Voice, Wording

NO_MODEL = "none"
"""The name of the chat model, for the journal, in a house that has chosen none."""
QUESTION_LIMIT = 4000
FOREMOST = 1 << 17
"""Bytes of JSON of one list of what was checked in an answer, as the journal keeps it: a thousand findings."""
TEMPERATURE = 0.0
ANOTHER_TEMPERATURE = 0.4
"""Of an answer asked again once it was complete: at 0 the same words would come back."""


@dataclass
class Work:
    """One question being answered: identifiers, journal indexes of what is open, what the reader already has.

    ``chosen``: the spaces to remember (empty: all). ``again``: the answer that this one tries again. ``after``: the
    last answer that the reader has seen (None: unknown). ``lean``: how the question may lean on the conversation;
    ``before``: its last turn; ``mailed``: what a pasted e-mail asks; ``searched``: what was looked for when it is
    not the question as typed; ``spelt``: what was, when
    misspelt words of either were put right. ``documents``: those it is about,
    when it is about some, and ``whole``, when they are read whole. ``tries``: complete answers given
    to this question already. ``began``: monotonic seconds. ``problem``, ``code``: of the error that ended it.
    ``classes``: of their own, that the conversation and the documents read have.
    ``loading``: the model turned out to be.
    ``rank``: where it stands in the engine's queue. ``words``: lines of the glossary that the model was given;
    ``wordings``: forms to avoid that it wrote."""

    actor: Actor
    question: str
    spaces: tuple[str, ...]
    language: str
    model: str
    chosen: Sequence[str] = ()
    again: str = ""
    after: str | None = None
    documents: tuple[Document, ...] = ()
    whole: Whole | None = None
    began: float = 0.0
    chain: str = field(default_factory=lambda: uuid4().hex)
    conversation: str = ""
    house: str = ""  # the name of the organisation
    weights: str = ""  # SHA-256 of the model's file
    message: str = ""
    lean: Lean | None = None
    mailed: tuple[str, ...] = ()
    searched: str = ""
    spelt: str = ""
    reworded: bool = False  # is ``searched`` the question in the words of documents (abroad.py)
    absent: tuple[str, ...] = ()  # parts of the question for which nothing was found
    before: tuple[Turn, ...] = ()
    tries: int = 0
    request: OpenIntention | None = None
    opened: OpenIntention | None = None
    shown: str = ""
    sources: tuple[Source, ...] = ()
    read: dict[int, str] = field(default_factory=dict)  # source number → the lines that the model was given
    tables: tuple[Extract, ...] = ()  # what has lists of prices read whole, the best first
    named: bool = False  # is it the very one that is asked for (listing.named)
    unsaid: str = ""  # what is told without the model, word for word (plainly.told)
    heads: tuple[str, ...] = ()  # lines among them that only head a table
    by_meaning: bool = True
    outcome: str = "interrupted"
    citations: tuple[int, ...] = ()
    found: bool = True
    findings: tuple[Finding, ...] = ()
    glossary: Glossary = field(default_factory=Glossary)
    voice: Voice = field(default_factory=Voice)
    words: tuple[str, ...] = ()
    wordings: tuple[Wording, ...] = ()
    problem: str = ""
    code: str = ""
    loading: asyncio.Event = field(default_factory=asyncio.Event)
    rank: Rank = field(default_factory=Rank)
    advance: Advance = field(default_factory=Advance)
    called: bool = False
    classes: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()  # of the asker's spaces, those that the policy does not let them ask
    shut: Shut = field(default_factory=dict)  # of them, those that do not open
    through: Through | None = None
    seconds: float = 0.0
    _held: tuple[tuple[Source, ...], frozenset[str]] | None = field(default=None, repr=False)
    _heard: tuple[tuple[str, str], Aside | None, str] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.through is not None:
            self.model = self.through.model

    def resource(self, right: Right, space: str = "") -> Resource:
        """What is asked of the policy: these spaces, or one; for the model that will read, when another."""
        model = self.through.model if self.through is not None else ""
        return Resource("spaces", space or ",".join(self.spaces), right=right, model=model)

    @property
    def listed(self) -> Extract | None:
        """The list of prices that is read whole."""
        return next(iter(self.tables), None)

    @property
    def aside(self) -> Aside | None:
        """What the question is when it is said to the assistant rather than asked of the documents."""
        return self._listened()[0]

    @property
    def spoken(self) -> str:
        """The language to answer in: that of the question, ``language`` (of the page or the terminal) when it does
        not show."""
        return self._listened()[1]

    def _listened(self) -> tuple[Aside | None, str]:
        """Once for each question: it is asked ten times on its way."""
        said = self.question, self.language
        if self._heard is None or self._heard[0] != said:
            aside = heard(*said)
            self._heard = said, aside, aside.language if aside else asked_in(*said)
        return self._heard[1:]

    @property
    def seal_space(self) -> str | None:
        """The space whose key seals the payloads: destroying it erases them. Several spaces: the house's key."""
        return self.spaces[0] if len(self.spaces) == 1 else None

    @property
    def read_whole(self) -> bool | None:
        """Is every word of its documents read? None: it is not about chosen documents."""
        return self.whole is not None if self.documents else None

    @property
    def to_read(self) -> bool:
        """Has the model its documents to read, whole, before it answers?"""
        return self.called and self.whole is not None and self.through is None

    @property
    def looked_for(self) -> str:
        """What search and evidence are asked: the question, completed by the conversation, its words put right."""
        return missing.left(self.spelt or self.searched or self.question, self.absent)

    @property
    def found_by_words_alone(self) -> bool:
        """No model compares meanings, and none writes: the passages that hold the words of the question are shown
        with the reason. That they do not answer it is not for words alone to say."""
        return not self.by_meaning and self.model == NO_MODEL

    @property
    def meant(self) -> str:
        """What the model is asked: the question, with its words put right or as documents say it when that was
        searched."""
        asked = self.searched if self.reworded else "" if self.searched else self.spelt
        return missing.left(asked or self.question, self.absent)

    @property
    def drawing(self) -> dict[str, Any]:
        """How the model draws its words: always the same ones, but others when its answer is asked again."""
        return {"temperature": ANOTHER_TEMPERATURE if self.tries else TEMPERATURE, "seed": 1 + self.tries}

    @property
    def cited(self) -> list[str]:
        """Ids of the documents that the answer cites."""
        return sorted({source.document_id for source in self.sources if source.number in self.citations})

    @property
    def opening(self) -> Opening:
        """The rows to write, once the request is in the journal."""
        entry = self.request.index if self.request is not None else None
        touched = [in_force().class_of(space) for space in self.spaces] + [
            one.sensitivity for one in self.documents
        ]
        return Opening(self.chain, self.question, self.chosen, entry, self.again, self.after, touched, self.spaces)

    def corrected(self, said: str, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """The sources of ``said`` where the model wrote ``numbers``: none of a sentence that declines,
        nor of one that bears a name which none of them holds, or a thing of the model's examples."""
        if prompt.says_not_found(said) or (self.spoken == "fr" and unnamed.absent(said, self.words_read)):
            return ()
        if borrowed.ends(said, self._told):
            return ()
        return grounding.corrected(said, numbers, [s.quote for s in self.sources], self.looked_for, self.read)

    def supporting(self) -> tuple[int, ...]:
        """The sources of an answer where the model wrote no number."""
        told = unnamed.without(self.shown, self.words_read) if self.spoken == "fr" else self.shown
        told = borrowed.without(told, self._told)
        return grounding.supporting(told, [s.quote for s in self.sources])

    def _told(self) -> list[str]:
        """All that was asked and read, and the names of what was read."""
        titles = (f"{s.document} {s.place_label}" for s in self.sources)
        return [self.looked_for, self.house, *self.words, *titles, *(s.quote for s in self.sources)]

    def words_read(self) -> frozenset[str]:
        """The words of its sources, of their names and of the organisation, as names are compared."""
        if self._held is None or self._held[0] is not self.sources:
            titles = (f"{s.document} {s.place_label}".replace("_", " ") for s in self.sources)
            held = unnamed.known([*titles, self.house, *self.words], [s.quote for s in self.sources])
            self._held = self.sources, held
        return self._held[1]

    def told_to(self, messages: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
        """The prompt as the journal seals it: of documents read whole, the digest of the beginning, whose passages
        the retrieval names one by one."""
        if self.whole is None:
            return [dict(message) for message in messages]
        kept = [dict(message) for message in messages[len(self.whole.messages) :]]
        return [{"role": "beginning", "content": f"sha256:{self.whole.digest}"}, *kept]

    @property
    def asked(self) -> dict[str, Any]:
        """The request as the journal seals it."""
        told: dict[str, Any] = {"question": self.question, "spaces": self.spaces, "language": self.language}
        if self.lean is not None:
            told["completed"] = self.lean.text  # what it may mean; the retrieval says whether it was looked for
        if self.again:
            told["again"] = self.again
        if self.documents:
            told["documents"] = [one.id for one in self.documents]
        return told

    @property
    def details(self) -> dict[str, Any]:
        """How the answer was made, as kept with it; JSON-able."""
        told: dict[str, Any] = {
            "model": self.model if self.called else "",
            "seconds": round(self.seconds, 1),
            "spaces": list(self.spaces),
            "by_meaning": self.by_meaning,
            "found": self.found,
            "outcome": self.outcome,
        }
        if self.documents:
            told |= {"documents": [one.id for one in self.documents], "whole": self.whole is not None}
            told |= {"reading": reading} if (reading := self.advance.told()) else {}
        return told | {k: v for k, v in self._some if v}

    @property
    def _some(self) -> tuple[tuple[str, Any], ...]:
        told = (("searched", self.searched), ("spelt", self.spelt), ("problem", self.problem), ("code", self.code))
        left = self.through.told() if self.through else {}
        route = {**left, "route": self.through.shown} if self.through and left else {}
        return (
            *told,
            ("route", route),
            ("words", list(self.words)),
            ("left_out", list(self.left_out)),
            ("shut", dict(self.shut)),
            ("aside", list(self.aside.kinds) if self.aside else []),
        )

    @property
    def verdict(self) -> dict[str, Any]:
        """What was checked of the answer, as the journal keeps it."""
        lists = grounding.told(self.findings)
        if self.wordings:
            lists["wordings"] = [wording.told() for wording in self.wordings]
        return {"citations": self.citations, "found": self.found, **foremost(lists)}

    def last_word(self) -> Closed:
        """What the reader is told at the end."""
        marked = grounding.unsupported(self.findings), grounding.computed(self.findings)
        relied = relied_on(self.sources, self.citations)
        told = (self.outcome, self.shown, self.citations, self.found, *marked)
        return Closed(*told, self.details, relied, self.wordings)

    @property
    def decided_on(self) -> str:
        """« space=ID space=ID model=NAME »: the spaces of a question of several, whose entries are of no space, and
        the model of a route, which is not the house's: what was decided can be decided again."""
        spaces = [f"space={one}" for one in self.spaces] if len(self.spaces) > 1 else []
        return " ".join([*spaces, *([f"model={self.through.model}"] if self.through else [])])

    def draft(self, kind: str, name: str, payload: dict[str, Any] | None = None, **rest: Any) -> Draft:
        """An entry of this chain."""
        return Draft(
            kind=kind,
            name=name,
            chain=self.chain,
            actor=self.actor.id,
            space=self.seal_space,
            payload=b"" if payload is None else self.kept(payload),
            **rest,
        )

    def call(self) -> Draft:
        """The entry of a call of the model."""
        called = f"{self.model} sha256={self.weights}" if self.weights and not self.through else self.model
        return self.draft("extension", "model-called", {"model": self.model, **self.drawing}, object=called)

    def kept(self, data: dict[str, Any]) -> bytes:
        """A payload, before it is sealed; nothing where the class lets the journal keep acts alone."""
        force = in_force()
        highest = force.policy.highest(*(force.class_of(space) for space in self.spaces), *self.classes)
        return b"" if highest.journal == "acts" else sealed(data)


def sealed(data: dict[str, Any]) -> bytes:
    """A payload's bytes, before they are sealed."""
    return json.dumps(data, ensure_ascii=False).encode()


def foremost(lists: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Of each list, its first rows, FOREMOST bytes at most: a hostile answer has twenty times its length of
    findings. ``in_all``: how many rows a list that was cut had."""
    kept: dict[str, Any] = {}
    for name, rows in lists.items():
        sizes = accumulate(len(sealed(dict(row))) for row in rows)
        kept[name] = [row for row, size in zip(rows, sizes, strict=True) if size <= FOREMOST]
    cut = {name: len(rows) for name, rows in lists.items() if len(kept[name]) < len(rows)}
    return kept | ({"in_all": cut} if cut else {})


def cleaned(question: str) -> str:
    """NFC, no control characters, no outer space. Raises QuestionEmpty, QuestionTooLong."""
    text = "".join(
        c for c in unicodedata.normalize("NFC", question) if c in "\n\t" or unicodedata.category(c)[0] != "C"
    )
    text = text.strip()
    if not text:
        raise QuestionEmpty()
    if len(text) > QUESTION_LIMIT:
        raise QuestionTooLong(length=len(text), limit=QUESTION_LIMIT)
    return text
