"""Where a person appears: counts and places, never words. Values only (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from demeure.personal.seeking import LIKELY, WHOLE, Sighting

Kind = Literal["document", "conversation", "work", "file", "glossary", "journal", "account", "own", "pseudonyms"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""``file``: dropped on a form; ``journal``: contents that the journal sealed for one author; ``own``: everything
that an account wrote itself (its conversations, its works);
``pseudonyms``: the table of a dossier."""

MOST_PLACES = 12
"""Places kept of one object: the first ones."""

Place = Mapping[str, Any]
NAME: Place = {"kind": "name"}
"""In what the object is called."""
SENDER: Place = {"kind": "sender"}
"""Who wrote or sent it, as the file says."""

_SAID = ("name", "sender", "owner", "tags", "turn", "form", "draft", "term", "text", "login", "entry")


def sentence_of(place: Place) -> str:
    """The key of the sentence that says this place, with its ``number``; empty for one that only a document has: a
    letter without a heading, a message without a subject say nothing of where."""
    kind = place.get("kind", "")
    if kind == "draft" and not place.get("number"):
        return "persons.at_parts"
    return f"persons.at_{kind}" if kind in _SAID else ""


@dataclass(frozen=True)
class Finding:
    """One object. ``object``: its id (of ``glossary``: the space or nothing; of ``journal``, ``own``: an actor).
    ``holder``: actor id of whose it is. ``whole``, ``likely``, ``same``: how many sightings of each certainty
    (personal.seeking); ``at``: places of the first of them."""

    kind: Kind
    object: str
    space: str = ""
    holder: str = ""
    whole: int = 0
    likely: int = 0
    same: int = 0
    at: tuple[Place, ...] = ()

    @property
    def sure(self) -> bool:
        """Is it about this person, and not only about somebody of that name?"""
        return bool(self.whole or self.likely)

    def with_(self, seen: list[Sighting], place: Place) -> "Finding":
        """The same, with what one of its texts holds."""
        whole = sum(one.sure == WHOLE for one in seen)
        likely = sum(one.sure == LIKELY for one in seen)
        at = self.at
        if (whole or likely) and len(at) < MOST_PLACES and dict(place) not in map(dict, at):
            at = (*at, place)
        same = self.same + len(seen) - whole - likely
        return replace(self, whole=self.whole + whole, likely=self.likely + likely, same=same, at=at)


@dataclass(frozen=True)
class Unsearched:
    """What could not be looked into. ``why``: unreadable, encrypted, pictures, waiting, locked, erased, late."""

    kind: str
    object: str
    space: str
    why: str
    count: int = 1


@dataclass
class Report:
    """What a search gave. ``looked``: kind → how many objects were looked into; ``same_only``: kind → how many
    hold the surname alone, and are not in ``findings``."""

    findings: list[Finding] = field(default_factory=list)
    looked: dict[str, int] = field(default_factory=dict)
    same_only: dict[str, int] = field(default_factory=dict)
    unsearched: list[Unsearched] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Counted as looked into; kept when it is about the person."""
        self.looked[finding.kind] = self.looked.get(finding.kind, 0) + 1
        if finding.sure:
            self.findings.append(finding)
        elif finding.same:
            self.same_only[finding.kind] = self.same_only.get(finding.kind, 0) + 1

    def scope(self) -> dict[str, Any]:
        """What was searched, what could not be: JSON."""
        return {
            "looked": dict(self.looked),
            "same": dict(self.same_only),
            "not": [[one.kind, one.object, one.space, one.why, one.count] for one in self.unsearched],
        }
