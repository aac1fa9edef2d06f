"""What an administrator looks at, made of fakes: processes, installed models, figures of the house."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from demeure.errors import DemeureError
from demeure.gateway.gauge import Figures
from demeure.gateway.house import Inventory, ModelLine
from demeure.policy import Actor

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@dataclass
class FakeModels:
    """``lines`` of the page; ``chosen``: (slot, model) in order; ``failure``: raised by what changes anything;
    ``bench``: measures of the machine."""

    lines: list[ModelLine] = field(
        default_factory=lambda: [
            ModelLine(
                *("small-chat", "chat", "Petit modèle", "Small model", "Apache-2.0", 1_900_000_000, 2_600_000_000),
                *(14_000_000_000, True, "chat", "ab" * 32),
            ),
            ModelLine(
                *("large-chat", "chat", "Grand modèle", "Large model", "Apache-2.0", 9_000_000_000, 11_000_000_000),
                *(14_000_000_000, True, "", "cd" * 32),
            ),
            ModelLine(
                *("huge-chat", "chat", "Très grand modèle", "Huge model", "MIT", 40_000_000_000, 44_000_000_000),
                *(14_000_000_000, False),
            ),
        ]
    )
    chosen: list[tuple[str, str]] = field(default_factory=list)
    failure: DemeureError | None = None
    unreadable: DemeureError | None = None
    bench: dict[str, Any] | None = None

    async def inventory(self) -> Inventory:
        if self.unreadable:
            raise self.unreadable
        return Inventory(tuple(self.lines), 16_000_000_000, 8, self.bench)

    async def use(self, actor: Actor, slot: str, model: str, *, anyway: bool = False) -> None:
        if self.failure and not anyway:
            raise self.failure
        self.chosen.append((slot, model))

    async def verify(self, actor: Actor, model: str) -> None:
        if self.failure:
            raise self.failure
        self.lines = [replace(x, looked="running", share=40) if x.id == model else x for x in self.lines]

    async def read_apart(self, actor: Actor, found: Mapping[str, str]) -> None:
        same = {one.id: found.get(one.id) == one.sha256 for one in self.lines}
        self.lines = [replace(x, looked="same" if same[x.id] else "altered") for x in self.lines if x.id in found]


@dataclass
class FakeGauge:
    """``figures`` as they are."""

    figures: Figures = field(
        default_factory=lambda: Figures(
            500_000_000_000, 320_000_000_000, 84_000_000, 2_100_000_000, 1284, "9f" * 32, NOON
        )
    )

    async def read(self) -> Figures:
        return self.figures


def process(role: str, pid: int, memory: int, **rest: Any) -> dict[str, Any]:
    """One line of ``demeure status``."""
    facts = {"NoNewPrivs": 1, "Seccomp": 2, "CapEff": "0000000000000000", "interfaces": ["lo"], "descriptors": 9}
    return {
        "role": role,
        "pid": pid,
        "state": "running",
        "resident_kb": memory // 1024,
        "restarts": 0,
        "uptime_s": 4000.0,
        "facts": facts,
        "differences": [],
    } | rest


@dataclass
class FakePorter:
    """``state``: what status says; ``failure``: raised instead."""

    state: dict[str, Any] = field(
        default_factory=lambda: {
            "ladder": "A",
            "processes": [
                process("supervisor", 4100, 30_000_000),
                process("gateway", 4101, 90_000_000),
                process("worker", 4102, 110_000_000),
                process("workshop", 4103, 60_000_000),
                process("scribe", 4104, 41_000_000),
                process("engine-chat", 4105, 1_900_000_000, restarts=1, uptime_s=250.0),
                process("engine-embed", 4106, 210_000_000),
            ],
        }
    )
    failure: DemeureError | None = None
    reloads: int = 0
    proofs: int = 0
    """How many were asked for."""
    errands: list[str] = field(default_factory=list)

    async def prove(self) -> None:
        if self.failure:
            raise self.failure
        self.proofs += 1

    async def run_errand(self, errand: str) -> None:
        if self.failure:
            raise self.failure
        self.errands.append(errand)

    async def status(self) -> dict[str, Any]:
        if self.failure:
            raise self.failure
        return self.state

    async def reload_engines(self) -> None:
        self.reloads += 1
