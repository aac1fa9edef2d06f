"""Where backups go and who can read them: one file of the instance, written by commands only, without a secret."""

import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from demeure.backup.errors import (
    HolderTaken,
    HolderUnknown,
    NoRecipient,
    NoTarget,
    NothingDeclared,
    PlanDamaged,
    TargetInside,
    TargetNameInvalid,
    TargetTaken,
    TargetTwice,
    TargetUnknown,
    TargetUnnamed,
)
from demeure.backup.target import NotAFile, read_file
from demeure.store.durable import make_folder, write_new

FOLDER = "backups"
DISK_DAYS = 15
"""Of a disk that is plugged in turn: two of them, one a week."""
_TEXTS = ("name", "recipient", "since", "path")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True)
class Holder:
    """Somebody who keeps a recovery key on paper. ``recipient``: its public half (age1…)."""

    name: str
    recipient: str
    since: str


@dataclass(frozen=True)
class Place:
    """``path``: a folder for backups, or ``route:ID``. ``removable``: a disk that is plugged in turn, absent
    most of the time. ``days`` without a backup after which it is late; 0: the default of its kind. ``since``: when
    it was declared, UTC, ISO 8601; empty: not known. ``mounted``: a disk or a share was mounted at ``path`` itself
    then: without it, the folder that is left is not the place."""

    name: str
    path: str
    removable: bool = False
    days: int = 0
    since: str = ""
    mounted: bool = False

    def bound(self, staying: int) -> int:
        """Days without a backup after which it is late; ``staying``: of places that stay."""
        return self.days or (max(DISK_DAYS, staying) if self.removable else staying)


@dataclass(frozen=True)
class Plan:
    """Nothing is declared at first."""

    holders: tuple[Holder, ...] = ()
    places: tuple[Place, ...] = ()

    def begun(self) -> "Plan":
        """Itself. Raises NothingDeclared: all that is missing is said at once."""
        if not self.holders and not self.places:
            raise NothingDeclared()
        return self

    def recipients(self) -> list[str]:
        """Raises NoRecipient."""
        if not self.holders:
            raise NoRecipient()
        return [holder.recipient for holder in self.holders]

    def place(self, name: str) -> Place:
        """The one called ``name``; the only one where none is named. Raises NoTarget, TargetUnnamed,
        TargetUnknown."""
        if not self.places:
            raise NoTarget()
        if not name and len(self.places) == 1:
            return self.places[0]
        for place in self.places:
            if place.name == name:
                return place
        known = ", ".join(p.name for p in self.places)
        raise TargetUnknown(name=name, known=known) if name else TargetUnnamed(known=known)

    def with_holder(self, holder: Holder) -> "Plan":
        """Raises HolderTaken."""
        if any(one.name.casefold() == holder.name.casefold() for one in self.holders):
            raise HolderTaken(holder=holder.name)
        return replace(self, holders=(*self.holders, holder))

    def without_holder(self, name: str) -> "Plan":
        """Backups made so far stay readable by them. Raises HolderUnknown."""
        kept = tuple(one for one in self.holders if one.name.casefold() != name.casefold())
        if len(kept) == len(self.holders):
            raise HolderUnknown(holder=name)
        return replace(self, holders=kept)

    def with_place(self, instance: Path, place: Place) -> "Plan":
        """Raises TargetNameInvalid, TargetTaken, TargetInside, TargetTwice."""
        if not _NAME.fullmatch(place.name):
            raise TargetNameInvalid(name=place.name[:40])
        if any(one.name == place.name for one in self.places):
            raise TargetTaken(name=place.name)
        house, found = instance.resolve(), Path(place.path).resolve()
        folder = not place.path.startswith("route:")
        if folder and (found == house or house in found.parents or found in house.parents):
            raise TargetInside(place=place.path)
        for one in self.places if folder else ():
            if not one.path.startswith("route:") and Path(one.path).resolve() == found:
                raise TargetTwice(name=one.name, place=place.path)
        return replace(self, places=(*self.places, place))

    def without_place(self, name: str) -> "Plan":
        """What it holds is left there. Raises TargetUnknown."""
        gone = self.place(name)
        return replace(self, places=tuple(one for one in self.places if one != gone))


def read_plan(instance: Path) -> Plan:
    """The plan of the instance; an empty one where none was written. Raises PlanDamaged."""
    path = instance / FOLDER / "plan" / "plan.json"
    try:
        return _plan(json.loads(read_file(path)))
    except FileNotFoundError:
        return Plan()
    except (ValueError, KeyError, TypeError, AttributeError, NotAFile) as problem:
        raise PlanDamaged(path=str(path)) from problem


def _plan(told: dict[str, Any]) -> Plan:
    since = told.get("since", {})
    for one in (*told.get("holders", ()), *told.get("places", ())):
        if not all(isinstance(one.get(name, ""), str) for name in _TEXTS):
            raise TypeError(one)
    return Plan(
        tuple(Holder(**one) for one in told.get("holders", ())),
        tuple(
            Place(**one, since=str(since.get(one["name"], "")), mounted=one["name"] in told.get("mounted", ()))
            for one in told.get("places", ())
        ),
    )


def write_plan(instance: Path, plan: Plan) -> None:
    """Durable on return. Raises DiskFull."""
    folder = instance / FOLDER / "plan"
    make_folder(folder)
    told = asdict(plan)
    told["since"] = {place["name"]: since for place in told["places"] if (since := place.pop("since"))}
    told["mounted"] = [place["name"] for place in told["places"] if place.pop("mounted")]
    for place in told["places"]:
        if not place["days"]:  # a version that did not know them, nor ``since``, ``mounted``, reads the page too
            del place["days"]
    text = json.dumps(told, ensure_ascii=False, indent=2)
    write_new(folder / "plan.json", text.encode(), 0o600)
