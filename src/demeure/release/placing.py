"""The first installation from a bundle: its program is built, its key trusted, its models brought, point 1 made."""

import hashlib
import json
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from demeure.clock import SystemClock, iso
from demeure.install import Layout, Wanted, apply, plan
from demeure.install.applying import Tell, ran
from demeure.install.layout import BUNDLE, PROGRAM
from demeure.install.points import Point, Points, write_json
from demeure.release import carried, models
from demeure.release.errors import AlreadyInstalled, BundleFaulty, BundleUnfit, NoTrustedKey
from demeure.release.owner import Owner, as_owner
from demeure.store.durable import full_disk_named, write_new

MINE, BEGUN = BUNDLE, "first.json"
"""In the program's folder: what is read of a bundle while it is used; a first installation that has not ended."""


def trusted(layout: Layout, vkey: str = "") -> list[str]:
    """The public keys whose bundles are taken: the one given, else those of this machine. Raises NoTrustedKey."""
    found = [path.read_text(encoding="utf-8").strip() for path in sorted(layout.trusted.glob("*.vkey"))]
    if vkey:
        return [vkey.strip()]
    if not found:
        raise NoTrustedKey()
    return found


def verified(bundle: Path, vkeys: list[str]) -> dict[str, Any]:
    """The manifest. Raises BundleFaulty, BundleUnfit."""
    try:
        return carried.verify(bundle, vkeys)
    except carried.Fault as fault:
        raise _told(fault) from fault


@contextmanager
def taken(bundle: Path, layout: Layout, vkey: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A bundle that is verified, and what is used of it: (a copy that only this user can write, verified in its
    turn; its manifest). Between two readings the bundle, on a stick or in somebody's folder, may change. Models are
    not copied, but for their lists: each is held to its hash when it is brought. Raises NoTrustedKey, BundleFaulty,
    BundleUnfit, DiskFull, OSError."""
    vkeys = trusted(layout, vkey)
    verified(bundle, vkeys)
    mine = layout.at(PROGRAM) / MINE
    try:
        with full_disk_named(MINE):
            carried.copied(bundle, mine)
        try:
            manifest = carried.verify(mine, vkeys, without="models/")
        except carried.Fault as fault:
            raise _told(fault) from fault
        yield mine, manifest
    finally:
        shutil.rmtree(mine, ignore_errors=True)


def fitting(manifest: dict[str, Any], layout: Layout) -> None:
    """Raises BundleUnfit."""
    try:
        carried.fits(manifest, layout.root)
    except carried.Fault as fault:
        raise _told(fault) from fault


def built(bundle: Path, manifest: dict[str, Any], layout: Layout) -> Path:
    """The environment of this version, and the packages of Debian that the bundle carries and this machine lacks.
    Raises BundleUnfit, ToolRefused."""
    packages(bundle, manifest, layout)
    try:
        return carried.build(bundle, manifest, layout.versions / manifest["id"])
    except carried.Fault as fault:
        raise _told(fault) from fault


def packages(bundle: Path, manifest: dict[str, Any], layout: Layout) -> list[str]:
    """Install those of the bundle that are not there at all; what this machine has is left as it is. → names.
    Raises ToolRefused."""
    if not layout.whole or not manifest.get("debian"):
        return []
    known = set(ran("dpkg-query -W -f '${db:Status-Abbrev}${Package}\\n'").split("\n"))
    lacking = [part for part in manifest["debian"] if f"ii {part['name']}" not in known]
    for part in lacking:
        _same(bundle / "debian" / part["file"], part["sha256"])
    if lacking:
        ran(shlex.join(["dpkg", "-i", *(str(bundle / "debian" / part["file"]) for part in lacking)]))
    return [part["name"] for part in lacking]


def _same(file: Path, sha256: str) -> None:
    """Raises BundleFaulty."""
    with file.open("rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != sha256:
            fr, en = f"{file.name} n’est pas ce qui a été signé.", f"{file.name} is not what was signed."
            raise BundleFaulty(detail=fr, detail_en=en)


def _told(fault: carried.Fault) -> BundleFaulty | BundleUnfit:
    kind = BundleFaulty if fault.code == 1 else BundleUnfit
    return kind(detail=fault.fr, detail_en=fault.en)


def first(bundle: Path, layout: Layout, vkey: str, wanted: Wanted, tell: Tell) -> Point:
    """Install everything from ``bundle``. ``wanted``: what ``demeure install`` would be asked; its program is the
    bundle's. Cut, it goes on from the same bundle; ``ended`` says that nothing is left to do. Raises as ``taken``,
    ``fitting``, ``built`` and ``apply``, and AlreadyInstalled, ModelsLeft."""
    if Points(layout).current() is not None and not _begun(layout):
        raise AlreadyInstalled(path=str(layout.current))
    with taken(bundle, layout, vkey) as (mine, manifest):
        return _first(bundle, mine, manifest, layout, wanted, tell)


def ended(layout: Layout) -> None:
    """The first installation."""
    (layout.at(PROGRAM) / BEGUN).unlink(missing_ok=True)


def _begun(layout: Layout) -> str:
    """The bundle of a first installation that did not reach its end; empty: none."""
    try:
        return str(json.loads((layout.at(PROGRAM) / BEGUN).read_bytes())["id"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _first(bundle: Path, mine: Path, manifest: dict[str, Any], layout: Layout, wanted: Wanted, tell: Tell) -> Point:
    now = Points(layout).current()
    if now is not None and not (_begun(layout) == manifest["id"] == Path(now.program).name):
        raise AlreadyInstalled(path=str(layout.current))
    fitting(manifest, layout)
    write_json(layout.at(PROGRAM) / BEGUN, {"id": manifest["id"]})
    program = built(mine, manifest, layout)
    named = f"{PROGRAM}/versions/{manifest['id']}"
    asked = plan(replace(wanted, program=named, starts=False))
    _point(layout, manifest, program, layout.at(wanted.data))
    apply(asked, layout, tell)
    trust(layout, str(manifest["signer"]))
    data = layout.at(wanted.data)
    models.bring(bundle, data, mine)
    standing(layout)
    return Points(layout).all()[1]


def _point(layout: Layout, manifest: dict[str, Any], program: Path, data: Path) -> None:
    """Before the plan is done, which would make it from the program that runs."""
    points = Points(layout)
    if points.current() is None:
        points.add(point_of(manifest, 1, program, data))
        points.switch(1)


def point_of(manifest: dict[str, Any], number: int, program: Path, data: Path) -> Point:
    """Of a bundle."""
    return Point(
        number=number,
        program=str(program),
        data=str(data),
        version=manifest["version"],
        sequence=manifest["sequence"],
        created=manifest["created"],
        made=iso(SystemClock().now()),
        schemas=f"{manifest['schemas']['house'][-1]}/{manifest['schemas']['space'][-1]}",
    )


def trust(layout: Layout, vkey: str) -> None:
    """From now on this key's bundles are taken."""
    layout.trusted.mkdir(parents=True, exist_ok=True)
    name = vkey.split("+", 1)[0].replace("/", "-")
    write_new(layout.trusted / f"{name}.vkey", f"{vkey}\n".encode(), 0o644)


def standing(layout: Layout) -> None:
    """What runs and since when, where the house itself may read it."""
    from demeure.release.standing import write

    points = Points(layout)
    point = points.current()
    if point is not None:
        data = Path(point.data)
        known = [one for one in points.all().values() if one.number != point.number]
        before = next((one for one in known if one.number == point.former), None)
        aside = points.aside(point)
        as_owner(Owner.of(data), lambda: write(data, point, before, aside))
