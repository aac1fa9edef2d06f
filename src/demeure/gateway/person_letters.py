"""Letters to whoever asks about their own data, as files: what the request, its search and the register of
processing say, to be completed by hand."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from demeure.accountability import Part
from demeure.accountability.live import COLON
from demeure.errors import InputError
from demeure.gateway import locale
from demeure.gateway.house import House
from demeure.gateway.persons_told import looked_said, totals_said, unsearched
from demeure.gateway.register_facts import gather
from demeure.gateway.register_files import FORMATS
from demeure.gateway.sending import Sent, ToSend
from demeure.persons import Asked, Found, Known, Treatment, letter
from demeure.policy import Action, Actor, Resource

OWNER, SPACE, ACCOUNTS = "responsable", "espace-", "comptes"
"""Keys of parts of the register of processing (documents.toml)."""
_CONTACTS = ("Adresse et contact", "Délégué à la protection des données")
_INSIDE = (
    "Documents de l’espace",
    "Classe de sensibilité",
    "Comptes ouverts",
    "Catégories de personnes",
    "Personnes",
)
"""What the register says of a processing and nobody outside is told."""
_CHECKED = re.compile(r"\s\(contrôles?\s:[^)]*\)")
_OUTSIDE = ("document", "conversation", "work", "file")
_IN_ACCOUNTS = ("account", "own", "journal", "conversation", "work", "file")
"""Kinds of places that an account holds."""


async def letter_file(house: House, actor: Actor, number: int, name: str, kind: str) -> Sent:
    """``name``: one of ``offered``. Raises Denied, RequestUnknown, InputError and the exporter's errors."""
    if kind not in FORMATS:
        raise InputError(detail="format")
    one, found = await house.persons.requests.request(actor, number)
    title, text = letter(name, one, await _known(house, actor, one, found))
    asked = (Action.PERSON_ANSWER, Resource("person"))
    told = ToSend(title, text, asked=asked, letter=True, chain=one.chain, spoken="fr")
    return await house.sending.file(actor, "fr", told, kind)


async def _known(house: House, actor: Actor, one: Asked, found: Sequence[Found]) -> Known:
    ground = (one.ended or {}).get("ground")
    parts = await _register(house, actor)
    missed = await unsearched(house, actor, "fr", one.scope or {})
    where = await house.persons.where(actor, [place.finding for place in found])
    found = [place for place, at in zip(found, where, strict=True) if not at.gone]
    elsewhere = [place for place in found if one.kind == "portability" and not place.provided]
    given = [place for place in found if place not in elsewhere]
    now = house.clock.now().astimezone()
    return Known(
        organisation=house.settings.organisation,
        day=locale.day("fr", now),
        sure=all(any(place.finding.whole for place in places) for places in (given, elsewhere) if places),
        contact=_contact(parts),
        found=len(given),
        elsewhere=len(elsewhere),
        looked=looked_said(house, "fr", _outside(one.scope or {})),
        unsearched=", ".join(f"{row['kind_said']} {row['why_said']}{COLON}{row['count']}" for row in missed),
        totals=totals_said(house, "fr", one),
        ground=house.rendering.say("fr", f"persons.ground_{ground}") if ground else "",
        treatments=_treatments(parts, found),
    )


async def _register(house: House, actor: Actor) -> tuple[Part, ...]:
    """Its parts, with what people wrote there; none for whoever may not read it."""
    may = house.decide(actor, Action.REGISTER_READ, Resource("register")).allowed
    if house.registers is None or not may:
        return ()
    return (await house.registers.sheet(actor, "registre", await gather(house))).parts


def _contact(parts: Sequence[Part]) -> str:
    """« 1 place de la Mairie, dpo@… »: lines that somebody completed."""
    lines = [line for part in parts if part.section.key == OWNER for line in part.text.splitlines()]
    said = dict(line.removeprefix("- ").split(COLON, 1) for line in lines if COLON in line)
    return ", ".join(said[name] for name in _CONTACTS if said.get(name, "à compléter") != "à compléter")


def _treatments(parts: Sequence[Part], found: Sequence[Found]) -> list[Treatment]:
    """Those in which the person was found."""
    keys = {f"{SPACE}{one.finding.space}" for one in found if one.finding.space}
    keys |= {ACCOUNTS} if any(one.finding.kind in _IN_ACCOUNTS for one in found) else set()
    return [Treatment(part.section.title, _told(part)) for part in parts if part.section.key in keys]


def _told(part: Part) -> str:
    """The lines that the house begins there and are told outside, as people completed them. A line of their own may
    be a note for themselves: it stays in the register."""
    names = [name for line in part.section.text.splitlines() if not (name := _name(line)).startswith(_INSIDE)]
    told, of = {name: [f"- {name}{COLON}à compléter"] for name in names}, ""
    filled = set[str]()
    for line in part.text.splitlines():
        if _LINE.match(line):
            of = _name(line) if _name(line) in told else ""
            told |= {of: []} if of and of not in filled else {}
            filled.add(of)
        elif not line.strip():
            of = ""
        if of:
            told[of].append(_CHECKED.sub("", line))
    return "\n".join(line for lines in told.values() for line in lines)


_LINE = re.compile(r"[-*•][ ]")


def _name(line: str) -> str:
    """« Finalité », of « - Finalité : à compléter », with or without the blanks that typography wants."""
    return re.split(r"[ \u00a0\u202f]*:", line.lstrip("-*• "), maxsplit=1)[0].strip()


def _outside(scope: Mapping[str, Any]) -> dict[str, Any]:
    """Of what was looked through, what somebody outside understands."""
    return {"looked": {kind: count for kind, count in scope.get("looked", {}).items() if kind in _OUTSIDE}}
