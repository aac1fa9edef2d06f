"""Administration, people brought as a list: shown first with what is wrong in it, then added whole."""

import csv
import io

from starlette.responses import Response

from demeure.errors import DemeureError, InputError
from demeure.gateway.gate import check_token
from demeure.gateway.import_room import Brought
from demeure.gateway.pages.administration import ROLE_WORDS, tabs
from demeure.gateway.pages.rights import kept
from demeure.gateway.upload import FileForm
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.identity import PeopleFile
from demeure.policy import Action

_HERE = "/administration/personnes/importer"
_BYTES, _BODY = 1 << 20, 4 << 20


async def lists(came: Visit) -> Response:
    """GET /administration/personnes/importer."""
    return _page(came)


def _page(
    came: Visit,
    problem: DemeureError | None = None,
    *,
    found: PeopleFile | None = None,
    text: str = "",
    brought: Brought | None = None,
) -> Response:
    """``found``: what the file says, ``text``; ``brought``: who was added, with links shown once."""
    return came.page(
        "people_list.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        found=found,
        text=text,
        mistakes=[(one.line, getattr(one, came.language)) for one in found.mistakes] if found else [],
        roles={role: came.t(key) for role, key in ROLE_WORDS.items()},
        links=links_csv(came.house.address, brought) if brought else "",
        added=len(brought.people) if brought else 0,
        problem=problem.sentence(came.language) if problem else "",
    )


def links_csv(address: str, brought: Brought) -> str:
    """Name, login and link of each one added, as a CSV text."""
    sink = io.StringIO()
    pen = csv.writer(sink, delimiter=";", lineterminator="\n")
    for person, token in zip(brought.people, brought.links, strict=True):
        pen.writerow((safe_cell(person.name), safe_cell(person.login), f"{address}/lien/{token}"))
    return sink.getvalue()


def safe_cell(text: str) -> str:
    """What a spreadsheet would run as a formula is kept as text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


async def look(came: Visit) -> Response:
    """POST /administration/personnes/importer: fields ``token``, then the file. Adds nobody."""
    form = FileForm(came.request.headers.get("content-type", ""), came.request.stream())
    check_token(came, (await form.fields()).get("token", ""))
    try:
        async for _, stream in form.files():
            data = b"".join([piece async for piece in stream])
            found = await kept(came).lists.look(came.actor, data)
            return _page(came, found=found, text=_text(data))
        raise InputError(detail="file")
    except DemeureError as problem:
        if problem.http_status not in (400, 409):
            raise
        return _page(came, problem)


async def bring(came: Visit) -> Response:
    """POST /administration/personnes/importer/ajouter: field list, the text that was shown."""
    text = text_field(await came.form(), "list", _BYTES)
    try:
        return _page(came, brought=await kept(came).lists.bring(came.actor, text.encode()))
    except DemeureError as problem:
        if problem.http_status not in (400, 409):
            raise
        return _page(came, problem)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


WAYS = (
    Way("GET", _HERE, lists, Action.PEOPLE_ADMINISTER, "refusal"),
    Way("POST", _HERE, look, Action.PEOPLE_ADMINISTER, "administration", body=_BYTES + (64 << 10)),
    Way(
        *("POST", f"{_HERE}/ajouter", bring, Action.PEOPLE_ADMINISTER, "administration"),
        body=_BODY,
        sensitive=True,
    ),
)
