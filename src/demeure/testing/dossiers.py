"""Documents kept ready, in memory, for the gateway's pages and commands."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

from collections.abc import Sequence
from dataclasses import replace

from demeure.assistant.dossier import Ready
from demeure.engine import EngineDown
from demeure.policy import Actor

SNAPSHOT = Ready("ready", True, True, 100, tokens=6000, size=172_000_000, seconds=41.2)


class FakeDossiers:
    """``states``: by document; another is not kept ready. ``pinned``: what was asked, in order; ``brought``: what
    questions were being written on."""

    def __init__(self) -> None:
        self.states: dict[str, Ready] = {}
        self.pinned: list[tuple[str, bool]] = []
        self.brought: list[list[str]] = []
        self.down = False

    async def ready(self, actor: Actor, document: str) -> Ready:
        return self.states.get(document, Ready("no", may_pin=True, tokens=6000))

    async def pin(self, actor: Actor, document: str, *, keep: bool) -> Ready:
        self.pinned.append((document, keep))
        found = await self.ready(actor, document)
        self.states[document] = replace(found, pinned=keep, state="waiting" if keep else "no")
        return self.states[document]

    async def bring(self, actor: Actor, documents: Sequence[str]) -> bool:
        if self.down:
            raise EngineDown(engine="fake")
        self.brought.append(list(documents))
        return all(one in self.states for one in documents)

    async def room(self) -> tuple[int, int]:
        kept = [one for one in self.states.values() if one.state == "ready"]
        return len(kept), sum(one.size for one in kept)
