"""How the organisation writes, in a draft: what the model is told of it, and what a draft says otherwise. Pure.

One door for every recipe: prompts pass through ``mannered``, texts through ``against``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from demeure.assistant.prompt import harmless, tokens_about, words_told
from demeure.assistant.tasks.making import Job, Messages
from demeure.assistant.wording import WORDS_TOKENS
from demeure.words import Glossary, Style, Voice

ADDRESSED = ("write", "rewrite", "refine")
"""Recipes whose text speaks to its reader."""
STYLE_TOKENS = 160
"""At most, of the style guide's own lines: a guide of ten pages is for people."""
MOST_TOLD = 8
_ADDRESS = {
    "fr": {"vous": "en vouvoyant", "tu": "en tutoyant (« tu », « ton », « tes »)"},
    "en": {"vous": "politely", "tu": "in a friendly way"},
}
_YOU = {
    "fr": {"vous": "« vous »", "tu": "« tu »"},
    "en": {"vous": "“you”", "tu": "“you”"},
}
_OTHERWISE = {
    "vous": re.compile(r"\b(?:tu|toi|tes|te)\b|\bt['’](?=[aeéiouyh])", re.IGNORECASE),
    "tu": re.compile(r"\b(?:vous|votre|vos|veuillez)\b", re.IGNORECASE),
}
"""Address wanted → the words that another one uses."""
_MEDIAN = re.compile(r"\b\w+(?:·\w+)+|\b\w+\((?:e|ne|trice|euse|ère|ve|se)(?:s)?\)s?")
_QUOTED = re.compile(r"«[^«»]{0,4000}»|“[^“”]{0,4000}”|^[ \t]*>[^\n]*", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


def mannered(messages: Messages, job: Job) -> Messages:
    """``messages`` with the style that is wanted in the stable beginning, and the words of the glossary that the
    last one names before it. An example that speaks to its reader otherwise is left out."""
    style, language = job.voice.style, job.language
    first, *turns, last = messages
    system = spoken_to(first["content"], job)
    if told := style_told(style, language):
        system += "\n" + "\n".join(map(harmless, told))
    if style.address == "tu" and language == "fr":
        pairs = zip(turns[::2], turns[1::2], strict=True)
        turns = [one for pair in pairs if not _OTHERWISE["tu"].search(pair[1]["content"]) for one in pair]
    asked = last["content"]
    if lines := job.glossary.lines([asked], WORDS_TOKENS, tokens_about, language):
        asked = f"{words_told(lines, language)}\n\n{asked}"
    return [{**first, "content": system}, *turns, {**last, "content": asked}]


def spoken_to(told: str, job: Job) -> str:
    """An instruction with how the reader is spoken to at its ``{address}`` and ``{you}``."""
    address = job.voice.style.address
    return told.replace("{address}", _ADDRESS[job.language][address]).replace("{you}", _YOU[job.language][address])


def style_told(style: Style, language: str) -> tuple[str, ...]:
    """What the guide changes of the usual way, in the language it is written in; within ``STYLE_TOKENS``."""
    if language != "fr":
        return ()
    usual = Style().told()
    told: list[str] = []
    left = STYLE_TOKENS
    for line in style.told():
        cost = tokens_about(line)
        if line not in usual and cost <= left:
            told.append(line)
            left -= cost
    return tuple(told)


def tokens_told(glossary: Glossary, voice: Voice, language: str) -> int:
    """At most, of what ``mannered`` adds to a prompt."""
    return sum(map(tokens_about, style_told(voice.style, language))) + (WORDS_TOKENS if glossary.terms else 0)


def against(
    text: str, glossary: Glossary, voice: Voice, language: str, quotes: Sequence[str] = (), *, addressed: bool
) -> list[dict[str, Any]]:
    """Blocks told under a draft: forms that the glossary replaces (a line copied from one of ``quotes`` is its
    author's), and what the style guide wants otherwise. ``addressed``: it speaks to its reader."""
    blocks: list[dict[str, Any]] = []
    if found := glossary.check(text, quotes):
        blocks.append({"kind": "wordings", "found": [one.told() for one in found]})
    if language != "fr":
        return blocks
    own = _QUOTED.sub("", text)
    style = voice.style
    if addressed:
        said = [" ".join(one.split()) for one in _SENTENCE.split(own) if _OTHERWISE[style.address].search(one)]
        if said:
            blocks.append({"kind": "address", "wanted": style.address, "said": said[:MOST_TOLD]})
    if style.inclusive != "median" and (points := list(dict.fromkeys(_MEDIAN.findall(own)))):
        blocks.append({"kind": "inclusive", "wanted": style.inclusive, "said": points[:MOST_TOLD]})
    return blocks


def renewed(report: Sequence[Mapping[str, Any]], blocks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """``report`` once its text was changed by hand: what is told of its words is that of the new text."""
    return [one for one in report if one["kind"] not in ("wordings", "address", "inclusive")] + list(blocks)
