"""Asking with a plain form, and reading an answer again: the conversation on the left, its sources on the right."""

from starlette.responses import Response

from demeure.assistant import grounding
from demeure.assistant.citations import numbers_in
from demeure.assistant.prompt import says_not_found
from demeure.assistant.sources import findings_of
from demeure.gateway.asking import Reading, shown, whole
from demeure.gateway.errors import PageUnknown
from demeure.gateway.house import Exchange
from demeure.gateway.visit import Visit, text_field


async def ask(came: Visit) -> Response:
    """POST /demander: the complete answer, as one page. Closing the page stops the writing."""
    form = came.values or await came.form()
    question, space = text_field(form, "question", 20_000), text_field(form, "space")
    spaces = [space] if space else [s.id for s in await came.house.shelves.spaces(came.actor)]
    conversation = text_field(form, "conversation") or None
    reading = Reading(question)
    events = came.house.assistant.ask(came.actor, question, spaces, conversation, came.language)
    if not await whole(came, events, reading):
        return Response(status_code=204)  # nobody is there to read it
    before = []
    if reading.conversation:
        before = (await came.house.memory.conversation(came.actor, reading.conversation))[:-1]
    return await _desk(came, [*(_turn(came, e) for e in before), shown(came, reading)], reading.conversation)


async def reread(came: Visit) -> Response:
    """GET /conversation/{conversation}. Another person's does not exist."""
    conversation = came.request.path_params["conversation"]
    exchanges = await came.house.memory.conversation(came.actor, conversation)
    if not exchanges:
        raise PageUnknown()
    return await _desk(came, [_turn(came, e) for e in exchanges], conversation)


async def _desk(came: Visit, turns: list[dict[str, object]], conversation: str) -> Response:
    spaces = await came.house.shelves.spaces(came.actor)
    recent = await came.house.memory.recent(came.actor, 8)
    return came.page("answer.html", turns=turns, spaces=spaces, recent=recent, conversation=conversation, chosen="")


def _turn(came: Visit, exchange: Exchange) -> dict[str, object]:
    """What is found in the stored text and passages again, as when the answer was written."""
    reading = Reading(
        question=exchange.question,
        message=exchange.message,
        sources=exchange.sources,
        text=exchange.text,
        outcome=exchange.outcome,
    )
    if exchange.outcome == "done" and not says_not_found(exchange.text):
        quotes = [source.quote for source in exchange.sources]
        reading.citations = numbers_in(exchange.text) or grounding.supporting(exchange.text, quotes)
        organisation = came.house.settings.organisation
        found = findings_of(exchange.text, exchange.sources, exchange.question, organisation, reading.citations)
        reading.unsupported, reading.computed = grounding.unsupported(found), grounding.computed(found)
    return shown(came, reading)
