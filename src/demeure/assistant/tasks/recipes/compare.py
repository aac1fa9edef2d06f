"""What changed from one document to another, page to page; no model: all that is said is in one of them. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from demeure.assistant import grounding
from demeure.assistant.tasks.making import Composed, Job, Reading, Step
from demeure.assistant.tasks.recipes.sourcing import Sources, sentences

CLOSE = 0.55
"""Share of its words that a sentence keeps when it was changed and not replaced."""
MOST = 200
WORDS = {
    "fr": ("Chiffres et dates modifiés", "Modifié", "Ajouté", "Retiré", "Les deux textes sont les mêmes."),
    "en": ("Figures and dates changed", "Changed", "Added", "Removed", "Both texts are the same."),
}


@dataclass(frozen=True)
class Change:
    """``before``, ``after``: (stretch, sentence); None on the side where there is none."""

    before: tuple[int, str] | None
    after: tuple[int, str] | None

    @property
    def figures(self) -> bool:
        """A figure differs."""
        if self.before is None or self.after is None:
            return False
        return sorted(grounding.figures(self.before[1])) != sorted(grounding.figures(self.after[1]))


class Compare:
    """See making.Recipe. No step."""

    def steps(self, job: Job) -> list[Step]:
        del job
        return []

    def so_far(self, job: Job, said: Sequence[str]) -> str:
        del job, said
        return ""

    def composed(self, job: Job, said: Sequence[str]) -> Composed:
        del said
        before, after = (next(iter(job.readings.get(name, ())), Reading(())) for name in ("avant", "apres"))
        found = changes(before, after)[:MOST]
        sources = Sources(job.language)
        heavy, changed, new, gone, same = WORDS[job.language]
        groups = (
            (heavy, [one for one in found if one.figures]),
            (changed, [one for one in found if one.before and one.after and not one.figures]),
            (new, [one for one in found if one.before is None]),
            (gone, [one for one in found if one.after is None]),
        )
        blocks = []
        for title, those in groups:
            if those:
                blocks += [f"## {title}", "\n".join(_line(one, before, after, sources) for one in those)]
        counts = {"new": len(groups[2][1]), "gone": len(groups[3][1])}
        counts["changed"] = len(found) - sum(counts.values())
        report = ({"kind": "compared", **counts},)
        return Composed(job.finish("\n\n".join(blocks) or same), tuple(sources.listed), report=report)


def changes(before: Reading, after: Reading) -> list[Change]:
    """Sentence by sentence, in the order of the new document; one that only moved is none."""
    one = [(at, said) for at, stretch in enumerate(before.stretches) for said in sentences(stretch.text)]
    other = [(at, said) for at, stretch in enumerate(after.stretches) for said in sentences(stretch.text)]
    old, young = ([_plain(said) for _, said in side] for side in (one, other))
    gone: list[tuple[int, str]] = []
    new: list[tuple[int, str]] = []
    for op, a0, a1, b0, b1 in SequenceMatcher(None, old, young, autojunk=False).get_opcodes():
        if op != "equal":
            gone += one[a0:a1]
            new += other[b0:b1]
    moved = {_plain(said) for _, said in gone} & {_plain(said) for _, said in new}
    left = [[each for each in side if _plain(each[1]) not in moved][:MOST] for side in (gone, new)]
    return _paired(left[0], left[1])


def _paired(gone: list[tuple[int, str]], new: list[tuple[int, str]]) -> list[Change]:
    """Those that are the same sentence changed, together."""
    found: list[Change] = []
    left = list(gone)
    for sentence in new:
        best = max(left, key=lambda old: _close(old[1], sentence[1]), default=None)
        if best is not None and _close(best[1], sentence[1]) >= CLOSE:
            left.remove(best)
            found.append(Change(best, sentence))
        else:
            found.append(Change(None, sentence))
    return [*found, *(Change(old, None) for old in left)]


def _close(one: str, other: str) -> float:
    return SequenceMatcher(None, _plain(one).split(), _plain(other).split(), autojunk=False).ratio()


def _plain(text: str) -> str:
    return re.sub(r"[\s\u00a0\u202f]+", " ", text.casefold().replace("’", "'")).strip(" .;:,")


def _line(one: Change, before: Reading, after: Reading, sources: Sources) -> str:
    told = []
    if one.before is not None:
        told.append(f"« {one.before[1]} » [{sources.number(before, one.before[0])}]")
    if one.after is not None:
        told.append(f"« {one.after[1]} » [{sources.number(after, one.after[0])}]")
    return f"- {' → '.join(told)}"
