"""Building the engine here: refusals are clear, a failure changes nothing, a success is marked and measured."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from demeure.engine import BuildFailed, CompilerMissing
from demeure.engine import build as building
from demeure.engine.build import Gain, build, check_tools, state
from demeure.engine.measure import speed_of


def tools(folder: Path, *names: str) -> str:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CompilerMissing) as refusal:
        check_tools(tools(tmp_path / "none"))
    assert "c++" in refusal.value.sentence("fr") and "cmake" in refusal.value.sentence("en")
    with pytest.raises(CompilerMissing, match="cmake"):
        check_tools(tools(tmp_path / "half", "g++"))
    check_tools(tools(tmp_path / "all", "clang++", "cmake"))


class Pip:
    """Takes the place of pip: writes a package where it is told to, or fails."""

    def __init__(self, code: int = 0) -> None:
        self.code, self.command, self.options = code, list[str](), ""

    def run(self, command: list[str], *, env: dict[str, str], stdout: Any, **_: Any) -> Any:
        self.command, self.options = command, env["CMAKE_ARGS"]
        stdout.write(b"compiling\n")
        package = Path(command[command.index("--target") + 1]) / "xllamacpp"
        package.mkdir(parents=True)
        if not self.code:
            (package / "xllamacpp.abi3.so").write_bytes(b"")
        return type("Run", (), {"returncode": self.code})


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"PATH": tools(tmp_path / "bin", "c++", "cmake"), "CMAKE_ARGS": "-DMINE=1"}


def test_a_build_takes_its_place_whole(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pip, steps = Pip(), list[str]()
    monkeypatch.setattr(building.subprocess, "run", pip.run)
    gain = build(tmp_path, steps.append, environment=environment)
    assert steps == ["build", "measure"]
    assert (gain.before, gain.after, gain.ratios()) == ({}, {}, {})
    assert state(tmp_path).usable and state(tmp_path).built == gain.version
    assert pip.command[0] == sys.executable and f"xllamacpp=={gain.version}" in pip.command
    assert "--no-cache-dir" in pip.command and "--no-deps" in pip.command
    assert pip.options.startswith("-DMINE=1 ") and "BORINGSSL=OFF" in pip.options
    assert sorted(path.name for path in (tmp_path / "engine").iterdir()) == ["build.log", "native"]


def test_a_failed_build_leaves_the_one_before(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building.subprocess, "run", Pip().run)
    build(tmp_path, environment=environment)
    monkeypatch.setattr(building.subprocess, "run", Pip(code=1).run)
    with pytest.raises(BuildFailed) as refusal:
        build(tmp_path, environment=environment)
    assert "compiling" in refusal.value.sentence("fr") and "build.log" in refusal.value.sentence("fr")
    assert state(tmp_path).usable
    assert sorted(path.name for path in (tmp_path / "engine").iterdir()) == ["build.log", "native"]


def test_the_gain_is_a_ratio_of_two_measures() -> None:
    gain = Gain(
        "1.0",
        {"chat": {"prefill": 100.0, "decode": 40.0}, "embed": {"throughput": 2500.0}},
        {"chat": {"prefill": 187.0, "decode": 42.0}, "embed": {"throughput": 6200.0}},
    )
    assert gain.ratios() == {"chat.prefill": 1.87, "chat.decode": 1.05, "embed.throughput": 2.48}
    assert gain.as_json()["ratios"] == gain.ratios()


def test_without_a_build_the_wheel_serves(tmp_path: Path) -> None:
    found = state(tmp_path)
    assert found.built == "" and not found.usable and found.installed


@pytest.mark.model
@pytest.mark.thorough
def test_two_engines_are_measured_by_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a build both turns load the wheel: the same engine, so a ratio near one."""
    from engine_models import model_file

    from demeure.engine.models import ModelStore

    monkeypatch.setattr(building, "speed_of", partial(speed_of, passages=2))
    store = ModelStore(tmp_path / "models")
    row = store.import_(model_file("embed"))
    store.use("embed", row.id)
    gain = building.compare(tmp_path, turns=1)
    assert gain.before["embed"]["throughput"] > 0
    assert set(gain.ratios()) == {"embed.throughput"}
