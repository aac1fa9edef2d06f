"""The installed models as the administration page sees and uses them: looked at in threads, verified in the
background, chosen after the journal knows. Fetching a model needs the network: that is a command, never a page."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from uuid import uuid4

from demeure.assistant.tasks.errors import ModelFalls, ModelUnmeasured
from demeure.assistant.tasks.measured import promotion
from demeure.clock import Clock
from demeure.engine.models import ModelStore
from demeure.errors import DemeureError, InputError
from demeure.gateway.house import Inventory, ModelLine
from demeure.gateway.visit import text_field
from demeure.journal import Draft, Journal
from demeure.policy import Action, Actor, Decision, Resource, decide
from demeure.settings import Settings
from demeure.sizing import RECORD, read_bench
from demeure.sizing.errors import BenchUnreadable

if TYPE_CHECKING:
    from demeure.engine.models.store import ModelRow

ANYWAY = "model-chosen-anyway"
Outcome = Literal["", "same", "altered", "failed"]


@dataclass
class Looking:
    """One reading of a whole file. ``share``: hundredths done; ``outcome``: empty while it lasts; ``at``: its
    end."""

    share: int = 0
    outcome: Outcome = ""
    at: datetime | None = None


@dataclass
class InstalledModels:
    """``ModelShelf`` over the models folder."""

    instance: Path
    settings: Settings
    journal: Journal
    clock: Clock
    reload: Callable[[], Awaitable[None]]
    _looking: dict[str, Looking] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def inventory(self) -> Inventory:
        return await asyncio.to_thread(self._inventory)

    def _inventory(self) -> Inventory:
        store = self._store()
        used = {place["id"]: slot for slot, place in store.active().items()}
        lines = [self._line(row, used.get(row.id, "")) for row in store.list()]
        return Inventory(tuple(lines), store.machine.memory, store.machine.cores, self._bench())

    def _bench(self) -> Mapping[str, Any] | None:
        try:
            return read_bench((self.instance / RECORD).read_text(encoding="utf-8"), RECORD)
        except (OSError, UnicodeDecodeError, BenchUnreadable):
            return None

    def _line(self, row: "ModelRow", slot: str) -> ModelLine:
        looked = self._looking.get(row.id)
        return ModelLine(
            id=row.id,
            kind=row.kind,
            title_fr=row.title_fr,
            title_en=row.title_en,
            licence=row.licence,
            size=row.bytes,
            needed=row.fit.needed,
            available=row.fit.available,
            installed=row.present,
            used_for=slot,
            sha256=row.installed.sha256 if row.installed else "",
            looked="" if looked is None else looked.outcome or "running",
            share=looked.share if looked else 0,
            looked_at=looked.at if looked else None,
        )

    async def use(self, actor: Actor, slot: str, model: str, *, anyway: bool = False) -> None:
        decision = decide(actor, Action.MODEL_CHANGE, Resource("house"))
        draft = self._draft("model-chosen", actor, f"{slot} {model}", decision.rule)
        written = await self.journal.intention(draft)
        try:
            decision.require()
            if against := await asyncio.to_thread(self._against, slot, model):
                if not anyway:
                    raise against
                told = {"chosen": f"{slot} {model}", "against": against.sentence("fr")}
                await decided_anyway(self.journal, actor, told, decision)
            await asyncio.to_thread(self._use, slot, model)
            await self.reload()
        except DemeureError as problem:
            await self.journal.close(written, "failed", decision=problem.code())
            raise
        await self.journal.close(written, "done")

    def _against(self, slot: str, model: str) -> DemeureError | None:
        """What the organisation's own cases say against that model; None when nothing."""
        store = self._store()
        former = store.active().get("chat")
        if slot != "chat" or former is None:
            return None
        try:
            promotion(self.instance, (former["id"], former["sha256"]), (model, store.get(model).sha256))
        except (ModelFalls, ModelUnmeasured) as problem:
            return problem
        return None

    def _use(self, slot: str, model: str) -> None:
        if slot not in ("chat", "embed"):
            raise InputError(detail="slot")
        context = self.settings.engine_context if slot == "chat" else None
        places = self.settings.engine_slots if slot == "chat" else None
        self._store().use(cast("Literal['chat', 'embed']", slot), model, context=context, slots=places)

    async def verify(self, actor: Actor, model: str) -> None:
        decision = decide(actor, Action.MODEL_CHANGE, Resource("house"))
        decision.require()
        await asyncio.to_thread(self._store().get, model)
        looking = self._looking.get(model)
        if looking is not None and not looking.outcome:
            return
        self._looking[model] = looking = Looking()
        written = await self.journal.intention(self._draft("model-verified", actor, model, decision.rule))

        async def look() -> None:
            try:
                (found,) = await asyncio.to_thread(self._store().verify, model, _told_to(looking))
                looking.at = self.clock.now()
                looking.outcome = "same" if found.ok else "altered" if found.found else "failed"
            except (DemeureError, OSError):
                looking.outcome = "failed"
            await self.journal.close(written, "done" if looking.outcome == "same" else "failed", object=model)

        task = asyncio.create_task(look())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def read_apart(self, actor: Actor, found: Mapping[str, str]) -> None:
        """What the files should be is read here: the command says only what it found."""
        decision = decide(actor, Action.MODEL_CHANGE, Resource("house"))
        decision.require()
        for line in (await self.inventory()).lines:
            if not line.installed or line.id not in found:
                continue
            digest = found[line.id]
            outcome: Outcome = "failed" if not digest else "same" if digest == line.sha256 else "altered"
            written = await self.journal.intention(self._draft("model-verified", actor, line.id, decision.rule))
            self._looking[line.id] = Looking(100, outcome, self.clock.now())
            await self.journal.close(written, "done" if outcome == "same" else "failed", object=line.id)

    def _store(self) -> ModelStore:
        return ModelStore(self.instance / "models")

    @staticmethod
    def _draft(name: str, actor: Actor, what: str, rule: str) -> Draft:
        return Draft(
            kind="administration", name=name, chain=uuid4().hex, actor=actor.id, object=what, decision=rule
        )


async def decided_anyway(journal: Journal, actor: Actor, told: dict[str, Any], decision: Decision) -> None:
    """In the journal before the model changes: who took which, what the organisation's cases said."""
    draft = Draft("administration", ANYWAY, chain=uuid4().hex, actor=actor.id, decision=decision.rule)
    reason = text_field(told, "against", 2000)
    await journal.record(replace(draft, object=text_field(told, "chosen", 200), payload=reason.encode()))


def _told_to(looking: Looking) -> Callable[[str], Callable[[int, int], None]]:
    def phase(_name: str) -> Callable[[int, int], None]:
        def progress(done: int, total: int) -> None:
            looking.share = 100 * done // total if total else 0

        return progress

    return phase
