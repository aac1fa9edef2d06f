"""Interactive before background, over real channels: nobody waits for the worker, the worker waits for people."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from engine_models import run

from demeure.engine import Embedded, EngineChanged, LeaseGate, LeaseHolder, TextKind, YieldingEmbedder
from demeure.wire import Channel, ChannelClosed


class House:
    """A gateway's holder and a worker's gate, joined by a channel that can be cut."""

    def __init__(self, hold: float = 0.1) -> None:
        self.gate = LeaseGate(hold=hold)
        self.ends: list[Channel] = []
        self.down = False
        self.holder = LeaseHolder(self.channel)

    async def channel(self) -> Channel:
        if self.down:
            raise ChannelClosed(peer="worker")
        ours, theirs = socket.socketpair()
        worker = await Channel(theirs, {"lease": self.gate.handler}, peer="gateway").start()
        gateway = await Channel(ours, peer="worker").start()
        self.ends += [gateway, worker]
        return gateway

    async def close(self) -> None:
        for end in self.ends:
            await end.close()


async def until(condition: Any) -> None:
    while not condition():  # noqa: ASYNC110 - the gate offers no event, on purpose
        await asyncio.sleep(0.002)


async def waits(gate: LeaseGate, seconds: float = 0.05) -> bool:
    """True when the background is held back for at least ``seconds``."""
    turn = asyncio.ensure_future(gate.turn())
    done, _ = await asyncio.wait({turn}, timeout=seconds)
    turn.cancel()
    return not done


def test_the_background_works_when_nobody_asks() -> None:
    async def go() -> None:
        assert not await waits(LeaseGate())

    run(go)


def test_the_background_waits_while_someone_does_and_a_little_after() -> None:
    async def go() -> None:
        house = House(hold=0.15)
        async with house.holder.interactive():
            await until(lambda: house.gate.held)
            assert await waits(house.gate)
        await until(lambda: not house.gate.held)
        assert await waits(house.gate, 0.1)
        await asyncio.wait_for(house.gate.turn(), 2)
        await house.close()

    run(go)


def test_people_who_never_stop_asking_do_not_stop_the_background() -> None:
    async def go() -> None:
        house = House()
        house.gate = LeaseGate(patience=0.1)
        async with house.holder.interactive():
            await until(lambda: house.gate.held)
            assert await waits(house.gate, 0.05)
            await asyncio.wait_for(house.gate.turn(), 2)
            assert house.gate.held
        await house.close()

    run(go)


def test_several_questions_are_one_lease_released_by_the_last() -> None:
    async def go() -> None:
        house = House()
        async with house.holder.interactive():
            async with house.holder.interactive():
                await until(lambda: house.gate.held)
            await asyncio.sleep(0.03)
            assert house.gate.held
        await until(lambda: not house.gate.held)
        assert len(house.ends) == 2
        await house.close()

    run(go)


def test_two_gateways_hold_one_gate() -> None:
    async def go() -> None:
        house = House()
        other = LeaseHolder(house.channel)
        async with house.holder.interactive():
            async with other.interactive():
                await until(lambda: house.gate._held == 2)
            await until(lambda: house.gate._held == 1)
            assert house.gate.held
        await until(lambda: not house.gate.held)
        await house.close()

    run(go)


def test_a_gateway_that_dies_releases_its_lease() -> None:
    async def go() -> None:
        house = House()
        async with house.holder.interactive():
            await until(lambda: house.gate.held)
            house.down = True
            for end in house.ends:
                await end.close()
            await until(lambda: not house.gate.held)
            await asyncio.wait_for(house.gate.turn(), 2)

    run(go)


def test_a_worker_that_comes_back_is_told_again() -> None:
    async def go() -> None:
        house = House()
        async with house.holder.interactive():
            await until(lambda: house.gate.held)
            await house.ends[1].close()
            await until(lambda: not house.gate.held)
            await until(lambda: house.gate.held)  # within RETRY
        await until(lambda: not house.gate.held)
        await house.close()

    run(go)


@pytest.mark.parametrize("problem", [ChannelClosed(peer="worker"), ConnectionRefusedError()])
def test_an_absent_worker_costs_a_question_nothing(problem: Exception) -> None:
    async def go() -> None:
        async def nobody() -> Channel:
            raise problem

        async def never() -> Channel:
            await asyncio.Event().wait()
            raise AssertionError

        loop = asyncio.get_running_loop()
        for channel in (nobody, never):
            begin = loop.time()
            async with LeaseHolder(channel).interactive():
                pass
            assert loop.time() - begin < 0.05

    run(go)


class Slow:
    """An embedder whose work takes one unit of a hand-made clock per character."""

    def __init__(self) -> None:
        self.now, self.batches = 0.0, list[int]()

    def monotonic(self) -> float:
        return self.now

    async def embed(self, texts: Sequence[str], kind: TextKind) -> Any:
        self.batches.append(len(texts))
        self.now += sum(map(len, texts)) / 1000
        return np.arange(len(texts) * 384, dtype=np.float32).reshape(-1, 384) + len(self.batches)

    async def embedded(self, texts: Sequence[str], kind: TextKind) -> Embedded:
        return Embedded("slow", await self.embed(texts, kind))

    async def ready(self) -> bool:
        return True


class Changing(Slow):
    """Another model at each batch."""

    async def embedded(self, texts: Sequence[str], kind: TextKind) -> Embedded:
        vectors = await self.embed(texts, kind)
        return Embedded(str(len(self.batches)), vectors)


def test_background_batches_learn_to_be_short_and_ask_before_each() -> None:
    async def go() -> None:
        slow, gate = Slow(), LeaseGate(hold=0)
        patient = YieldingEmbedder(slow, gate, seconds=0.3, clock=slow)  # type: ignore[arg-type]
        found = await patient.embed(["x" * 100] * 10, "passage")
        assert found.shape == (10, 384)
        assert slow.batches == [1, 3, 3, 3]  # 100 characters take 0.1 s: three fit 0.3 s
        assert (await patient.embed([], "passage")).shape == (0, 384)
        slow.batches.clear()
        await patient.embed(["x" * 5000, "y"], "passage")
        assert slow.batches == [1, 1]  # one text at least, however long

    run(go)


def test_batches_of_two_models_are_not_put_together() -> None:
    async def go() -> None:
        changing = Changing()
        patient = YieldingEmbedder(changing, LeaseGate(hold=0), seconds=0.3, clock=changing)  # type: ignore[arg-type]
        assert (await patient.embedded(["x" * 100], "passage")).model == "1"
        with pytest.raises(EngineChanged):
            await patient.embedded(["x" * 100] * 9, "passage")

    run(go)


def test_background_work_stops_between_two_batches_when_someone_asks() -> None:
    async def go() -> None:
        house, slow = House(hold=0.02), Slow()
        patient = YieldingEmbedder(slow, house.gate, seconds=0.3, clock=slow)  # type: ignore[arg-type]
        async with house.holder.interactive():
            await until(lambda: house.gate.held)
            work = asyncio.ensure_future(patient.embed(["x" * 100] * 9, "passage"))
            await asyncio.sleep(0.05)
            assert slow.batches == []
        assert len(await asyncio.wait_for(work, 2)) == 9
        await house.close()

    run(go)
