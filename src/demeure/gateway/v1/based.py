"""The documents of the house asked through ``/v1/chat/completions``: model ``demeure-base``.

The same question as on a page: rights, policy, journal, conversation, check of what is said against the sources.
"""

import contextlib
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from demeure.assistant import Closed, Problem, Source, Sources, Started, Text
from demeure.errors import DemeureError, known_errors
from demeure.gateway.asking import Reading, learn, source_path, told
from demeure.gateway.errors import AnswerBroken, AnswerRefused
from demeure.gateway.gate import refused
from demeure.gateway.v1.asked import Asked, clean
from demeure.gateway.v1.shapes import invalid
from demeure.gateway.visit import Visit
from demeure.policy import Action, Resource
from demeure.policy.scopes import ASKS

Chunk = Mapping[str, Any]
_FIELDS = ("spaces", "documents", "conversation", "language", "class")
_MOST = 1000


async def based(came: Visit, wanted: Asked) -> AsyncGenerator[Chunk]:
    """Chunks as the chat model's; the first one has the sources, the last the rest of what a page shows."""
    await may_ask(came)
    if not wanted.question.strip():
        raise invalid("messages", "a last user message with a text", "un dernier message user avec un texte")
    _only_what_it_can(wanted)
    given = _given(wanted.own)
    names = await came.house.shelves.readable(came.actor)
    spaces = named_spaces(given["spaces"], names)
    language = given["language"] or came.language
    events = came.house.assistant.ask(
        came.actor,
        wanted.question,
        spaces or list(names),
        given["conversation"] or None,
        language,
        chosen=spaces,
        documents=given["documents"],
    )
    reading = Reading(wanted.question, names, details={"spaces": spaces or list(names)})
    broken: Problem | None = None
    async with contextlib.aclosing(events) as answers:
        async for event in answers:
            reading.take(event)
            match event:
                case Started():
                    yield _chunk({"role": "assistant", "content": ""}, started(event))
                case Sources():
                    await learn(came, [reading])
                    sources = [source_data(came, reading, source) for source in event.items]
                    yield {"choices": [], "demeure": {"sources": sources}}
                    for source in sources:
                        yield {"choices": [], "event": cited(source)}
                case Text():
                    yield _chunk({"content": event.delta})
                case Problem():
                    broken = event
                case Closed() if broken is None:
                    usage = await spent(came, reading)
                    yield _chunk({}, closed(came, reading, event), finish="stop")
                    yield {"choices": [], "usage": usage}
    if broken is not None:
        raise problem_of(broken)


async def may_ask(came: Visit) -> None:
    """Its key was given for that: the way itself opens to keys that were given for the models alone. Raises Denied,
    once it is written."""
    if came.actor.keyed:
        way = Resource("way", name="demeure-base", marks=frozenset({ASKS}))
        decision = came.house.decide(came.actor, Action.KEY_USE, way)
        if not decision.allowed:
            await refused(came, "POST /v1/chat/completions demeure-base", decision)


def _chunk(delta: dict[str, Any], own: dict[str, Any] | None = None, finish: str | None = None) -> Chunk:
    told = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return told | ({"demeure": own} if own else {})


def _only_what_it_can(wanted: Asked) -> None:
    """Raises RequestInvalid: said rather than passed over, since the answer would not be what was asked for. Tools
    that may be called are no such demand: front ends offer theirs with each question."""
    for name, given in (("tool_choice", wanted.must), ("response_format", "response_format" in wanted.request)):
        if given:
            raise invalid(name, "not with demeure-base", "pas avec demeure-base")
    if wanted.choices > 1:
        raise invalid("n", "1 with demeure-base", "1 avec demeure-base")


def _given(own: Mapping[str, Any]) -> dict[str, Any]:
    for name in own:
        if name not in _FIELDS:
            raise invalid("demeure", f"one of {', '.join(_FIELDS)}", f"l’un de {', '.join(_FIELDS)}")
    found: dict[str, Any] = {}
    for name in ("spaces", "documents"):
        values = own.get(name) or []
        if not isinstance(values, list) or len(values) > _MOST or not all(isinstance(one, str) for one in values):
            raise invalid(f"demeure.{name}", "a list of texts", "une liste de textes")
        found[name] = [clean(one, f"demeure.{name}")[:200] for one in values]
    for name in ("conversation", "language"):
        value = own.get(name) or ""
        if not isinstance(value, str) or len(value) > 128:
            raise invalid(f"demeure.{name}", "a text", "un texte")
        found[name] = clean(value, f"demeure.{name}")
    if found["language"] not in ("", "fr", "en"):
        raise invalid("demeure.language", "fr or en", "fr ou en")
    return found


def named_spaces(words: list[str], names: Mapping[str, str]) -> list[str]:
    """Ids of spaces named by id or by name; an unknown word stays: the room says that it is nobody's to read."""
    known = {name.casefold(): space for space, name in names.items()}
    return [word if word in names else known.get(word.casefold(), word) for word in words]


def started(event: Started) -> dict[str, Any]:
    """What identifies the answer."""
    found: dict[str, Any] = {"conversation": event.conversation, "message": event.message, "chain": event.chain}
    found |= {"left_out": list(event.left_out)} if event.left_out else {}
    found |= {"shut": dict(event.shut)} if event.shut else {}
    return found | {"journal": event.journal} | ({"searched": event.searched} if event.searched else {})


def source_data(came: Visit, reading: Reading, source: Source) -> dict[str, Any]:
    """One source for a program; ``url``: where a person opens it."""
    return {
        "number": source.number,
        "document": source.document,
        "document_id": source.document_id,
        "space": source.space,
        "space_name": reading.names.get(source.space, ""),
        "place": dict(source.place),
        "place_label": source.place_label,
        "quote": source.quote,
        "passage": source.passage,
        "url": came.house.address + source_path(source, reading.conversation, reading.message),
        "notice": reading.noticed.get(source.document_id, ""),
    }


def cited(source: Mapping[str, Any]) -> dict[str, Any]:
    """The same source as Open WebUI reads it in a stream, in the order of the numbers of the answer; other clients
    pass it over."""
    name = f"{source['document']} – {source['place_label']}" if source["place_label"] else str(source["document"])
    about = {"source": source["url"], "name": name}
    data = {"source": {"name": name, "url": source["url"]}, "document": [source["quote"]], "metadata": [about]}
    return {"type": "source", "data": data}


def closed(came: Visit, reading: Reading, event: Closed) -> dict[str, Any]:
    """What was said of the answer once it was whole: as the page marks it."""
    return {
        "found": event.found,
        "citations": list(event.citations),
        "unsupported": told(event.unsupported),
        "computed": told(event.computed),
        "wordings": [wording.told() for wording in event.wordings],
        "standing": [dict(one) for one in event.standing],
        "confided": reading.confided(came.language),
        "model": event.details.get("model", ""),
    }


async def spent(came: Visit, reading: Reading) -> dict[str, int]:
    """Tokens of the question and of what was read for it, and of the answer; counted for the key. A model that is
    away counts none."""
    read = "\n".join([reading.question, *(source.read or source.quote for source in reading.sources)])
    try:
        asked, said = [await came.house.model_room.count(text) for text in (read, reading.text)]
    except DemeureError:
        asked = said = 0
    await came.house.applications.spent(came.actor, asked + said)
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def problem_of(broken: Problem) -> DemeureError:
    """The error that an answer met: refused, or not possible now."""
    kind = known_errors().get(broken.code)
    refused_ = kind is not None and kind.http_status == 403
    return (AnswerRefused if refused_ else AnswerBroken)(sentence=broken.sentence)
