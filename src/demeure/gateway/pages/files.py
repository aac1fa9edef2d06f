"""An answer as a file to send, and the word that one has read it again."""

from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from demeure.assistant import place_label
from demeure.assistant.citations import numbers_in
from demeure.assistant.tongue import asked_in
from demeure.gateway.errors import NoSpaceForNames, PageUnknown
from demeure.gateway.house import House
from demeure.gateway.pages.answer import reading_of
from demeure.gateway.sending import Hiding, Sent, ToSend, code_of
from demeure.gateway.unsourced import marks
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.policy import Action, Actor
from demeure.workshop import FILE_FORMATS, LetterSource


async def file(came: Visit) -> Response:
    """GET /conversation/{conversation}/{message}/fichier?format=…&lettre=1&masque=1, and the same under /api."""
    query = came.request.query_params
    conversation, message = came.request.path_params["conversation"], came.request.path_params["message"]
    kind, letter = query.get("format", "docx"), asks(query, "lettre", "letter")
    told = await answer_to_send(came.house, came.actor, came.language, (conversation, message), letter=letter)
    return as_response(await masked_or_not(came, told, kind))


def asks(query: Mapping[str, str], name: str, english: str) -> bool:
    """Is that form of the file asked for: ``name=1``, or ``forme=name`` as the pages' one choice says it?"""
    return query.get(name, query.get(english, "")) == "1" or query.get("forme") == name


async def masked_or_not(came: Visit, told: ToSend, kind: str) -> Sent:
    """The file: ``masque=1`` hides personal data for good, ``pseudonymes=1`` so that they come back (``dossier=``
    names the table, kept by the one space that the text comes from). Raises NoSpaceForNames besides."""
    query = came.request.query_params
    mask = asks(query, "masque", "mask")
    hide = None
    if asks(query, "pseudonymes", "pseudonyms"):
        hide = hiding(came.house, came.actor, told.spaces, query.get("dossier", ""))
    return await came.house.sending.file(came.actor, came.language, told, kind, mask=mask or bool(hide), hide=hide)


def hiding(house: House, actor: Actor, spaces: Sequence[str], dossier: str) -> Hiding:
    """What hides with the table of ``dossier``. Raises NoSpaceForNames: not of one space alone."""
    if len(spaces) != 1:
        raise NoSpaceForNames()
    return partial(house.persons.pseudonyms.hide, actor, spaces[0], dossier)


def as_response(sent: Sent) -> Response:
    """A file that leaves, by its own name."""
    name = quote(sent.name, safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    return Response(sent.data, media_type=sent.type, headers=headers)


async def answer_to_send(
    house: House, actor: Actor, language: str, where: tuple[str, str], *, letter: bool = False
) -> ToSend:
    """One answer of ``actor``'s, by its conversation and its message (none: the last one), as the page shows it.
    Raises the assistant's ConversationUnknown, and PageUnknown: it has no text, or may not be read any more."""
    conversation, message = where
    names = await house.shelves.readable(actor)
    exchanges = await house.memory.conversation(actor, conversation)
    found = [one for one in exchanges if message in ("", one.message)][-1:]
    if not found or found[0].withdrawn or not found[0].text or found[0].outcome == "open":
        raise PageUnknown()
    reading = reading_of(found[0], names, house.settings.organisation)
    code = await code_of(house.records, actor, reading.chain) if reading.outcome == "done" else ""
    spoken = asked_in(reading.question, language)
    text, say = reading.cited_text, partial(house.rendering.say, spoken)
    cited = set(numbers_in(text))
    return ToSend(
        title=reading.question,
        text=text,
        sources=tuple(
            LetterSource(source.number, say("answer.gone"))
            if source.gone
            else LetterSource(
                source.number, source.document, place_label(source.place, spoken), reading.spoken(source)
            )
            for source in reading.sources
            if source.number in cited
        ),
        spaces=tuple(reading.details.get("spaces", ())),
        model=str(reading.details.get("model", "")),
        made_at=reading.ended_at,
        review=reading.review,
        marks=marks(say, sorted((*reading.unsupported, *reading.computed), key=lambda one: one.start)),
        letter=letter,
        chain=reading.chain,
        entry=reading.journal,
        code=code,
        sensitivity=(await house.memory.about(actor, conversation)).sensitivity,
        spoken=spoken,
    )


async def review(came: Visit) -> Response:
    """POST /conversation/{conversation}/{message}/relu: « I have read it again », said once, in one's name."""
    conversation, message = came.request.path_params["conversation"], came.request.path_params["message"]
    await came.house.memory.review(came.actor, conversation, message, came.house.clock.now())
    if came.wants_json:
        return Response(status_code=204)
    return RedirectResponse(f"/conversation/{quote(conversation, safe='')}", 303)


_EXPORT = (Action.CONVERSATION_EXPORT, "export", "conversation")
_WRITE = (Action.CONVERSATION_WRITE, "administration", "conversation")
_ANSWER = "/conversation/{conversation}/{message}"
_API = "/api/conversations/{conversation}/{message}"
PAGES = (
    Way("GET", f"{_ANSWER}/fichier", file, *_EXPORT),
    Way("POST", f"{_ANSWER}/relu", review, *_WRITE),
)
API = (
    Way(
        *("GET", f"{_API}/file", file, *_EXPORT),
        summary=f"An answer as a file: {', '.join(FILE_FORMATS)}",
        parameters=("format", "letter", "mask", "pseudonyms", "dossier"),
        answers="file",
    ),
    Way(*("POST", f"{_API}/review", review, *_WRITE), summary="I have read this answer again", answers="nothing"),
)
