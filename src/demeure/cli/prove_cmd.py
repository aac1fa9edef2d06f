"""``demeure prove``: tries every way out from inside each box, and says what was blocked, open or inconclusive."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.instance import own
from demeure.cli.proof_report import as_json, show
from demeure.cli.terminal import print_json, said

if TYPE_CHECKING:
    from demeure.cli.door import Door

Finish = Callable[["Door"], Coroutine[Any, Any, None]]
"""What is told to the house once the proof is made."""


@click.command("prove")
@click.option("--mutations", is_flag=True, help="Retire aussi un mur à la fois : ses sondes doivent rougir.")
@click.option("--json", "json_", is_flag=True, help="Sortie JSON.")
@click.option(
    "--evidence",
    "target",
    type=click.Path(path_type=Path),
    default=None,
    help="Fichier .zip à écrire : la déclaration signée, sa page PDF, et de quoi les vérifier sans Demeure.",
)
@click.pass_obj
def command(obj: dict[str, Any], mutations: bool, json_: bool, target: Path | None) -> None:
    """Essaie chaque issue, depuis chaque boîte. Code 1 si l’une est ouverte, 3 si une sonde clé ne conclut pas."""
    from demeure.cli.proof_evidence import Told, can_be_written
    from demeure.clock import SystemClock
    from demeure.proof import end_in_order, prove
    from demeure.settings import load

    instance: Path = obj["instance"]
    own(instance)
    if target is not None:
        can_be_written(target, instance)
    end_in_order()  # what was made is removed, the journal says interrupted
    settings, began = load(instance / "demeure.toml"), SystemClock().now()
    proof = None
    try:
        with _written(instance, obj["language"]) as tell, _bar(obj["language"], shown=not json_) as progress:
            proof = prove(instance, settings, mutations=mutations, progress=progress)
            tell(Told(proof, instance, settings, began, target, obj["language"]).to)
    except KeyboardInterrupt:
        click.echo(said(obj["language"], *_INTERRUPTED), err=True)
        raise
    finally:  # a house that cannot be told takes nothing away from what was seen
        if proof is not None and json_:
            print_json(as_json(proof))
        elif proof is not None:
            show(proof, obj["language"])
    sys.exit(proof.code)


@contextlib.contextmanager
def _bar(language: str, *, shown: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A line on a terminal's standard error; nothing elsewhere. Draws without a thread: the launcher wants one."""
    if not shown or not sys.stderr.isatty():
        yield lambda _what, _done, _whole: None
        return

    def draw(what: str, done: int, whole: int) -> None:
        filled = 24 * done // max(whole, 1)
        label = said(language, *_STEPS[what])
        click.echo(f"\r\033[K[{'█' * filled}{'·' * (24 - filled)}] {label} {done}/{whole}", nl=False, err=True)

    try:
        yield draw
    finally:
        click.echo("\r\033[K", nl=False, err=True)


_INTERRUPTED = (
    "Preuve interrompue : rien n’est conclu, et ce qu’elle avait fait est retiré.",
    "Proof interrupted: nothing is concluded, and what it had made is removed.",
)


_STEPS = {
    "boxes": ("essais", "tries"),
    "elsewhere": ("autres adresses", "other addresses"),
    "facts": ("faits relevés", "facts read"),
    "browser": ("navigateur", "browser"),
    "mutations": ("murs retirés", "walls removed"),
}


@contextlib.contextmanager
def _written(instance: Path, language: str) -> Iterator[Callable[[Finish], None]]:
    """The journal's lines: before and after in an open house; afterwards, by a private house, in a closed one; none
    where there is no instance yet."""
    from demeure.cli.door import Door, HouseDown

    with asyncio.Runner() as runner:
        try:
            door = runner.run(Door(instance).open())
        except HouseDown:
            yield lambda finish: runner.run(_written_later(instance, language, finish))
            return
        try:
            runner.run(_call(door, "prove.begin"))
            told: list[Finish] = []
            try:
                yield told.append
            finally:
                runner.run(told[0](door) if told else _call(door, "prove.end"))
        finally:
            runner.run(door.close())


async def _call(door: "Door", operation: str) -> None:
    await door.call(operation)


async def _written_later(instance: Path, language: str, finish: Finish) -> None:
    if not any((instance / "keys" / name).exists() for name in ("house.key", "house.check")):
        words = "Pas d’instance ici : cette preuve n’est pas journalisée.", "No instance here: not journalled."
        click.echo(said(language, *words), err=True)
        return
    from demeure.cli.house import reach

    async with reach(instance, language) as door:
        await door.call("prove.begin")
        await finish(door)
