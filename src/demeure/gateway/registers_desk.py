"""The control door's words about the registers: listed, shown, completed, signed, made into files."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from demeure.accountability import STATES, Result, english, measures, named, still_counts, told
from demeure.errors import InputError
from demeure.gateway.house import House
from demeure.gateway.register_facts import gather
from demeure.gateway.register_files import FORMATS, file_of, names_for, registers_of
from demeure.gateway.register_room import Line, kept_data, part_data, seen_now, version_data
from demeure.gateway.visit import text_field
from demeure.policy import Actor
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""
TEXT = 1_000_000  # the room says what a part may hold
PIECE = 1 << 20


class RegistersDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in REGISTER_OPERATIONS.items()}

    async def list_(self, _request: Request) -> Reply:
        house, actor = await self._house()
        lines = await registers_of(house).listing(actor, await gather(house))
        return Reply({"documents": [line_data(one) for one in lines]})

    async def checks(self, _request: Request) -> Reply:
        """{checks: every one, measures: with their state}."""
        house, actor = await self._house()
        facts = await gather(house)
        results = await registers_of(house).checks(actor, facts)
        rows = [
            {
                "measure": one.id,
                "told": one.fr,
                "told_en": english.measure(one.id),
                "state": one.state(results),
                "said": STATES[one.state(results)],
                "said_en": english.state(one.state(results)),
                "checks": [told(results, check, facts.now) for check in one.checks],
                "checks_en": [english.told(results, check, facts.now) for check in one.checks],
                "refs": list(one.refs),
            }
            for one in measures().values()
        ]
        return Reply({"checks": [result_data(one) for one in results.values()], "measures": rows})

    async def show(self, request: Request) -> Reply:
        """``document`` → its parts, its text."""
        house, actor = await self._house()
        sheet = await registers_of(house).sheet(actor, _document(request), await gather(house))
        return Reply(
            {
                "document": sheet.document.id,
                "title": sheet.document.title,
                "title_en": english.title(sheet.document.id),
                "lead_en": english.lead(sheet.document.id),
                "parts": [part_data(one) | {"title_en": english.heading(one.section)} for one in sheet.parts],
                "text": sheet.text,
                "seen": sheet.seen,
                "questions": sheet.questions,
                "conflicts": sheet.conflicts,
                "versions": [version_data(one) for one in sheet.versions],
            }
        )

    async def write(self, request: Request) -> Reply:
        """``document``, ``section``, ``text``, ``seen`` (of ``show``)."""
        house, actor = await self._house()
        name, section = _document(request), text_field(request.args, "section", 100)
        text, seen = text_field(request.args, "text", TEXT), text_field(request.args, "seen", 64)
        await registers_of(house).write(actor, name, section, text, seen, await gather(house))
        return Reply({"document": name, "section": section})

    async def sign(self, request: Request) -> Reply:
        """``document``, ``seen`` (of ``show``) → {version}."""
        house, actor = await self._house()
        name, shown = _document(request), text_field(request.args, "seen", 64)
        made = await registers_of(house).sign(actor, name, await gather(house), shown)
        return Reply({"version": version_data(made)})

    async def texts(self, request: Request) -> Reply:
        """``document``, ``section`` (absent: every part) → every text that people gave to it, newest first."""
        house, actor = await self._house()
        name = _document(request)
        section = text_field(request.args, "section", 100) if "section" in request.args else ""
        found = await registers_of(house).former(actor, name, section, await gather(house))
        names = await names_for(house, actor)
        return Reply({"texts": [kept_data(one, part, names) for one, part in found]})

    async def text(self, request: Request) -> Reply:
        """``document``, ``number`` → that text; ``now``: the one of its part as it stands."""
        house, actor = await self._house()
        facts = await gather(house)
        kept, part = await registers_of(house).text(actor, _document(request), _number(request), facts)
        row = kept_data(kept, part.section, await names_for(house, actor))
        return Reply(row | {"text": kept.text, "now": part.text, "seen": seen_now(part)})

    async def put_back(self, request: Request) -> Reply:
        """``document``, ``number``, ``seen`` (of ``text``): the text of its part again."""
        house, actor = await self._house()
        name, seen, facts = _document(request), text_field(request.args, "seen", 64), await gather(house)
        section = await registers_of(house).put_back(actor, name, _number(request), seen, facts)
        return Reply({"document": name, "section": section})

    async def courses(self, _request: Request) -> Reply:
        """Who followed which course, and who passed none yet."""
        house, actor = await self._house()
        room, facts = registers_of(house), await gather(house)
        rows = [vars(one) | {"at": one.at.isoformat()} for one in await room.courses.everybody(actor)]
        wanting = [one.name for one in facts.people or () if not still_counts(one.trained, facts.now)]
        return Reply({"followed": rows, "wanting": wanting})

    async def file(self, request: Request) -> AsyncIterator[Reply]:
        """``document``, ``format``, ``version`` (absent: as it stands) → item {name, type, bytes}, the file."""
        house, actor = await self._house()
        kind, number = text_field(request.args, "format", 8), request.args.get("version")
        if kind not in FORMATS:
            raise InputError(detail=f"format: {', '.join(FORMATS)}")
        if number is not None and type(number) is not int:
            raise InputError(detail="version")
        sent = await file_of(house, actor, _document(request), kind, number)
        yield Reply({"name": sent.name, "type": sent.type, "bytes": len(sent.data)})
        for start in range(0, len(sent.data), PIECE):
            yield Reply({}, sent.data[start : start + PIECE])


def _document(request: Request) -> str:
    return text_field(request.args, "document", 60)


def _number(request: Request) -> int:
    number = request.args.get("number")
    if type(number) is not int or number < 1:
        raise InputError(detail="number")
    return number


def line_data(one: Line) -> dict[str, Any]:
    """A document of the list as JSON."""
    return {
        "document": one.id,
        "title": one.title,
        "title_en": english.title(one.id),
        "questions": one.questions,
        "conflicts": one.conflicts,
        "measures": dict(one.states),
        "version": version_data(one.last) if one.last else None,
    }


def result_data(one: Result) -> Mapping[str, Any]:
    """A check's result as JSON; ``name``: as the documents call it."""
    at = one.at.isoformat() if one.at else None
    return {"check": one.check, "name": named(one.check), "state": one.state, "at": at, "told": one.told}


REGISTER_OPERATIONS = {
    "courses.list": "courses",
    "registers.list": "list_",
    "registers.checks": "checks",
    "registers.show": "show",
    "registers.write": "write",
    "registers.sign": "sign",
    "registers.texts": "texts",
    "registers.text": "text",
    "registers.put-back": "put_back",
    "registers.file": "file",
}
"""Operation on the wire → method of RegistersDesk."""
