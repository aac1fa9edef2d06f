"""« La liste complète des tarifs », of nothing in particular: the lists of prices found, document by document, word
for word. A small model declines, or gives one list as if it were all. Pure."""

import re
from collections.abc import Iterator, Sequence

from demeure.assistant import asking, prices, prompt, tariffs
from demeure.assistant.citations import BULLETS
from demeure.assistant.units import Stems, Told, Unit, units_of
from demeure.library import Hit

_SEVERAL = re.compile(
    r"\b(?:tarifs|montants|prices|fees|rates)\b|\b(?:quels|les|des|tous|vos|nos|ces) (?:\w+ ){0,2}prix\b",
    re.IGNORECASE,
)
_FRAME = (
    "tarif prix montant coût coûter liste grille tableau ensemble complet complète entier différent divers donner"
    " montrer afficher envoyer lister obtenir avoir être connaître savoir vouloir pouvoir trouver voir existe"
    " pratiquer appliquer vigueur actuel bonjour merci"
    " price fee rate cost list full complete give show all your the what are me of"
)
_NAMES = "tarif tarification prix price fee rate"
"""What a list of prices, or its document, is called; budgets and grants are lists of amounts too."""
LISTS, _ROWS = 10, 40
"""Passages read, rows told at most; further lists are named."""


def asked(question: str, stems: Stems) -> bool:
    """Does ``question`` ask for prices, several, and name nothing that has one?"""
    if not _SEVERAL.search(question) or len(asking.parts(question)) > 1 or not prices.asked_alone(question):
        return False
    return not set(stems(question)) - set(stems(_FRAME))


def passages(question: str, hits: Sequence[Hit], stems: Stems) -> list[Hit]:
    """Those of ``hits`` that hold the lists to tell, best first; empty when something else is asked."""
    return [hit for hit in hits if list(_lists(hit, stems))][:LISTS] if asked(question, stems) else []


def told(question: str, hits: Sequence[Hit], stems: Stems, spoken: str) -> str:
    """The answer, with its sources; empty when something else is asked, or when no list is found."""
    if not asked(question, stems):
        return ""
    read = [_told(hit) for hit in hits]
    found = [one for n, hit in enumerate(hits) for one in _lists(hit, stems, n)]
    old = [id(one) for one in prices.outdated([one for one, _ in found], read)]
    ranks = [one.document for one in read]
    order = sorted(found, key=lambda each: ranks.index(read[each[0].rows[0].passage].document))
    shown, more, left = "", "", _ROWS
    for one, units in order:
        at = one.rows[0].passage
        section = tariffs.section(one, units, read)
        head = f"{hits[at].document} — {section.of}"
        if id(one) in old:
            continue
        if len(section.rows) > left:
            more += f"\n- {head} [{at + 1}]"
            continue
        left -= len(section.rows)
        shown += f"\n\n{head}" + "".join(f"\n- {row.lstrip(BULLETS)}" for row in section.rows) + f" [{at + 1}]"
    further = f"\n\n{prompt.MORE_LISTS[spoken]}{more}" if more else ""
    return f"{prompt.EVERY_PRICE[spoken]}{shown}{further}" if shown else ""


def _lists(hit: Hit, stems: Stems, n: int = 0) -> Iterator[tuple[prices.PriceList, list[Unit]]]:
    """Those of passage ``n`` that are called so by their heading, their header or their document."""
    names = frozenset(stems(_NAMES))
    above = frozenset(stems(f"{hit.document}\n{hit.context}".replace("-", " ").replace("_", " ")))
    units = units_of(n, _told(hit), stems)
    for one in prices.lists(units):
        heads = frozenset[str]().union(*(unit.stems for unit in one.units if unit not in one.rows))
        if names & (above | heads):
            yield one, units


def _told(hit: Hit) -> Told:
    return Told(hit.document_id, hit.context, hit.text, hit.score)
