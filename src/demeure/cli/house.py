"""Reaching the house from a command: the running one, or a private one without listener for the command's time."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import click

from demeure.cli.beside import not_beside
from demeure.cli.door import Door, HouseDown
from demeure.cli.errors import FrontDown, HouseNeverStarted, InstanceMissing, NothingToAsk, SpaceUnknownHere
from demeure.cli.instance import own, prepare
from demeure.cli.terminal import said

LOG = "house.log"
START_SECONDS, LAST_WORDS_SECONDS = 60.0, 12.0
ENGINES = ("engine-chat", "engine-embed")
ENGINE_SECONDS = 600
UNCONFINED = (
    "ATTENTION : la maison a été ouverte avec --accept-unconfined.",
    "WARNING: the house was opened with --accept-unconfined.",
)


@contextlib.asynccontextmanager
async def reach(instance: Path, language: str, *, create: bool = False) -> AsyncGenerator[Door]:
    """An open Door. Starts a private house when none runs, and stops it afterwards.

    Raises HouseNeverStarted, FrontDown, OpenElsewhere, and InstanceMissing unless told to ``create`` what is
    absent."""
    try:
        door = await Door(instance).open()
    except HouseDown:
        own(instance)
        if not create and not (instance / "keys").is_dir():
            raise InstanceMissing(instance=str(instance)) from None
        not_beside(instance)  # a restored copy that a command looks into writes in its journal too
        async with private_house(instance, language) as private:
            yield private
        return
    try:
        if _front_down(instance):  # the supervisor holds its door: nobody would ever answer
            raise FrontDown()
        yield door
    finally:
        await door.close()


def _front_down(instance: Path) -> bool:
    """Has the supervisor given up the gateway?"""
    from demeure.supervisor.health import running_state
    from demeure.supervisor.roles import DOWN

    rows = (running_state(instance) or {}).get("roles", ())
    return any(row["role"] == "gateway" and row["state"] == DOWN for row in rows)


@contextlib.asynccontextmanager
async def private_house(instance: Path, language: str) -> AsyncGenerator[Door]:
    """A house without public listener, stopped at the end whatever happens. When it goes away meanwhile, why it did
    is said."""
    prepare(instance, language)
    with launched(instance, language, "--private") as house:
        door = await wait_open(instance, house)
        try:
            yield door
        except HouseDown:
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(house.wait, LAST_WORDS_SECONDS)
                _last_words(instance, house)
            raise
        finally:
            await door.close()


@contextlib.contextmanager
def launched(instance: Path, language: str, *options: str):  # type: ignore[no-untyped-def]
    """``demeure up`` as a child process; its log goes to run/house.log. Terminated, then killed after 10 s; told to
    stop by the kernel when this command dies without a word (its terminal is closed, it is killed)."""
    from demeure.confinement import kernel

    log = instance / "run" / LOG
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-m", "demeure.cli.main", "--instance", str(instance), "--language", language]
    command += ["up", *options]
    with log.open("wb") as sink:
        house = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
            preexec_fn=lambda: kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM),  # noqa: PLW1509 - one call
        )
    try:
        yield house
    finally:
        stop(house)


def stop(house: "subprocess.Popen[bytes]") -> None:
    """Ask the launcher to stop; kill it if it has not within 10 seconds (its children die with it)."""
    if house.poll() is None:
        house.send_signal(signal.SIGTERM)
        try:
            house.wait(10)
        except subprocess.TimeoutExpired:
            house.kill()
            house.wait()


async def wait_open(instance: Path, house: "subprocess.Popen[bytes]") -> Door:
    """The Door as soon as it answers. Raises HouseNeverStarted when 60 s have passed; when the process ends first,
    its own last words and exit code are the command's."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + START_SECONDS
    while house.poll() is None and loop.time() < deadline:
        with contextlib.suppress(HouseDown):
            return await Door(instance).open()
        await asyncio.sleep(0.05)
    _last_words(instance, house)
    raise HouseNeverStarted(seconds=int(START_SECONDS), log=str(instance / "run" / LOG))


def _last_words(instance: Path, house: "subprocess.Popen[bytes]") -> None:
    """What it said, on standard error; when it ended on a failure the command does too."""
    with contextlib.suppress(OSError):
        sys.stderr.write((instance / "run" / LOG).read_text(encoding="utf-8", errors="replace")[-2000:])
    if house.returncode:
        sys.exit(house.returncode)


async def engines_ready(door: Door, language: str) -> None:
    """The models load after the door opens: wait for them, aloud, ten minutes at most. One that cannot run is not
    waited for: what is asked next is answered with its reason. A house without walls says so first."""
    for second in range(ENGINE_SECONDS * 2):
        status = (await door.call("status")).data
        states = [p["state"] for p in status["processes"] if p["role"] in ENGINES]
        if second == 0 and status["accepted_unconfined"]:
            click.echo(said(language, *UNCONFINED), err=True)
        if all(state in ("running", "down") for state in states):
            return
        if second == 0:
            click.echo(said(language, "Chargement du modèle…", "Loading the model…"), err=True)
        await asyncio.sleep(0.5)


async def require_spaces(door: Door, wanted: Sequence[str]) -> None:
    """Raises SpaceUnknownHere, with the names that exist, unless each of ``wanted`` is a space's name or id."""
    if not wanted:
        return
    spaces = (await door.call("spaces.list")).data["spaces"]
    known = {s["name"].casefold() for s in spaces} | {s["id"] for s in spaces}
    for word in wanted:
        if word.casefold() not in known:
            raise SpaceUnknownHere(name=word, known=", ".join(s["name"] for s in spaces) or "–")


async def require_documents(door: Door, wanted: Sequence[str]) -> None:
    """Raises NothingToAsk when the spaces ``wanted`` (none: all) hold no document: « not found » would be untrue.
    Says too when no model could have answered."""
    named = {word.casefold() for word in wanted}
    spaces = (await door.call("spaces.list")).data["spaces"]
    asked = [s for s in spaces if not named or not named.isdisjoint({s["name"].casefold(), s["id"]})]
    if any(s["documents"] for s in asked):
        return
    names = ", ".join(s["name"] for s in asked) if wanted else ""
    status = (await door.call("status")).data
    chat = any(p["role"] == ENGINES[0] for p in status["processes"])
    pull = "demeure models pull starter-chat embeddings"
    raise NothingToAsk(
        where=f" ({names})" if names else "",
        model="" if chat else f" Aucun modèle ne répond non plus : {pull}.",
        model_en="" if chat else f" No model answers either: {pull}.",
    )
