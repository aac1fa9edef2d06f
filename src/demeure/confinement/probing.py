"""What this machine can enforce, found by trying: a child boxes itself as the supervisor, its child as a role."""

import json
import os
from dataclasses import dataclass, replace
from typing import Any

from demeure.confinement.box import Enforced, box, ladder
from demeure.confinement.landlock import Lists
from demeure.confinement.profiles import LAYERS, SUPERVISOR, Profile


@dataclass(frozen=True)
class Ground:
    """``level``: A to D. ``nested``: roles get namespaces of their own inside the supervisor's. ``reasons``: why
    not A."""

    level: str
    nested: bool
    reasons: tuple[str, ...]


def probe(layers: frozenset[str] = LAYERS) -> Ground:
    """Fork, box, look, end: about 5 ms. The calling process must have one thread and is left as it was."""
    outer, inner = (Enforced(**_tupled(part)) for part in json.loads(_in_child(layers)))
    level = max(ladder(outer), ladder(inner))
    return Ground(level, nested=not inner.shared and inner.net, reasons=tuple(dict.fromkeys(outer.problems)))


def expected_ladder() -> str:
    """The level a house would reach on this machine, A to D."""
    return probe().level


def _tupled(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "problems": tuple(part["problems"])}


def _in_child(layers: frozenset[str]) -> bytes:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        code = 1
        try:
            _report(writing, layers)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with open(reading, "rb") as answers:  # noqa: PTH123 - a descriptor
        text = answers.read()
    os.waitpid(pid, 0)
    return text or json.dumps([Enforced(problems=("probe failed",)).as_json()] * 2).encode()


def _report(writing: int, layers: frozenset[str]) -> None:
    outer = box(replace(SUPERVISOR, layers=layers), Lists(overwrite=("/proc",)), {writing})
    pid = os.fork()
    if pid == 0:
        try:
            inner = box(Profile(role="probe", module="", layers=layers), Lists(), {writing}, outer=outer)
            os.write(writing, json.dumps([outer.as_json(), inner.as_json()]).encode())
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
