"""Models that a bundle carries: taken from an instance, and put in another that lacks them. What an instance chose
is not changed: another model is taken after it was measured (docs/models.md)."""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from demeure.engine.models import ModelStore
from demeure.engine.models.manifest import Installed, Records
from demeure.release.errors import BundleUnfit, ModelsLeft
from demeure.release.owner import Failed, Owner, as_owner
from demeure.release.sbom import ModelPart

_ALWAYS = ("ocr", "speech")


def packed(models: Path, ids: Sequence[str], target: Path) -> list[ModelPart]:
    """Copy the models ``ids`` (none: those in use, and those that read pages and sound) with their rows. Raises
    ModelUnknown, ModelAbsent, OSError."""
    store = ModelStore(models)
    active = store.active()
    wanted = list(ids) or [row.id for row in store.list() if row.present and (row.active or row.kind in _ALWAYS)]
    rows = [store.get(one) for one in wanted]
    known = {row.id: row.licence for row in store.list()}
    target.mkdir()
    for row in rows:
        place = target / row.file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(models / row.file, place)
    Records(target).write_installed({row.id: row for row in rows})
    names = {row.id for row in rows}
    chosen = {slot: place for slot, place in active.items() if place["id"] in names}
    target.joinpath("chosen.json").write_text(json.dumps(chosen, indent=1) + "\n", encoding="utf-8")
    return [ModelPart(row.id, row.title, row.file, row.sha256, known.get(row.id, "").strip("?")) for row in rows]


def fitting(bundle: Path, data: Path, told: Path) -> list[str]:
    """Before anything is changed: can the owner of ``data`` read the models of the bundle that are not there yet,
    and is there room for them? → their ids. Raises BundleUnfit."""
    try:
        ids, fr, en = as_owner(Owner.of(data), lambda: _wanting(bundle, data / "models", told))
    except Failed as problem:
        raise BundleUnfit(detail=problem.fr, detail_en=problem.en) from problem
    if fr:
        raise BundleUnfit(detail=fr, detail_en=en)
    return list(ids)


def bring(bundle: Path, data: Path, told: Path) -> list[str]:
    """``brought``, by the owner of ``data``. Raises ModelsLeft; the same bundle then brings what is left."""
    try:
        return list(as_owner(Owner.of(data), lambda: _brought(bundle, data / "models", told)))
    except Failed as problem:
        raise ModelsLeft(detail=problem.fr.rstrip("."), detail_en=problem.en.rstrip(".")) from problem
    except OSError as problem:
        raise ModelsLeft(detail=str(problem), detail_en=str(problem)) from problem


def _brought(bundle: Path, models: Path, told: Path) -> list[str]:
    """``brought``. Raises Failed where the bundle cannot be read, OSError."""
    try:
        return brought(bundle, models, told)
    except PermissionError as problem:
        if not str(problem.filename).startswith(f"{bundle}/"):
            raise
        raise Failed(*_unread(problem)) from problem


def _unread(problem: OSError) -> tuple[str, str]:
    """For the middle of a sentence, French and English."""
    what = f"{problem.filename} ({problem.strerror})"
    fr = f"l’utilisateur de la maison ne lit pas {what}\u00a0: copiez le lot où il le peut"
    return fr, f"the house’s user cannot read {what}: copy the bundle where it can"


def _wanting(bundle: Path, models: Path, told: Path) -> tuple[list[str], str, str]:
    """Ids that are not there; why they cannot be brought, French and English, both empty: they can."""
    lists = told / "models"
    if not (lists / "manifest.json").exists():
        return [], "", ""
    have = Records(models).installed()
    rows = [row for row in Records(lists).installed().values() if not _there(models, have.get(row.id), row)]
    ids = [row.id for row in rows]
    for row in rows:
        try:
            with (bundle / "models" / row.file).open("rb") as file:
                file.read(1)
        except OSError as problem:
            fr, en = _unread(problem)
            return ids, f"{fr}.", f"{en}."
    place = models if models.exists() else models.parent
    needed, free = sum(row.bytes for row in rows), shutil.disk_usage(place).free
    if needed <= free:
        return ids, "", ""
    needed, free = needed >> 20, free >> 20
    fr = f"ses modèles prennent {needed} Mo, il en reste {free} sur le disque."
    return ids, fr, f"its models take {needed} MB, {free} are left on the disk."


def brought(bundle: Path, models: Path, told: Path | None = None) -> list[str]:
    """Put the bundle's models that are not there yet in ``models``, and choose one for each slot that has none.
    ``told``: where its lists are read (default: ``bundle``); each model is held to the hash that is listed there.
    → ids. Raises OSError."""
    lists = (told or bundle) / "models"
    if not (lists / "manifest.json").exists():
        return []
    models.mkdir(mode=0o750, parents=True, exist_ok=True)
    records, given = Records(models), Records(lists).installed()
    have, new = records.installed(), []
    for row in given.values():
        if not _there(models, have.get(row.id), row):
            _copied(bundle / "models" / row.file, models / row.file, row.sha256)
            have[row.id] = replace(row, source="bundle")
            records.write_installed(have)
            new.append(row.id)
    chosen = json.loads((lists / "chosen.json").read_bytes())
    active = records.active()
    lacking = {slot: place for slot, place in chosen.items() if slot not in active}
    if lacking:
        records.write_active({**active, **lacking})
    return new


def _there(models: Path, known: Installed | None, row: Installed) -> bool:
    place = models / row.file
    return known is not None and known.sha256 == row.sha256 and place.exists() and place.stat().st_size == row.bytes


def _copied(source: Path, place: Path, sha256: str) -> None:
    place.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    fresh, digest = place.with_name(f".{place.name}.new"), hashlib.sha256()
    with source.open("rb") as reading, fresh.open("wb") as writing:
        while block := reading.read(1 << 20):
            digest.update(block)
            writing.write(block)
        writing.flush()
        os.fsync(writing.fileno())
    if digest.hexdigest() != sha256:
        fresh.unlink()
        raise OSError(5, os.strerror(5), str(source))
    fresh.chmod(0o440)
    fresh.replace(place)
