"""The control door's words about tasks: list, show, ask for a draft, follow it, bring a task of one's own."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from demeure.assistant.tasks import DOCUMENT, FILE_BYTES, WORK, WorkRow
from demeure.errors import InputError
from demeure.gateway.api.words import whole
from demeure.gateway.document_desk import named_spaces
from demeure.gateway.drafting import listed_data, task_data, work_data
from demeure.gateway.house import House
from demeure.gateway.pages.work_files import draft_to_send
from demeure.gateway.ready_desk import named_documents
from demeure.gateway.visit import text_field
from demeure.policy import Actor
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""
TEXT = 400_000
MOST = 100
PIECE = 1 << 20


class TaskDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in TASK_OPERATIONS.items()}

    async def list_(self, request: Request) -> Reply:
        house, _ = await self._house()
        known, broken = await house.tasks.cupboard.tasks()
        language = "en" if request.args.get("language") == "en" else "fr"
        told = [{"file": one.file, "sentence": one.problem.sentence(language)} for one in broken]
        return Reply({"tasks": [task_data(one) for one in known], "broken": told})

    async def show(self, request: Request) -> Reply:
        house, _ = await self._house()
        task = await house.tasks.cupboard.task(text_field(request.args, "task"))
        return Reply({"task": task_data(task), "text": task.text})

    async def add(self, request: Request) -> Reply:
        """Body: the file. Kept in the house, in that version."""
        house, actor = await self._house()
        data = bytearray()
        async for piece in request.body():
            data += piece
            if len(data) > FILE_BYTES:
                raise InputError(detail="> 128 KiB")
        try:
            text = bytes(data).decode()
        except UnicodeDecodeError as problem:
            raise InputError(detail="UTF-8") from problem
        task = await house.tasks.cupboard.add(actor, text, text_field(request.args, "name", 255))
        return Reply({"task": task_data(task)})

    async def file(self, request: Request) -> Reply:
        """Body: a file for a field. Read in a box."""
        house, actor = await self._house()
        row = await house.tasks.drop(actor, text_field(request.args, "name", 255), request.body())
        return Reply({"file": row.id, "name": row.name, "characters": row.characters})

    async def run(self, request: Request) -> AsyncIterator[Reply]:
        """Ask for a draft, then what happens to it: {event: work | state | text | closed, …}. Leaving the command
        stops nothing."""
        house, actor = await self._house()
        given = request.args.get("fields") or {}
        if not isinstance(given, dict):
            raise InputError(detail="fields")
        fields = {str(name): text_field(given, name, TEXT) for name in given}
        for name, value in fields.items():
            if value.startswith(WORK):
                fields[name] = WORK + await self._found(house, actor, value.removeprefix(WORK).strip())
            elif value.startswith(DOCUMENT):
                fields[name] = await _by_id(house, actor, value)
        language = "en" if request.args.get("language") == "en" else "fr"
        route = text_field(request.args, "route", 64)
        work = await house.tasks.start(actor, text_field(request.args, "task"), fields, language, route)
        async for told in self._followed(house, actor, work):
            yield told

    async def section(self, request: Request) -> AsyncIterator[Reply]:
        """One section of a work written anew, from ``lines`` when given; the same events as ``run``."""
        house, actor = await self._house()
        which = await self._found(house, actor, text_field(request.args, "work", 64))
        lines = text_field(request.args, "lines", TEXT) if "lines" in request.args else None
        number = whole(request.args, "number")
        work = await house.tasks.section(actor, which, number, whole(request.args, "section"), lines)
        async for told in self._followed(house, actor, work):
            yield told

    @staticmethod
    async def _followed(house: House, actor: Actor, work: WorkRow) -> AsyncIterator[Reply]:
        yield Reply({"event": "work", "work": work.id, "title": work.title})
        async with contextlib.aclosing(house.tasks.follow(actor, work.id)) as told:
            async for event in told:
                yield Reply(event)
        yield Reply({"event": "closed", **work_data(await house.tasks.work(actor, work.id))})

    async def works(self, request: Request) -> Reply:
        house, actor = await self._house()
        found = await house.works.mine(actor, text_field(request.args, "sought"), limit=MOST)
        return Reply({"works": [listed_data(one) for one in found]})

    async def work(self, request: Request) -> Reply:
        house, actor = await self._house()
        work = await self._found(house, actor, text_field(request.args, "work"))
        return Reply(work_data(await house.tasks.work(actor, work)))

    async def send(self, request: Request) -> AsyncIterator[Reply]:
        """``work`` (or how it begins), ``number`` (0: the last draft), ``format``, ``letter``, ``mask`` → item
        {name, type, bytes}, then the file, piece by piece."""
        house, actor = await self._house()
        language = "en" if request.args.get("language") == "en" else "fr"
        number, kind = whole(request.args, "number"), text_field(request.args, "format", 8)
        where = (await self._found(house, actor, text_field(request.args, "work", 64)), number)
        told = await draft_to_send(house, actor, language, where, letter=request.args.get("letter") is True)
        mask = request.args.get("mask") is True
        sent = await house.sending.file(actor, language, told, kind, mask=mask)
        yield Reply({"name": sent.name, "type": sent.type, "bytes": len(sent.data)})
        for start in range(0, len(sent.data), PIECE):
            yield Reply({}, sent.data[start : start + PIECE])

    async def review(self, request: Request) -> Reply:
        """The author has read that draft again."""
        house, actor = await self._house()
        work = await self._found(house, actor, text_field(request.args, "work", 64))
        await house.tasks.review(actor, work, whole(request.args, "number"))
        return Reply(work_data(await house.tasks.work(actor, work)))

    @staticmethod
    async def _found(house: House, actor: Actor, said: str) -> str:
        """The work whose id is, or begins with, what the list shows."""
        if not 4 <= len(said) < 32:
            return said
        known = {one.id for one in await house.works.mine(actor, limit=MOST) if one.id.startswith(said)}
        return known.pop() if len(known) == 1 else said


async def _by_id(house: House, actor: Actor, value: str) -> str:
    """``value``, of which each line « document:NAME » names a document by its id. Raises as ``named_documents``."""
    lines = value.split("\n")
    called = [one.removeprefix(DOCUMENT).strip() for one in lines if one.startswith(DOCUMENT)]
    ids = iter(await named_documents(house, actor, await named_spaces(house, actor, []), called))
    return "\n".join(DOCUMENT + next(ids) if one.startswith(DOCUMENT) else one for one in lines)


TASK_OPERATIONS = {
    "tasks.list": "list_",
    "tasks.show": "show",
    "tasks.add": "add",
    "tasks.file": "file",
    "tasks.run": "run",
    "tasks.works": "works",
    "tasks.work": "work",
    "tasks.section": "section",
    "tasks.send": "send",
    "tasks.review": "review",
}
"""Operation on the wire → method of TaskDesk."""
