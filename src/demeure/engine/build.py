"""``demeure engine build``: llama.cpp compiled for this very processor, then measured against the wheel's.

The build is made beside the old one and takes its place whole; a failure changes nothing.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from demeure.engine.errors import BuildFailed, CompilerMissing
from demeure.engine.measure import speed_of
from demeure.engine.models import SLOTS, ModelStore
from demeure.engine.models.registry import telling_line
from demeure.engine.native import read_mark, write_mark
from demeure.engine.service import NATIVE
from demeure.engine.trial import trial

PACKAGE = "xllamacpp"
# No TLS, no grammar engine, no web page inside: the engine has no network and serves none.
OPTIONS = "-DLLAMA_BUILD_BORINGSSL=OFF -DLLAMA_LLGUIDANCE=OFF -DLLAMA_BUILD_UI=OFF"
TURNS = 3  # measures of each engine
COMPILERS = ("c++", "g++", "clang++")

Tell = Callable[[str], None]
Speeds = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Gain:
    """Speeds by slot (chat, embed) with the wheel's engine and with the one built here."""

    version: str
    before: Speeds
    after: Speeds

    def as_json(self) -> dict[str, Any]:
        return {"version": self.version, "before": self.before, "after": self.after, "ratios": self.ratios()}

    def ratios(self) -> dict[str, float]:
        """``chat.prefill`` → after ÷ before."""
        wanted = {"chat": ("prefill", "decode"), "embed": ("throughput",)}
        return {
            f"{slot}.{name}": round(self.after[slot][name] / self.before[slot][name], 2)
            for slot, names in wanted.items()
            for name in names
            if slot in self.before and slot in self.after
        }


@dataclass(frozen=True)
class NativeState:
    """What ``demeure engine status`` says."""

    installed: str
    built: str
    usable: bool


def state(instance: Path) -> NativeState:
    """The wheel's version, the version built here (empty: none), and whether it would be used."""
    installed, mark = version(PACKAGE), read_mark(instance / NATIVE)
    return NativeState(installed, mark.version if mark else "", bool(mark and mark.usable(installed)))


def build(instance: Path, tell: Tell = lambda _: None, *, environment: Mapping[str, str] | None = None) -> Gain:
    """Compile (minutes), put in place, measure. Raises CompilerMissing, BuildFailed.

    ``tell`` hears the steps: "build", "measure". The models measured are those in use in ``instance``; the engines
    take turns after the build: measured minutes apart on a busy machine, one ratio was 6.4 instead of 1.9.
    """
    settings = dict(os.environ if environment is None else environment)
    check_tools(settings.get("PATH", ""))
    wanted, target = version(PACKAGE), instance / NATIVE
    tell("build")
    fresh, log = target.with_name("native.new"), target.with_name("build.log")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    _compile(fresh, log, wanted, settings)
    old = target.with_name("native.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    tell("measure")
    return compare(instance)


def compare(instance: Path, turns: int = TURNS) -> Gain:
    """Both engines on the models in use, by turns; medians of each figure."""
    before: Speeds = {}
    after: Speeds = {}
    chosen = ModelStore(instance / "models").active()
    for slot, active in ((slot, chosen[slot]) for slot in SLOTS if slot in chosen):
        spec = {**active, "path": str(instance / "models" / active["file"])}
        seen: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
        for _ in range(turns):
            for native in (False, True):
                with trial(spec, instance=instance if native else None) as engine:
                    seen[native].append(asyncio.run(speed_of(slot, engine.connect)))
        before[slot], after[slot] = _medians(seen[False]), _medians(seen[True])
    return Gain(version(PACKAGE), before, after)


def check_tools(path: str) -> None:
    """Raises CompilerMissing naming what is not found on ``path``."""
    missing = [] if any(shutil.which(name, path=path) for name in COMPILERS) else ["c++"]
    missing += [] if shutil.which("cmake", path=path) else ["cmake"]
    if missing:
        raise CompilerMissing(tools=", ".join(missing))


def _compile(fresh: Path, log: Path, wanted: str, settings: Mapping[str, str]) -> None:
    """No cache: a wheel compiled for this processor must not be taken for a general one later."""
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-cache-dir", "--no-binary", PACKAGE]
    command += ["--disable-pip-version-check", "--no-input", "--target", str(fresh), f"{PACKAGE}=={wanted}"]
    options = " ".join(filter(None, (settings.get("CMAKE_ARGS", ""), OPTIONS)))
    with log.open("wb") as sink:
        run = subprocess.run(  # noqa: S603 - our own interpreter's pip, the version already installed
            command,
            env={**settings, "CMAKE_ARGS": options},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if run.returncode or not list(fresh.glob(f"{PACKAGE}/*.so")):
        shutil.rmtree(fresh, ignore_errors=True)
        with log.open("rb") as told:
            reason = telling_line(told, run.returncode)
        raise BuildFailed(step="pip", detail=f"{reason} ({log})")
    write_mark(fresh, wanted)


def _medians(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}
