"""``demeure eval``: cases of quality run on the tasks, judged by rules alone, told as a table."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from demeure.cli.terminal import JSON, listed, print_json, printable, said


@click.command("eval")
@click.option(
    "--cases",
    "files",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    multiple=True,
    required=True,
    help="Fichier de cas (TOML, répétable) : voir docs/quality.md.",
)
@click.option("--only", multiple=True, help="Une tâche ou un cas (répétable).")
@JSON
@click.pass_obj
def command(obj: dict[str, Any], files: tuple[Path, ...], only: tuple[str, ...], as_json: bool) -> None:
    """Fait rédiger des cas et vérifie ce qui doit y être. Code 1 si un chiffre inventé n’est pas signalé."""
    from demeure.assistant.tasks.quality import QualityCase, read_cases

    cases: list[QualityCase] = []
    for file in files:
        cases += read_cases(file.read_text(encoding="utf-8"), file.name)
    chosen = [one for one in cases if not only or one.task in only or one.id in only]
    told = asyncio.run(_run(obj, chosen, quiet=as_json))
    if as_json:
        print_json(told)
    else:
        _table(obj["language"], told)
    sys.exit(1 if told["scores"].get("*", {}).get("invented_unflagged") else 0)


async def _run(obj: dict[str, Any], cases: list[Any], *, quiet: bool) -> dict[str, Any]:
    from demeure.assistant.tasks.quality import judge, scores
    from demeure.cli.house import engines_ready, reach

    verdicts, told = [], []
    async with reach(obj["instance"], obj["language"]) as door:
        await engines_ready(door, obj["language"])
        for case in cases:
            closed: dict[str, Any] = {}
            asked = {"task": case.task, "fields": dict(case.fields), "language": case.language}
            async for item in door.stream("tasks.run", asked):
                closed = dict(item.data)
            draft = closed["drafts"][-1]
            one = judge(case, draft)
            verdicts.append(one)
            told.append(
                {**vars(one), "passed": one.passed, "text": draft["text"], "model": draft["details"].get("model")}
            )
            if not quiet:
                _line(obj["language"], told[-1])
    return {"cases": told, "scores": {name: one.told() for name, one in scores(verdicts).items()}}


def _line(language: str, one: dict[str, Any]) -> None:
    word = said(language, "réussi" if one["passed"] else "échoué", "passed" if one["passed"] else "failed")
    faults = [*one["missing"], *one["wrong"], *(f"? {each}" for each in one["invented"])]
    right, given = one["citations"]
    faults += [f"[{given - right}/{given}]"] if right < given else []
    faults += [] if one["state"] == "done" else [one["state"]]
    click.echo(printable(f"{one['case']} : {word}{' (' + ', '.join(faults) + ')' if faults else ''}"))


def _table(language: str, told: dict[str, Any]) -> None:
    columns = said(
        language,
        "tâche,cas,réussis,faits,inventés non signalés,langue,citations,autres fautes",
        "task,cases,passed,facts,invented unflagged,language,citations,other faults",
    )
    rows = [(name, *map(_told, one.values())) for name, one in told["scores"].items()]
    listed(language, columns, rows, "Aucun cas.", "No case.")


def _told(value: Any) -> str:
    return "—" if value is None else f"{value:.0%}" if isinstance(value, float) else str(value)
