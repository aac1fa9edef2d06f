"""The simulated day of « demeure size »: how long it takes, and how far its waits are from those of a real engine.

    python benchmarks/sizing.py [--people 500] [--crowds 1,4,8,16] [--seconds 60] [--model test-chat]
        [--clock wall|processor] [--json]

``day``: seconds to draw and simulate a day of ``--people`` people (profile service-public).
``queue``: one engine, unconfined; it is measured first (engine/paces.py) and the simulation calibrated with that,
in the same run. Then, for each crowd, the same requests (Poisson, lengths spread) are sent to the engine for
``--seconds`` and given to the simulation: percentiles of the time to the first word and to the last, side by side.
``error``: simulated ÷ real − 1. ``alone``: seconds of one same request with nobody beside it, before and after each
crowd, and simulated: where these differ, the machine is no longer the one that was measured. ``others``: share of
the processors that other programs took meanwhile: above a few hundredths the real run is not the machine's.
``--every``: seconds between two requests of one person. ``--clock
processor``: on a loaded machine, time is the engine's own processor time (see ``Worked``), for the measures and
the run alike.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from demeure.engine.client import ChatClient, events
from demeure.engine.hardware import Others, matrix_rate, memory_read, processor_seconds
from demeure.engine.models import sha256_of, this_machine
from demeure.engine.models.gguf_header import read_facts
from demeure.engine.paces import chat_paces, fresh
from demeure.engine.trial import Trial, trial
from demeure.sizing import (
    Machine,
    Request,
    Shape,
    arrivals,
    calibrated,
    compared,
    open_model,
    profile,
    shape,
    shape_of_file,
    simulate,
)
from demeure.sizing import machine as published
from demeure.sizing import this_machine as sized
from measure import fetched, finish, parser, say

SLOTS = 4


def day(people: int) -> dict[str, Any]:
    """Seconds of a simulated day, the best of three."""
    usage = replace(profile("service-public"), people=people)
    model, machine = shape(open_model("ministral-3-8b-instruct-2512")), published("rtx-4090")
    seconds, served = [], 0
    for seed in (1, 2, 3):
        begin = time.perf_counter()
        served = len(simulate(arrivals(usage, seed), model, machine, 8))
        seconds.append(time.perf_counter() - begin)
    return {"people": people, "requests": served, "seconds": round(max(seconds), 3)}


def requests(crowd: int, options: argparse.Namespace, seed: int) -> list[Request]:
    """What ``crowd`` people ask in ``--seconds``."""
    random = np.random.default_rng(seed)
    lasts = max(options.seconds, options.least * options.every / crowd)
    count = max(3, int(random.poisson(crowd * lasts / options.every)))
    times = np.sort(random.random(count) * lasts)
    spread = random.lognormal(-0.03, 0.25, (count, 2))
    return [
        Request(float(at), max(16, int(options.prompt * one)), 0, max(8, int(options.answer * two)))
        for at, (one, two) in zip(times, spread, strict=True)
    ]


class Wall:
    """Seconds as everybody counts them."""

    def __init__(self) -> None:
        self._begin = time.perf_counter()
        self.inside = 0

    def now(self) -> float:
        return time.perf_counter() - self._begin

    async def until(self, at: float) -> None:
        await asyncio.sleep(max(0.0, at - self.now()))


class Worked(Wall):
    """Seconds of the engine's own work (its processor time, divided by its cores), and, while it has nothing to
    do, as many as there are to the next request: what the wall would show if nobody else were on the machine."""

    def __init__(self, pid: int, cores: int) -> None:
        super().__init__()
        self._pid, self._cores, self._idle = pid, cores, 0.0
        self._before = processor_seconds(pid)

    def now(self) -> float:
        return (processor_seconds(self._pid) - self._before) / self._cores + self._idle

    async def until(self, at: float) -> None:
        while (left := at - self.now()) > 0:
            if not self.inside:
                self._idle += left
                return
            await asyncio.sleep(0.002)


async def replayed(engine: Trial, asked: Sequence[Request], clock: Wall) -> list[tuple[float, float]]:
    """(seconds to the first word, to the last) of each, the engine asked at its hour."""
    client = ChatClient(engine.connect, connections=64)
    words = await client.http.ask("/tokenize", {"content": "Le conseil délibère sur la voirie. " * 200})
    tokens = [int(one) for one in words["tokens"]]

    async def one(number: int, request: Request) -> tuple[float, float]:
        body = {
            "prompt": fresh(tokens, number, request.prompt),
            "n_predict": request.answer,
            "ignore_eos": True,
            "cache_prompt": False,
            "temperature": 0.0,
            "stream": True,
        }
        first = 0.0
        try:
            async with client.http.request("POST", "/completion", body) as answer:
                async for _ in events(answer):
                    first = first or clock.now() - request.at
        finally:
            clock.inside -= 1
        return first, clock.now() - request.at

    running = []
    try:
        for number, request in enumerate(asked):
            await clock.until(request.at)
            clock.inside += 1
            running.append(asyncio.create_task(one(number, request)))
        return list(await asyncio.gather(*running))
    finally:
        await client.aclose()


def side_by_side(real: Sequence[float], guessed: Sequence[float]) -> dict[str, Any]:
    """Percentiles of both, in seconds, and how far the simulation is."""
    told: dict[str, Any] = {}
    for share in (50, 95):
        found, said = float(np.percentile(real, share)), float(np.percentile(guessed, share))
        told[f"p{share}"] = {
            "real": round(found, 3),
            "simulated": round(said, 3),
            "error": round(said / found - 1, 3),
        }
    return told


def queue(options: argparse.Namespace) -> dict[str, Any]:
    name, path = fetched("chat", options.model, "test-chat", "small-chat")
    facts = read_facts(path)
    model = shape_of_file(name, facts.as_json(), path.stat().st_size)
    spec = {"id": name, "path": str(path.resolve()), "sha256": sha256_of(path), "kind": "chat"}
    crowds = [int(one) for one in options.crowds.split(",")]
    with trial({**spec, "context": 8192, "slots": 8}) as engine:
        machine, paces = calibrate(engine, model, options)
    result: dict[str, Any] = {"model": name, "slots": SLOTS, "clock": options.clock, "crowds": {}}
    result["paces"] = paces
    result["calibration"] = {k: getattr(machine, k) for k in ("decode", "prefill", "per_layer", "batch_cost")}
    with trial({**spec, "context": 8192, "slots": SLOTS}) as engine:
        for crowd in crowds:
            asked = requests(crowd, options, crowd)
            before = alone(engine, options)
            others = Others((engine.pid,))
            real = asyncio.run(replayed(engine, asked, clock_of(engine, options)))
            taken = others.share()
            after = alone(engine, options)
            served = simulate(asked, model, machine, SLOTS)
            (one,) = simulate([Request(0.0, options.prompt, 0, options.answer)], model, machine, SLOTS)
            result["crowds"][str(crowd)] = {
                "alone": {"before": before, "after": after, "simulated": round(one.done, 3)},
                "requests": len(asked),
                "first": side_by_side([one[0] for one in real], [one.wait for one in served]),
                "whole": side_by_side([one[1] for one in real], [one.done - one.request.at for one in served]),
                "others": taken,
            }
            say(options, f"{crowd}: {result['crowds'][str(crowd)]}")
    return result


def clock_of(engine: Trial, options: argparse.Namespace) -> Wall:
    return Wall() if options.clock == "wall" else Worked(engine.pid, this_machine().cores)


def alone(engine: Trial, options: argparse.Namespace) -> float:
    """Seconds of one request of the usual lengths, to its last word."""
    asked = [Request(0.0, options.prompt, 0, options.answer)]
    return round(asyncio.run(replayed(engine, asked, clock_of(engine, options)))[0][1], 3)


def calibrate(engine: Trial, model: Shape, options: argparse.Namespace) -> tuple[Machine, list[dict[str, Any]]]:
    found = this_machine()
    here = replace(sized(found.memory, found.cores), bandwidth=memory_read(found.cores), rate=matrix_rate())
    cores, pid = found.cores, engine.pid
    paces = asyncio.run(chat_paces(engine.connect, options.budget, spent=lambda: processor_seconds(pid) / cores))
    field = "rate" if options.clock == "wall" else "worked"
    rows = [{**one.as_json(), "rate": getattr(one, field)} for one in paces if getattr(one, field)]
    say(options, f"{[(one['what'], one['tokens'], one['streams'], round(one['rate'], 1)) for one in rows]}")
    machine = calibrated(here, [(model, rows)])
    return machine, [one.as_json() for one in compared(machine, [(model, rows)])]


def main() -> None:
    options = parser(str(__doc__))
    options.add_argument("--people", type=int, default=500)
    options.add_argument("--crowds", default="1,4,8,16")
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--every", type=float, default=20.0)
    options.add_argument(
        "--least", type=int, default=16, help="requests of a crowd: few people are followed longer"
    )
    options.add_argument("--prompt", type=int, default=300)
    options.add_argument("--answer", type=int, default=60)
    options.add_argument("--model")
    options.add_argument("--clock", choices=["wall", "processor"], default="wall")
    options.add_argument("--budget", type=float, default=90.0, help="seconds to measure the engine first")
    options.add_argument("--no-queue", action="store_true", help="the simulated day alone, no model")
    given = options.parse_args()
    result: dict[str, Any] = {"day": day(given.people)}
    if not given.no_queue:
        result["queue"] = queue(given)
    finish("sizing", result)


if __name__ == "__main__":
    main()
