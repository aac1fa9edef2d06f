"""People who bring, remove and ask while a house is killed under them; what each was told is kept."""

import asyncio
import contextlib
import json
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from papers import Paper, paper
from real_house import RealHouse, until

from demeure.cli.door import Door, HouseDown
from demeure.errors import DemeureError

EACH = {"gateway": 4, "worker": 4, "workshop": 4, "scribe": 4, "engine-chat": 2, "engine-embed": 2, "job": 5}
"""Deaths in one life of the house: the fifth of one role within a minute would be its last. An engine that has just
started needs seconds for its first word."""
FINALE = {"workshop": 4, "scribe": 4, "engine-chat": 1, "engine-embed": 2}
"""The last to be killed: gateway and worker live on, and nothing but they themselves can mend what that broke."""
PAUSES = ((0.0, 0.0), (0.0, 0.5), (0.0, 0.5), (0.0, 0.5), (0.5, 3.0))
"""Seconds between two kills, one of these drawn: one kill in five is dealt together with the one before, one in
five leaves time for an answer."""
ASKERS = 2


@dataclass
class Told:
    """One question: what its reader was told. ``gone``: documents known to be deleted when it was asked."""

    question: str
    gone: frozenset[str]
    chain: str = ""
    conversation: str = ""
    message: str = ""
    shown: str = ""
    outcome: str = ""
    sources: tuple[str, ...] = ()
    left: bool = False


@dataclass
class Fate:
    """One paper: the ids it was accepted under, those whose deletion was confirmed, and whether it must be there
    (None: whoever brought or removed it never learned)."""

    paper: Paper
    accepted: list[str] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    there: bool | None = False


class Storm:
    """``kills`` in all, drawn from ``seed``; ``papers`` documents, brought at the pace of the kills."""

    def __init__(self, house: RealHouse, space: str, *, seed: int, kills: int, papers: int) -> None:
        self.house, self.space, self.kills = house, space, kills
        self.killed: dict[str, int] = {}
        self.fates = [Fate(paper(number, seed)) for number in range(papers)]
        self.told: list[Told] = []
        self.wrong: list[str] = []
        """What nobody should ever be told, whatever is killed."""
        self._chance = random.Random(seed)
        self._over = threading.Event()
        self._gone: set[str] = set()
        self._brought: list[Fate] = []

    def run(self) -> None:
        """Until every kill was dealt and every person is done."""
        people = [
            threading.Thread(target=self._guarded, args=(work, self._chance.getrandbits(32)))
            for work in (self._bring, self._remove, *[self._ask] * ASKERS)
        ]
        for person in people:
            person.start()
        try:
            self._rage()
        finally:
            self._over.set()
            for person in people:
                person.join()

    def _guarded(self, work: Any, seed: int) -> None:
        try:
            work(random.Random(seed))
        except Exception as problem:  # noqa: BLE001 - told by the reckoning, in the thread that can fail the test
            self.wrong.append(f"{work.__name__}: {problem!r}")

    # -- kills ----------------------------------------------------------------------------------------------------

    @property
    def dealt(self) -> int:
        return sum(self.killed.values())

    def _rage(self) -> None:
        most = self.kills - sum(FINALE.values())
        while self.dealt < most:
            self._strike(EACH, most)
            whole = self._chance.choice(("launcher", "supervisor"))
            assert self.house.kill(whole)
            self.killed[whole] = self.killed.get(whole, 0) + 1
            self.house.fell()
            self.house.start()
        self._strike(FINALE, self.kills)

    def _strike(self, times: Mapping[str, int], most: int) -> None:
        """Each target so many times, in any order, at random instants, until ``most`` kills are dealt in all."""
        targets = [target for target, count in times.items() for _ in range(count)]
        self._chance.shuffle(targets)
        for target in targets:
            if self.dealt >= most:
                return
            time.sleep(self._chance.uniform(*self._chance.choice(PAUSES)))
            self.house.look()
            if self.house.kill(target, 0.5 if target == "job" else 15.0):
                self.killed[target] = self.killed.get(target, 0) + 1
            elif target != "job":
                self.wrong.append(f"{target} never came back: {self.house.state().get(target)}")
                return

    # -- people ---------------------------------------------------------------------------------------------------

    def _bring(self, chance: random.Random) -> None:
        with self.house.client() as client:
            for number, fate in enumerate(self.fates):
                while self.dealt < self.kills * number / len(self.fates) and not self._over.is_set():
                    time.sleep(0.01)
                self._add(client, fate, gives_up=chance.random() < 0.1, at_the_door=chance.random() < 0.25)
                if fate.there:
                    self._brought.append(fate)

    def _add(self, client: httpx.Client, fate: Fate, *, gives_up: bool, at_the_door: bool = False) -> None:
        bring = self._through_the_door if at_the_door else self._through_a_page
        while fate.there is not True:
            try:
                document = bring(client, fate.paper)
            except (httpx.HTTPError, HouseDown):
                fate.there = None
                if gives_up:
                    return
            else:
                if document:
                    fate.there = True
                    fate.accepted.append(document)
            time.sleep(0.1)

    def _through_a_page(self, client: httpx.Client, brought: Paper) -> str | None:
        """The id; None when it was refused. Raises when nobody said."""
        where = {"space": self.space, "name": brought.name}
        answer = client.post("/api/documents", params=where, content=brought.data)
        if answer.status_code in (200, 201):
            return str(answer.json()["documents"][0]["id"])
        self._refusal("bring", answer, (409, 503))
        return None

    def _through_the_door(self, _client: httpx.Client, brought: Paper) -> str | None:
        """As ``demeure documents add`` does it."""

        async def send() -> str:
            async with Door(self.house.instance) as door:
                where = {"space": "Mairie", "name": brought.name}
                return str((await door.call("documents.add", where, brought.data)).data["document"]["id"])

        try:
            return asyncio.run(send())
        except HouseDown:
            raise
        except DemeureError as problem:
            if problem.http_status not in (409, 503):
                self.wrong.append(f"bring: {problem!r}")
            return None

    def _remove(self, chance: random.Random) -> None:
        """One paper in five; half of those come back as new documents."""
        with self.house.client() as client:
            left = len(self.fates) // 5
            while left and not (self._over.is_set() and not self._brought):
                time.sleep(chance.uniform(0.0, 0.3))
                if len(self._brought) < 3 and not self._over.is_set():
                    continue
                fate = self._brought.pop(chance.randrange(len(self._brought)))
                left -= 1
                self._delete(client, fate, gives_up=chance.random() < 0.1)
                if fate.there is False and chance.random() < 0.5:
                    self._add(client, fate, gives_up=False)

    def _delete(self, client: httpx.Client, fate: Fate, *, gives_up: bool) -> None:
        document = fate.accepted[-1]
        while True:
            try:
                answer = client.delete(f"/api/documents/{document}")
            except httpx.HTTPError:
                fate.there = None
                if gives_up:
                    return
                time.sleep(0.1)
                continue
            if answer.status_code in (204, 404):
                fate.there = False
                fate.deleted.add(document)
                self._gone.add(document)
                return
            fate.there = None
            self._refusal("remove", answer, (503,))
            time.sleep(0.1)

    def _ask(self, chance: random.Random) -> None:
        conversation: str | None = None
        with self.house.client() as client:
            while not self._over.is_set():
                time.sleep(chance.uniform(0.0, 0.6))
                about = chance.choice(self._brought or self.fates).paper
                told = Told(about.question, frozenset(self._gone))
                again = conversation if chance.random() < 0.3 else None
                leaves = chance.random() < 0.2
                with contextlib.suppress(httpx.HTTPError):
                    refused = listen(client, told, [self.space], again, leaves=leaves)
                    if refused is not None:
                        busy = (409,) if again else ()  # the answer that was left there goes on
                        self._refusal("ask", refused, (503, *busy))
                if told.chain:
                    self.told.append(told)
                    conversation = told.conversation

    def _refusal(self, who: str, answer: httpx.Response, expected: tuple[int, ...]) -> None:
        if answer.status_code not in expected:
            self.wrong.append(f"{who}: {answer.status_code} {answer.text[:300]}")


def listen(
    client: httpx.Client, told: Told, spaces: list[str], conversation: str | None = None, *, leaves: bool = False
) -> httpx.Response | None:
    """Ask, and hear the answer to its end (its first words when the reader ``leaves``). Gives back a refusal."""
    body = {"question": told.question, "spaces": spaces, "conversation": conversation}
    with client.stream("POST", "/api/ask", json=body) as answer:
        if answer.status_code != 200:
            answer.read()
            return answer
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                hear(told, name, json.loads(line[6:]))
                if leaves and name == "text":
                    told.left = True
                    break
    return None


def hear(told: Told, name: str, data: dict[str, Any]) -> None:
    """One event of an answer."""
    if name == "started":
        told.chain, told.conversation, told.message = data["chain"], data["conversation"], data["message"]
    elif name == "sources":
        told.sources = tuple(item["document_id"] for item in data["items"])
    elif name == "text":
        told.shown += data["delta"]
    elif name == "closed":
        told.outcome = data["outcome"]


def settle(storm: Storm, seconds: float) -> None:
    """Wait until every document is ready or failed and both engines answer."""
    house = storm.house
    until(house.engines_ready, f"every role running, not {house.state()}")
    with house.client() as client:

        def unsettled() -> list[Any]:
            answer = client.get("/api/documents", params={"space": storm.space})
            if answer.status_code != 200:
                return [answer.text]
            return [d for d in answer.json()["documents"] if d["state"] not in ("ready", "failed")]

        until(lambda: not unsettled(), "the end of the ingestion", seconds)
