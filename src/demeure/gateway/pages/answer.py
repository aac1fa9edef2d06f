"""Asking with a plain form, and reading a conversation again: the talk on the left, its sources on the right."""

import asyncio

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from demeure.assistant import Through, grounding
from demeure.assistant.citations import numbers_in
from demeure.assistant.prompt import says_not_found
from demeure.assistant.sources import findings_of
from demeure.errors import DemeureError
from demeure.gateway.asking import Reading, learn, shown, whole
from demeure.gateway.confiding import warning
from demeure.gateway.entitled import known
from demeure.gateway.errors import BodyTooLarge, BodyTooSlow, ConfidedFirst, ForeignRequest, PageUnknown
from demeure.gateway.house import Exchange, Space
from demeure.gateway.pages.spaces import without
from demeure.gateway.problems import answer, title_of
from demeure.gateway.route_desk import ways_out
from demeure.gateway.touched import class_name
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.ways_out import Offered

RECENT = 12


async def ask(came: Visit) -> Response:
    """POST /demander: the complete answer, as one page. Closing the page stops nothing: the answer is found whole
    in its conversation. ``warn``: personal data in the question are told before anything is kept or sent."""
    form = came.values or await came.form()
    question, again = text_field(form, "question", 60_000), text_field(form, "again", 32)
    chosen, documents = came.every("space"), came.every("document")
    conversation, route = text_field(form, "conversation", 128) or None, text_field(form, "route", 64)
    if form.get("warn") and not again and (told := await asyncio.to_thread(warning, question, route)):
        raise told
    after = text_field(form, "after", 32) if conversation and "after" in form else None
    names = await came.house.shelves.readable(came.actor)
    reading = Reading(question, names, details={"spaces": chosen or list(names)})
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
        through=await _through(came, route),
    )
    events = came.house.going.begin(came.actor.id, events, conversation or "")
    if not await whole(came, events, reading):
        return Response(status_code=204)  # nobody is there to read it
    await known(came)  # it took its time
    if not reading.conversation:  # refused before anything was written
        return await desk(came, [reading], "", chosen=tuple(chosen), documents=tuple(documents))
    return await reread_of(came, reading.conversation, reading)


async def reread(came: Visit) -> Response:
    """GET /conversation/{conversation}. Another person's does not exist."""
    return await reread_of(came, came.request.path_params["conversation"])


async def reread_of(came: Visit, conversation: str, latest: Reading | None = None) -> Response:
    """The page of a conversation; ``latest``: its last answer, when this request has just received it."""
    about = await came.house.memory.about(came.actor, conversation)
    exchanges = await came.house.memory.conversation(came.actor, conversation)
    if not exchanges:
        raise PageUnknown()
    spaces = await came.house.shelves.spaces(came.actor)
    names = {space.id: space.name for space in spaces}
    turns = [reading_of(exchange, names, came.house.settings.organisation) for exchange in exchanges]
    await check_words(came, turns)
    if latest is not None and turns[-1].message == latest.message and not turns[-1].withdrawn:
        latest.ended_at, latest.question = turns[-1].ended_at, turns[-1].question
        turns[-1] = latest
    return await desk(
        *(came, gathered(turns), conversation),
        title=about.title,
        sensitivity=about.sensitivity,
        chosen=about.spaces,
        spaces=spaces,
    )


async def desk(
    came: Visit,
    turns: list[Reading],
    conversation: str,
    *,
    title: str = "",
    sensitivity: str = "",
    chosen: tuple[str, ...] = (),
    spaces: list[Space] | None = None,
    documents: tuple[str, ...] = (),
) -> Response:
    """The Assistant's page. ``turns``: none for a new conversation. ``sensitivity``: its class.
    ``documents``: what the next question is about; else what the last one was about."""
    documents = documents or tuple(turns[-1].details.get("documents", ()) if turns else ())
    about = await came.house.catalogue.shown(came.actor, documents) if documents else []
    if spaces is None:
        spaces = await came.house.shelves.spaces(came.actor)
    recent = await came.house.memory.recent(came.actor, RECENT)
    readings = [one for turn in turns for one in (turn, *turn.former)]
    await learn(came, readings)
    return came.page(
        "answer.html",
        turns=[shown(came, reading) for reading in turns],
        title=title or came.t("answer.new"),
        sensitivity=class_name(came, sensitivity),
        last=turns[-1].message if turns else "",
        spaces=spaces,
        **await without(came, spaces),
        recent=recent,
        conversation=conversation,
        chosen=[one for one in chosen if one in {space.id for space in spaces}],
        about=about,
        draft="",
        offered=await ways_offered(came),
    )


async def ways_offered(came: Visit) -> list[Offered]:
    """The engines at the end of routes that a form may offer now."""
    return await came.house.ways_out.offered() if came.house.ways_out else []


async def _through(came: Visit, route: str) -> Through | None:
    """The engine that the form chose; None: the house's own."""
    return await ways_out(came.house).through(came.actor, route) if route else None


def gathered(readings: list[Reading]) -> list[Reading]:
    """One turn a question: an answer asked again stands first, what it replaces is folded under it."""
    turns: list[Reading] = []
    for reading in readings:
        if reading.again and turns and turns[-1].message == reading.again:
            replaced = turns.pop()
            reading.former = [replaced, *replaced.former]
            replaced.former = []
        turns.append(reading)
    return turns


def reading_of(exchange: Exchange, names: dict[str, str], organisation: str) -> Reading:
    """What is found in the stored text and passages again, as when the answer was written."""
    reading = Reading(
        question=exchange.question,
        names=names,
        message=exchange.message,
        chain=exchange.chain,
        journal=exchange.journal,
        sources=exchange.sources,
        text=exchange.text,
        outcome=exchange.outcome,
        problem=str(exchange.details.get("problem", "")),
        searched=str(exchange.details.get("searched", "")),
        spelt=str(exchange.details.get("spelt", "")),
        by_meaning=bool(exchange.details.get("by_meaning", True)),
        again=exchange.again,
        details=exchange.details,
        ended_at=exchange.ended_at,
        withdrawn=exchange.withdrawn,
        whole=exchange.details.get("whole"),
        to_read=exchange.outcome not in ("done", "open") and not exchange.text,
        aside=bool(exchange.details.get("aside")),
    )
    told = exchange.outcome == "done" and exchange.text and not reading.aside
    reading.found = bool(exchange.details.get("found", True)) and not (told and says_not_found(exchange.text))
    if told and reading.found:
        quotes = [source.quote for source in exchange.sources]
        reading.citations = numbers_in(exchange.text) or grounding.supporting(exchange.text, quotes)
        asked = reading.spelt or reading.searched or exchange.question
        if any(source.gone for source in exchange.sources):  # nothing left to compare with
            return reading
        known = [str(line) for line in exchange.details.get("words", ())]
        found = findings_of(exchange.text, exchange.sources, asked, organisation, reading.citations, known)
        reading.unsupported, reading.computed = grounding.unsupported(found), grounding.computed(found)
    return reading


async def check_words(came: Visit, turns: list[Reading]) -> None:
    """Mark the forms that the glossaries of today replace, each answer against those of the spaces that it was
    asked of and that its reader may still read."""
    for one in turns:
        if one.outcome == "done" and one.text and one.found:
            spaces = [space for space in one.details.get("spaces", ()) if space in one.names]
            glossary = await asyncio.to_thread(came.house.words.glossary, spaces)
            one.wordings = glossary.check(one.text, [source.quote for source in one.sources])


async def kept(came: Visit, problem: DemeureError) -> Response:
    """The error of a question that a plain form brought: the page holds what was typed."""
    if isinstance(problem, ForeignRequest) and problem.params.get("detail") != "token":
        return answer(came, problem)
    if isinstance(problem, BodyTooLarge | BodyTooSlow):  # what is left of the body cannot be read
        return answer(came, problem)
    try:
        form = came.values or await came.form()
    except (DemeureError, ClientDisconnect):  # the body itself is what was wrong
        return answer(came, problem)
    draft = form.get("question", "")[:60_000].encode("utf-8", "replace").decode()
    if not draft.strip():
        return answer(came, problem)
    response = answer(came, problem)  # for its status and headers
    conversation = form.get("conversation", "")[:128]
    page = came.page(
        "kept.html",
        response.status_code,
        title=came.t(title_of(came, response.status_code)),
        sentence=problem.sentence(came.language),
        draft=draft,
        conversation=conversation if conversation.isalnum() else "",
        chosen=came.every("space"),
        documents=came.every("document"),
        sure=isinstance(problem, ConfidedFirst),
        route=text_field(form, "route", 64) if isinstance(problem, ConfidedFirst) else "",
    )
    for name in ("WWW-Authenticate", "Connection"):
        if name in response.headers:
            page.headers[name] = response.headers[name]
    return page
