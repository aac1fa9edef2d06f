"""Registres, former texts: what people wrote in each part of a document, who and when; read, compared, put back."""

import asyncio
from datetime import datetime
from typing import Any

from starlette.responses import Response

from demeure.accountability import english, titles
from demeure.assistant.tasks import compared
from demeure.errors import DemeureError
from demeure.gateway.markdown import Marks, render
from demeure.gateway.pages.administration import done_or_told
from demeure.gateway.register_facts import gather
from demeure.gateway.register_files import names_for, registers_of
from demeure.gateway.register_room import kept_data, seen_now
from demeure.gateway.visit import Visit, path_number, text_field
from demeure.gateway.way import Way
from demeure.policy import Action, Resource

HERE = "/registres"


async def texts(came: Visit) -> Response:
    """GET /registres/{document}/textes?partie=…: every text that people gave to its parts, or to one; newest
    first."""
    name, section = _name(came), came.request.query_params.get("partie", "")[:100]
    found = await registers_of(came.house).former(came.actor, name, section, await gather(came.house))
    names = await names_for(came.house, came.actor)
    rows = [kept_data(one, part, names) for one, part in found]
    return came.page(
        "register_texts.html",
        rows=[(row, datetime.fromisoformat(row["at"])) for row in rows],
        last={row["section"]: row["number"] for row in reversed(rows)},
        one_part=bool(section),
        **_about(came, name),
    )


async def text(came: Visit) -> Response:
    """GET /registres/{document}/textes/{number}: that text, and what the one of now says otherwise."""
    return await _text(came)


async def _text(came: Visit, problem: DemeureError | None = None) -> Response:
    name = _name(came)
    kept, part = await registers_of(came.house).text(came.actor, name, path_number(came), await gather(came.house))
    found = await asyncio.to_thread(compared, kept.text, part.text)
    row = kept_data(kept, part.section, await names_for(came.house, came.actor))
    may = came.house.decide(came.actor, Action.REGISTER_CHANGE, Resource("register")).allowed
    return came.page(
        "register_text.html",
        problem.http_status if problem else 200,
        row=row,
        when=datetime.fromisoformat(row["at"]),
        text=render(kept.text, Marks({}, "")),
        pieces=[(one.kind, one.text) for one in found],
        changed=sum(one.kind != "same" for one in found),
        current=part.kept is not None and part.kept.number == kept.number,
        may=may,
        seen=seen_now(part),
        problem=problem.sentence(came.language) if problem else "",
        **_about(came, name),
    )


async def put_back(came: Visit) -> Response:
    """POST /registres/{document}/textes/{number}: field seen; it is the text of its part again."""
    seen = text_field(await came.form(), "seen", 64)
    name, facts = _name(came), await gather(came.house)
    return await done_or_told(
        registers_of(came.house).put_back(came.actor, name, path_number(came), seen, facts),
        lambda section: f"{HERE}/{name}?fait=remis&partie={section}#{section}",
        lambda problem: _text(came, problem),
    )


def _about(came: Visit, name: str) -> dict[str, Any]:
    title = titles().get(name, name)
    return {"document": name, "named": english.title(name) if came.language == "en" else title}


def _name(came: Visit) -> str:
    return str(came.request.path_params["document"])[:60]


_TEXTS = HERE + "/{document}/textes"
WAYS = (
    Way("GET", _TEXTS, texts, Action.REGISTER_READ, "refusal"),
    Way("GET", f"{_TEXTS}/{{number}}", text, Action.REGISTER_READ, "refusal"),
    Way("POST", f"{_TEXTS}/{{number}}", put_back, Action.REGISTER_CHANGE, "administration"),
)
