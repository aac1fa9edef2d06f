"""``demeure bench machine``: what this machine and its engine really give, and how far the predictions are from
it."""

import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.instance import own
from demeure.cli.terminal import JSON, print_json, said, table

if TYPE_CHECKING:
    from demeure.engine.models import Installed

LOADED = 0.1
"""Share of the processors that others took, beyond which the wall's clock says nothing of the machine."""
SECONDS = 150.0
"""Of measuring, loads of models not counted: the whole stays under three minutes."""


@click.group("bench")
def command() -> None:
    """Mesure cette machine."""


@command.command("machine")
@click.option(
    "--seconds", type=click.IntRange(10, 600), default=int(SECONDS), help="Durée des mesures (défaut : 150)."
)
@click.option("--no-models", is_flag=True, help="La machine seule, sans charger de modèle.")
@JSON
@click.pass_obj
def machine(obj: dict[str, Any], seconds: int, no_models: bool, as_json: bool) -> None:
    """Mesure mémoire, calcul, disque, moteur, en trois minutes au plus ; compare aux prévisions."""
    instance, language = obj["instance"], obj["language"]
    own(instance)

    def tell(fr: str, en: str) -> None:
        if not as_json:
            click.echo(said(language, fr, en), err=True)

    report = measured(instance, seconds, tell, with_models=not no_models)
    kept = keep(instance, report)
    if as_json:
        print_json(report)
        return
    _show(report, language)
    told = (f"Gardé dans {kept}.", f"Kept in {kept}.") if kept else _not_kept(report)
    click.echo(said(language, *told))


def _not_kept(report: dict[str, Any]) -> tuple[str, str]:
    """Why, in French and in English."""
    if "calibration" in report:
        why = ("il n’y a pas de maison ici", "there is no house here")
    elif not any(one["kind"] == "chat" for one in report["models"]):
        why = ("aucun modèle de conversation n’a été mesuré", "no chat model was measured")
    else:
        why = (
            "il manque une mesure (peu de temps, ou d’autres au travail) ; recommencez au calme, ou avec --seconds",
            "a measure is missing (little time, or other programs at work); try again at rest, or with --seconds",
        )
    fr, en = why
    return (
        f"Pas gardé, demeure size n’en tient pas compte : {fr}.",
        f"Not kept, demeure size does not use it: {en}.",
    )


def measured(
    instance: Path, seconds: float, tell: Callable[[str, str], None], *, with_models: bool = True
) -> dict[str, Any]:
    """The whole report, JSON-able. Models are those installed in ``instance``; none is not an error."""
    from dataclasses import replace

    from demeure.clock import SystemClock, iso
    from demeure.engine.hardware import Others
    from demeure.engine.hardware import measured as hardware
    from demeure.engine.models import this_machine
    from demeure.sizing import FORMULAS, calibrated, compared
    from demeure.sizing import this_machine as sized

    begin, found = time.perf_counter(), this_machine()
    tell("Mémoire, calcul, disque…", "Memory, matrices, disk…")
    folder = instance / "models"
    others = Others()
    facts = hardware(found.cores, folder if os.access(folder, os.W_OK) else None)
    taken = others.share()
    here = replace(sized(found.memory, found.cores), bandwidth=facts.memory_read, rate=facts.matrix_rate)
    engines = _engines(instance, seconds - (time.perf_counter() - begin), tell) if with_models else []
    clock = basis(engines)
    field = "worked" if clock == "processor" else "rate"
    chats = [one for one in engines if one["kind"] == "chat"]
    shapes = [(one["shape"], [{**pace, "rate": pace[field]} for pace in one["paces"]]) for one in chats]
    fitted = calibrated(here, shapes)
    report = {
        "measured_at": iso(SystemClock().now()),
        "formulas": FORMULAS,
        "machine": {**facts.as_json(), "memory": found.memory, "others": taken},
        "models": [{name: value for name, value in one.items() if name != "shape"} for one in engines],
        "basis": clock,
        "compared": [one.as_json() for one in compared(fitted, shapes)],
        "seconds": round(time.perf_counter() - begin, 1),
    }
    if fitted.decode and fitted.prefill and fitted.batch_cost:
        names = ("decode", "prefill", "per_layer", "batch_cost", "batch", "context", "pairs", "kernels")
        report["calibration"] = {name: getattr(fitted, name) for name in names}
    return report


def _engines(instance: Path, seconds: float, tell: Callable[[str, str], None]) -> list[dict[str, Any]]:
    """One after the other, the largest chat model with half of the time; the smallest are quick."""
    from demeure.engine.models import ModelStore

    rows = [row.installed for row in ModelStore(instance / "models").list() if row.installed and row.present]
    rows = [row for row in rows if row.kind in ("chat", "embed")]
    rows.sort(key=lambda row: row.bytes)  # what the quick ones leave of the time is for the slow one
    found = []
    for at, row in enumerate(rows):
        left = seconds / (len(rows) - at)
        begin = time.perf_counter()
        tell(f"Moteur : {row.id}…", f"Engine: {row.id}…")
        found.append(_one(instance, row, left))
        seconds -= time.perf_counter() - begin
    return found


def _one(instance: Path, row: "Installed", seconds: float) -> dict[str, Any]:
    from demeure.engine.hardware import Others, processor_seconds
    from demeure.engine.models import this_machine
    from demeure.engine.models.gguf_header import read_facts
    from demeure.engine.paces import CONTEXT, SLOTS, chat_paces, embed_paces
    from demeure.engine.trial import trial
    from demeure.sizing import shape_of_file

    path = instance / "models" / row.file
    chat = row.kind == "chat"
    spec: dict[str, Any] = {"id": row.id, "path": str(path), "sha256": row.sha256, "kind": row.kind}
    spec |= {"context": CONTEXT, "slots": SLOTS} if chat else {"context": 512, "slots": 1}
    begin = time.perf_counter()
    with trial(spec, instance=instance) as engine:
        loaded = time.perf_counter() - begin
        others = Others((engine.pid,))
        budget = max(10.0, seconds - loaded)
        cores, pid = this_machine().cores, engine.pid

        def spent() -> float:
            return processor_seconds(pid) / cores

        chosen = chat_paces(engine.connect, budget, spent=spent) if chat else embed_paces(engine.connect)
        paces = asyncio.run(chosen)
        shape = shape_of_file(row.id, read_facts(path).as_json(), path.stat().st_size)
        return {
            "id": row.id,
            "kind": row.kind,
            "load_seconds": round(loaded, 2),
            "resident": engine.resident(),
            "others": others.share(),
            "paces": [_rounded(one.as_json()) for one in paces],
            "shape": shape,
        }


def _rounded(pace: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in pace.items()}


def basis(engines: list[dict[str, Any]]) -> str:
    """By which clock the engine is judged: the wall, or, where others took too much of the processors, its own
    processor time."""
    loaded = any((one["others"] or 0.0) > LOADED for one in engines)
    known = all(pace["worked"] for one in engines if one["kind"] == "chat" for pace in one["paces"])
    return "processor" if loaded and known else "wall"


def keep(instance: Path, report: dict[str, Any]) -> Path | None:
    """Written beside what is chosen, for who sizes; only what is whole (an engine was measured), where a house
    is."""
    from demeure.sizing import RECORD

    place = instance / RECORD
    if "calibration" not in report or not place.parent.is_dir():
        return None
    draft = place.with_suffix(".part")
    draft.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(place)
    return place


def taken_by_others(report: dict[str, Any]) -> float:
    """The largest share of the processors that other programs took during a measure."""
    return max([report["machine"]["others"] or 0.0, *(one["others"] or 0.0 for one in report["models"])])


def _show(report: dict[str, Any], language: str) -> None:
    found = report["machine"]
    decimal = said(language, ",", ".")

    def number(value: float, digits: int = 1) -> str:
        return f"{value:.{digits}f}".replace(".", decimal)

    rows = [
        (said(language, "mémoire lue", "memory read"), f"{number(found['memory_read'] / 1e9)} Go/s"),
        (said(language, "calcul (matrices)", "matrices"), f"{number(found['matrix_rate'] / 1e9, 0)} GFLOP/s"),
    ]
    if found["disk_read"]:
        rows.append((said(language, "disque, lu", "disk, read"), f"{number(found['disk_read'] / 1e6, 0)} Mo/s"))
        rows.append(
            (said(language, "disque, écrit", "disk, written"), f"{number(found['disk_write'] / 1e6, 0)} Mo/s")
        )
        rows.append((said(language, "fsync", "fsync"), f"{number(found['sync'] * 1000)} ms"))
    rows.append((said(language, "charge avant la mesure", "load before"), number(found["load"])))
    if language == "en":
        rows = [(name, value.replace("Go/s", "GB/s").replace("Mo/s", "MB/s")) for name, value in rows]
    table([said(language, "cette machine", "this machine"), ""], rows)
    if not report["models"]:
        click.echo(
            said(language, "Aucun modèle ici : rien d’autre à mesurer.", "No model here: nothing else to measure.")
        )
        return
    click.echo("")
    heads = said(
        language,
        "modèle,quoi,jetons,à la fois,mesuré,prévu,écart",
        "model,what,tokens,at once,measured,predicted,error",
    )
    table(heads.split(","), [_compared(one, language, number) for one in report["compared"]])
    taken = taken_by_others(report)
    if taken > LOADED:
        fr = f"D’autres programmes ont pris jusqu’à {taken * 100:.0f} % des processeurs"
        en = f"Other programs took up to {taken * 100:.0f}% of the processors"
        if report["basis"] == "processor":
            fr, en = f"{fr} : moteur jugé à son temps de processeur", f"{en}: the engine is judged by its own time"
        click.echo(said(language, f"{fr}. À refaire au calme.", f"{en}. Measure again when it is quiet."))


def _compared(one: dict[str, Any], language: str, number: Callable[[float, int], str]) -> tuple[str, ...]:
    what = {"prefill": said(language, "lire", "reading"), "decode": said(language, "écrire", "writing")}[
        one["what"]
    ]
    told = said(language, "calé dessus", "fitted") if one["fitted"] else f"{one['error'] * 100:+.0f} %"
    measure, guess = number(one["measured"], 1), number(one["predicted"], 1)
    return one["model"], what, str(one["tokens"]), str(one["streams"]), measure, guess, told


def read_record(instance: Path) -> "dict[str, Any] | None":
    """What the last measure of this instance found; None when there is none. Raises BenchUnreadable."""
    from demeure.sizing import RECORD, read_bench

    try:
        text = (instance / RECORD).read_text(encoding="utf-8")
    except OSError:
        return None
    return dict(read_bench(text, RECORD))
