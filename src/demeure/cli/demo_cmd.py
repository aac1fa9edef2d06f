"""``demeure demo``: from nothing to an answered question and served pages; a second run does what is missing."""

import asyncio
import os
import shlex
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.terminal import said

if TYPE_CHECKING:
    from demeure.cli.doctor_cmd import Check

STOPPED = 130
MODELS = (("chat", "starter-chat"), ("embed", "embeddings"))
SCANS = ("ocr-fra", "ocr-eng")
SPACES = (("mairie", "Mairie"), ("menuiserie", "Menuiserie"))
LINK_SECONDS = 20 * 60
"""A link that was shown is shown again so long: it opens for 30 minutes."""
QUESTION = "Combien de prêts la bibliothèque a-t-elle enregistrés en 2025 ?"


@click.command("demo")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port des pages.")
@click.option("--once", is_flag=True, help="S’arrêter après la réponse, sans servir les pages.")
@click.option("--sample", type=click.Path(path_type=Path), default=None, help="Dossier de la base d’exemple.")
@click.pass_obj
def command(obj: dict[str, Any], port: int | None, once: bool, sample: Path | None) -> None:
    """Modèles de départ, base d’exemple, une question avec ses sources, puis les pages jusqu’à Ctrl-C."""
    documents = sample or Path(__file__).resolve().parents[3] / "sample" / "documents"
    if not documents.is_dir():
        from demeure.cli.errors import SampleMissing

        raise SampleMissing(path=str(documents))
    _closed(obj["instance"])
    _free(obj["instance"], port)
    try:
        _models(obj)
        code = asyncio.run(_demo(obj, documents, port, once))
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo()
        code = STOPPED
    if not once or code == STOPPED:
        again = _again(obj["instance"], port)
        fr, en = f"Tout est arrêté. Pour recommencer : {again}", f"Everything is stopped. To start again: {again}"
        click.echo(said(obj["language"], fr, en))
    sys.exit(0 if code == STOPPED and "MAKELEVEL" in os.environ else code)  # make would call it an error


def _again(instance: Path, port: int | None) -> str:
    """The line that was typed, ready to be typed again."""
    made, elsewhere = "MAKELEVEL" in os.environ, instance != Path("instance").absolute()
    where = (f"INSTANCE={shlex.quote(str(instance))}" if made else f"--instance {shlex.quote(str(instance))}",)
    door = (f"PORT={port}" if made else f"--port {port}",)
    first = ("make", "demo", *where * elsewhere) if made else ("demeure", *where * elsewhere, "demo")
    return " ".join((*first, *door * (port is not None)))


def _closed(instance: Path) -> None:
    """Raises AlreadyRunning: Ctrl-C would not stop a house that someone else opened."""
    from demeure.supervisor import AlreadyRunning
    from demeure.supervisor.health import read_status

    running = read_status(instance)["processes"]
    if running:
        raise AlreadyRunning(instance=str(instance), pid=running[0]["pid"])


def _free(instance: Path, port: int | None) -> None:
    """Raises AddressTaken or AddressUnusable: said before the models are fetched, not after."""
    from demeure.settings import load
    from demeure.supervisor.belongings import public_listener

    settings = load(instance / "demeure.toml")
    public_listener(settings if port is None else replace(settings, port=port)).close()


def _models(obj: dict[str, Any]) -> None:
    from demeure.cli.instance import prepare
    from demeure.cli.models_cmd import pull_if_possible, pull_missing

    prepare(obj["instance"], obj["language"], organisation="Mairie de Montfaucel-sur-Aubrelle")
    pull_missing(obj["instance"], MODELS, obj["language"])
    pull_if_possible(obj["instance"], SCANS, obj["language"])


async def _demo(obj: dict[str, Any], documents: Path, port: int | None, once: bool) -> int:
    from demeure.cli.house import launched, wait_open

    language = obj["language"]
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    with launched(obj["instance"], language, *(["--port", str(port)] if port is not None else [])) as house:
        door = await wait_open(obj["instance"], house)
        work = asyncio.create_task(_show(obj, door, documents))
        ended = asyncio.create_task(stop.wait())
        await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            return STOPPED
        code = work.result()
        if not once:
            click.echo(said(language, "\nCtrl-C arrête tout.", "\nCtrl-C stops everything."))
            gone = asyncio.create_task(asyncio.to_thread(house.wait))
            await asyncio.wait({ended, gone}, return_when=asyncio.FIRST_COMPLETED)
            code = 0 if ended.done() else code  # what the self-check found was said; this end was asked for
        await door.close()
        return code


async def _show(obj: dict[str, Any], door: Any, documents: Path) -> int:
    from demeure.cli.ask_cmd import tell
    from demeure.cli.house import engines_ready

    language = obj["language"]
    await door.call("spaces.list")  # the door is there before the gateway: it answers once the pages do
    link = await _way_in(door, language)  # the pages answer long before the question does
    await _load(door, documents, language)
    await engines_ready(door, language)
    click.echo(said(language, f"\nQuestion : {QUESTION}\n", f"\nQuestion: {QUESTION}\n"))
    asked = {"question": QUESTION, "spaces": ["Mairie"], "language": language}
    answer = await tell(door, asked, language, show=True)
    sound = await _checked(obj, language)
    await _way_in(door, language, link)
    return 0 if answer["outcome"] == "done" and sound else 1


async def _way_in(door: Any, language: str, given: tuple[str, float] = ("", 0.0)) -> tuple[str, float]:
    """Where the pages are; the link of the first time, and no other: whoever reads it enters as administrator.
    ``given``: the one shown before and when, shown again while it has time left. → the one that was shown."""
    where = (await door.call("status")).data["address"]
    click.echo(said(language, f"\nPages : {where}", f"\nPages: {where}"))
    people = (await door.call("people.list")).data["people"]
    known = [p["login"] for p in people if p["role"] == "administrator" and p["open"] and p["has_password"]]
    if known:
        fr = f"Administrateur : {known[0]}. Mot de passe oublié : demeure link donne un lien à usage unique."
        en = f"Administrator: {known[0]}. Password forgotten: demeure link gives a one-time link."
    else:
        if time.monotonic() - given[1] > LINK_SECONDS or not given[0]:
            given = (str((await door.call("link.create", {})).data["url"]), time.monotonic())
        fr = f"Pour choisir votre mot de passe d’administrateur, lien à usage unique : {given[0]}"
        en = f"To choose your administrator’s password, one-time link: {given[0]}"
    click.echo(said(language, fr, en))
    return given


async def _load(door: Any, documents: Path, language: str) -> None:
    from demeure.cli.documents_cmd import send, settled

    there = {s["name"] for s in (await door.call("spaces.list")).data["spaces"]}
    rows = []
    for folder, name in SPACES:
        if name not in there:
            await door.call("spaces.create", {"name": name})
        held = {d["name"] for d in (await door.call("documents.list", {"space": name})).data["documents"]}
        files = [p for p in sorted((documents / folder).iterdir()) if _readable(p) and p.name not in held]
        rows += [await send(door, path, name, language) for path in files]
    if rows:
        click.echo(
            said(language, f"Base d’exemple : {len(rows)} documents…", f"Sample base: {len(rows)} documents…")
        )
    for row in rows:
        (done,) = await settled(door, [row], until=("ready", "failed"))
        state = "ok" if done["state"] == "ready" else done.get(f"reason_{language}") or done.get("refused")
        click.echo(said(language, f"  {row['name']} : {state}", f"  {row['name']}: {state}"))


def _readable(path: Path) -> bool:
    from demeure.workshop import READ_FORMATS, announced_format

    return announced_format(path.name) in READ_FORMATS


async def _checked(obj: dict[str, Any], language: str) -> bool:
    from demeure.cli.doctor_cmd import examine

    checks = await asyncio.to_thread(examine, obj["instance"])
    click.echo("\n" + "\n".join((counted(checks, language), *not_good(checks, language))))
    return all(check.ok is not False for check in checks)


def not_good(checks: "list[Check]", language: str) -> list[str]:
    """A line for each that failed, then for each that is only told."""
    marked = [(mark, one) for ok, mark in ((False, "!"), (None, "?")) for one in checks if one.ok is ok]
    return [f"  {mark} {said(language, one.fr, one.en)}" for mark, one in marked]


def counted(checks: "list[Check]", language: str) -> str:
    """Those that passed; then, under the marks of the lines that ``not_good`` lists, those that failed and those
    that are only told."""
    good, bad, asked = (sum(c.ok is ok for c in checks) for ok in (True, False, None))
    fr, en = f"Autocontrôle : {good} points sur {len(checks)}", f"Self-check: {good} of {len(checks)}"
    fr, en = (f"{fr}, {bad} en défaut (!)", f"{en}, {bad} wrong (!)") if bad else (fr, en)
    fr, en = (f"{fr}, {asked} à regarder (?)", f"{en}, {asked} to look at (?)") if asked else (fr, en)
    if bad or asked:
        fr, en = f"{fr} : demeure doctor", f"{en}: demeure doctor"
    return said(language, f"{fr}.", f"{en}.")
