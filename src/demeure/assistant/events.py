"""What ``ask()`` tells its reader, in order: Started, Sources, Queued, Loading and BeingRead at times, Text…,
Closed; Problem at any point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from demeure.assistant.grounding import Finding
from demeure.words.glossary import Wording


@dataclass(frozen=True)
class Started:
    """The request is written in the journal. ``chain`` links everything that follows; ``journal``: index of its
    entry. ``searched``: what was looked for, when the conversation made it differ from the question; ``spelt``:
    when misspelt words of it were put right. ``again``: the answer that this one tries again. ``left_out``: spaces
    that the policy refuses to whoever asked all of theirs. ``shut``: spaces that do not open, and why."""

    chain: str
    conversation: str
    message: str
    journal: int | None = None
    searched: str = ""
    again: str = ""
    spelt: str = ""
    left_out: tuple[str, ...] = ()
    shut: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """One passage shown beside the answer. ``number``: n of ``[n]``; ``quote``: the stored text, byte for byte.
    ``passage``: its id, to open it; 0 for a source kept before passages were named. ``also``: other spaces searched
    that hold the same file. ``read``: the lines of ``quote`` given to the model, « … » where some were not.
    ``gone``: the document was deleted since; of what was quoted nothing is left.
    ``standing``: what whoever relies on the document had to know that day, as objects (library.Standing);
    not kept with the answer."""

    number: int
    document_id: str
    document: str
    space: str
    place: Mapping[str, Any]
    place_label: str
    quote: str
    score: float
    passage: int = 0
    also: Sequence[str] = ()
    read: str = ""
    gone: bool = False
    standing: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class Sources:
    """All sources, before the first word; the retrieval is written in the journal. ``by_meaning``: False when only
    words were compared, the embedding model being away. ``whole``: the documents chosen are read whole, and every
    passage of them is a source; False: they are too long for that; None: none was chosen. ``reading``: the model
    has them to read yet, BeingRead says how far it is. ``aside``: nothing was looked for, the message being said to
    the assistant itself."""

    items: tuple[Source, ...]
    by_meaning: bool = True
    whole: bool | None = None
    aside: bool = False
    reading: bool = False


@dataclass(frozen=True)
class BeingRead:
    """The model reads the documents chosen: ``share`` hundredths of them; ``left``: seconds, at the pace of this
    very reading, None until it is known. 100, told once: they are read whole, the first word comes."""

    share: int
    left: float | None = None


@dataclass(frozen=True)
class Loading:
    """The model is still loading: the first word comes once it is there, without asking again."""


@dataclass(frozen=True)
class Queued:
    """The question waits for a place of the engine, behind ``ahead`` others if nobody else comes; told again each
    time that changes. None: its turn has come."""

    ahead: int | None


@dataclass(frozen=True)
class Text:
    """More of the answer; already kept in the conversation when the reader receives it."""

    delta: str


@dataclass(frozen=True)
class Closed:
    """The end. ``outcome``: done, refused, failed or interrupted. ``found``: the base held an answer.
    ``citations``: numbers of the sources that support the answer. ``unsupported``: what no source holds, by its
    place in ``text``; ``computed``: amounts that are sums of amounts of the sources. ``details``: how it was made
    (model, seconds, spaces, by_meaning, searched), as kept with the answer. ``standing``: of the documents that it
    relies on, those that are superseded, past the end of their keeping or to be read again, with the number of the
    source. ``wordings``: forms that the glossary replaces."""

    outcome: str
    text: str
    citations: tuple[int, ...] = ()
    found: bool = True
    unsupported: tuple[Finding, ...] = ()
    computed: tuple[Finding, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    standing: tuple[Mapping[str, Any], ...] = ()
    wordings: tuple[Wording, ...] = ()


@dataclass(frozen=True)
class Problem:
    """The answer could not be given, or not whole; ``code`` is the error's stable name."""

    code: str
    sentence: str


Event = Started | Sources | Queued | Loading | BeingRead | Text | Closed | Problem
