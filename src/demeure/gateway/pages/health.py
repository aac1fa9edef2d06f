"""« Santé du fonds »: what in a space needs somebody, each line with what to do; numbers alone for who
administers."""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from starlette.responses import RedirectResponse, Response

from demeure.gateway.pages.documents import day_of, noticed, reason_sentence
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.library.health import KINDS, ROWS, Row
from demeure.policy import Action

LISTED = {"unreadable": "failed", "superseded": "superseded", "expired": "expired", "review": "review"}
"""Sections whose whole list is a filter of Documents."""


async def health(came: Visit) -> Response:
    """GET /espaces/{space}/sante."""
    space = _space(came)
    report = await came.house.health.report(came.actor, space, ROWS)
    rows = {kind: await _noticed(came, kind, found) for kind, found in report.rows.items()}
    return came.page(
        "health.html",
        report=report,
        rows=rows,
        kinds=KINDS,
        well=not any(report.counts.get(kind, 0) for kind in KINDS),
        list_of=lambda kind: (
            f"/documents?{urlencode({'espace': space, 'etat': LISTED[kind]})}" if kind in LISTED else ""
        ),
        reason_of=lambda row: reason_sentence(came.language, *row.reason) if row.reason else "",
        find=lambda question: f"/recherche?{urlencode({'q': question, 'espace': space})}",
        title_of=lambda kind: came.t(f"health.kind_{kind}"),
        why_of=lambda kind: came.t(f"health.why_{kind}"),
        why=lambda link: came.t(f"versions.why_{link.why}"),
        day_of=day_of,
        done="fait" in came.request.query_params,
    )


async def _noticed(came: Visit, kind: str, found: Sequence[Row]) -> list[tuple[Row, list[str]]]:
    """Each row, with what reading it noticed where that is what it is shown for."""
    if kind != "partly" or not found:
        return [(one, []) for one in found]
    shown = await came.house.catalogue.shown(came.actor, [one.document.id for one in found])
    said = {row.id: [sentence for sentence, _ in noticed(row, came.language)] for row in shown}
    return [(one, said.get(one.document.id, [])) for one in found]


async def questions(came: Visit) -> Response:
    """POST /espaces/{space}/questions: ``gather`` set, questions without an answer are gathered from now on."""
    form = await came.form()
    await came.house.health.gather(came.actor, _space(came), bool(form.get("gather")))
    return RedirectResponse(f"/espaces/{quote(_space(came), safe='')}/sante?fait#gaps", 303)


def _space(came: Visit) -> str:
    return str(came.request.path_params["space"])


WAYS = (
    Way("GET", "/espaces/{space}/sante", health, Action.SPACE_TEND, "look", decided_by="library"),
    Way("POST", "/espaces/{space}/questions", questions, Action.SPACE_TEND, "administration", decided_by="library"),
)
