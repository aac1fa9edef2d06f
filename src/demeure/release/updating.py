"""Another version, in steps that a kill may cut anywhere: until one rename the former version and its data are in
force, after it the new ones. What fails is undone by itself; what is killed is swept by the next run."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from demeure.clock import SystemClock, iso
from demeure.errors import DemeureError
from demeure.install.layout import Layout
from demeure.install.locking import only_one
from demeure.install.points import Point, Points
from demeure.release import models, placing, resuming, standing, trial
from demeure.release.copying import coming, copied, unsealed
from demeure.release.errors import (
    BundleOlder,
    BundleUnfit,
    DataDiffer,
    NoRestorePoint,
    NothingToGoBackTo,
    NotInstalledHere,
    NotUndone,
    SchemaUnknown,
    UpdateFailed,
    WouldLose,
)
from demeure.release.owner import Failed, Owner, as_owner
from demeure.release.service import ProgramFailed, Service, run_program

Step = Callable[[str], None]
Build = Callable[[Path, dict[str, Any], Layout], Path]
Run = Callable[..., str]
STEPS = (
    *("verified", "accepted", "backed up", "built", "stopped", "copied", "tried", "kept", "switched", "answers"),
    "swept",
)
"""In order; ``step`` is called after each that is done."""


@dataclass(frozen=True)
class Asked:
    """``bundle``: a folder; ``backup``: one is made and verified first. ``build``, ``run``: how a program is made
    from a bundle, and run."""

    layout: Layout
    bundle: Path = Path()
    vkey: str = ""
    backup: bool = True
    step: Step = field(default=lambda _: None)
    build: Build = placing.built
    run: Run = run_program


def update(asked: Asked) -> Point:
    """→ the point now in force. Raises NotInstalledHere, NoTrustedKey, BundleFaulty, BundleOlder, BundleUnfit,
    SchemaUnknown, CloseFirst, NoRestorePoint, HouseOpen: nothing was changed; UpdateFailed: the former version is
    in force; ModelsLeft: the new one is, and the same bundle given again brings the models that it lacks."""
    if Points(asked.layout).current() is None:
        raise NotInstalledHere(path=str(asked.layout.current))
    with only_one(asked.layout), placing.taken(asked.bundle, asked.layout, asked.vkey) as (mine, manifest):
        return _updated(asked, mine, manifest)


def look(asked: Asked) -> dict[str, Any]:
    """Would this bundle do here? → its manifest; told to the house, which changes in nothing. Raises as ``update``
    before anything is changed."""
    layout, points = asked.layout, Points(asked.layout)
    now = points.current()
    if now is None:
        raise NotInstalledHere(path=str(layout.current))
    data = Path(now.data)
    with only_one(layout), placing.taken(asked.bundle, layout, asked.vkey) as (mine, manifest):
        asked.step("verified")
        _newer(manifest, points, now)
        placing.fitting(manifest, layout)
        _known(manifest, data)
        models.fitting(asked.bundle, data, mine)
        asked.step("accepted")
        told = (str(manifest["version"]), str(manifest["created"]), iso(SystemClock().now()))
        as_owner(Owner.of(data), lambda: standing.note_ready(data, *told))
    return manifest


def _updated(asked: Asked, mine: Path, manifest: dict[str, Any]) -> Point:
    """``mine``: what was verified of the bundle, where nobody else can change it."""
    layout, points = asked.layout, Points(asked.layout)
    now = points.current()
    if now is None:
        raise NotInstalledHere(path=str(layout.current))
    asked.step("verified")
    if _of(now, manifest) and models.fitting(asked.bundle, Path(now.data), mine):
        models.bring(asked.bundle, Path(now.data), mine)
        return now
    _newer(manifest, points, now)
    placing.fitting(manifest, layout)
    resuming.swept(layout)
    _known(manifest, Path(now.data))
    models.fitting(asked.bundle, Path(now.data), mine)
    Service(layout).closable(Path(now.data))
    asked.step("accepted")
    if asked.backup:
        _backed_up(asked, now)
        asked.step("backed up")
    program = asked.build(mine, manifest, layout)
    asked.step("built")
    made = _changed(asked, manifest, now, program)
    asked.step("swept")
    models.bring(asked.bundle, Path(made.data), mine)
    return made


def _of(now: Point, manifest: dict[str, Any]) -> bool:
    """Was what is in force made from this very bundle?"""
    return (now.version, now.sequence, now.created) == tuple(
        manifest[n] for n in ("version", "sequence", "created")
    )


def _newer(manifest: dict[str, Any], points: Points, now: Point) -> None:
    """A version that this machine had may come again, after one went back from it; an older one never."""
    highest = max(point.sequence for point in points.all().values())
    if manifest["sequence"] < highest or manifest["sequence"] <= now.sequence:
        known = next(point for point in points.all().values() if point.sequence == highest)
        made = (known.created or known.made)[:16].replace("T", " ")
        raise BundleOlder(found=manifest["id"], known=f"{known.version}, {made}")


def _known(manifest: dict[str, Any], data: Path) -> None:
    try:
        house, rooms = as_owner(Owner.of(data), lambda: [*_listed(trial.schemas(data))])
    except Failed as problem:
        raise BundleUnfit(detail=problem.fr, detail_en=problem.en) from problem
    strange = {house} - {"", *manifest["schemas"]["house"]} | set(rooms) - {"", *manifest["schemas"]["space"]}
    if strange:
        raise SchemaUnknown(found=", ".join(sorted(strange)))


def _listed(found: tuple[str, set[str]]) -> tuple[str, list[str]]:
    return found[0], sorted(found[1])


def _backed_up(asked: Asked, now: Point) -> None:
    """By the version that runs, at the place that its plan names; then read back from there."""
    try:
        asked.run(Path(now.program), Path(now.data), "backup", "create")
        asked.run(Path(now.program), Path(now.data), "backup", "verify")
    except ProgramFailed as problem:
        raise NoRestorePoint(detail=str(problem)) from problem


def _changed(asked: Asked, manifest: dict[str, Any], now: Point, program: Path) -> Point:
    """From the stopped house to the one that answers. Raises HouseOpen, UpdateFailed."""
    layout, points, service = asked.layout, Points(asked.layout), Service(asked.layout)
    number, did = _free(layout), "stopped"
    data = layout.data / str(number)
    point = replace(placing.point_of(manifest, number, program, data), former=now.number, data_copied=True)
    resuming.begun(layout, number, data, now)
    try:
        service.stop()
        with service.held(Path(now.data)):
            asked.step(did)
            owner, aside = Owner.of(Path(now.data)), points.aside(point)
            as_owner(owner, lambda: copied(Path(now.data), data))
            asked.step(did := "copied")
            before = as_owner(owner, lambda: trial.counted(data))
            _tried(asked, program, data, before, f"{now.version} → {manifest['id']}")
            asked.step(did := "tried")
            as_owner(owner, lambda: standing.write(data, point, now, aside))
            points.add(point)
            asked.step(did := "kept")
            points.switch(number)
            asked.step(did := "switched")
        service.start()
        if not service.answers(data):
            raise service.silent(data)
        asked.step(did := "answers")
    except BaseException as problem:
        worse = resuming.undone(layout, data, now)
        if isinstance(problem, DemeureError) and did == "stopped":
            raise
        if isinstance(problem, KeyboardInterrupt):
            raise
        raise _failed(manifest["id"], did, problem, worse) from problem
    resuming.pruned(layout, point)
    resuming.ended(layout)
    return point


def _free(layout: Layout) -> int:
    """A number that no point has, and no data: those of an earlier installation, or kept, may lie there."""
    number = max(Points(layout).all(), default=0) + 1
    while any(path.exists() for path in (layout.data / str(number), coming(layout.data / str(number)))):
        number += 1
    return number


def _failed(version: str, did: str, problem: BaseException, worse: list[resuming.Words]) -> UpdateFailed:
    """``did``: the last step that was done. ``worse``: what failed while coming back."""
    step, step_en = _NEXT[did]
    fr, en = resuming.joined([resuming.words_of(problem), *worse])
    kind = NotUndone if worse else UpdateFailed
    return kind(version=version, step=step, step_en=step_en, detail=fr, detail_en=en)


_NEXT = {
    "open": ("fermeture de la maison", "closing of the house"),
    "stopped": ("copie des données", "copy of the data"),
    "copied": ("essai sur la copie", "trial on the copy"),
    "tried": ("point de retour", "point of return"),
    "kept": ("bascule", "switch"),
    "switched": ("ouverture de la maison", "opening of the house"),
    "answers": ("fin", "end"),
    "back": ("retour", "going back"),
}


def _tried(asked: Asked, program: Path, data: Path, before: dict[str, int], about: str) -> None:
    """The new program migrates the copy, opens a house on it, asks its doctor, writes the change in its journal.
    Raises ProgramFailed, DataDiffer."""
    told = json.loads(asked.run(program, data, "update", "--trial", about))
    lost = [f"{name} {before[name]} → {told.get(name, 0)}" for name in before if told.get(name, 0) < before[name]]
    if lost:
        raise DataDiffer(detail=", ".join(lost))


def back(asked: Asked, *, lose: bool = False) -> Point:
    """The version before is in force again: with the data of now where their schema is the same, else with those it
    had (``lose``). → the point. Raises NotInstalledHere, NothingToGoBackTo, WouldLose, HouseOpen, UpdateFailed."""
    if Points(asked.layout).current() is None:
        raise NotInstalledHere(path=str(asked.layout.current))
    with only_one(asked.layout):
        return _back(asked, lose=lose)


def _back(asked: Asked, *, lose: bool) -> Point:
    layout, points = asked.layout, Points(asked.layout)
    now = points.current()
    if now is None:
        raise NotInstalledHere(path=str(layout.current))
    resuming.swept(layout)
    before = points.all().get(now.former)
    if before is None:
        raise NothingToGoBackTo()
    same = bool(now.schemas) and now.schemas == before.schemas
    if not same and not lose:
        raise WouldLose(version=before.version, made=now.made[:16].replace("T", " "), path=now.data)
    point = replace(
        before,
        number=_free(layout),
        data=now.data if same else before.data,
        made=iso(SystemClock().now()),
        kept=False,
    )
    return _went_back(asked, now, before, point)


def _went_back(asked: Asked, now: Point, before: Point, point: Point) -> Point:
    """From the stopped house to the one that answers, or to the one that was. Raises HouseOpen, UpdateFailed."""
    points, service = Points(asked.layout), Service(asked.layout)
    same, data, did = point.data == now.data, Path(point.data), "open"

    resuming.begun(asked.layout, point.number, data, now)
    try:
        service.stop()
        with service.held(Path(now.data)):
            pass  # closed, then
        did = "back"
        _noted(asked, [before, now] if same else [before], data, f"{now.version} → {before.version}")
        with service.held(Path(now.data)):
            asked.step("stopped")
            if not same:
                points.rewrite(replace(now, kept=True))
            as_owner(Owner.of(data), lambda: unsealed(data, Path(now.data)))
            older, aside = points.all().get(before.former), points.aside(point)
            as_owner(Owner.of(data), lambda: standing.write(data, point, older, aside))
            points.add(point)
            asked.step("kept")
            points.switch(point.number)
            asked.step("switched")
        service.start()
        if not service.answers(data):
            raise service.silent(data)
    except BaseException as problem:
        worse = resuming.undone(asked.layout, data, now)
        untouched = did == "open" and isinstance(problem, DemeureError) and not worse
        if isinstance(problem, KeyboardInterrupt) or untouched:
            raise
        raise _failed(before.version, did, problem, worse) from problem
    resuming.ended(asked.layout)
    return point


def _noted(asked: Asked, points: list[Point], data: Path, note: str) -> None:
    """In the journal of the data that will be in force, by the first program that can: one goes back because a
    program is broken, or to one that did not know this yet. Then nothing is written, and going back goes on."""
    for point in points:
        try:
            asked.run(Path(point.program), data, "update", "--note", note)
        except ProgramFailed:
            continue
        asked.step("noted")
        return
