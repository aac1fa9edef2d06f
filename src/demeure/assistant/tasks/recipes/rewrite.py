"""A text said again in plain words, piece by piece: what changed and why, how easy it was and is. Pure.

No fact is added: a sentence whose figure or date is not in its piece is left out, and a piece whose figures were
lost is kept as it was. What is left to check is marked, or listed.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from demeure.assistant import grounding
from demeure.assistant.tasks.making import Composed, Job, Messages, Step
from demeure.assistant.tasks.meaning import turned
from demeure.assistant.tasks.plain_words import plainer
from demeure.assistant.tasks.readability import Readability, measured
from demeure.assistant.tasks.recipes.sourcing import wrong
from demeure.assistant.tasks.repairs import plain, unrepeated
from demeure.assistant.tasks.worddiff import compared

PIECE = 900
"""Characters said again at once: a small model loses what stands further."""
_END = re.compile(r"(?<=[.!?…])\s+(?=[«A-ZÀ-Þ0-9])")
_HEAVY = re.compile(
    r"""\b(?: afin\ (?:de|que) | dans\ le\ cadre\ de | nonobstant | sus(?:visé|mentionné)\w*
    | ci-(?:après|dessus|joint)\w*
    | en\ vue\ de | procéder\ à | il\ vous\ appartient | préalablement | subordonn\w+ | à\ défaut | sous\ réserve
    | le\ cas\ échéant | eu\ égard | conformément | au\ titre\ de | ladite | ledit | lesdits
    | dont\ il\ s.agit
    | être\ en\ mesure | veuillez\ trouver | j.ai\ l.honneur | octroi\w* | s.acquitter | ultérieurement
    | nécessit\w+
    | compte\ tenu\ de | à\ cet\ effet | par\ la\ présente | dans\ les\ meilleurs\ délais | requérant
    | pétitionnaire )""",
    re.IGNORECASE | re.VERBOSE,
)
_PASSIVE = re.compile(
    r"\b(?:est|sont|sera|seront|a été|ont été|était|étaient|être|soit|soient)\s+(?:\w+ment\s+)?"
    r"\w{3,}(?:é|ée|és|ées|ie|ies|ue|ues|ite|ites|is|ise|ises)\b(?:\s+par\b)?"
)


class Rewrite:
    """See making.Recipe."""

    def steps(self, job: Job) -> list[Step]:
        pieces = cut(job.reading().text, job.room)
        several = len(pieces) > 1
        return [
            Step(
                f"{at} / {len(pieces)}" if several else job.task.title[job.language],
                lambda _said, piece=piece: _asked(job, piece),  # type: ignore[misc] # mypy does not see the default
                max(80, min(job.task.output, len(piece) // 2 + 60)),
                shown=lambda said: _laid(job, unrepeated(plain(said))),
                digest=piece,
            )
            for at, piece in enumerate(pieces, 1)
        ]

    def so_far(self, job: Job, said: Sequence[str]) -> str:
        pieces = cut(job.reading().text, job.room)
        return "\n\n".join(faithful(job, piece, text)[0] for piece, text in zip(pieces, said, strict=False))

    def composed(self, job: Job, said: Sequence[str]) -> Composed:
        source = job.reading().text
        pieces = cut(source, job.room)
        told = [faithful(job, piece, text) for piece, text in zip(pieces, said, strict=False)]
        text = job.finish("\n\n".join(one for one, _ in told))
        report: list[dict[str, Any]] = []
        before, after = measured(source), measured(text)
        if "readability" in job.task.checks and before and after and job.language == "fr":
            report.append({"kind": "readability", "before": _told(before), "after": _told(after)})
        if lost := missing(source, text):
            report.append({"kind": "lost", "figures": lost})
        kept = sum(
            bool(round_turned(job, piece, unrepeated(plain(s)))) for piece, s in zip(pieces, said, strict=False)
        )
        if kept:
            report.append({"kind": "kept_close", "number": kept})
        if dropped := sum(number for _, number in told):
            report.append({"kind": "dropped", "number": dropped})
        if "changes" in job.task.checks:
            report.append(changes(source, text, before, after))
        findings = grounding.check(text, [source, *_others(job)], "", [job.organisation])
        return Composed(text, findings=findings, report=tuple(report))


def cut(text: str, room: int, most: int = PIECE) -> list[str]:
    """Paragraphs together up to ``most`` characters, or ``room`` when it is less; a longer one between its
    sentences."""
    size = min(room, most)
    pieces: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        for part in _parts(paragraph.strip(), size):
            if pieces and len(pieces[-1]) + len(part) < size:
                pieces[-1] += f"\n\n{part}"
            elif part:
                pieces.append(part)
    return pieces


def _parts(paragraph: str, size: int) -> list[str]:
    if len(paragraph) <= size:
        return [paragraph]
    parts: list[str] = []
    for sentence in _END.split(paragraph):
        if parts and len(parts[-1]) + len(sentence) < size:
            parts[-1] += f" {sentence}"
        else:
            parts.append(sentence)
    return parts


def faithful(job: Job, piece: str, said: str) -> tuple[str, int]:
    """What the model said of ``piece`` without the sentences whose figures are not in it, and how many these are;
    ``piece`` itself when its figures were lost, or when nothing is left."""
    again = unrepeated(plain(said))
    held = [piece, *_others(job)]
    lines, dropped = [], 0
    for line in again.split("\n"):
        kept = []
        for sentence in _END.split(line):
            if sentence.strip() and wrong(sentence, held, [job.organisation]):
                dropped += 1
            else:
                kept.append(sentence)
        lines.append(" ".join(kept))
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    figures = set(grounding.figures(piece))
    if len(text) < 0.2 * len(piece) or (
        figures and len(figures - set(grounding.figures(text))) > len(figures) // 2
    ):
        return _laid(job, piece), dropped
    return _laid(job, text if not round_turned(job, piece, text) else piece), dropped


def round_turned(job: Job, piece: str, text: str) -> list[str]:
    """See meaning.turned: the text may be that of the piece, or of the piece said plainly."""
    examples = [said for pair in job.task.prompt(job.language).examples for said in pair]
    signs = turned(piece, text, job.stems, examples)
    return [one for one in signs if one in turned(plainer(piece), text, job.stems, examples)]


def missing(source: str, text: str) -> list[str]:
    """Figures of ``source`` that ``text`` no longer holds, as they are written there."""
    held = set(grounding.figures(text))
    return [one for one in dict.fromkeys(grounding.figures(source)) if one not in held][:20]


def changes(source: str, text: str, before: Readability | None, after: Readability | None) -> dict[str, Any]:
    """Word by word, and why: what can be counted."""
    why = []
    if before and after:
        why.append(("shorter_sentences", before.long_sentences - after.long_sentences))
        why.append(("words", before.words - after.words))
    why.append(("heavy", len(_HEAVY.findall(source)) - len(_HEAVY.findall(text))))
    why.append(("passive", len(_PASSIVE.findall(source)) - len(_PASSIVE.findall(text))))
    pieces = [[one.kind, one.text] for one in compared(source, text)]
    return {"kind": "changes", "why": [[key, number] for key, number in why if number > 0], "pieces": pieces}


def _laid(job: Job, text: str) -> str:
    """Office turns said plainly; easy to read: one sentence a line."""
    text = plainer(text) if job.language == "fr" else text
    if job.chosen("niveau") != "facile":
        return text
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += [sentence.strip() for sentence in _END.split(paragraph)] if paragraph.strip() else [""]
    return re.sub(r"\n{3,}", "\n\n", "  \n".join(lines)).replace("  \n  \n", "\n\n").strip()


def _others(job: Job) -> list[str]:
    return [told for one in job.task.fields if one.kind != "source" and (told := job.told(one.name)).strip()]


def _told(one: Readability) -> dict[str, Any]:
    return {**asdict(one), "level": one.level}


def _asked(job: Job, piece: str) -> Messages:
    """Office turns are said plainly before the model reads them: it turned some round."""
    piece = plainer(piece) if job.language == "fr" else piece
    values = {one.name: job.told(one.name) for one in job.task.fields if one.kind != "source"}
    told = job.task.prompt(job.language)
    level = job.chosen("niveau")
    examples = [one for one in told.examples if not level or one[0].startswith(values.get("niveau", ""))]
    return told.messages({**values, "passage": piece, "organisation": job.organisation}, examples or told.examples)
