"""The Assistant beside its answers: a new conversation, one's history and its search, renaming, deleting."""

from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from demeure.assistant import TITLE_LENGTH
from demeure.errors import DemeureError
from demeure.gateway.api import conversations as api
from demeure.gateway.pages import answer
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.policy import Action

PAGE = 50


async def assistant(came: Visit) -> Response:
    """GET /assistant?espace=…&document=…: a new conversation, about chosen documents when some are named."""
    named = tuple(came.request.query_params.getlist("espace")[:1000])
    documents = tuple(came.request.query_params.getlist("document")[:100])
    return await answer.desk(came, [], "", chosen=named, documents=documents)


async def history(came: Visit) -> Response:
    """GET /assistant/historique?q=…&page=…: all one's conversations, or those that hold some words."""
    query = came.request.query_params
    said, page = query.get("q", "")[:1000].strip(), _number(query.get("page", "1"))
    memory, told = came.house.memory, "efface" in query
    if said:
        found = await memory.search(came.actor, said, PAGE)
        return came.page("history.html", found=found, said=said, number=1, more=False, told=told)
    found = await memory.recent(came.actor, PAGE + 1, PAGE * (page - 1))
    return came.page("history.html", found=found[:PAGE], said="", number=page, more=len(found) > PAGE, told=told)


def _number(given: str) -> int:
    return min(int(given), 100_000) if given.isascii() and given.isdigit() and int(given) else 1


async def naming(came: Visit) -> Response:
    """GET /conversation/{conversation}/renommer."""
    about = await came.house.memory.about(came.actor, came.request.path_params["conversation"])
    return came.page("rename.html", about=about, given=about.title, problem="", limit=TITLE_LENGTH)


async def rename(came: Visit) -> Response:
    """POST /conversation/{conversation}/renommer: a name that cannot be is told beside the field."""
    conversation = came.request.path_params["conversation"]
    about = await came.house.memory.about(came.actor, conversation)
    given = text_field(came.values or await came.form(), "title")
    try:
        await came.house.memory.rename(came.actor, conversation, given)
    except DemeureError as problem:
        if problem.http_status != 400:
            raise
        sentence = problem.sentence(came.language)
        return came.page("rename.html", 400, about=about, given=given, problem=sentence, limit=TITLE_LENGTH)
    return RedirectResponse(f"/conversation/{conversation}", 303)


async def confirm(came: Visit) -> Response:
    """GET /conversation/{conversation}/supprimer: the question before the deletion."""
    about = await came.house.memory.about(came.actor, came.request.path_params["conversation"])
    return came.page("forget.html", about=about)


async def delete(came: Visit) -> Response:
    """POST /conversation/{conversation}/supprimer."""
    await api.forget(came, came.request.path_params["conversation"])
    return RedirectResponse(f"/assistant/historique?{urlencode({'efface': ''})}", 303)


async def stop(came: Visit) -> Response:
    """POST /conversation/{conversation}/arreter: the answer being written there."""
    await api.stop(came)
    return RedirectResponse(f"/conversation/{came.request.path_params['conversation']}", 303)


_READ = (Action.CONVERSATION_READ, "refusal", "conversation")
_WRITE = (Action.CONVERSATION_WRITE, "administration", "conversation")
_STOP = (Action.CONVERSATION_WRITE, "request", "conversation")

PAGES = (
    Way("GET", "/assistant", assistant, Action.PAGE_VIEW, "refusal"),
    Way("GET", "/assistant/historique", history, *_READ),
    Way("POST", "/demander", answer.ask, Action.ASK, "request", decided_by="assistant", told=answer.kept),
    Way("GET", "/conversation/{conversation}", answer.reread, *_READ),
    Way("GET", "/conversation/{conversation}/renommer", naming, *_READ),
    Way("POST", "/conversation/{conversation}/renommer", rename, *_WRITE),
    Way("GET", "/conversation/{conversation}/supprimer", confirm, *_READ),
    Way("POST", "/conversation/{conversation}/supprimer", delete, *_WRITE),
    Way("POST", "/conversation/{conversation}/arreter", stop, *_STOP, without_journal=True),
)

API = (
    Way(
        *("GET", "/api/conversations", api.conversations, *_READ),
        summary="One's own conversations, or those that hold some words",
        parameters=("q",),
    ),
    Way(*("GET", "/api/conversations/{conversation}", api.conversation, *_READ), summary="One conversation"),
    Way(
        *("GET", "/api/conversations/{conversation}/events", api.events, *_READ),
        summary="The answer being written there, as events; 204 when none is",
        answers="events",
    ),
    Way(
        *("POST", "/api/conversations/{conversation}/stop", api.stop, *_STOP),
        without_journal=True,
        summary="Stop the answer being written there",
    ),
    Way(
        *("DELETE", "/api/conversations/{conversation}", api.delete, *_WRITE),
        summary="Delete a conversation",
        answers="nothing",
    ),
)
