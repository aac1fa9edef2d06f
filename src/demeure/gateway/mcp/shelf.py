"""The tools: what each is called, takes and needs, and what it does in the house, in the name of who calls."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from demeure.assistant import Closed, Problem, Source, Sources, Started, Text
from demeure.assistant.sources import place_label
from demeure.errors import DemeureError, InputError
from demeure.gateway.api.search import finding_data
from demeure.gateway.asking import Reading, told
from demeure.gateway.drafting import task_data, work_data
from demeure.gateway.house import House
from demeure.gateway.mcp.protocol import said, text_of, texts_of, whole_of
from demeure.gateway.v1.based import named_spaces, problem_of, started
from demeure.library import Wanted
from demeure.policy import Actor
from demeure.policy.scopes import ASKS, DRAFTS

Arguments = Mapping[str, Any]
QUESTION, TEXT, WAIT, LONGEST_WAIT = 4000, 400_000, 120, 540


@dataclass(frozen=True)
class Caller:
    """Who calls, and in which language they are told things."""

    house: House
    actor: Actor
    language: str


Work = Callable[[Caller, Arguments], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Tool:
    """``scope``: of the keys that open it. ``changes``: it leaves something of its own in the house."""

    name: str
    title: str
    about: str
    scope: str
    schema: Mapping[str, Any]
    work: Work
    changes: bool = False

    def takes(self, given: Arguments) -> None:
        """Raises InputError: an argument that is passed over would be taken for obeyed."""
        for name in given:
            if name not in self.schema["properties"]:
                raise InputError(detail=f"{self.name}: {str(name)[:80]}")

    def told(self) -> dict[str, Any]:
        """As ``tools/list`` says it."""
        hints = {"readOnlyHint": not self.changes, "destructiveHint": False, "openWorldHint": False}
        about = {"name": self.name, "title": self.title, "description": self.about}
        return about | {"inputSchema": dict(self.schema), "annotations": hints}


async def search(caller: Caller, given: Arguments) -> dict[str, Any]:
    """What the page Recherche finds."""
    house, query = caller.house, text_of(given, "query", 400, needed=True)
    names = await house.shelves.readable(caller.actor)
    spaces = named_spaces(texts_of(given, "spaces"), names)
    limit = whole_of(given, "limit", 10, 1, 50)
    finding = await house.finder.find(caller.actor, query, spaces, Wanted(), 1, limit)
    data = finding_data(finding)
    lines = [f"{name}: {why[caller.language]}" for name, why in finding.shut.items()]
    for one in data["documents"]:
        lines.append(f"{one['name']} (document {one['id']}, {one['space_name']})")
        for passage in one["passages"]:
            where = place_label(passage["place"], caller.language)
            words = "".join(piece["text"] for piece in passage["pieces"])
            lines.append(f"  passage {passage['passage']}{', ' + where if where else ''}: {words}")
    return said("\n".join(lines) or "0", data)


async def ask(caller: Caller, given: Arguments) -> dict[str, Any]:
    """An answer from the documents, whole, its sources after it."""
    house, question = caller.house, text_of(given, "question", QUESTION, needed=True)
    names = await house.shelves.readable(caller.actor)
    spaces = named_spaces(texts_of(given, "spaces"), names)
    documents = texts_of(given, "documents")
    if documents and spaces:
        raise InputError(detail="spaces, documents")
    events = house.assistant.ask(
        caller.actor,
        question,
        spaces or list(names),
        text_of(given, "conversation", 128) or None,
        caller.language,
        chosen=spaces,
        documents=documents,
    )
    reading, data, broken = Reading(question, names), dict[str, Any](), None
    async with contextlib.aclosing(events) as answers:
        async for event in answers:
            reading.take(event)
            match event:
                case Started():
                    data |= started(event)
                case Sources():
                    data["sources"] = [_source(reading, one) for one in event.items]
                case Problem():
                    broken = event
                case Closed():
                    data |= _closed(event)
                case Text():
                    pass
    if broken is not None:
        raise problem_of(broken)
    used = [one for one in reading.sources if one.number in reading.citations] or list(reading.foremost)
    shut = [f"{name}: {why[caller.language]}" for name, why in reading.shut.items()]
    lines = [f"[{one.number}] {one.document}, {one.place_label}: {one.quote}" for one in used]
    tokens = await _counted(house, "\n".join([question, *lines]), reading.text)
    await house.applications.spent(caller.actor, tokens)
    return said("\n\n".join([reading.cited_text, *shut, *lines]), data | {"answer": reading.text})


async def _counted(house: House, *texts: str) -> int:
    try:
        return sum([await house.model_room.count(text) for text in texts])
    except DemeureError:
        return 0


def _source(reading: Reading, source: Source) -> dict[str, Any]:
    found = {"number": source.number, "document": source.document, "document_id": source.document_id}
    found |= {"passage": source.passage, "place": source.place_label, "quote": source.quote}
    return found | {"space": reading.names.get(source.space, source.space)}


def _closed(event: Closed) -> dict[str, Any]:
    doubts = {"unsupported": told(event.unsupported), "computed": told(event.computed)}
    return {"found": event.found, "citations": list(event.citations), "outcome": event.outcome} | doubts


async def read_passage(caller: Caller, given: Arguments) -> dict[str, Any]:
    """A passage whole with what stands around it, or a page."""
    document = text_of(given, "document", 128, needed=True)
    passage = whole_of(given, "passage", 0, 0, 1 << 53) or None
    page = whole_of(given, "page", 0, 0, 1_000_000) or None
    view = await caller.house.viewer.view(caller.actor, document, page=page, passage=passage)
    around = "\n".join(run.text for one in view.look.stretches for run in one.window.runs)
    lines = "\n".join(line.text for line in view.look.lines)
    text = view.passage.text if view.passage else lines or around
    data: dict[str, Any] = {"document": view.document.id, "name": view.document.name, "space": view.space}
    data |= {"place": dict(view.look.place), "text": text, "around": around or lines}
    return said(f"{view.document.name}, {place_label(view.look.place, caller.language)}\n\n{text}", data)


async def list_spaces(caller: Caller, given: Arguments) -> dict[str, Any]:
    """The spaces that may be read."""
    del given
    names = await caller.house.shelves.readable(caller.actor)
    spaces = [{"id": id_, "name": name} for id_, name in names.items()]
    return said("\n".join(names.values()) or "0", {"spaces": spaces})


async def list_tasks(caller: Caller, given: Arguments) -> dict[str, Any]:
    """The tasks, with their fields."""
    del given
    tasks, _ = await caller.house.tasks.cupboard.tasks()
    lines = [
        f"{one.name}: {one.title[caller.language]} "
        f"({', '.join(field.name + ('*' if field.required else '') for field in one.fields)})"
        for one in tasks
    ]
    return said("\n".join(lines), {"tasks": [task_data(one) for one in tasks]})


async def run_task(caller: Caller, given: Arguments) -> dict[str, Any]:
    """A draft; when it takes longer than ``wait`` seconds, its work is told instead (read_work)."""
    name, fields = text_of(given, "task", 80, needed=True), given.get("fields") or {}
    if not isinstance(fields, dict) or len(fields) > 100:
        raise InputError(detail="fields")
    texts = {str(field)[:80]: text_of(fields, field, TEXT) for field in fields}
    wait = whole_of(given, "wait", WAIT, 0, LONGEST_WAIT)
    work = await caller.house.tasks.start(caller.actor, name, texts, caller.language)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(wait):
            async with contextlib.aclosing(caller.house.tasks.follow(caller.actor, work.id)) as events:
                async for _ in events:
                    pass
    return await read_work(caller, {"work": work.id})


async def read_work(caller: Caller, given: Arguments) -> dict[str, Any]:
    """A work as it stands: its last draft."""
    work = await caller.house.tasks.work(caller.actor, text_of(given, "work", 128, needed=True))
    data = work_data(work)
    draft = data["drafts"][-1] if data["drafts"] else {"state": "asked", "text": ""}
    head = "" if draft["state"] == "done" else f"({draft['state']}, work {work.id})\n"
    shown = {name: value for name, value in data.items() if name != "drafts"} | {"draft": draft}
    return said(f"{head}{draft['text']}", shown)


def _takes(required: str = "", **properties: Any) -> dict[str, Any]:
    told = {"type": "object", "properties": properties, "required": required.split()}
    return told | {"additionalProperties": False}


_WORD = {"type": "string"}
_SPACES = {"type": "array", "items": _WORD, "description": "Names or ids of spaces; none: all that may be read"}
_DOCUMENTS = {"type": "array", "items": _WORD, "description": "Ids of documents of one space, read whole"}
TOOLS = (
    Tool(
        *("search", "Search the documents", "Passages that hold words, phrases or numbers, in any document.", ASKS),
        _takes("query", query=_WORD, spaces=_SPACES, limit={"type": "integer", "minimum": 1, "maximum": 50}),
        search,
    ),
    Tool(
        *("ask", "Ask the documents", "A written answer from the documents, with numbered sources.", ASKS),
        _takes("question", question=_WORD, spaces=_SPACES, documents=_DOCUMENTS, conversation=_WORD),
        ask,
        changes=True,
    ),
    Tool(
        *(
            "read_passage",
            "Read a passage",
            "The text of a passage, of a page, or of a document's beginning.",
            ASKS,
        ),
        _takes("document", document=_WORD, passage={"type": "integer"}, page={"type": "integer"}),
        read_passage,
    ),
    Tool("list_spaces", "List the spaces", "The spaces that may be read.", ASKS, _takes(), list_spaces),
    Tool("list_tasks", "List the tasks", "What can be drafted, with the fields.", DRAFTS, _takes(), list_tasks),
    Tool(
        *("run_task", "Run a task", "Draft with a task: fields by name; waits for the draft (seconds).", DRAFTS),
        _takes("task fields", task=_WORD, fields={"type": "object"}, wait={"type": "integer"}),
        run_task,
        changes=True,
    ),
    Tool("read_work", "Read a work", "A draft as it stands.", DRAFTS, _takes("work", work=_WORD), read_work),
)
BY_NAME: Mapping[str, Tool] = {tool.name: tool for tool in TOOLS}
