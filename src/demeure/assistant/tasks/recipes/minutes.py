"""Minutes from notes or a transcript, in the organisation's own template: attendance, decisions, votes, actions.

A line whose figures its passage does not hold is left out; decisions and votes that the model passed over are the
text's own sentences. What a transcript says of amounts and dates is always marked « à vérifier ».
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from demeure.assistant import grounding
from demeure.assistant.tasks import attendance, minutes_template
from demeure.assistant.tasks.attendance import Attendance
from demeure.assistant.tasks.checking import TO_CHECK, bare, marks
from demeure.assistant.tasks.making import Composed, Job, Messages, Reading, Step
from demeure.assistant.tasks.recipes.sourcing import Sources, support, wrong
from demeure.assistant.tasks.recipes.summary import Section, sections
from demeure.assistant.tasks.repairs import plain

HEARD = frozenset({"amount", "percent", "date", "year", "weekday", "hour", "time"})
"""Kinds that a recording is misheard on, and that minutes are read for."""
LATER = {"fr": "à préciser", "en": "to be said"}
DECIDED = 0.6
"""Share of a decision's words that its passage holds."""
FEW, LONGEST = 4, 320
"""Words of a sentence that says nothing alone; characters of one that is quoted."""
MOST = {"point": 60, "decision": 60, "vote": 40, "action": 60}
_LINE = re.compile(
    r"^\W{0,4}(POINT|D[ÉE]CISION|VOTE|ACTION)S?\W{0,3}[:：]\s*(?P<said>.+)$", re.IGNORECASE | re.MULTILINE
)
_DECIDED = re.compile(
    r"\b(?:est|sont|a été|ont été)\s+"
    r"(?:adopté|approuvé|décidé|validé|accepté|rejeté|refusé|retenu|reporté|ajourné|voté)\w*"
    r"|\b(?:on|nous|le conseil|le bureau|l.assemblée|la commission|le comité)\s+(?:\w+\s)?"
    r"(?:décid|adopt|approuv|valid|reten|retien|report|refus|rejet|accept)\w+"
    r"|\bc.est\s+(?:adopté|décidé|validé|voté|d.accord)|\bdécision\s*:"
    r"|\b(?:is|was|are|were)\s+(?:adopted|approved|decided)\b",
    re.IGNORECASE,
)
_VOTED = re.compile(
    r"\bunanimité\b|\bunanimous|\b(?:\d+|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|"
    r"quatorze|quinze|seize|vingt\S*)\s+(?:voix\s+)?(?:pour|contre|abstentions?|for|against)\b",
    re.IGNORECASE,
)
_SPEAKER = re.compile(
    r"^\s*(?:\[?\d{1,2}:\d{2}(?::\d{2})?\]?\s*)?(?:\*{0,2}[^\W\d_][\w.’' -]{1,40}\*{0,2}\s?:\s+)?"
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_WHEN = re.compile(
    r"\b(?:avant|d[’']ici|dès|au plus tard|pour|before|by)\s+(?:le \d|l[’']|au \d|fin |demain|\d|lundi|mardi|"
    r"mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday)[^|]{0,40}$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_DECIDING = re.compile(
    r"\b(?:adopt|approuv|décid|valid|accept|rejet|refus|reten|retien|ajourn|vot|unanim|accord|décision|bon|donc|alors"
    r"|decid|approv|agre)\w*",
    re.IGNORECASE,
)
"""Words that say that something is decided, not what."""
_TOLD_FIGURE = re.compile(
    r"\d[\d\s.,\u202f]*(?:€|euros?\b|%)|\b\d{1,2}(?:er)?\s+(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre"
    r"|octobre|novembre|décembre|january|february|march|april|may|june|july|august|september|october|november"
    r"|december)\b",
    re.IGNORECASE,
)
"""An amount, a share or a day: what minutes are read for."""
_PRONOUN = re.compile(r"^(?:vous|tu|il|elle|ils|elles|nous|je|on|you|he|she|we|they|i)$", re.IGNORECASE)
_CALLED = re.compile(
    r"(?:^|[.!?:;]\s+)((?:(?:M\.|Mme|Mlle|Dr|Mrs?\.?|Ms)\s)?[A-ZÀ-Þ][\w’-]+(?:\s[A-ZÀ-Þ][\w’-]+){0,2})"
    r",\s+(?:tu|vous|you)\b"
)
"""« M. Haddad, vous imprimez les affiches »: who is spoken to, not who speaks, has it to do."""
_TOLD_TO = re.compile(
    r",\s+(?:tu|vous|you)\s+(?!(?:as|es|avez|êtes|étais|étiez|avais|aviez|aurais|auriez|are|were|have|had)\b|n[’'])"
    r"[^?]*$",
    re.IGNORECASE,
)
"""Not « Léa, tu as raison », nor a question."""
_TO_DO = re.compile(
    r"^\W*[^\W\d_]+(?:er|ir|re)\b"  # « refaire l’affiche »
    r"|\b(?:tu|vous|you|will|must|should|to do|doit|doivent|devez|dois|va|vont|vais|allons|merci de)\b"
    r"|\bil faut\b|\bà faire\b"
    r"|\bse charge|s[’']occupe|\b\w{2,}(?:rai|ras|ra|rons|rez|ront)\b|\b(?:avant|d[’']ici|before|by)\b",
    re.IGNORECASE,
)
OWN_OBJECT = 0.6
"""Share of what a deciding sentence says itself that a decision drawn from it must hold."""


@dataclass
class Told:
    """What the whole text says; each line with the stretch that it comes from."""

    lines: dict[str, list[tuple[str, int]]] = field(default_factory=lambda: {kind: [] for kind in MOST})
    dropped: int = 0

    def add(self, kind: str, line: str, at: int) -> None:
        """Once, and no more than one reads."""
        if (
            line
            and len(self.lines[kind]) < MOST[kind]
            and all(not _same(line, said) for said, _ in self.lines[kind])
        ):
            self.lines[kind].append((line, at))


class Minutes:
    """See making.Recipe. One step a part of the text."""

    def steps(self, job: Job) -> list[Step]:
        return [
            Step(
                one.title,
                lambda _said, one=one: _asked(job, one),  # type: ignore[misc] # mypy does not see the default
                job.task.output,
                place=one.place,
                shown=lambda said, one=one: f"### {one.title}\n\n{listed(said)}",  # type: ignore[misc]
                digest=one.text,
            )
            for one in sections(_read(job), job.room, job.language)
        ]

    def so_far(self, job: Job, said: Sequence[str]) -> str:
        found = sections(_read(job), job.room, job.language)
        return "\n\n".join(f"### {one.title}\n\n{listed(text)}" for one, text in zip(found, said, strict=False))

    def composed(self, job: Job, said: Sequence[str]) -> Composed:
        reading, sources = _read(job), Sources(job.language)
        present = attended(job, reading)
        told = gathered(job, reading, said, present)
        blocks = {kind: _block(job, kind, lines, reading, sources) for kind, lines in told.lines.items()}
        text, left = minutes_template.filled(job, present, blocks)
        text = job.finish(text)
        report: list[dict[str, object]] = []
        if heard(job, reading):
            text, number = to_check(job, text)
            report += [{"kind": "to_check", "number": number}] if number else []
        if left:
            report.append({"kind": "asked_back", "questions": left})
        if told.dropped:
            report.append({"kind": "dropped", "number": told.dropped})
        titles = [job.organisation, reading.name, *minutes_template.titles(job)]
        held = [str(one["quote"]) for one in sources.listed] + _form(job)
        findings = grounding.check(text, [*held, *present.names], "", titles)
        return Composed(
            text, tuple(sources.listed), findings, tuple(report), title=f"{_title(job)} : {_meeting(job)}"
        )


def _read(job: Job) -> Reading:
    """What the minutes are of, without the marks of a transcript: they put their own, once."""
    reading = job.reading()
    unmarked = tuple(replace(one, text=bare(one.text)) for one in reading.stretches)
    return replace(reading, stretches=unmarked, heard=reading.heard or marks(reading.text) > 0)


def listed(said: str) -> str:
    """What the model wrote, as a list to read while it writes."""
    return "\n".join(f"- {line.strip()}" for line in plain(said).split("\n") if line.strip())


def attended(job: Job, reading: Reading) -> Attendance:
    """Who was there: as the form says, else as the text does."""
    found = attendance.read(reading.text)
    mine = {name: [one for one in job.told(name).split("\n") if one.strip()] for name in ("presents", "absents")}
    return Attendance(
        tuple(mine["presents"] or found.present),
        tuple(mine["absents"] or found.absent),
        found.secretary,
        found.chair,
        found.speakers,
    )


def heard(job: Job, reading: Reading) -> bool:
    """It comes from a recording: so it is known, said, or looks."""
    return reading.heard or job.chosen("origine") != "notes" or attendance.timed(reading.text)


def gathered(job: Job, reading: Reading, said: Sequence[str], present: Attendance) -> Told:
    """The lines of each part that it holds, then the text's own sentences about what was passed over."""
    told = Told()
    for one, text in zip(sections(reading, job.room, job.language), said, strict=False):
        texts = [stretch.text for stretch in reading.stretches[one.first : one.last + 1]]
        for found in _LINE.finditer(plain(text)):
            kind = found[1].casefold().replace("é", "e")
            line = found["said"].strip(" .;")
            held = line.split("|")[1] if kind == "action" and "|" in line else line
            at = support(held, texts)
            loose = kind == "decision" and not _held(job, held, texts)
            if kind == "decision" and not _decided(job, held, texts):
                kind = "point"  # it was said, not decided
            given = _sentence_of(job, line.replace("|", " "), texts) if kind == "action" else ""
            if kind == "action" and not (
                _TO_DO.search(given) or _WHEN.search(line)
            ):  # it is over, or was only said
                continue
            if (
                loose
                or wrong(held, texts, [reading.name])
                or at is None
                or (kind == "vote" and not _VOTED.search(line))
            ):
                told.dropped += 1
                continue
            if kind == "action":
                line = _action(job, line, texts, present, given)
            told.add(kind, line if kind == "action" else _sentence(line), one.first + at)
        for at, passage in enumerate(texts, one.first):
            _passed_over(told, passage, at)
            _called(job, told, passage, at, present)
    return told


def _held(job: Job, line: str, texts: Sequence[str]) -> bool:
    """Most of its words are the passage's: what was decided is not guessed."""
    wanted = set(job.stems(line))
    return not wanted or len(wanted & set(job.stems(" ".join(texts)))) / len(wanted) >= DECIDED


def _decided(job: Job, line: str, texts: Sequence[str]) -> bool:
    """A sentence of ``texts`` decides, and the line holds what that sentence says of it."""
    held = set(job.stems(line))
    for own in (one for text in texts for one in _sayings(text)):
        if _DECIDED.search(own) or _VOTED.search(own):
            said = set(job.stems(_DECIDING.sub(" ", own)))
            if len(said & held) >= OWN_OBJECT * len(said) or _VOTED.search(own):
                return True
    return False


def _passed_over(told: Told, passage: str, at: int) -> None:
    known = {figure for lines in told.lines.values() for line, _ in lines for figure in grounding.figures(line)}
    for own in _sayings(passage):
        figured = " ".join(_TOLD_FIGURE.findall(own))
        lost = not set(grounding.figures(figured)) <= known and not (_VOTED.search(own) or _DECIDED.search(own))
        if figured and lost and len(own) <= LONGEST:
            told.add("point", f"«\u202f{own}\u202f»", at)
        if len(own) > LONGEST:
            continue
        if _VOTED.search(own) and not _figures_told(told, "vote", own, at):
            told.add("vote", f"«\u202f{own}\u202f»", at)
        if _DECIDED.search(own) and not _figures_told(told, "decision", own, at):
            told.add("decision", f"«\u202f{own}\u202f»", at)


def _called(job: Job, told: Told, passage: str, at: int, present: Attendance) -> None:
    """What somebody was called on to do (« Léa, tu demandes un devis avant lundi ») and no action says."""
    for own in _sayings(passage):
        called = _CALLED.search(own)
        if called is None or len(own) > LONGEST or not _TOLD_TO.match(own, called.end(1)):
            continue
        what = own[called.end(1) :].strip(" ,.;")
        said, who = set(job.stems(what)), set(_words(called[1]))
        near = (line for line, place in told.lines["action"] if place == at)
        if not any(who & set(_words(line)) and said & set(job.stems(line.partition("|")[2])) for line in near):
            when = _WHEN.search(what)
            day = when[0].strip() if when else LATER[job.language]
            told.add("action", f"{_full(called[1], present.present)} | «\u202f{_plain(what)}\u202f» | {day}", at)


def _sayings(passage: str) -> list[str]:
    """Its sentences without who says them; one of a few words (« C’est adopté. ») with the one before it."""
    told: list[str] = []
    for line in re.sub(r"(?<![.!?:;])\n(?=[a-zà-ÿ(])", " ", passage).split("\n"):
        said = _SENTENCE_END.split(_SPEAKER.sub("", line).strip())
        told += [
            f"{said[at - 1]} {one}" if at and len(one.split()) < FEW else one for at, one in enumerate(said) if one
        ]
    return told


def _figures_told(told: Told, kind: str, sentence: str, at: int) -> bool:
    """A line of that kind, from the same passage, already says it."""
    words = set(_WORD.findall(sentence.casefold()))
    return any(
        near == at and len(words & set(_WORD.findall(line.casefold()))) >= min(2, len(words))
        for line, near in told.lines[kind]
    )


def _sentence_of(job: Job, what: str, texts: Sequence[str]) -> str:
    """The sentence of ``texts`` that holds most of ``what``; empty when none holds any."""
    wanted = set(job.stems(what))
    ranked = [(len(wanted & set(job.stems(one))), one) for text in texts for one in _sayings(text)]
    most = max(ranked, key=lambda each: each[0], default=(0, ""))
    return most[1] if most[0] else ""


def _action(job: Job, line: str, texts: Sequence[str], present: Attendance, given: str) -> str:
    """« who | what | when », each held by the passage; what is not is to be said. ``given``: its own sentence."""
    who, what, when = ([part.strip(" .;") for part in line.split("|")] + ["", "", ""])[:3]
    if called := _CALLED.search(given):
        who = called[1]
    if _PRONOUN.match(what) and when:  # « Mme Le Bris | vous | envoyer le planning avant vendredi »
        what, when = when, ""
    if not what:
        who, what = "", who
    if not when and (found := _WHEN.search(what)):
        what, when = what[: found.start()].rstrip(" ,"), found[0].strip()
    passage = " ".join(texts).casefold()
    later = LATER[job.language]
    names = " ".join((*present.names, passage)).casefold()
    who = _full(who, present.present) if who and all(word in names for word in _words(who)) else later
    when = when if when and all(word in passage for word in _words(when)) else later
    return f"{who} | {_plain(what)} | {when}"


def _full(who: str, present: Sequence[str]) -> str:
    """« Sonia » is « Sonia Petit » when one alone of those present is called so."""
    called = [name for name in present if who.casefold() in name.casefold().split()]
    return called[0] if len(called) == 1 else who


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("’", "'"))


def _plain(text: str) -> str:
    return text.replace("|", "/")


def _sentence(line: str) -> str:
    return f"{line[:1].upper()}{line[1:]}."


def _same(one: str, other: str) -> bool:
    first, second = set(_words(one)), set(_words(other))
    if grounding.figures(one) != grounding.figures(other):
        return False
    return bool(first) and len(first & second) / max(1, min(len(first), len(second))) >= 0.8


def _block(job: Job, kind: str, lines: Sequence[tuple[str, int]], reading: Reading, sources: Sources) -> str:
    """A list, or for actions a table; empty when there is nothing."""
    if not lines:
        return ""
    if kind != "action":
        return "\n".join(f"- {line} [{sources.number(reading, at)}]" for line, at in lines)
    head = "Who | What | When" if job.language == "en" else "Qui | Quoi | Quand"
    rows = [f"| {line} [{sources.number(reading, at)}] |" for line, at in lines]
    return "\n".join([f"| {head} |", "|---|---|---|", *rows])


def to_check(job: Job, text: str) -> tuple[str, int]:
    """``text`` with « (à vérifier) » after each amount and date that its author did not type; how many."""
    unquoted = re.sub("[«»“”]", " ", text)  # a quotation is misheard as well
    found = [one for one in grounding.check(unquoted, _form(job)) if one.kind in HEARD]
    for one in sorted(found, key=lambda each: -each.end):
        text = f"{text[: one.end]} ({TO_CHECK[job.language]}){text[one.end :]}"
    return text, len(found)


def _form(job: Job) -> list[str]:
    return [told for name in ("seance", "presents", "absents") if (told := job.told(name)).strip()]


def _meeting(job: Job) -> str:
    return job.told("seance").strip()


def _title(job: Job) -> str:
    return job.task.title[job.language]


def _asked(job: Job, section: Section) -> Messages:
    return job.task.prompt(job.language).messages({"passage": section.text, "organisation": job.organisation})
