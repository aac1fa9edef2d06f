"""/api/conversations: one's own, to list, search, read and delete; the answer being written there, to follow again
and to stop."""

from starlette.responses import Response

from demeure.clock import iso
from demeure.gateway.asking import EventStream, Reading
from demeure.gateway.entitled import shown, told_answer
from demeure.gateway.house import Past
from demeure.gateway.visit import Visit

MOST = 50


async def conversations(came: Visit) -> Response:
    """The latest ones, or those that hold the words of the query ``q``."""
    said = came.request.query_params.get("q", "")[:1000]
    memory = came.house.memory
    found = await (memory.search(came.actor, said, MOST) if said.strip() else memory.recent(came.actor, MOST))
    return came.json({"conversations": [_past(past) for past in found]})


async def conversation(came: Visit) -> Response:
    """One conversation: questions and answers in order; ``last``: the answer that a next question must name."""
    name = came.request.path_params["conversation"]
    about = await came.house.memory.about(came.actor, name)
    exchanges = await came.house.memory.conversation(came.actor, name)
    quoted = {source.document_id for one in exchanges for source in one.sources}
    shown = await came.house.catalogue.shown(came.actor, sorted(quoted))
    standing = {row.id: [vars(told) for told in row.standing] for row in shown}
    turns = [
        {
            "message": one.message,
            "question": one.question,
            "answer": one.text,
            "outcome": one.outcome,
            "journal": one.journal,
            "chain": one.chain,
            "again": one.again or None,
            "withdrawn": one.withdrawn,
            "sources": [vars(s) | {"standing": standing.get(s.document_id, [])} for s in one.sources],
        }
        for one in exchanges
    ]
    last = exchanges[-1].message if exchanges else ""
    told = {"conversation": name, "title": about.title, "spaces": list(about.spaces), "last": last}
    return came.json(told | {"open": bool(exchanges) and exchanges[-1].outcome == "open", "turns": turns})


async def events(came: Visit) -> Response:
    """The answer being written: events as of ``POST /api/ask``, from the beginning. 204 when none is, or when it
    may not be shown any more."""
    name = came.request.path_params["conversation"]
    about = await came.house.memory.about(came.actor, name)
    told = came.house.going.follow(came.actor.id, name)
    if told is None or not await shown(came, name, ""):
        return Response(status_code=204)
    names = await came.house.shelves.readable(came.actor)
    question = (await came.house.memory.conversation(came.actor, name))[-1].question
    reading = Reading(question, names, details={"spaces": list(about.spaces or names)})
    told = told_answer(came, told, name, at_once=True)
    return EventStream(came, told, reading, came.house.patience)  # type: ignore[return-value] # an ASGI app


async def stop(came: Visit) -> Response:
    """Stop the answer being written there; ``stopped``: there was one. What is written is kept."""
    name = came.request.path_params["conversation"]
    stopped = await came.house.going.stop(came.actor.id, name)
    if not stopped:
        await came.house.memory.about(came.actor, name)
    return came.json({"stopped": stopped})


async def delete(came: Visit) -> Response:
    """Nothing of it is left in the house's database."""
    await forget(came, came.request.path_params["conversation"])
    return Response(status_code=204)


async def forget(came: Visit, name: str) -> None:
    """Delete it; nothing more is written for it."""
    await came.house.memory.delete(came.actor, name)
    await came.house.going.stop(came.actor.id, name)


def _past(past: Past) -> dict[str, object]:
    found = {"conversation": past.conversation, "title": past.title, "updated_at": iso(past.updated_at)}
    return found | {"excerpt": "".join(past.excerpt) if past.excerpt else None}
