"""From library hits to what the reader and the model see: numbered sources, places in words. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from demeure.assistant import borrowed, numbered, persons, prices, streets, town
from demeure.assistant.dated import ENGLISH_MONTHS, MONTHS
from demeure.assistant.events import Source
from demeure.assistant.evidence import evidence
from demeure.assistant.grounding import Finding, check
from demeure.assistant.prompt import Extract
from demeure.assistant.rested import nearest
from demeure.assistant.units import Stems, Told, split
from demeure.library import Hit
from demeure.workshop import count_for_machines

_ROW = re.compile(r"\d+")
_ENDED = re.compile(r"[.!?…:;,»][»”\"’')\]\s]*$")
_LOOSE = re.compile(
    r"(?:article|art|chapitre|section|titre|annexe|chapter|title|annex)\b\.?\s+[\w.-]{1,8}[\s:.–-]*", re.IGNORECASE
)
_BREAK = re.compile(r"[.!?…;:,](?=\s)|\s[–—](?=\s)")


def place_label(place: Mapping[str, Any], language: str) -> str:
    """« page 3 », « § 2. Tarifs › 2.1 Enfants », « lignes 10 à 24 », « Tarifs, ligne 12 », « diapositive 3,
    notes », « devis.xlsx › Tarifs, ligne 12 » inside another document; empty for a place without words."""
    inside = [str(name) for name in place.get("inside", ())]
    return " › ".join(filter(None, [*inside, _label(place, language == "en")]))


def _label(place: Mapping[str, Any], english: bool) -> str:
    match place.get("kind"):
        case "page":
            return f"page {place['page']}"
        case "heading":
            return " › ".join(str(step) for step in place.get("path", ()))
        case "lines":
            if place["from"] == place["to"]:
                return f"{'line' if english else 'ligne'} {place['from']}"
            return f"{'lines' if english else 'lignes'} {place['from']} {'to' if english else 'à'} {place['to']}"
        case "slide":
            number = f"{'slide' if english else 'diapositive'} {place['slide']}"
            notes = "notes" if place.get("part") == "notes" else ""
            return ", ".join(filter(None, (number, str(place.get("title", "")), notes)))
        case "cells":
            return _cells_label(place, english)
        case "message":
            return _message_label(place, english)
        case _:
            return ""


def _message_label(place: Mapping[str, Any], english: bool) -> str:
    """« courriel 12, du 3 mars 2026, de Léa Morin : Devis » in a mailbox; « Devis » for a file that is one."""
    subject, number, by, on = str(place.get("of", "")), place["number"], place.get("by", ""), place.get("on", "")
    if number == 1 and not by and not on:
        return subject
    told = [f"{'e-mail' if english else 'courriel'} {number}"]
    if on:
        told.append(_day(str(on), english))
    if by:
        told.append(f"{'from' if english else 'de'} {by}")
    return ", ".join(told) + (f"{':' if english else chr(0xA0) + ':'} {subject}" if subject else "")


def _day(on: str, english: bool) -> str:
    """« du 3 mars 2026 », “of 3 March 2026” out of YYYY-MM-DD."""
    year, month, day = (int(number) for number in on.split("-"))
    named = (ENGLISH_MONTHS if english else MONTHS)[month - 1]
    return f"of {day} {named} {year}" if english else f"du {'1er' if day == 1 else day} {named} {year}"


OTHERS = 2
"""Further documents named beside the best passages."""
FOLLOWING = 2
"""Further passages of the document that all the best ones come from, while no other comes between."""
MORE = 0.15
"""By how much a line that can answer must speak more of the question than those of the best passages."""
FAR = 4.0
"""Deviations behind the best passage: read only if it speaks more of the question."""
ENOUGH = 0.5
"""Share of what the best lines speak of the question: less is not read, but of the best passage. Of the 193 facts
of tests/data that are read, none is lost up to 0.6."""


def chosen(
    hits: Sequence[Hit], wanted: int, listing: bool = False, giving: Sequence[float] = ()
) -> tuple[Hit, ...]:
    """The ``wanted`` best passages, and the next one of the section (or page) of the best when only one is among
    them: the opening hours are the table under the line that speaks of them. When more than half come from one
    document, the best passage of up to ``OTHERS`` documents that none of them comes from: five passages of one
    procedure hide the report that answers. ``listing``: a price is asked for; the best passage that gives
    or lists some is read too: « la cantine » is in the name of its rules, which give none. ``giving``: for each
    hit, how much of the question its best line that can answer speaks of (``evidence.giving``)."""
    best = list(hits[:wanted])
    if len(best) == wanted and len({(hit.space, hit.document_id) for hit in best}) == 1:
        following = takewhile(lambda hit: hit.document_id == best[0].document_id, hits[wanted : wanted + FOLLOWING])
        best += following
    if giving:
        first = max(range(len(giving)), key=giving.__getitem__)
        if hits[first] not in best and giving[first] > max(giving[: len(best)]) + MORE:
            best.append(hits[first])
    named = Counter((hit.space, hit.document_id) for hit in best)
    mate = next((hit for hit in hits[wanted:] if _together(hit, best[0])), None) if best else None
    if mate is not None and sum(_together(hit, best[0]) for hit in best) == 1:
        best.append(mate)
    for hit in [one for one in _giving(hits) if one not in best] if listing else ():
        best.append(hit)
        named[(hit.space, hit.document_id)] += 1
    if not named or 2 * named.most_common(1)[0][1] <= wanted:
        return tuple(best)
    room = len(best) + OTHERS
    for hit in hits[wanted:]:
        key = (hit.space, hit.document_id)
        if key not in named and len(best) < room:
            named[key] = 1
            best.append(hit)
    return tuple(best)


def _giving(hits: Sequence[Hit]) -> list[Hit]:
    """The best passage with a list of prices, unless another that gives a price is far better: that one."""
    first = next((hit for hit in hits if prices.priced(hit.text)), None)
    if first is None:
        return []
    near = (h for h in hits if prices.lists_some(h.text) and h.score >= first.score - prices.BEHIND)
    return [next(near, first)]


def folded(hits: Sequence[Hit]) -> list[Hit]:
    """Without the passages of a file that another space holds too: the best ranked stays and names those spaces."""
    first: dict[tuple[str, str], int] = {}
    kept: list[Hit] = []
    for hit in hits:
        at = first.setdefault((hit.digest, hit.text), len(kept)) if hit.digest else len(kept)
        if at == len(kept) or kept[at].space == hit.space:
            kept.append(hit)
        elif hit.space not in kept[at].also:
            kept[at] = replace(kept[at], also=(*kept[at].also, hit.space))
    return kept


def _together(one: Hit, other: Hit) -> bool:
    """In the same section of one document, or on the same page."""
    return (one.space, one.document_id, one.place) == (other.space, other.document_id, other.place)


def _cells_label(place: Mapping[str, Any], english: bool) -> str:
    """« Tarifs (masqué), lignes 12 à 15 »: rows are what a person looks for; columns show by themselves."""
    rows = _ROW.findall(str(place.get("range", "")))
    hidden = " (hidden)" if english else " (masqué)"
    sheet = str(place.get("sheet", "")) + (hidden if place.get("hidden") else "")
    if len(rows) < 2 or rows[0] == rows[-1]:
        where = f"{'row' if english else 'ligne'} {rows[0]}" if rows else ""
    else:
        where = f"{'rows' if english else 'lignes'} {rows[0]} {'to' if english else 'à'} {rows[-1]}"
    return ", ".join(filter(None, (sheet.strip(), where)))


def sources_of(hits: Sequence[Hit], language: str, read: Mapping[int, str] | None = None) -> tuple[Source, ...]:
    """Hits in the order given to the model, numbered from 1. ``read``: by number, the lines that it was given."""
    return tuple(
        Source(
            number=number,
            document_id=hit.document_id,
            document=hit.document,
            space=hit.space,
            place=hit.place,
            place_label=place_label(hit.place, language),
            quote=hit.text,
            score=hit.score,
            passage=hit.passage_id,
            also=hit.also,
            read=(read or {}).get(number, ""),
            standing=tuple(dict(vars(one)) for one in hit.standing),
        )
        for number, hit in enumerate(hits, 1)
    )


def relied_on(sources: Sequence[Source], cited: Sequence[int]) -> tuple[dict[str, Any], ...]:
    """What is to be told of the documents that an answer cites: superseded, expired, to be read again; once
    each."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for source in sources:
        for one in source.standing if source.number in cited else ():
            told = {"source": source.number, "document_id": source.document_id, "document": source.document, **one}
            found.setdefault((source.document_id, one["kind"]), told)
    return tuple(found.values())


def kept(sources: Sequence[Source]) -> list[dict[str, Any]]:
    """As they are kept with the answer: how a document stood names the one that has taken its place, which may be
    deleted; whoever reads the answer again is told how it stands then."""
    return [{name: value for name, value in vars(source).items() if name != "standing"} for source in sources]


def spoken(question: str, quote: str, stems: Stems, limit: int, said: str = "") -> list[str]:
    """The sentences and rows of ``quote`` that speak of ``question``, about ``limit`` characters in all, « … »
    where some were left out: rows one a line, sentences on one, none cut but the one too long by itself. The one
    that ``said``, of an answer, rests on is always among them."""
    if len(quote) <= limit:
        pieces = split(quote)
    else:
        rests = nearest(split(quote), said) if said else ""
        told = evidence(question, [Told("", "", quote)], stems, max(1, limit - len(rests)))[0].text
        pieces = told.split("\n") if told else split(quote)[:1]
        pieces = _with(rests, pieces, quote) if rests else pieces
    after = [*pieces[1:], "…"]  # a title whose text is not quoted says nothing
    pieces = [
        one for one, then in zip(pieces, after, strict=True) if then != "…" or not _LOOSE.fullmatch(one)
    ] or pieces
    lines: list[str] = []
    for piece in (_ended(" ".join(each.split()), limit + limit // 4) for each in pieces):
        if lines and _ENDED.search(lines[-1]) and _ENDED.search(piece):
            lines[-1] += f" {piece}"
        elif piece:
            lines.append(piece)
    return lines


def _with(rests: str, pieces: Sequence[str], quote: str) -> list[str]:
    """``pieces`` of a quote, and that one in its place, « … » around it."""
    if any(rests in one for one in pieces):
        return list(pieces)
    at = quote.find(rests)
    where = next((n for n, one in enumerate(pieces) if one != "…" and quote.find(one) > at), len(pieces))
    before, after = list(pieces[:where]), list(pieces[where:])
    told = [*before, *(["…"] if before[-1:] != ["…"] else []), rests, *(["…"] if after and after[0] != "…" else [])]
    return told + after


def _ended(line: str, most: int) -> str:
    """``line``, or what ends with its last clause before ``most``."""
    if len(line) <= most:
        return line
    stops = [found.end() for found in _BREAK.finditer(line, most // 2, most)]
    return f"{line[: stops[-1]] if stops else line[:most].rsplit(' ', 1)[0]} …"


def findings_of(
    text: str,
    sources: Sequence[Source],
    question: str,
    organisation: str,
    cited: Sequence[int],
    words: Sequence[str] = (),
) -> tuple[Finding, ...]:
    """What an answer as shown says that neither its sources (their names included), nor the question, nor the
    ``words`` of the organisation that the model was given, hold."""
    titles = [*(f"{s.document} {s.place_label}" for s in sources), *words]
    found = check(text, [s.quote for s in sources], question, [organisation, *titles], cited)
    return borrowed.marked(text, found, lambda: (question, organisation, *titles, *(s.quote for s in sources)))


def told(hits: Iterable[Hit]) -> list[Told]:
    """As the choice of evidence reads them."""
    return [Told(h.document_id, h.context, h.text, h.score) for h in hits]


def extracts_of(
    question: str, hits: Sequence[Hit], language: str, stems: Stems, limit: int = 10_000
) -> list[Extract]:
    """The same hits as the model reads them, those whose lines speak most of the question first: under a title
    (headings, page), the lines that matter, ``limit`` characters in all; a hit without any is not read. None when
    the price asked for is that of a thing, or of a length of time, that no hit speaks of, when what is asked for is
    numbered otherwise (see ``numbered``), or when the best hit is about another street."""
    passages = told(hits)
    question = town.without(question, passages, stems) if prices.asked_for(question) else question
    if prices.scattered(question, passages, stems) or numbered.absent(question, [hit.text for hit in hits]):
        return []
    if streets.absent(question, passages, stems) or persons.absent(question, passages):
        return []
    read = evidence(question, passages, stems, limit)
    if prices.of_other_lengths(question, [line for one in read for line in one.text.split("\n")]):
        return []
    top = max((hit.score for hit in hits), default=0.0)
    near = max((one.worth for one, hit in zip(read, hits, strict=True) if hit.score > top - FAR), default=0.0)
    order = sorted(range(len(hits)), key=lambda at: -read[at].worth)
    known = [(at, read[at]) for at in order if read[at].text]
    least = ENOUGH * known[0][1].worth if known else 0.0
    known = [(at, one) for at, one in known if one.sections or one.worth >= least or hits[at].score == top]
    known = [(at, one) for at, one in known if one.sections or hits[at].score > top - FAR or one.worth > near]
    return [
        Extract(_title(hits[at], language), one.text, at + 1, one.rows, one.heads, one.sections)
        for at, one in known
    ]


def _title(hit: Hit, language: str) -> str:
    """« rapport activite 2025 › 5. Cantine, page 8 »."""
    above = hit.context.split("\n")[0] or hit.document
    if count_for_machines([above]):
        above = ""  # a name or a heading that gives orders to the assistant
    by_page = hit.place.get("kind") == "page"
    return ", ".join(filter(None, (above, place_label(hit.place, language) if by_page else "")))
