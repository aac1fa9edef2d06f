"""What a question holds that identifies somebody: told before it is sent, and again under its answer."""

from demeure.errors import bound
from demeure.gateway.errors import ConfidedFirst
from demeure.personal import KINDS, SENSITIVE, Kind, counts, examine, kind_name, reasons

CONFIDED: tuple[Kind, ...] = ("nir", "iban", "card", "spi", "passport", "identity")
"""Kinds that identify somebody by themselves, or open an account."""
_FIRMS: tuple[Kind, ...] = ("siren", "siret", "vat")
LEAVING: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind not in (*SENSITIVE, *_FIRMS))
"""Kinds that are told before a question leaves the house: names, addresses and telephones too."""
LONGEST = 60_000
"""Characters looked at: no longer question is taken."""


def confided(question: str, language: str, kinds: tuple[Kind, ...] = CONFIDED) -> str:
    """« 1 IBAN (longueur du pays et reste par 97 justes), 2 cartes de paiement (…) »: what of ``kinds`` the
    question holds, and why it is seen as that; empty: none of them."""
    found = examine(question[:LONGEST], with_names="name" in kinds)
    held = counts(found)
    return ", ".join(
        f"{held[kind]} {kind_name(kind, held[kind], language)} ({reasons(found, kind, language)})"
        for kind in kinds
        if kind in held
    )


def warning(question: str, route: str = "") -> ConfidedFirst | None:
    """What is to be told before this question is sent, to the house's own model or (``route``) outside; None:
    nothing is."""
    kinds = LEAVING if route else CONFIDED
    if not (what := confided(question, "fr", kinds)):
        return None
    if route:
        then = (
            f"Envoyée, elle sort de la maison par la route « {route} », si sa classe le permet.",
            f"Once sent, it leaves the house by the route “{route}”, if its class may.",
        )
    else:
        then = (
            "Envoyée, elle reste dans la maison, dans cette conversation et au journal, scellée.",
            "Once sent, it stays in the house, in this conversation and in the journal, sealed.",
        )
    english = confided(question, "en", kinds)
    return ConfidedFirst(what=what, what_en=english, then=bound(then[0]), then_en=then[1])
