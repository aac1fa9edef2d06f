"""/api/conversations: one's own, to list, search, read and delete."""

from starlette.responses import Response

from demeure.clock import iso
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


async def delete(came: Visit) -> Response:
    """Nothing of it is left in the house's database."""
    await came.house.memory.delete(came.actor, came.request.path_params["conversation"])
    return Response(status_code=204)


def _past(past: Past) -> dict[str, object]:
    found = {"conversation": past.conversation, "title": past.title, "updated_at": iso(past.updated_at)}
    return found | {"excerpt": "".join(past.excerpt) if past.excerpt else None}
