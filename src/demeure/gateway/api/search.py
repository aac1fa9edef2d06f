"""GET /api/search: what the page Recherche finds, for programs."""

from typing import Any

from starlette.responses import Response

from demeure.errors import InputError
from demeure.gateway.pages.find import LONGEST, found, passage_url
from demeure.gateway.visit import Visit
from demeure.library import Finding

FILTERS = {"type": "format", "author": "author", "tag": "tag", "since": "since", "until": "until"}


async def search(came: Visit) -> Response:
    """Query: ``q``; ``space``, ``document``, ``page`` and FILTERS."""
    query = came.request.query_params
    text = query.get("q", "")
    if not text.strip() or len(text) > LONGEST:
        raise InputError(detail="q")
    return came.json(finding_data(await found(came, text, query.get("space", ""), query, FILTERS)))


def finding_data(finding: Finding) -> dict[str, Any]:
    """A finding as JSON, for the API and the control door."""
    return {
        "total": finding.total,
        "whole": finding.whole,
        "more": finding.more,
        "meant": finding.meant,
        "by_meaning": finding.by_meaning,
        "seconds": round(finding.seconds, 4),
        "shut": {name: dict(why) for name, why in finding.shut.items()},
        "documents": [
            {
                "id": one.shown.document.id,
                "name": one.shown.document.name,
                "space": one.shown.document.space,
                "space_name": one.space,
                "whole": one.whole,
                "author": one.shown.document.author or one.shown.added_by,
                "written_on": one.shown.document.written_on,
                "added_at": one.shown.document.added_at,
                "tags": list(one.shown.tags),
                "newer": one.shown.newer or None,
                "passages": [
                    {
                        "passage": p.passage,
                        "place": dict(p.place),
                        "url": passage_url(one.shown.document.id, p.place, p.passage),
                        "pieces": [{"text": text, "marked": marked} for text, marked in p.pieces],
                    }
                    for p in one.passages
                ],
            }
            for one in finding.documents
        ],
    }
