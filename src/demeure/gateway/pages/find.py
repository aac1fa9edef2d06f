"""Recherche: words, phrases and numbers in the documents one may read; works without any model."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from demeure.assistant.sources import place_label
from demeure.gateway.pages.documents import brought_by, day_of, whole_number
from demeure.gateway.visit import Visit
from demeure.library import Finding, FoundDocument, Wanted, page_of

RESULTS = 20
LONGEST = 400
FILTERS = {"type": "format", "auteur": "author", "etiquette": "tag", "depuis": "since", "jusqua": "until"}


async def find(came: Visit) -> Response:
    """GET /recherche?q=…&espace=…: the first screen without ``q``. ``document``: look inside that one only."""
    query = came.request.query_params
    text, space = query.get("q", "")[:LONGEST], query.get("espace", "")
    spaces = await came.house.shelves.spaces(came.actor)
    inside = await _inside(came, query.get("document", ""))
    chosen = {name: query.get(name, "")[:200] for name in FILTERS}
    finding = await found(came, text, space, query, FILTERS) if text.strip() else None
    formats, tags = await came.house.finder.choices(came.actor)
    return came.page(
        "find.html",
        text=text,
        spaces=spaces,
        space=space,
        chosen=chosen,
        former=bool(query.get("anciens")),
        filtered=bool(space or inside or query.get("anciens") or any(chosen.values())),
        inside=inside,
        document=query.get("document", "") if inside else "",
        formats=formats,
        tags=tags,
        finding=finding,
        results=[_result(came, one) for one in finding.documents] if finding else [],
        some_worded=any(map(_worded, finding.documents)) if finding else False,
        summary=_summary(came, finding) if finding else "",
        pages=_pages(finding, query) if finding else {},
        meant=_address(query, q=finding.meant, page="") if finding and finding.meant else "",
        by_meaning=finding.by_meaning or not spaces or finding.sought.nothing if finding else True,
        inside_of=lambda document: _address(query, document=document, page=""),
    )


async def found(
    came: Visit, text: str, space: str, query: Mapping[str, str], filters: Mapping[str, str]
) -> Finding:
    """What the page and the API ask of the finder. ``filters``: field of ``query`` → of Wanted."""
    values = {field: query.get(name, "")[:200] for name, field in filters.items()}
    former = bool(query.get("anciens") or query.get("former"))
    wanted = Wanted(**values, document=query.get("document", "")[:128], former=former)  # type: ignore[arg-type] # texts
    page = whole_number(query.get("page", "")) or 1
    return await came.house.finder.find(came.actor, text, [space] if space else [], wanted, page, RESULTS)


def passage_url(document: str, place: Mapping[str, Any], passage: int) -> str:
    """Where a passage is looked at: the page of its document, the passage marked."""
    where = f"/documents/{quote(document, safe='')}"
    if (page := page_of(place)) is not None:
        return f"{where}/page/{page}?passage={passage}"
    return f"{where}/passage/{passage}"


async def _inside(came: Visit, document: str) -> str:
    """The name of the only document that is searched; empty when all are, or when it is not to be seen."""
    rows = await came.house.catalogue.shown(came.actor, [document]) if document else []
    return rows[0].name if rows else ""


def _result(came: Visit, one: FoundDocument) -> dict[str, Any]:
    document = one.shown.document
    return {
        "id": document.id,
        "name": document.name,
        "space": one.space,
        "space_id": document.space,
        "author": document.author or brought_by(came, one.shown.added_by),
        "day": day_of(document.written_on or document.added_at[:10]),
        "tags": one.shown.tags,
        "newer": one.shown.newer,
        "newer_name": one.shown.newer_name,
        "whole": one.whole,
        "more": max(0, one.count - len(one.passages)),
        "worded": _worded(one),
        "passages": [
            {
                "url": passage_url(document.id, passage.place, passage.passage),
                "place": place_label(passage.place, came.language),
                "pieces": passage.pieces,
            }
            for passage in one.passages
        ],
    }


def _worded(one: FoundDocument) -> bool:
    """Is any of the words there? Its name may be what was found, without a passage."""
    return one.whole or not one.passages or any(marked for each in one.passages for _, marked in each.pieces)


def _summary(came: Visit, finding: Finding) -> str:
    """How many documents hold all of it, and how many come near."""
    sentences, language = came.house.rendering.sentences, came.language
    if not finding.whole and finding.total:
        return came.t("find.only_near" if any(map(_worded, finding.documents)) else "find.only_meaning")
    if finding.more:
        told = [sentences.count(language, "find.whole_more", finding.whole)]
    else:
        told = [sentences.count(language, "find.whole", finding.whole)]
    near = finding.total - finding.whole
    if near:
        told.append(sentences.count(language, "find.near", near))
    return " ".join(told)


def _pages(finding: Finding, query: Mapping[str, str]) -> dict[str, Any]:
    current = whole_number(query.get("page", "")) or 1
    last = max(1, -(-finding.total // RESULTS))
    return {
        "current": current,
        "last": last,
        "before": _address(query, page=str(current - 1)) if current > 1 else "",
        "after": _address(query, page=str(current + 1)) if current < last else "",
    }


def _address(query: Mapping[str, str], **changes: str | None) -> str:
    kept = {
        name: query[name] for name in ("q", "espace", "document", "page", "anciens", *FILTERS) if query.get(name)
    }
    fields = {name: value for name, value in (kept | changes).items() if value}
    return f"/recherche?{urlencode(fields)}"
