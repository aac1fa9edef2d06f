"""Versions of a document, what changed between two of them, who looks after it and until when. All of it plain
forms."""

from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import RedirectResponse, Response

from demeure.assistant.sources import place_label
from demeure.errors import InputError
from demeure.gateway.errors import NothingChosen
from demeure.gateway.pages.chosen import chosen_ids, list_again, list_told, told_back
from demeure.gateway.pages.documents import day_of, whole_number
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.library import Change, Link, page_of
from demeure.library.errors import TooManyAtOnce
from demeure.policy import Action

CHANGES = 40
"""Of one page of a comparison."""
LONGEST = 1_500
"""Characters of one run of words shown; what is longer is said, and its page is a link away."""
ACTS = ("replaces", "replaced", "apart")
CARE = {"responsable": "owner", "relire": "review_on", "garder": "keep_until"}
"""Field of a form → what it says of documents."""


async def versions(came: Visit) -> Response:
    """GET /documents/{document}/versions?q=…: ``q`` looks for another version by its name."""
    name = _document(came)
    row, (space, manages) = await came.house.shelves.document(came.actor, name), await place(came, name)
    found = await came.house.tending.versions(came.actor, name)
    text = came.request.query_params.get("q", "")[:200]
    others = await came.house.tending.candidates(came.actor, name, text) if manages else []
    return came.page(
        "versions.html",
        row=row,
        space=space,
        manages=manages,
        line=[(one, _told(came, found.links.get(one.document.id))) for one in found.line],
        asked=[(link, other, _told(came, link), _pair(link, name)) for link, other in found.asked],
        apart=[other for _, other in found.apart],
        near=await came.house.tending.near(came.actor, name),
        others=others,
        text=text,
        day_of=day_of,
        when=lambda one: one.document.written_on or one.document.added_at[:10],
        done="fait" in came.request.query_params,
    )


async def say(came: Visit) -> Response:
    """POST /documents/{document}/versions: fields ``what`` (see ACTS) and ``other``; ``retour``: the health
    page."""
    form, name = await came.form(), _document(came)
    await act(came, name, text_field(form, "other", 128), text_field(form, "what", 20))
    if form.get("retour") == "sante":
        row = await came.house.shelves.document(came.actor, name)
        return RedirectResponse(f"/espaces/{quote(row.space, safe='')}/sante?fait", 303)
    return RedirectResponse(f"/documents/{quote(name, safe='')}/versions?fait", 303)


async def act(came: Visit, document: str, other: str, what: str) -> None:
    """``replaces``: it takes the place of ``other``; ``replaced``: the other way round; ``apart``: neither."""
    tending = came.house.tending
    if what not in ACTS or not other:
        raise InputError(detail="what")
    if what == "apart":
        await tending.apart(came.actor, document, other)
    else:
        await tending.replaces(came.actor, *((document, other) if what == "replaces" else (other, document)))


async def compare(came: Visit) -> Response:
    """GET /documents/{document}/comparer?avec=…&page=…: what the document says otherwise than the one named."""
    query, name = came.request.query_params, _document(came)
    compared = await came.house.comparing.compare(came.actor, query.get("avec", "")[:128], name)
    changes = compared.found.changes
    last = max(1, -(-len(changes) // CHANGES))
    number = min(whole_number(query.get("page", "")) or 1, last)
    first = (number - 1) * CHANGES
    here = f"/documents/{quote(name, safe='')}/comparer"

    def address(page: int) -> str:
        return f"{here}?{urlencode({'avec': compared.former.id, 'page': page})}"

    return came.page(
        "compare.html",
        former=compared.former,
        newer=compared.newer,
        found=compared.found,
        changes=[
            _change(came, first + at, one, compared.former.id, name)
            for at, one in enumerate(changes[first : first + CHANGES], 1)
        ],
        number=number,
        last=last,
        before=address(number - 1) if number > 1 else "",
        after=address(number + 1) if number < last else "",
        turned=f"/documents/{quote(compared.former.id, safe='')}/comparer?{urlencode({'avec': name})}",
    )


async def care(came: Visit) -> Response:
    """POST /documents/{document}/suivi: who looks after it, when it is to be read again, until when it is kept."""
    form, name = await came.form(), _document(came)
    values = {field: text_field(form, word, 200) for word, field in CARE.items() if word in form}
    count = await came.house.tending.care(came.actor, [name], values)
    return RedirectResponse(f"/documents/{quote(name, safe='')}?{'fait' if count else 'suivi=rien'}#suivi", 303)


async def care_many(came: Visit) -> Response:
    """POST /documents/suivi: the same for those chosen; a field left empty changes nothing, unless ``vider``."""
    try:
        ids = await chosen_ids(came)
    except (NothingChosen, TooManyAtOnce) as problem:
        return await list_told(came, problem)
    form = came.values
    values = {field: text_field(form, word, 200) for word, field in CARE.items()}
    if not form.get("vider"):
        values = {field: value for field, value in values.items() if value.strip()}
    count = await came.house.tending.care(came.actor, ids, values)
    if not count:
        return await told_back(came, "care.nothing")
    return RedirectResponse(list_again(came, suivi=str(count)), 303)


async def place(came: Visit, document: str) -> tuple[str, bool]:
    """The name of the space of a document one sees, and whether one manages it."""
    row = await came.house.shelves.document(came.actor, document)
    mine = next((s for s in await came.house.shelves.spaces(came.actor) if s.id == row.space), None)
    return (mine.name, mine.manages) if mine else ("", False)


def _told(came: Visit, link: Link | None) -> str:
    """Why it is a version, in words."""
    return came.t(f"versions.why_{link.why}") if link is not None else ""


def _pair(link: Link, name: str) -> str:
    """What is asked, seen from ``name``."""
    return "replaces" if link.document == name else "replaced"


def _change(came: Visit, number: int, one: Change, former: str, newer: str) -> dict[str, Any]:
    return {
        "number": number,
        "former": _place(came, one.former, former),
        "newer": _place(came, one.newer, newer),
        "before": one.before[-200:],
        "after": one.after[:200],
        "runs": [
            (run.kind, run.text[:1].isspace(), run.text.strip()[:LONGEST], max(0, len(run.text) - LONGEST))
            for run in one.runs
        ],
    }


def _place(came: Visit, of: Any, document: str) -> tuple[str, str] | None:
    """(words, address) of a place of a document."""
    if of is None:
        return None
    page = page_of(of)
    at = f"/documents/{quote(document, safe='')}/{f'page/{page}' if page is not None else 'texte'}"
    return place_label(of, came.language) or came.t("viewer.text"), at


def _document(came: Visit) -> str:
    return str(came.request.path_params["document"])


_AT = "/documents/{document}"
WAYS = (
    Way("GET", f"{_AT}/versions", versions, Action.DOCUMENT_READ, "refusal", decided_by="library"),
    Way("POST", f"{_AT}/versions", say, Action.DOCUMENT_TEND, "administration", decided_by="library"),
    Way("GET", f"{_AT}/comparer", compare, Action.DOCUMENT_READ, "look", decided_by="library"),
    Way("POST", f"{_AT}/suivi", care, Action.DOCUMENT_TEND, "administration", decided_by="library"),
    Way("POST", "/documents/suivi", care_many, Action.DOCUMENT_TEND, "administration", decided_by="library"),
)
