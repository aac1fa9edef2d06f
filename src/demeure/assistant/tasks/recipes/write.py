"""A text from a few notes, or a document section by section: the model writes the middle, the server the rest.
Pure.

Of an e-mail the greeting, the closing and the signature are the server's: a small model signs for people who do not
exist. A figure, a date or a name that neither the notes nor the message hold is marked.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from demeure.assistant import grounding
from demeure.assistant.grounding import Finding
from demeure.assistant.tasks import letter_template, message, procedures
from demeure.assistant.tasks.answered import unanswered
from demeure.assistant.tasks.definition import Section
from demeure.assistant.tasks.making import Composed, Job, Messages, Reading, Step
from demeure.assistant.tasks.message import Received, understood
from demeure.assistant.tasks.notes import SAME, left_of, lines_of, numbered, together, told_one_by_one
from demeure.assistant.tasks.recipes.sourcing import Sources, sentences, weight, wrong
from demeure.assistant.tasks.repairs import mail_parts, plain, unrepeated

FORMULAS = {
    "fr": {
        "formel": (
            "Madame, Monsieur,",
            "Je vous prie d’agréer, {named}, l’expression de mes salutations distinguées.",
        ),
        "cordial": ("Bonjour,", "Bien cordialement,"),
        "chaleureux": (
            "Bonjour,",
            "Je reste à votre disposition et vous souhaite une très bonne journée.\n\nBien cordialement,",
        ),
    },
    "fr, tu": {
        "formel": ("Bonjour,", "Bien cordialement,"),
        "cordial": ("Bonjour,", "Bien à toi,"),
        "chaleureux": (
            "Bonjour,",
            "Je reste à ta disposition et te souhaite une très bonne journée.\n\nBien à toi,",
        ),
    },
    "en": {
        "formel": ("Dear Sir or Madam,", "Yours faithfully,"),
        "cordial": ("Hello,", "Kind regards,"),
        "chaleureux": ("Hello,", "Do not hesitate to come back to me, and have a very good day.\n\nKind regards,"),
    },
}
"""Tone → greeting, closing. ``{named}``: whom one writes to. The organisation's own closing stands before these."""
_CIVIL = "Madame, Monsieur"
LEAST_SHARED, MOST_QUOTED, LONGEST_QUOTED = 3, 2, 320
"""Stems that a sentence of the base shares with a section; sentences quoted under it; characters of one."""
BASE = {"fr": "**Dans vos documents**", "en": "**In your documents**"}
MOST_SUBJECT = 70
_GENERIC = re.compile(
    r"\b(?:votre|demande|dossier|réponse|information|confirmation|message|request|your|reply)s?\b", re.IGNORECASE
)
SUBJECT = {"fr": "Objet : ", "en": "Subject: "}
_SUBJECT = re.compile(r"\A(?:Objet|Subject)\s?:\s")


class Write:
    """See making.Recipe. One step, or one a section."""

    def steps(self, job: Job) -> list[Step]:
        if not job.task.sections:
            followed = followed_in(job)
            return [
                Step(
                    job.task.title[job.language],
                    lambda _said: self._asked(job),
                    job.task.output,
                    shown=self._shown(job, coming=True),
                    digest="\n".join(followed),
                    **self._twice(job),
                )
            ]
        return [
            Step(
                one.title[job.language],
                lambda _said, one=one: asked_section(job, one),  # type: ignore[misc] # mypy does not see the default
                job.task.output,
                shown=lambda said, one=one: of_section(job, one, said, coming=True),  # type: ignore[misc]
                **section_twice(job, one),
            )
            for one in job.task.sections
        ]

    def so_far(self, job: Job, said: Sequence[str]) -> str:
        if job.task.sections:
            told = zip(job.task.sections, said, strict=False)
            return "\n\n".join(of_section(job, section, text) for section, text in told)
        return "\n\n".join(self._shown(job)(text) for text in said)

    def composed(self, job: Job, said: Sequence[str]) -> Composed:
        sources = Sources(job.language)
        text = job.finish(self._whole(job, said, sources))
        report: list[dict[str, Any]] = []
        received = _received(job)
        if "answered" in job.task.checks and received.points:
            left = unanswered(received.points, text, job.stems)
            report.append({"kind": "answered", "asked": list(received.points), "left": left})
        report += [*asked_back(job, job.task.sections), *differing(job, job.task.sections, sources)]
        report += [*by_procedure(job, sources), *left_in_template(job)]
        title = _titled(text) if _mails(job) else ""
        listed = tuple(sources.listed)
        return Composed(text, listed, findings(job, text, listed), tuple(report), title)

    def _whole(self, job: Job, said: Sequence[str], sources: Sources) -> str:
        """What was written; after each section, what the base says of it."""
        if not job.task.sections:
            return self.so_far(job, said)
        told = []
        for section, text in zip(job.task.sections, said, strict=False):
            told += [of_section(job, section, text), told_of_base(job, section, sources)]
        return "\n\n".join(filter(None, told))

    # -- the prompt ------------------------------------------------------------------------------------------------

    def _twice(self, job: Job) -> dict[str, Any]:
        """Sentences that cannot be kept are asked for once more, without the message received."""
        if not (_mails(job) and job.task.numbered):
            return {}
        notes = notes_of(job)
        return twice(job, notes, lambda left: self._asked(job, left))

    def _asked(self, job: Job, only: Sequence[str] | None = None) -> Messages:
        values = {one.name: job.told(one.name)[: job.room] for one in job.task.fields}
        received = _received(job)
        for one in job.task.fields:
            if one.kind == "message":
                values[one.name] = "" if only else received.body[: job.room]
        if job.task.numbered:
            values[job.task.numbered] = numbered(only or notes_of(job))
        values["points"] = "\n".join(f"{n}. {point}" for n, point in enumerate(received.points, 1))
        values["organisation"] = job.organisation
        return job.task.prompt(job.language).messages(values)

    def _shown(self, job: Job, *, coming: bool = False) -> Callable[[str], str]:
        """What the reader sees of what the model has said. ``coming``: it still writes."""
        if not _mails(job):
            return lambda said: unrepeated(plain(said))
        if not job.task.numbered:
            return lambda said: mailed(job, *mail_parts(said))
        notes = notes_of(job)
        return lambda said: mailed(job, *told_one_by_one(said, notes, job.stems, job.language, coming=coming))


def numbers_told(blocks: Sequence[Mapping[str, Any]]) -> set[int]:
    """Of the sources that ``differing`` names."""
    return {int(one["number"]) for block in blocks for one in block["found"]}


def twice(job: Job, notes: Sequence[str], ask: Callable[[Sequence[str]], Messages | None]) -> dict[str, Any]:
    """Of a step: what is asked once more, and how both answers are one."""

    def again(said: str) -> Messages | None:
        left = left_of(said, notes, job.stems)
        return ask(left) if left else None

    return {"again": again, "merged": lambda first, second: together(first, second, notes, job.stems)}


def section_twice(job: Job, section: Section) -> dict[str, Any]:
    """Of the step of a section."""
    notes = lines_of(job.told(section.field)[: job.room])
    return twice(job, notes, lambda left: asked_section(job, section, left))


def asked_section(job: Job, section: Section, only: Sequence[str] | None = None) -> Messages | None:
    """Nothing is asked of a section that nothing was said for: its author is asked instead."""
    notes = only or lines_of(job.told(section.field)[: job.room])
    if not notes:
        return None
    values = {"section": section.title[job.language], "lines": numbered(notes), "organisation": job.organisation}
    fields = {one.name: job.told(one.name)[:300] for one in job.task.fields if one.kind == "line"}
    return job.task.prompt(job.language).messages(fields | values)


def sought(job: Job) -> dict[str, str]:
    """By field of a section: what is looked for in the base."""
    lines = [job.told(one.name)[:160] for one in job.task.fields if one.kind == "line"]
    wanted = job.task.sections[job.section - 1 : job.section] if job.section else job.task.sections
    return {
        one.field: " ".join([*lines, re.sub(r"^\d+\.\s*", "", one.title[job.language]), notes[:300]])
        for one in wanted
        if (notes := " ".join(lines_of(job.told(one.field))))
    }


def told_of_base(job: Job, section: Section, sources: Sources) -> str:
    """The base's own sentences about a section, word for word, each with its source; empty when there are none."""
    wanted = set(job.stems(job.told(section.field)))
    ranked: list[tuple[float, Reading, str]] = []
    for reading in [*job.found.get(section.field, ()), *procedures.readings(job)]:
        for sentence in sentences(reading.text):
            shared = len(wanted & set(job.stems(sentence)))
            if shared >= LEAST_SHARED and len(sentence) <= LONGEST_QUOTED:
                ranked.append((shared + weight(sentence) / 10, reading, sentence))
    told, said = list[str](), set[str]()
    for _, reading, sentence in sorted(ranked, key=lambda one: -one[0]):
        if sentence not in said and len(told) < MOST_QUOTED:
            said.add(sentence)
            told.append(f"- «\u202f{sentence}\u202f» [{sources.number(reading, 0)}]")
    return "\n".join([f"{BASE[job.language]}\n", *told]) if told else ""


def asked_back(job: Job, sections: Sequence[Section]) -> list[dict[str, Any]]:
    """The questions of sections that nothing was said for."""
    asked = [one.question[job.language] for one in sections if not job.told(one.field).strip()]
    return [{"kind": "asked_back", "questions": asked}] if asked else []


def differing(job: Job, sections: Sequence[Section], sources: Sources) -> list[dict[str, Any]]:
    """Figures and dates of the form that the base gives otherwise, and where."""
    told: list[dict[str, Any]] = []
    for section in sections:
        base = [*job.found.get(section.field, ()), *procedures.readings(job)]
        for line in lines_of(job.told(section.field)) if base else ():
            for one in wrong(line, [reading.text for reading in base]):
                if one.nearest and one.source:
                    number = sources.number(base[one.source - 1], 0)
                    told.append({"said": one.said, "nearest": one.nearest, "number": number})
    return [{"kind": "differs", "found": told}] if told else []


def of_section(job: Job, section: Section, said: str, *, coming: bool = False) -> str:
    """Its title, then each of its lines as a sentence; what is missing, as a question."""
    notes = lines_of(job.told(section.field))
    title = f"## {section.title[job.language]}"
    if not notes:
        word = "To be said:" if job.language == "en" else "À préciser\u00a0:"
        return f"{title}\n\n**{word}** {section.question[job.language]}"
    _, body = told_one_by_one(said, notes, job.stems, job.language, coming=coming)
    return f"{title}\n\n{body}"


def mailed(job: Job, subject: str, body: str) -> str:
    """The whole e-mail around what the model wrote."""
    received = _received(job)
    subject = _subject(job, subject, received)
    formulas = formulas_of(job)
    opening, closing = formulas.get(job.chosen("ton"), formulas["cordial"])
    named = job.values.get("destinataire", "").strip() or message.greeted([received.body[-300:], received.sender])
    if named:
        opening = f"{named}," if job.chosen("ton") == "formel" else f"{opening.rstrip(',')} {named},"
    if own := "\n".join(job.voice.closing).strip():
        closing = own.replace(_CIVIL, named) if named else own
    else:
        closing = closing.format(named=named or _CIVIL)
    if job.template is not None:
        parts = {"subject": subject, "opening": opening, "body": body, "closing": closing, "named": named}
        told = parts | {"signature": job.signature, "organisation": job.organisation, "day": _day(job)}
        return letter_template.filled(job.template.text, told)[0]
    head = f"{SUBJECT[job.language]}{subject}" if subject else ""
    return "\n\n".join(filter(None, (head, opening, body, closing, job.signature)))


def notes_of(job: Job) -> list[str]:
    """What is to be said, one sentence each: the notes, then what the procedure says of them."""
    own = lines_of(job.told(job.task.numbered)[: job.room])
    return lines_of("\n".join([*own, *followed_in(job)]))


def followed_in(job: Job) -> list[str]:
    """The lines of the procedure that the form names which the letter says."""
    if job.procedure is None or not (_mails(job) and job.task.numbered):
        return []
    return procedures.said_of(job.procedure.text, *_looked_for(job), job.stems)


def _looked_for(job: Job) -> tuple[str, list[str]]:
    """(what the letter is about, its notes)."""
    received, notes = _received(job), lines_of(job.told(job.task.numbered))
    asked = [received.subject, *(received.points or (received.body[:1500],))]
    return "\n".join([*asked, *notes]), notes


def by_procedure(job: Job, sources: Sources) -> list[dict[str, Any]]:
    """What the letter says of the procedure, as its source; figures of the notes that it gives otherwise; the
    procedures that speak of it and were not chosen."""
    if not (_mails(job) and job.task.numbered):
        return []
    kept = job.procedure
    if kept is None:
        names = procedures.near(job.voice.procedures, *_looked_for(job), job.stems)
        return [{"kind": "procedures_near", "names": names}] if names else []
    reading = procedures.reading_of(kept.name, kept.text, kept.space, job.language)
    number, said = sources.number(reading, 0), followed_in(job)
    told = [{"said": one.said, "nearest": one.nearest, "number": number} for one in _otherwise(job, kept.text)]
    report: list[dict[str, Any]] = [{"kind": "procedure", "name": kept.name, "said": said}]
    return [*report, {"kind": "differs", "found": told}] if told else report


def _otherwise(job: Job, procedure: str) -> list[Finding]:
    """Figures of the notes that the procedure gives otherwise, in a line on the same thing."""
    lines = [(line, set(job.stems(line))) for line in lines_of(procedure, most=200)]
    found: list[Finding] = []
    for note in lines_of(job.told(job.task.numbered)):
        words = set(job.stems(note))
        near = [line for line, held in lines if len(words & held) >= LEAST_SHARED]
        found += [one for one in wrong(note, near) if one.nearest] if near else []
    return found


def _day(job: Job) -> str:
    return letter_template.day_told(job.day, job.language)


def left_in_template(job: Job) -> list[dict[str, Any]]:
    """Places of the letter template that nothing filled."""
    if job.template is None or not _mails(job):
        return []
    parts = dict.fromkeys(("opening", "body", "closing", "organisation", "day"), "…")
    left = letter_template.filled(job.template.text, parts)[1]
    return [{"kind": "asked_back", "questions": [f"{{{one}}}" for one in left]}] if left else []


def _titled(text: str) -> str:
    """The subject of a letter, else its first line."""
    found = next((line for line in text.split("\n") if _SUBJECT.match(line)), text.partition("\n")[0])
    return _SUBJECT.sub("", found)


def formulas_of(job: Job) -> Mapping[str, tuple[str, str]]:
    """Tone → greeting, closing, as the style guide speaks to the reader."""
    familiar = job.language == "fr" and job.voice.style.address == "tu"
    return FORMULAS["fr, tu" if familiar else job.language]


def _subject(job: Job, said: str, received: Received) -> str:
    """The model's, when its words are those of the notes or of the message, the first note's or the message's among
    them; otherwise the first note."""
    notes = lines_of(job.told(job.task.numbered)) if job.task.numbered else []
    held = set(job.stems(" ".join([*notes, received.subject, received.body])))
    wanted = set(job.stems(_GENERIC.sub(" ", said)))
    main = set(job.stems(" ".join([*notes[:1], received.subject, received.body])))
    if said and (not notes or not wanted or (len(wanted & held) / len(wanted) > SAME and wanted & main)):
        return said
    if received.subject:
        return f"Re : {received.subject}"
    first = f"{notes[0][:1].upper()}{notes[0][1:]}".rstrip(".") if notes else said
    return first if len(first) <= MOST_SUBJECT else f"{first[:MOST_SUBJECT].rsplit(' ', 1)[0]}…"


def _mails(job: Job) -> bool:
    return any(one.name == "signature" for one in job.task.fields)


def _received(job: Job) -> Received:
    for one in job.task.fields:
        if one.kind == "message" and (text := job.told(one.name).strip()):
            return understood(text)
    return Received("", "", "", ())


def findings(job: Job, text: str, sources: Sequence[Mapping[str, Any]] = ()) -> tuple[Finding, ...]:
    """What neither the form nor ``sources`` hold."""
    if "grounding" not in job.task.checks:
        return ()
    held = [str(one["quote"]) for one in sources]
    held += [job.told(one.name) for one in job.task.fields if one.kind != "spaces"]
    formulas = [line for pair in formulas_of(job).values() for line in pair]
    formulas += [*job.voice.closing, job.signature]
    held += [one.text for one in (job.procedure, job.template) if one is not None]
    held += [_day(job)] if job.template is not None else []
    own = [f"{one.title[job.language]} {one.question[job.language]}" for one in job.task.sections]
    return grounding.check(text, [one for one in held if one.strip()], "", [job.organisation, *formulas, *own])
