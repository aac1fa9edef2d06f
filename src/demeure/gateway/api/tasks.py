"""/api/tasks and /api/works: ask for drafts, follow them, change them."""

from typing import Any

from starlette.responses import Response

from demeure.errors import InputError
from demeure.gateway.drafting import WorkStream, listed_data, task_data, work_data
from demeure.gateway.entitled import entitled
from demeure.gateway.visit import Visit, text_field

MOST = 100
TEXT = 400_000
_STATES = ("", "open", "done", "stopped", "failed")


async def tasks(came: Visit) -> Response:
    """The tasks; ``broken``: files of the organisation that are none, and why."""
    known, broken = await came.house.tasks.cupboard.tasks()
    told = [{"file": one.file, "sentence": one.problem.sentence(came.language)} for one in broken]
    return came.json({"tasks": [task_data(one) for one in known], "broken": told})


async def task(came: Visit) -> Response:
    """One task."""
    return came.json(task_data(await came.house.tasks.cupboard.task(came.request.path_params["task"])))


async def drop(came: Visit) -> Response:
    """The file is the body itself (query ``name``)."""
    name = came.request.query_params.get("name", "")[:255]
    if not name:
        raise InputError(detail="name")
    row = await came.house.tasks.drop(came.actor, name, came.request.stream())
    told = {
        "file": row.id,
        "name": row.name,
        "format": row.format,
        "pages": row.pages,
        "characters": row.characters,
    }
    return came.json(told, 201)


async def start(came: Visit) -> Response:
    """201 with the work, its first draft asked; ``route``: by whose engine, instead of the house's own."""
    body = await came.json_body()
    given = body.get("fields")
    if not isinstance(given, dict) or len(given) > 100:
        raise InputError(detail="fields")
    fields = {str(name): text_field(given, name, TEXT) for name in given}
    language = text_field(body, "language", 2) or came.language
    task, route = came.request.path_params["task"], text_field(body, "route", 64)
    work = await came.house.tasks.start(came.actor, task, fields, language, route)
    return came.json(work_data(work), 201)


async def works(came: Visit) -> Response:
    """One's own (query ``q``, ``state``: open, done, stopped, failed), and those that were shared."""
    query = came.request.query_params
    said, state = query.get("q", "")[:1000], query.get("state", "")
    if state not in _STATES:
        raise InputError(detail="state")
    mine = await came.house.works.mine(came.actor, said, state=state, limit=MOST)
    shared = [] if said or state else await came.house.works.shared(came.actor, MOST)
    return came.json({"works": [listed_data(one) for one in mine], "shared": [listed_data(one) for one in shared]})


async def work(came: Visit) -> Response:
    """One work with all its drafts."""
    return came.json(work_data(await came.house.tasks.work(came.actor, _work(came))))


async def events(came: Visit) -> Response:
    """Events ``state`` and ``text`` of the draft being written, until it is over, or may not be read any more;
    nothing when none is."""
    work = await came.house.tasks.work(came.actor, _work(came))

    async def may(_: dict[str, Any]) -> bool:
        await came.house.tasks.work(came.actor, work.id)  # raises when it may not
        return True

    told = entitled(came, came.house.tasks.follow(came.actor, work.id), may)
    return WorkStream(came, told, came.house.patience)  # type: ignore[return-value] # an ASGI app


async def stop(came: Visit) -> Response:
    """What is written so far is kept."""
    await came.house.tasks.stop(came.actor, _work(came))
    return await work(came)


async def resume(came: Visit) -> Response:
    """Go on from the last finished part; ``home`` (a body is not needed): with the house's own model."""
    body = await came.json_body() if await came.request.body() else {}
    await came.house.tasks.again(came.actor, _work(came), home=body.get("home") is True)
    return await work(came)


async def refine(came: Visit) -> Response:
    """Another draft beside the others: ``wish``: shorter, warmer, formal, plainer, or a sentence."""
    body = await came.json_body()
    await came.house.tasks.refine(came.actor, _work(came), _number(body), text_field(body, "wish", 4096))
    return await work(came)


async def section(came: Visit) -> Response:
    """Another draft in which ``section`` (1, 2…) alone is written anew; ``lines``: in the place of its field's."""
    body = await came.json_body()
    lines = text_field(body, "lines", TEXT) if "lines" in body else None
    await came.house.tasks.section(came.actor, _work(came), _number(body), _number(body, "section"), lines)
    return await work(came)


async def edit(came: Visit) -> Response:
    """The author's own words in place of those of draft ``number``."""
    body = await came.json_body()
    await came.house.tasks.edit(came.actor, _work(came), _number(body), text_field(body, "text", TEXT + 1))
    return await work(came)


async def rename(came: Visit) -> Response:
    """Another name."""
    body = await came.json_body()
    await came.house.tasks.rename(came.actor, _work(came), text_field(body, "title"))
    return await work(came)


async def share(came: Visit) -> Response:
    """Let the readers of ``space`` read it; empty: nobody else any more."""
    body = await came.json_body()
    await came.house.tasks.share(came.actor, _work(came), text_field(body, "space", 128))
    return await work(came)


async def delete(came: Visit) -> Response:
    """Nothing of it is left in the house's database."""
    await came.house.tasks.delete(came.actor, _work(came))
    return Response(status_code=204)


def _work(came: Visit) -> str:
    return str(came.request.path_params["work"])


def _number(body: dict[str, object], name: str = "number") -> int:
    number = body.get(name, 0)
    if type(number) is not int or not 0 <= number < 1_000_000:
        raise InputError(detail=name)
    return number
