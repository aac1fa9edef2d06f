"""POST /api/ask: an answer as it is written."""

import asyncio

from starlette.responses import Response

from demeure.errors import InputError
from demeure.gateway.asking import EventStream, Reading
from demeure.gateway.confiding import warning
from demeure.gateway.entitled import told_answer
from demeure.gateway.route_desk import ways_out
from demeure.gateway.visit import Visit, text_field


async def ask(came: Visit) -> Response:
    """Events ``started``, ``sources``, ``text``…, ``closed`` (or ``problem``); ``loading`` before the first word
    when the model is, ``queued`` (ahead: how many go first) while others have its places, ``beingread`` (share,
    left) while it reads the documents chosen, whole.
    Leaving stops nothing: the answer goes on and is kept, until its asker stops it (by its conversation, or by the
    ``ticket`` given here); of an application, leaving stops it. No more of it is told to whoever lost the session,
    the key or the right meanwhile. ``route``: the engine at its
    end answers. ``warn``: personal data in the question are told (428) before anything is kept or sent."""
    body = await came.json_body()
    question, spaces = text_field(body, "question", 60_000), body.get("spaces") or []
    if not isinstance(spaces, list) or len(spaces) > 1000:
        raise InputError(detail="spaces")
    chosen = [text_field({"spaces": space}, "spaces", 128) for space in spaces]
    conversation = None if body.get("conversation") is None else text_field(body, "conversation", 128) or None
    again = text_field(body, "again", 32)
    after = None if body.get("after") is None else text_field(body, "after", 32)
    about = body.get("documents") or []
    if not isinstance(about, list) or len(about) > 1000:
        raise InputError(detail="documents")
    documents = [text_field({"documents": one}, "documents", 128) for one in about]
    route = text_field(body, "route", 64)
    if body.get("warn") is True and not again and (told := await asyncio.to_thread(warning, question, route)):
        raise told
    through = await ways_out(came.house).through(came.actor, route) if route else None
    names = await came.house.shelves.readable(came.actor)
    events = came.house.assistant.ask(
        came.actor,
        question,
        chosen or list(names),
        conversation,
        came.language,
        chosen=chosen,
        again=again,
        after=after,
        documents=documents,
        through=through,
    )
    if not came.actor.keyed:
        ticket = text_field(body, "ticket", 64)
        events = came.house.going.begin(came.actor.id, events, conversation or "", ticket)
    reading = Reading(question, names, details={"spaces": chosen or list(names)})
    return EventStream(came, told_answer(came, events), reading, came.house.patience)  # type: ignore[return-value] # an ASGI app
