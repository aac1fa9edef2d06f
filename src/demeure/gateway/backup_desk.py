"""The control door's words about backups: each is written before it begins, and again with how it ended."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from uuid import uuid4

from demeure.airlock import RouteTarget
from demeure.errors import InputError
from demeure.gateway.house import House
from demeure.gateway.route_desk import ways_out
from demeure.gateway.visit import text_field
from demeure.journal import Draft, OpenIntention
from demeure.policy import Action, Actor, Resource, decide
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
WORKS = {
    "made": "backup-made",
    "checked": "backup-checked",
    "removed": "backup-removed",
    "restored": "backup-restored",
    "part": "backup-part-restored",
    "drilled": "backup-drilled",
    "everything": "everything-exported",
}
"""What is done with backups → the name of its entries."""
CHANGES = {
    "holder": "backup-holder-declared",
    "holder-gone": "backup-holder-withdrawn",
    "place": "backup-place-declared",
    "place-gone": "backup-place-withdrawn",
}
"""What is changed of their plan → the name of its entry."""
_OUTCOMES = ("done", "failed", "interrupted")
_LONGEST = 400


class BackupDesk:
    """The operations of one connection, which is open for as long as the work lasts."""

    def __init__(self, opened: Open) -> None:
        self._house = opened
        self._begun: OpenIntention | None = None

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in BACKUP_OPERATIONS.items()}

    async def begin(self, request: Request) -> Reply:
        """``what``: a key of WORKS, ``about`` → {chain}: the intention."""
        house, actor = await self._house()
        what, about = request.args.get("what"), text_field(request.args, "about", _LONGEST)
        if what not in WORKS:
            raise InputError(detail="what")
        decision = decide(actor, Action.HOUSE_ADMINISTER, Resource("house"))
        chain = uuid4().hex
        draft = Draft(
            "administration", WORKS[what], chain=chain, actor=actor.id, object=about, decision=decision.rule
        )
        self._begun = await house.journal.intention(draft)
        if not decision.allowed:
            begun, self._begun = self._begun, None
            await house.journal.close(begun, "refused")
            decision.require()
        return Reply({"chain": chain})

    async def end(self, request: Request) -> Reply:
        """``outcome``, ``about``; body: the signed page or report, sealed with the entry → {index}."""
        house, _ = await self._house()
        outcome, about = request.args.get("outcome"), text_field(request.args, "about", _LONGEST)
        if self._begun is None or outcome not in _OUTCOMES:
            raise InputError(detail="backup.end")
        told = await request.whole_body()
        begun, self._begun = self._begun, None
        closed = await house.journal.close(begun, str(outcome), object=about, payload=told)
        return Reply({"index": closed.index})

    async def changed(self, request: Request) -> Reply:
        """``what``: a key of CHANGES, ``about``: whom or which place; written before the plan is."""
        house, actor = await self._house()
        what, about = request.args.get("what"), text_field(request.args, "about", _LONGEST)
        if what not in CHANGES:
            raise InputError(detail="what")
        decision = decide(actor, Action.HOUSE_ADMINISTER, Resource("house"))
        decision.require()
        draft = Draft(
            "administration",
            CHANGES[what],
            chain=uuid4().hex,
            actor=actor.id,
            object=about,
            decision=decision.rule,
        )
        return Reply({"index": (await house.journal.record(draft)).index})

    async def there_names(self, request: Request) -> Reply:
        """``route``, ``prefix`` → {"names": [[name, bytes]…]} of what is kept at its end."""
        target = await self._there(request)
        return Reply({"names": await target.names(text_field(request.args, "prefix", _LONGEST))})

    async def there_read(self, request: Request) -> AsyncIterator[Reply]:
        """``route``, ``name`` → items whose bodies are the file."""
        target = await self._there(request)
        async with aclosing(target.get(text_field(request.args, "name", _LONGEST))) as pieces:
            async for piece in pieces:
                yield Reply(body=piece)

    async def there_write(self, request: Request) -> Reply:
        """``route``, ``name``, ``size``, ``sha256``; body: the file, encrypted already."""
        target, size = await self._there(request), request.args.get("size")
        if type(size) is not int:
            raise InputError(detail="size")
        name, digest = (text_field(request.args, one, _LONGEST) for one in ("name", "sha256"))
        await target.put(name, size, digest, request.body())
        return Reply()

    async def there_remove(self, request: Request) -> Reply:
        """``route``, ``name``."""
        target = await self._there(request)
        await target.delete(text_field(request.args, "name", _LONGEST))
        return Reply()

    async def _there(self, request: Request) -> RouteTarget:
        house, actor = await self._house()
        return await ways_out(house).target(actor, text_field(request.args, "route", 64))


BACKUP_OPERATIONS = {
    "backup.begin": "begin",
    "backup.end": "end",
    "backup.changed": "changed",
    "backup.there-names": "there_names",
    "backup.there-read": "there_read",
    "backup.there-write": "there_write",
    "backup.there-remove": "there_remove",
}
"""Operation on the wire → method of BackupDesk."""
