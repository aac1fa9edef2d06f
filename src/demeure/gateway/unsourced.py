"""What the page says of what an answer has that no source holds, or that the organisation says otherwise: marks,
their reasons, the notice."""

from collections.abc import Callable, Sequence

from demeure.assistant import Finding
from demeure.gateway.markdown import Mark
from demeure.words import Wording

Say = Callable[..., str]
"""(key, **fields) → the sentence in the reader's language."""
LONGEST = 90  # characters of what is named in a sentence


def marks(say: Say, findings: Sequence[Finding]) -> tuple[Mark, ...]:
    """One mark for each finding, at its place in the text."""
    return tuple(
        Mark(
            found.start,
            found.end,
            say("unsourced.computed" if found.sum else "unsourced.mark_row" if found.row else "unsourced.mark"),
            reason(say, found),
            "computed" if found.sum else "unsourced",
        )
        for found in findings
    )


def worded(say: Say, wordings: Sequence[Wording]) -> tuple[Mark, ...]:
    """One mark for each form that the glossary replaces: « écrire « agent d’accueil » »."""
    return tuple(
        Mark(one.start, one.end, say("words.mark", prefer=one.prefer), one.note or say("words.why"), "wording")
        for one in wordings
    )


def together(first: Sequence[Mark], others: Sequence[Mark]) -> tuple[Mark, ...]:
    """In the order of the text; one of ``others`` over one of ``first`` is left out."""
    free = [one for one in others if not any(one.start < f.end and f.start < one.end for f in first)]
    return tuple(sorted((*first, *free), key=lambda mark: mark.start))


def reason(say: Say, found: Finding) -> str:
    """« durée, la source 2 dit « 14 jours » »."""
    kind = say(f"unsourced.kind_{found.kind}")
    if found.sum:
        return say("unsourced.sum", kind=kind, sum=found.sum)
    if found.weekday is not None:
        return say("unsourced.weekday", kind=kind, day=say(f"unsourced.day_{found.weekday}"))
    if found.row:
        said = {"row": _short(found.row), "source": found.source, "nearest": _short(found.nearest)}
        return say("unsourced.row", kind=kind, **said)
    if found.nearest:
        return say("unsourced.near", kind=kind, source=found.source, nearest=_short(found.nearest))
    return say("unsourced.absent", kind=kind)


def notice(say: Say, findings: Sequence[Finding]) -> str:
    """What is told after the answer, once its findings are counted; empty without any."""
    named = list(dict.fromkeys(_short(found.said) for found in findings))
    plain = not any(found.elsewhere or found.row or found.weekday is not None for found in findings)
    match named:
        case []:
            return ""
        case [one] if findings[0].weekday is not None:
            return say("unsourced.one_weekday", what=_opened(one), day=say(f"unsourced.day_{findings[0].weekday}"))
        case [one] if findings[0].row:
            said = {"source": findings[0].source, "nearest": _short(findings[0].nearest)}
            return say("unsourced.one_row", what=_opened(one), row=_short(findings[0].row), **said)
        case [one] if findings[0].nearest:
            key = "unsourced.one_instead" if findings[0].elsewhere else "unsourced.one_near"
            said = {"source": findings[0].source, "nearest": _short(findings[0].nearest)}
            return say(key, what=_opened(one), **said)
        case [one]:
            return say("unsourced.one", what=_opened(one))
        case [one, other] if plain:
            return say("unsourced.two", what=_opened(one), other=_opened(other))
        case _:
            return say("unsourced.many_rows" if all(found.row for found in findings) else "unsourced.many")


def _opened(text: str) -> str:
    return text[:1].upper() + text[1:]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rsplit(' ', 1)[0]}…"
