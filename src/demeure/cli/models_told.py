"""What up, status and doctor say of a house whose models are not there, with what to type."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from demeure.errors import DemeureError, system_words

if TYPE_CHECKING:
    from demeure.engine.models import Installed

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
    or in a new house) or may not be looked at. Nothing is hashed, nothing raised."""
    from demeure.engine.models import ModelStore, StoreUnreadable

    store, told = ModelStore(instance / "models"), []
    try:
        active = store.active()
    except StoreUnreadable as problem:
        return [(problem.sentence("fr"), problem.sentence("en"))]
    for slot, words in UNCHOSEN.items():
        chosen = active.get(slot)
        if chosen is None:
            told.append(words)
            continue
        unseen = _unseen(store.folder, chosen["id"], chosen["file"])
        if unseen is not None:
            told.append((unseen.sentence("fr"), unseen.sentence("en")))
    return told


def _unseen(folder: Path, model: str, file: str) -> DemeureError | None:
    """Why the file of a chosen model is not there; None when it is."""
    from demeure.engine.models.errors import ModelFileMissing, ModelFileUnreadable, StoreOutOfReach

    try:
        (folder / file).stat()
    except FileNotFoundError:
        return ModelFileMissing(id=model, file=file)
    except PermissionError:
        return StoreOutOfReach(file=file)
    except OSError as problem:
        fr, en = system_words(problem)
        return ModelFileUnreadable(file=file, detail=fr, detail_en=en)
    return None


def put_back(row: "Installed | None", *, known: bool) -> tuple[str, str]:
    """What to type for a model whose file was altered, French and English. ``known``: is it of the catalogue? What
    was brought, or came with a bundle, is brought again: « pull » would not find it, or not without a network."""
    if row is not None and row.source == "bundle":
        how = f"demeure models import {{}}/models/{row.file}"
        return (
            f"redonnez-le depuis son lot, {how.format('LOT')}",
            f"bring it from its bundle, {how.format('BUNDLE')}",
        )
    if row is not None and not known:
        how = "demeure models import {}"
        fr = f"apportez de nouveau son fichier, {how.format('FICHIER')}"
        return fr, f"bring its file again, {how.format('FILE')}"
    pull = f"demeure models pull {row.id}" if row is not None else "demeure models pull"
    fr = f"{pull}, ou, sans réseau, demeure models import FICHIER"
    return fr, f"{pull}, or, without a network, demeure models import FILE"


def unchosen(roles: Iterable[str]) -> list[tuple[str, str]]:
    """The same of a house that is open, whose processes are ``roles``: of an engine that is there, its own failure
    says why it does not run."""
    running = set(roles)
    if not running:  # the house is closed
        return []
    return [words for slot, words in UNCHOSEN.items() if f"engine-{slot}" not in running]
