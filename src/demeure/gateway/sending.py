"""Files to send: an answer, or any text with its sources: decided, journalled, then made by the workshop.

The text of a file is the text of the page: what no source holds is said in it too, in words.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

from demeure import __version__
from demeure.clock import Clock, iso
from demeure.errors import DemeureError, InputError
from demeure.gateway import locale
from demeure.gateway.errors import NoTableToSend
from demeure.gateway.markdown import Mark
from demeure.gateway.rendering import Rendering
from demeure.journal import Draft, Journal
from demeure.policy import Action, Actor, Resource, decide, in_force
from demeure.words import Voice, typographic
from demeure.workshop import (
    FILE_TYPES,
    MAIL_FORMATS,
    SHEET_FORMATS,
    Answering,
    Exporter,
    Letter,
    LetterSource,
)

EXPORTED = "file-exported"
"""The intention of a file that leaves."""

CODE_BYTES = 2_900
"""A printed code holds no more; a longer proof is in the receipt itself."""

_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's word for what a trained model made, the one that the code of practice on article 50 builds upon."""
_TITLE, _NAME = 180, 60
_LINE = re.compile(r"(?<=\S)\n(?=\S)")
_TABLE = re.compile(r"^\|.*\|[ \t]*\n\|[ \t:|-]+\|", re.MULTILINE)


Hiding = Callable[[list[str]], Awaitable[list[str]]]
"""Texts → the same with tokens for personal data, whose table is kept."""


class Voices(Protocol):
    """What the organisation wants on its letters. Blocks: called in a thread."""

    def voice(self, spaces: Sequence[str]) -> Voice: ...


@dataclass(frozen=True)
class Review:
    """Who read it again, and when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class ToSend:
    """A text in Markdown as it may leave. ``spaces``: where it comes from: with one alone, its own letterhead;
    ``marks``: what is to be said in the text; ``model``: empty when none wrote; ``letter``: with letterhead,
    closing formula and signature, unless it is ``signed``: it ends with its own, and its lines are kept;
    ``headed``: its title stands above it. ``asked``: what the policy is asked, when it is no answer.
    ``chain`` and ``entry``: its place in the journal; ``code``: of its receipt."""

    title: str
    text: str
    sources: tuple[LetterSource, ...] = ()
    spaces: tuple[str, ...] = ()
    model: str = ""
    made_at: datetime | None = None
    review: Review | None = None
    marks: tuple[Mark, ...] = ()
    letter: bool = False
    signed: bool = False
    headed: bool = True
    asked: tuple[Action, Resource] | None = None
    chain: str = ""
    entry: int | None = None
    code: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    spoken: str = ""
    """Language of the text: that of the file. Empty: that of the reader."""
    message: bool = False
    """Is it an e-mail, which a mail program may open?"""
    answering: Answering | None = None
    """The message that it answers."""
    sensitivity: str = ""
    """The highest class that its conversation touched."""


@dataclass(frozen=True)
class Sent:
    """``name``: of the file; ``type``: its MIME type."""

    name: str
    type: str
    data: bytes


class Sending:
    """Composed by the gateway. Any number of files at once; each is one job of the workshop."""

    def __init__(
        self, exporter: Exporter, voices: Voices, journal: Journal, clock: Clock, rendering: Rendering, of: str
    ) -> None:
        """``of``: the organisation."""
        self._exporter, self._voices, self._journal = exporter, voices, journal
        self._clock, self._rendering, self._organisation = clock, rendering, of

    async def file(
        self,
        actor: Actor,
        language: str,
        told: ToSend,
        kind: str,
        *,
        mask: bool = False,
        hide: Hiding | None = None,
    ) -> Sent:
        """The file. What ``told`` says was read with the actor's own rights. ``mask``: personal data are hidden, or
        nothing leaves; with ``hide``, by what can be undone. Raises InputError, NoTableToSend,
        Denied, LetterNotWritten, WorkshopBusy and the journal's errors."""
        if kind not in FILE_TYPES or (kind in MAIL_FORMATS and not told.message):
            raise InputError(detail="format")
        if kind in SHEET_FORMATS and not _TABLE.search(told.text):
            raise NoTableToSend()
        language = told.spoken or language
        action, resource = told.asked or (
            Action.CONVERSATION_EXPORT,
            Resource("conversation", told.chain, owner=actor.id),
        )
        decision = decide(actor, action, replace(resource, format=kind, sensitivity=_class(told)))
        draft = Draft(
            kind="extension",
            name=EXPORTED,
            phase="intention",
            chain=told.chain or uuid4().hex,
            actor=actor.id,
            space=told.spaces[0] if len(told.spaces) == 1 else None,
            object=kind,
            decision=decision.rule,
            payload=json.dumps(
                {"title": told.title, "format": kind, "masked": mask, "undone": hide is not None},
                ensure_ascii=False,
            ).encode(),
        )
        written = await self._journal.intention(draft)
        outcome = "failed" if decision.allowed else "refused"
        try:
            decision.require()
            letter = await self._letter(language, await self._masked(told, hide) if mask else told)
            if mask:
                word = "sending.masked" if hide is None else "sending.pseudonymised"
                said = f"{letter.mention} {self._rendering.say(language, word)}"
                letter = replace(letter, mention=said.strip())
                told = replace(told, title=letter.title)  # the file's name too
            data = await self._exporter.export(letter, kind)
            outcome = "done"
        finally:
            await self._journal.close(written, outcome)
        return Sent(f"{file_name(told.title)}.{kind}", FILE_TYPES[kind], data)

    def marks(self, language: str, model: str) -> tuple[str, dict[str, str]]:
        """What a file that ``model`` helped to write says of it: its words, its facts for machines."""
        told = ToSend("", "", model=model)
        return self._rendering.say(language, "sending.mention", model=model), self._facts(told)

    async def _masked(self, told: ToSend, hide: Hiding | None) -> ToSend:
        from demeure.gateway.masking import hidden, texts_of, with_texts

        if hide is None:
            return await asyncio.to_thread(hidden, told)
        return with_texts(told, await hide(texts_of(told)))

    async def _letter(self, language: str, told: ToSend) -> Letter:
        voice = await asyncio.to_thread(self._voices.voice, told.spaces)
        say, now = self._rendering.say, self._clock.now()
        written = marked(told.text, told.marks)
        written = _LINE.sub("  \n", written) if told.signed else written
        french = language == "fr" and voice.typographic
        names = [source.document for source in told.sources]
        return Letter(
            language=language,
            title=typographic(_short(told.title), names) if french else _short(told.title),
            organisation=self._organisation,
            text=typographic(written, names) if french else written,
            issued=int((told.made_at or now).timestamp()),
            sources=told.sources,
            letterhead=voice.letterhead if told.letter else (),
            closing=voice.closing if told.letter and not told.signed else (),
            signature=voice.signature if told.letter and not told.signed else (),
            mention=say(language, "sending.mention", model=told.model) if told.model else "",
            review=self._review(language, told.review) if told.model else "",
            facts=tuple(self._facts(told).items()),
            code=told.code if len(told.code.encode()) <= CODE_BYTES else "",
            caption=say(language, "sending.code") if told.code else "",
            answering=told.answering,
            headed=told.headed,
        )

    def _review(self, language: str, review: Review | None) -> str:
        if review is None:
            return self._rendering.say(language, "sending.unread")
        when = locale.day(language, review.at)
        return self._rendering.say(language, "sending.read", who=review.by, when=when)

    def _facts(self, told: ToSend) -> dict[str, str]:
        """For machines (AI Act, article 50): the same names in every format."""
        made = told.made_at or self._clock.now()
        facts = {
            "AIGenerated": "true" if told.model else "false",
            "DigitalSourceType": _SOURCE_TYPE if told.model else "",
            "AISystem": f"Demeure {__version__}" if told.model else "",
            "AIModel": told.model,
            "GeneratedAt": iso(made.astimezone(UTC)),
            "HumanReview": f"{told.review.by}; {iso(told.review.at.astimezone(UTC))}" if told.review else "none",
            "JournalChain": told.chain,
            "JournalEntry": "" if told.entry is None else str(told.entry),
        }
        return {name: value for name, value in (facts | dict(told.facts)).items() if value}


def marked(text: str, marks: Iterable[Mark]) -> str:
    """``text`` with the word of each mark after what it marks: paper has no underlining to point at."""
    for mark in sorted(marks, key=lambda one: -one.end):
        if 0 <= mark.start < mark.end <= len(text):
            text = f"{text[: mark.end]} ({mark.word}){text[mark.end :]}"
    return text


def file_name(title: str) -> str:
    """Letters, digits and hyphens of ``title``; never empty."""
    words = "".join(c if c.isalnum() else " " for c in title).split()
    return "-".join(words)[:_NAME].strip("-") or "reponse"


def _class(told: ToSend) -> str:
    """The highest class of what it comes from; empty when nothing says it."""
    force = in_force()
    touched = [force.class_of(space) for space in told.spaces] + [told.sensitivity]
    return force.policy.highest(*touched).id if any(touched) else ""


def _short(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= _TITLE else f"{line[:_TITLE].rsplit(' ', 1)[0]} …"


async def code_of(records: Any, actor: Actor, chain: str) -> str:
    """What the printed code of an answer's receipt holds; empty where there is no receipt."""
    try:
        return str((await records.receipt(actor, chain))[1])
    except DemeureError:
        return ""
