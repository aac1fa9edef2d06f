"""What the doctor asks of the databases: is each page what was written? What had no time to be looked at is told as
such, never as sound."""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from demeure.cli.terminal import weight

if TYPE_CHECKING:
    from demeure.store.integrity import Looked

Row = tuple[str, bool | None, str, str]
SECONDS = 20.0
"""For all databases together; ``demeure doctor --whole`` takes what it needs."""
_NUMBERS = 6


def examine_bases(instance: Path, *, whole: bool, seconds: float = SECONDS) -> list[Row]:
    """(name, ok, French, English): one row of those that are sound, then one of each that is not, or that was not
    looked at to the end. Raises the keys' errors."""
    from demeure.store.integrity import bases, look

    if not any((instance / "keys" / name).exists() for name in ("house.key", "house.check")):
        return []
    found = bases(instance)
    mine = all(base.path.stat().st_uid == os.geteuid() for base in found if base.path.exists())
    looked = look(found, None if whole else seconds, structure=mine)
    names = _names(looked) if mine else {}
    sound = [one for one in looked if one.sound or (not mine and one.sound is None and one.read == one.pages)]
    rows = [_sound(sound, mine=mine)] if sound else []
    rest = [one for one in looked if one not in sound]
    return rows + [_not_ended(one, names) if one.sound is None else _damaged(one, names) for one in rest]


def damaged_bases(instance: Path, seconds: float) -> list[tuple[str, str]]:
    """What is said, in French and English, of each database that is seen to be damaged within ``seconds``: a backup
    holds it as it is. Raises the keys' errors."""
    return [(fr, en) for _, ok, fr, en in examine_bases(instance, whole=False, seconds=seconds) if ok is False]


def _names(looked: "list[Looked]") -> dict[str, str]:
    """Spaces by their id, where the house's own database can say them."""
    from sqlalchemy import select

    from demeure.errors import DemeureError
    from demeure.store import Database
    from demeure.store.tables import spaces

    house = next((one for one in looked if not one.base.space and one.sound is not False), None)
    if house is None:
        return {}
    database = Database(house.base.path, house.base.key, busy_seconds=2.0)
    try:
        with suppress(DemeureError), database.read() as connection:
            return {str(row.id): str(row.name) for row in connection.execute(select(spaces.c.id, spaces.c.name))}
    finally:
        database.close()
    return {}


def _sound(looked: "list[Looked]", *, mine: bool) -> Row:
    from demeure.store.database import PAGE

    size = sum(one.pages for one in looked) * PAGE
    fr = f"Bases saines, chaque page vérifiée\u00a0: {len(looked)} ({weight(size, 'fr')})"
    en = f"Sound databases, every page checked: {len(looked)} ({weight(size, 'en')})"
    if not mine:
        fr = f"{fr}\u00a0; leur structure ne se vérifie que sous l’utilisateur de la maison"
        en = f"{en}; their structure is checked by the house’s own user only"
    return ("databases", True, f"{fr}.", f"{en}.")


def _who(one: "Looked", names: dict[str, str]) -> tuple[str, str]:
    space = one.base.space
    if not space:
        return "La base de la maison (house.db)", "The database of the house (house.db)"
    name = names.get(space, space)
    return f"La base de l’espace «\u00a0{name}\u00a0»", f"The database of the space “{name}”"


def _not_ended(one: "Looked", names: dict[str, str]) -> Row:
    """Its pages, or its structure: the largest has what time the others left."""
    (fr, en), part = _who(one, names), 100 * one.read // max(one.pages, 1)
    how = "demeure doctor --whole"
    if one.read == one.pages:
        fr = f"{fr}\u00a0: pages vérifiées, structure non vérifiée, faute de temps. Tout vérifier\u00a0: {how}."
        en = f"{en}: pages checked, structure not checked for lack of time. To check everything: {how}."
        return ("database-unchecked", None, fr, en)
    fr = f"{fr} n’est pas vérifiée\u00a0: {part}\u00a0% de ses pages l’ont été dans le temps donné, sans dommage. "
    en = f"{en} is not checked: {part}% of its pages were within the time given, without damage. "
    return ("database-unchecked", None, f"{fr}Tout vérifier\u00a0: {how}.", f"{en}To check everything: {how}.")


def _damaged(one: "Looked", names: dict[str, str]) -> Row:
    (fr, en), (way, way_en) = _who(one, names), _back(one, names)
    if one.problem is not None:
        fr, en = f"{fr}\u00a0: {one.problem.sentence('fr')}", f"{en}: {one.problem.sentence('en')}"
        return ("database", False, f"{fr} {way}", f"{en} {way_en}")
    if one.count:
        listed = ", ".join(map(str, one.damaged[:_NUMBERS])) + ("…" if one.count > _NUMBERS else "")
        fr = f"{fr} est abîmée\u00a0: {one.count} de ses {one.pages} pages ({listed})"
        en = f"{en} is damaged: {one.count} of its {one.pages} pages ({listed})"
        if one.read < one.pages:
            fr, en = f"{fr}, {one.read} vérifiées", f"{en}, {one.read} checked"
    else:
        fr, en = f"{fr} est abîmée dans sa structure", f"{en} is damaged in its structure"
    return ("database", False, f"{fr}. {way}", f"{en}. {way_en}")


def _back(one: "Looked", names: dict[str, str]) -> tuple[str, str]:
    """What to type: everything, in a new folder; or the documents of this space alone."""
    fr = "Revenir à une sauvegarde, dans un dossier neuf\u00a0: demeure backup restore DOSSIER"
    en = "To come back to a backup, in a new folder: demeure backup restore FOLDER"
    if one.base.space:
        name = names.get(one.base.space, one.base.space)
        fr = f'{fr}\u00a0; ou les seuls documents de cet espace\u00a0: --space "{name}"'
        en = f'{en}; or the documents of this space alone: --space "{name}"'
    return f"{fr}.", f"{en}."
