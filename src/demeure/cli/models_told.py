"""What up, status and doctor say of a house whose models are not there, with what to type."""

from collections.abc import Iterable
from pathlib import Path

_TYPE = "demeure models pull {model}, {then} demeure models use {slot} {model}."
_CHAT, _EMBED = {"slot": "chat", "model": "starter-chat"}, {"slot": "embed", "model": "embeddings"}
UNCHOSEN = {
    "chat": (
        "Aucun modèle n’est choisi pour rédiger\u00a0: " + _TYPE.format(then="puis", **_CHAT),
        "No model is chosen to write: " + _TYPE.format(then="then", **_CHAT),
    ),
    "embed": (
        "Aucun modèle n’est choisi pour comparer les sens\u00a0: " + _TYPE.format(then="puis", **_EMBED),
        "No model is chosen to compare meanings: " + _TYPE.format(then="then", **_EMBED),
    ),
}
"""Place of an engine → what is said when nothing holds it."""


def missing(instance: Path) -> list[tuple[str, str]]:
    """A sentence in both languages for each engine that has no model, or whose file is not there (after a restore,
    or in a new house). Nothing is hashed."""
    from demeure.engine.models import ModelStore, StoreUnreadable
    from demeure.engine.models.errors import ModelFileMissing

    store, told = ModelStore(instance / "models"), []
    try:
        active = store.active()
    except StoreUnreadable as problem:
        return [(problem.sentence("fr"), problem.sentence("en"))]
    for slot, words in UNCHOSEN.items():
        chosen = active.get(slot)
        if chosen is None:
            told.append(words)
        elif not (store.folder / chosen["file"]).exists():
            absent = ModelFileMissing(id=chosen["id"], file=chosen["file"])
            told.append((absent.sentence("fr"), absent.sentence("en")))
    return told


def unchosen(roles: Iterable[str]) -> list[tuple[str, str]]:
    """The same of a house that is open, whose processes are ``roles``: of an engine that is there, its own failure
    says why it does not run."""
    running = set(roles)
    if not running:  # the house is closed
        return []
    return [words for slot, words in UNCHOSEN.items() if f"engine-{slot}" not in running]
