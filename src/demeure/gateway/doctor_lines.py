"""What the doctor says of what is at the end of routes: directories that are no longer read, identity providers
whose route is another since they were declared, declarations that serve no more.
"""

from collections.abc import Callable, Sequence
from typing import Any

from demeure.errors import DemeureError
from demeure.gateway.house import House

_NB = "\u00a0"


def doctor_line(name: str, ok: bool, fr: str, en: str) -> dict[str, Any]:
    """One line of the doctor, as the control door gives it."""
    return {"name": name, "ok": ok, "fr": fr, "en": en}


def outside_lines(house: House) -> list[dict[str, Any]]:
    """A line for each that is wrong, one for directories when none is; nothing without any. Blocks."""
    return [
        *_gathered("house-directories", lambda: _directories(house)),
        *_gathered("house-providers", lambda: _providers(house)),
        *_gathered("house-hooks", lambda: _hooks(house)),
    ]


def _gathered(name: str, look: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    try:
        return look()
    except DemeureError as problem:  # the database
        return [doctor_line(name, False, problem.sentence("fr"), problem.sentence("en"))]


def _directories(house: House) -> list[dict[str, Any]]:
    room = house.directories
    if room is None:
        return []
    broken, late = _broken("house-directory", "directory", room.broken()), room.late()
    if not late and not broken:
        if not room.names():
            return []
        fr, en = "Les annuaires déclarés sont lus à leur heure.", "The declared directories are read in time."
        return [doctor_line("house-directories", True, fr, en)]
    return broken + [
        doctor_line(
            f"house-directory-{one}",
            False,
            f"L’annuaire «{_NB}{one}{_NB}» n’a pas été lu depuis trop longtemps{_NB}: "
            f"demeure directory check {one}.",
            f"The directory “{one}” has not been read for too long: demeure directory check {one}.",
        )
        for one in late
    ]


def _providers(house: House) -> list[dict[str, Any]]:
    room = house.providers
    if room is None:
        return []
    return _broken("house-provider", "provider", room.broken()) + [
        doctor_line(
            f"house-provider-{one}",
            False,
            f"La route du fournisseur d’identité «{_NB}{one}{_NB}» ne mène plus à son issuer{_NB}: personne "
            f"n’entre par lui. Voir demeure routes show, demeure provider list.",
            f"The route of the identity provider “{one}” no longer leads to its issuer: nobody comes in by it. See "
            f"demeure routes show, demeure provider list.",
        )
        for one in room.moved()
    ]


def _hooks(house: House) -> list[dict[str, Any]]:
    room = house.hooks
    if room is None:
        return []
    return _broken("house-hook", "hook", room.broken()) + [
        doctor_line(
            f"house-hook-{one.id}",
            False,
            f"La route «{_NB}{one.route}{_NB}» du webhook «{_NB}{one.id}{_NB}» est fermée{_NB}: ses événements "
            f"attendent. Voir demeure routes show {one.route}, demeure hooks list.",
            f"The route “{one.route}” of the webhook “{one.id}” is closed: its events wait. See demeure routes "
            f"show {one.route}, demeure hooks list.",
        )
        for one in room.shut()
    ]


def _broken(name: str, what: str, wrong: Sequence[DemeureError]) -> list[dict[str, Any]]:
    """A line for each declaration that serves no more; ``what``: the parameter that names it."""
    return [
        doctor_line(f"{name}-{one.params[what]}", False, one.sentence("fr"), one.sentence("en")) for one in wrong
    ]
