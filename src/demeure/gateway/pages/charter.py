"""The charter of use: read and accepted before anything else, written by those who answer for the house."""

from markupsafe import Markup
from starlette.responses import Response

from demeure.errors import DemeureError
from demeure.gateway.markdown import Marks, render
from demeure.gateway.pages.administration import done_or_told
from demeure.gateway.pages.rights import kept, tabs
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.policy import CHARTER, Action

_HERE, _WRITE = "/charte", "/droits/charte"
_BODY = 512 << 10


async def charter(came: Visit) -> Response:
    """GET /charte: what everybody accepts."""
    return await _charter(came)


async def _charter(came: Visit, problem: DemeureError | None = None) -> Response:
    found = await kept(came).charter.current()
    return came.page(
        "charter.html",
        problem.http_status if problem else 200,
        charter=found,
        text=shown(found.text) if found else "",
        owes=CHARTER in came.actor.owes,
        problem=problem.sentence(came.language) if problem else "",
    )


def shown(text: str) -> Markup:
    """Markdown as safe HTML."""
    return render(text, Marks({}, ""))


async def accept(came: Visit) -> Response:
    """POST /charte: field number, of the version that was shown."""
    number = text_field(await came.form(), "number", 9)
    work = kept(came).charter.accept(came.actor, int(number) if number.isdecimal() else 0)
    return await done_or_told(work, lambda _: "/", lambda problem: _charter(came, problem))


async def versions(came: Visit) -> Response:
    """GET /droits/charte."""
    return await _versions(came)


async def _versions(came: Visit, problem: DemeureError | None = None, given: str | None = None) -> Response:
    """``given``: the text to correct."""
    found, waiting = await kept(came).charter.versions(came.actor)
    newest = found[0] if found else None
    return came.page(
        "charter_written.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        versions=found,
        waiting=waiting,
        given=given if given is not None else newest.text if newest else "",
        after=newest.number if newest else 0,
        current=newest if newest and newest.text else None,
        text=shown(newest.text) if newest and newest.text else "",
        problem=problem.sentence(came.language) if problem else "",
        done=came.t("charter.written") if came.request.query_params.get("fait") == "charte" else "",
    )


async def write(came: Visit) -> Response:
    """POST /droits/charte: fields text, after."""
    fields = await came.form()
    text, after = text_field(fields, "text", 60_000), text_field(fields, "after", 9)
    return await done_or_told(
        kept(came).charter.write(came.actor, text, int(after) if after.isdecimal() else 0),
        lambda _: f"{_WRITE}?fait=charte",
        lambda problem: _versions(came, problem, text),
    )


WAYS = (
    Way("GET", _HERE, charter, Action.ACCOUNT_CHANGE, "refusal"),
    Way("POST", _HERE, accept, Action.ACCOUNT_CHANGE, "sign-in"),
    Way("GET", _WRITE, versions, Action.CHARTER_CHANGE, "refusal"),
    Way("POST", _WRITE, write, Action.CHARTER_CHANGE, "administration", body=_BODY, sensitive=True),
)
