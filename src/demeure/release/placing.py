"""The first installation from a bundle: its program is built, its key trusted, its models brought, point 1 made."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

from demeure.clock import SystemClock, iso
from demeure.install import Layout, Wanted, apply, plan
from demeure.install.applying import Tell, ran
from demeure.install.layout import PROGRAM
from demeure.install.points import Point, Points
from demeure.release import carried, models
from demeure.release.errors import BundleFaulty, BundleUnfit, NoTrustedKey
from demeure.release.owner import Owner, as_owner


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


def fitting(manifest: dict[str, Any]) -> None:
    """Raises BundleUnfit."""
    try:
        carried.fits(manifest)
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
    if lacking:
        ran(shlex.join(["dpkg", "-i", *(str(bundle / "debian" / part["file"]) for part in lacking)]))
    return [part["name"] for part in lacking]


def _told(fault: carried.Fault) -> BundleFaulty | BundleUnfit:
    kind = BundleFaulty if fault.code == 1 else BundleUnfit
    return kind(detail=fault.fr, detail_en=fault.en)


def first(bundle: Path, layout: Layout, vkey: str, wanted: Wanted, tell: Tell) -> Point:
    """Install everything from ``bundle``. ``wanted``: what ``demeure install`` would be asked; its program is the
    bundle's. Raises as ``trusted``, ``verified``, ``fitting``, ``built`` and ``apply``."""
    manifest = verified(bundle, trusted(layout, vkey))
    fitting(manifest)
    program = built(bundle, manifest, layout)
    named = f"{PROGRAM}/versions/{manifest['id']}"
    asked = plan(replace(wanted, program=named, starts=False))
    _point(layout, manifest, program, layout.at(wanted.data))
    apply(asked, layout, tell)
    trust(layout, str(manifest["signer"]))
    data = layout.at(wanted.data)
    as_owner(Owner.of(data), lambda: models.brought(bundle, data / "models"))
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
    layout.trusted.joinpath(f"{name}.vkey").write_text(f"{vkey}\n", encoding="utf-8")


def standing(layout: Layout) -> None:
    """What runs and since when, where the house itself may read it."""
    from demeure.release.standing import write

    point = Points(layout).current()
    if point is not None:
        data = Path(point.data)
        known = [one for one in Points(layout).all().values() if one.number != point.number]
        before = next((one for one in known if one.number == point.former), None)
        as_owner(Owner.of(data), lambda: write(data, point, before))
