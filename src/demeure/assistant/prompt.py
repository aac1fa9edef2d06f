"""The prompt, pure: a stable beginning (kept hot in the engine's cache), passages, then the question.

Passages fit a token budget given as a counting function; the template's special tokens arrive as plain text.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from demeure.words.of_name import of

_TEXTS: dict[str, dict[str, Any]] = {
    language: tomllib.loads(
        resources.files("demeure.assistant").joinpath("prompts", f"{language}.toml").read_text(encoding="utf-8")
    )
    for language in ("fr", "en")
}
"""Instruction and examples: a small model follows what it sees done better than what it is told. All of it is the
stable beginning, read once."""
NOT_FOUND: dict[str, str] = {language: texts["not_found"] for language, texts in _TEXTS.items()}
THE_REST: dict[str, str] = {language: texts["the_rest"] for language, texts in _TEXTS.items()}
WHOLE_TABLE: dict[str, str] = {language: texts["whole_table"] for language, texts in _TEXTS.items()}
WHOLE_TABLES: dict[str, str] = {language: texts["whole_tables"] for language, texts in _TEXTS.items()}
WHERE: dict[str, str] = {language: texts["where"] for language, texts in _TEXTS.items()}
THINGS: dict[str, tuple[str, ...]] = {language: tuple(texts["things"]) for language, texts in _TEXTS.items()}
UNNAMED: str = _TEXTS["fr"]["unnamed"]
EVERY_PRICE: dict[str, str] = {language: texts["every_price"] for language, texts in _TEXTS.items()}
MORE_LISTS: dict[str, str] = {language: texts["more_lists"] for language, texts in _TEXTS.items()}
HOURS: dict[str, str] = {language: texts["hours"] for language, texts in _TEXTS.items()}
HOURS_YES: dict[str, str] = {language: texts["hours_yes"] for language, texts in _TEXTS.items()}
HOURS_NO: dict[str, str] = {language: texts["hours_no"] for language, texts in _TEXTS.items()}
HOURS_OTHER_DAYS: dict[str, str] = {language: texts["hours_other_days"] for language, texts in _TEXTS.items()}
HOURS_EACH: dict[str, str] = {language: texts["hours_each"] for language, texts in _TEXTS.items()}
ABSENT: dict[str, str] = {language: texts["absent"] for language, texts in _TEXTS.items()}
UNTOLD: dict[str, str] = {language: texts["untold"] for language, texts in _TEXTS.items()}
DIFFERING: dict[str, str] = {language: texts["differing"] for language, texts in _TEXTS.items()}
RECENT: dict[str, str] = {language: texts["recent"] for language, texts in _TEXTS.items()}
EXCLUDED: dict[str, str] = {language: texts["excluded"] for language, texts in _TEXTS.items()}
LINE: dict[str, str] = {language: texts["line"] for language, texts in _TEXTS.items()}
UNSAID: dict[str, str] = {language: texts["unsaid"] for language, texts in _TEXTS.items()}
_LISTED: dict[str, str] = {language: texts["listed"] for language, texts in _TEXTS.items()}
_OTHER_TONGUE: dict[str, str] = {language: texts["other_tongue"] for language, texts in _TEXTS.items()}
BEFORE_TOKENS = 120
"""At most, of the last exchange: enough for the wording to follow, read in half a second on two cores."""
CHARACTERS = 3.3
"""A token of French text, measured on the starter model."""

_SPECIAL = re.compile(r"<\|([^|<>]{1,40})\|>|<(/?s|bos|eos|start_of_turn|end_of_turn)>|\[(/?INST)\]")

_NUMBERED = re.compile(r"^\s*(?:\[(?:\d{1,3}(?:\]|$)|$))?[\s«\"]*")

_WHY = re.compile(r"\s*(?:(?:mais|et|alors|but|and|so)\s+)?(?:pourquoi|why)\s+(?=\w)", re.IGNORECASE)


@dataclass(frozen=True)
class Extract:
    """What the model reads of one source: the source's number, a title line (document, place), then the text.
    ``rows``: those of a list of prices of which the question names none. ``heads``: its lines that only head a
    table. ``sections``: its lists of prices asked for whole: the heading of each, its rows."""

    title: str
    text: str
    number: int = 0
    rows: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    sections: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Prompt:
    """``messages`` for the engine, and how many of the extracts fitted the budget."""

    messages: tuple[dict[str, str], ...]
    extracts: int


def harmless(text: str) -> str:
    """Template tokens written in a document (``<|im_start|>``) lose their meaning but stay readable."""
    return _SPECIAL.sub(lambda m: "‹" + next(g for g in m.groups() if g) + "›", text)


def build(
    question: str,
    extracts: Sequence[Extract],
    *,
    organisation: str,
    language: str,
    budget: int,
    count: Callable[[str], int],
    before: Sequence[tuple[str, str]] = (),
    words: Sequence[str] = (),
) -> Prompt:
    """Messages within ``budget`` tokens of extracts; at least the first extract is kept, cut if it must be. An
    extract without a number has its rank, from 1. ``before``: the exchange (question, answer) that the question
    leans on, told in ``BEFORE_TOKENS`` at most. ``words``: lines of the organisation's glossary, told before the
    question: the stable beginning stays the same."""
    texts = _TEXTS[language]
    system = texts["system"].format(**_named(organisation), not_found=texts["not_found"])
    messages = [{"role": "system", "content": system}]
    for example in texts["examples"]:
        messages.append({"role": "user", "content": _turn(example["extracts"], example["question"], language)})
        messages.append({"role": "assistant", "content": example.get("answer", texts["not_found"])})
    blocks: list[str] = []
    left = budget
    for rank, extract in enumerate(extracts, 1):
        block = f"[{extract.number or rank}] {harmless(extract.title)}\n{harmless(extract.text)}"
        need = count(block)
        if need > left:
            if blocks:
                break
            block = block[: max(200, len(block) * left // need)]
        blocks.append(block)
        left -= need
    # the best one last: a small model remembers the end
    asked = _told_before(before, language) + _doubted(harmless(question), language)
    told = "\n\n".join(reversed(blocks))
    if words:
        told += f"\n\n{words_told(words, language)}"
    messages.append({"role": "user", "content": _turn(told, asked, language)})
    return Prompt(tuple(messages), len(blocks))


def beginning(
    documents: Sequence[tuple[str, Sequence[Extract]]], *, organisation: str, language: str
) -> tuple[dict[str, str], ...]:
    """What every question on whole documents begins with: (name, extracts) of each, then what is asked of the
    model. Nothing in it depends on the question, so that the engine's state after it serves them all."""
    texts = _TEXTS[language]
    pieces = [texts["whole"]]
    for name, extracts in documents:
        pieces.append(texts["whole_document"].format(name=harmless(name)))
        title = ""
        for extract in extracts:
            said = f" {harmless(extract.title)}" if extract.title and extract.title != title else ""
            pieces.append(f"[{extract.number}]{said}\n{harmless(extract.text)}")
            title = extract.title
    rules = texts["whole_rules"].format(**_named(organisation), not_found=texts["not_found"])
    return ({"role": "system", "content": "\n\n".join([*pieces, rules])},)


def _named(organisation: str) -> dict[str, str]:
    """The name of the organisation, alone and after « de »."""
    name = harmless(organisation)
    return {"organisation": name, "of_organisation": of(name)}


def head(language: str) -> str:
    """What a question on whole documents begins with, unless it leans on another: read with the beginning."""
    return str(_TEXTS[language]["question"])


def asked(question: str, language: str, before: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
    """The question on whole documents, after their beginning: as short as can be, since it is read each time."""
    told = _told_before(before, language)
    return {"role": "user", "content": f"{told}{head(language)} {harmless(question)}"}


def _doubted(question: str, language: str) -> str:
    """« Pourquoi l’accueil est-il fermé le lundi ? » as « L’accueil est-il fermé le lundi ? Si oui, pourquoi ? »: a
    small model gives a reason for anything, and quotes the line that says whether it is so."""
    found = _WHY.match(question)
    if found is None:
        return question
    rest = question[found.end() :].rstrip(" ?\u202f\u00a0")
    return f"{rest[0].upper()}{rest[1:]}{_TEXTS[language]['why']}"


def words_told(lines: Sequence[str], language: str) -> str:
    """The organisation's words as a model is told them."""
    return "\n".join([_TEXTS[language]["words"], *(f"- {harmless(line)}" for line in lines)])


def _turn(extracts: str, question: str, language: str) -> str:
    texts = _TEXTS[language]
    return f"{texts['extracts']}\n\n{extracts}\n\n{texts['question']} {question}"


def _told_before(before: Sequence[tuple[str, str]], language: str) -> str:
    """The last exchange on one line each, without its source numbers: those of this prompt are others; nor the rows
    that were shown after the model's words, which it would take for its own way of answering."""
    if not before:
        return ""
    texts, half = _TEXTS[language], characters_about(BEFORE_TOKENS) // 2
    asked, answered = before[-1]
    for opening in THE_REST.values():
        answered = answered.partition(f"\n\n{opening}")[0]
    said = (re.sub(r"\s*\[\d{1,3}\]", "", harmless(one)) for one in (asked, answered))
    question, answer = (_one_line(one, half) for one in said)
    told: str = texts["before"].format(question=question, answer=answer)
    return told + "\n"


def _one_line(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def not_found(spoken: str, documents: str, listed: Sequence[str] = ()) -> str:
    """What is said in ``spoken`` when the base has no answer. ``documents``: the language of the passages found; a
    small embedding model hardly tells whether they answer a question in another (docs/measures.md). ``listed``:
    what the passages number instead of what was asked."""
    told = [NOT_FOUND[spoken]]
    if listed:
        told.append(_LISTED[spoken].format(names=", ".join(listed)))
    if documents != spoken:
        told.append(_OTHER_TONGUE[spoken])
    return " ".join(told)


def says_not_found(answer: str) -> bool:
    """The model declined: its text is the agreed sentence, or opens with it, in either language."""
    start = answer.strip().casefold().replace("'", "’")[:90]
    return any(s[:28].casefold() in start for s in NOT_FOUND.values()) or "pas trouvé" in start[:60]


def may_say_not_found(begun: str) -> bool:
    """Is ``begun`` that sentence in either language, its beginning, or what opens with it?"""
    start = _compared(begun)
    return opens_not_found(begun) or any(one.casefold().startswith(start) for one in NOT_FOUND.values())


def opens_not_found(begun: str) -> bool:
    """Does ``begun`` open with that sentence, as far as it takes to tell it from any other?"""
    return _compared(begun).startswith(tuple(one.casefold()[:28] for one in NOT_FOUND.values()))


def says_something(begun: str) -> bool:
    """Has it more than the number of a source?"""
    return bool(_unnumbered(begun))


def _compared(begun: str) -> str:
    return _unnumbered(begun).casefold().replace("'", "’")


def _unnumbered(begun: str) -> str:
    return _NUMBERED.sub("", begun).strip()


def tokens_about(text: str) -> int:
    """Tokens of French text, estimated at 3.3 characters each, rounded up."""
    return int(len(text) / CHARACTERS) + 1


def characters_about(tokens: int) -> int:
    """Characters of French text in so many tokens, estimated."""
    return int(tokens * CHARACTERS)
