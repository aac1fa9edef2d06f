"""A place of a document: the page as a picture with the passage marked, or its text; the original; the card.

Everything works as plain links; ``viewer.js`` only brings the same page beside the conversation.
"""

import re
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response, StreamingResponse

from demeure.assistant.dossier import Ready
from demeure.errors import DemeureError
from demeure.gateway import keeping_told, marks_told
from demeure.gateway.catalogue import DocumentRow
from demeure.gateway.errors import PageUnknown
from demeure.gateway.guard import POLICY
from demeure.gateway.keeping_told import erased_by_the_house
from demeure.gateway.pages import classes, documents, viewer_shapes
from demeure.gateway.standings import sentence
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.waits import roughly
from demeure.gateway.way import Handler, Way
from demeure.library import DocumentUnknown, PassageUnknown, asynchronous
from demeure.policy import Action
from demeure.workshop import PageAbsent, PageImage, flag_sentence

WIDTHS = (480, 800, 1200, 1600, 2000)
"""Pixels a page may be drawn in: few, so that pictures are found again in memory."""

PLACES = {
    "found": "sources.place_found",
    "changed": "sources.place_changed",
    "moved": "sources.place_moved",
    "copied": "sources.place_copied",
}
"""What happened at a place of a watched folder → its word."""

USUAL, LARGE = 1200, 2000
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "epub": "application/epub+zip",
    "rtf": "application/rtf",
    "txt": "text/plain; charset=utf-8",
    "md": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "tiff": "image/tiff",
}
"""Told for these; HTML, messages and the rest travel as bytes that no browser runs."""


async def page(came: Visit) -> Response:
    """GET /documents/{document}/page/{page}?passage=…&source=…&taille=grande."""
    number = _number(came.request.path_params["page"])
    asked = _optional(came.request.query_params.get("passage", ""))
    return await _shown(came, page=number, passage=asked)


async def passage(came: Visit) -> Response:
    """GET /documents/{document}/passage/{passage}?source=…: a place that is not a page."""
    return await _shown(came, page=None, passage=_number(came.request.path_params["passage"]))


async def text(came: Visit) -> Response:
    """GET /documents/{document}/texte: the beginning of a document without pages."""
    return await _shown(came, page=None, passage=None)


async def picture(came: Visit) -> Response:
    """GET /documents/{document}/page/{page}.png?largeur=…. Never stored by a browser: machines are shared, and the
    house finds the picture again faster than a disk would."""
    number = _number(came.request.path_params["page"])
    asked = _optional(came.request.query_params.get("largeur", "")) or USUAL
    width = next((step for step in WIDTHS if step >= asked), WIDTHS[-1])
    image = await came.house.viewer.image(came.actor, _document(came), number, width)
    return Response(image.png, media_type="image/png", headers={"Cache-Control": "no-store"})


async def original(came: Visit) -> Response:
    """GET /documents/{document}/original: handed over to be saved, never shown in one of our pages: a file opened
    inside the house's own address would run there."""
    row, chunks = await came.house.viewer.original(came.actor, _document(came))
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", row.name)
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(row.name, safe='')}",
        "Content-Length": str(row.size),
        "Content-Security-Policy": f"{POLICY}; sandbox",
        "Cache-Control": "no-store",
    }
    kind = _KINDS.get(row.format, "application/octet-stream")
    return StreamingResponse(asynchronous(chunks), headers=headers, media_type=kind)


async def card(came: Visit) -> Response:
    """GET /documents/{document}: what the house knows of it."""
    name = _document(came)
    document, space, who = await came.house.viewer.card(came.actor, name)
    row = await came.house.shelves.document(came.actor, name)
    signal, word, reason = documents.state(came, row)
    known = {one.id: one for one in await came.house.catalogue.shown(came.actor, [row.id, row.former])}
    shown = known.get(row.id, row)
    about = await came.house.tending.versions(came.actor, name)
    image = None
    if document.format in viewer_shapes.PICTURED:
        image, _problem = await _drawn(came, name, 1, WIDTHS[0])
    mine = next((s for s in await came.house.shelves.spaces(came.actor) if s.id == row.space), None)
    pictured = image or document.format in viewer_shapes.PICTURED
    fate = keeping_told.fate(came, document)
    flags = [(flag_sentence(flag, came.language), count) for flag, count in (document.flags or {}).items()]
    return came.page(
        "card.html",
        row=row,
        document=document,
        space=space,
        stands=[(sentence(came, one), one.newer, fate if one.kind == "expired" else "") for one in shown.standing],
        fate=fate if row.keep_until or erased_by_the_house(document) else "",
        versions=shown.versions,
        asked=[(other.document.name, "replaces" if link.document == name else "") for link, other in about.asked],
        near=await came.house.tending.near(came.actor, name),
        manages=mine is not None and mine.manages,
        done=came.request.query_params.get("fait", "rien") == "",
        nothing=came.request.query_params.get("suivi") == "rien",
        **await classes.of_document(came, name),
        day_of=documents.day_of,
        former=known.get(row.former),
        brought=_brought(came, row, who),
        places=[
            (moment, folder, path, came.t(PLACES[what]))
            for folder, path, what, at in await came.house.folders.places(row.id)
            if what in PLACES and (moment := datetime.fromisoformat(at))
        ],
        written_on=documents.day_of(row.written_on) if row.written_on else None,
        signal=signal,
        word=word,
        reason=reason,
        flags=flags,
        personal=documents.personal_told(came, row),
        orders=await came.house.viewer.orders(came.actor, name),
        screened=documents.screened(came, row),
        image=image,
        **await _ready(came, row),
        may_delete=bool(await came.house.catalogue.erasable(came.actor, [row.id])),
        start=f"/documents/{quote(name, safe='')}/{'page/1' if pictured else 'texte'}",
    )


async def marks(came: Visit) -> Response:
    """GET /documents/{document}/donnees: each mark of personal data, and why it is one (``suite``: a part)."""
    name, first = _document(came), _optional(came.request.query_params.get("suite", "")) or 0
    row = await came.house.shelves.document(came.actor, name)
    found = await came.house.viewer.marks(came.actor, name, first)
    return came.page(
        "marks.html",
        row=row,
        part=first,
        marks=marks_told.rows(found, came.language),
        following=found.following,
        paged=row.format in viewer_shapes.PICTURED,
    )


READY = {
    "ready": ("ok", "ready.ready"),
    "preparing": ("busy", "ready.preparing"),
    "waiting": ("busy", "ready.waiting"),
    "no": ("wait", "ready.no"),
    "impossible": ("warn", "ready.impossible"),
}
"""How ready a document is → its signal and its sentence."""


async def _ready(came: Visit, row: DocumentRow) -> dict[str, Any]:
    """How ready it is for questions."""
    found = await came.house.dossiers.ready(came.actor, row.id)
    signal, word = READY[found.state]
    return {
        "ready": found,
        "ready_signal": signal,
        "ready_word": came.t(word),
        "ready_why": found.why[came.language] if found.why else "",
        "ready_left": _left(came, found),
        "askable": row.state in ("searchable", "ready"),
    }


def _left(came: Visit, found: Ready) -> str:
    """How long reading it takes, or still takes, as others took here; empty: none was read yet, or nothing is to be
    read."""
    if not found.seconds or found.state not in ("no", "waiting", "preparing"):
        return ""
    return roughly(came, found.seconds * (100 - found.share) / 100)


async def readiness(came: Visit) -> Response:
    """GET /documents/{document}/pret: that part of the page, for who watches it being prepared."""
    row = await came.house.shelves.document(came.actor, _document(came))
    return came.page("_ready.html", row=row, **await _ready(came, row))


async def keep(came: Visit) -> Response:
    """POST /documents/{document}/pret: field keep, 1 or 0."""
    wanted = text_field(await came.form(), "keep") == "1"
    await came.house.dossiers.pin(came.actor, _document(came), keep=wanted)
    return RedirectResponse(f"/documents/{quote(_document(came), safe='')}#ready", 303)


def _brought(came: Visit, row: DocumentRow, who: str) -> list[str]:
    """Who brought it, and by which door."""
    door = documents.provenance(came, row)
    if row.door == "folder":
        return [door]
    return [part for part in (who or came.t("documents.by_machine"), door) if part]


async def _shown(came: Visit, *, page: int | None, passage: int | None) -> Response:
    """The viewer, or a page that says why there is nothing to view, with what the answer had quoted."""
    name = _document(came)
    answer = await viewer_shapes.answer_of(came)
    try:
        view = await came.house.viewer.view(came.actor, name, page=page, passage=passage)
        if page is None and view.paged and view.page is not None:
            return RedirectResponse(viewer_shapes.path(came, name, view.page, passage), 303)
        if page is not None and not view.paged:  # slides, rows, headings: there is no picture of them
            return RedirectResponse(viewer_shapes.path(came, name, None, passage), 303)
        large = came.request.query_params.get("taille") == "grande"
        image, why = await _drawn(came, name, page, LARGE if large else USUAL) if page else (None, "")
    except (DocumentUnknown, PassageUnknown, PageAbsent) as problem:
        return _absent(came, name, problem, answer)
    lost = passage is not None and view.passage is None
    values = viewer_shapes.values(came, view, image, answer, large=large)
    return came.page("viewer.html", **values, problem=why, lost=lost)


async def _drawn(came: Visit, document: str, page: int, width: int) -> tuple[PageImage | None, str]:
    """The picture, or why there is none: the text is shown all the same."""
    try:
        return await came.house.viewer.image(came.actor, document, page, width), ""
    except (DocumentUnknown, PageAbsent):
        raise
    except DemeureError as problem:  # rights and journal have had their say: this is about drawing
        return None, problem.sentence(came.language)


def _absent(came: Visit, name: str, problem: DemeureError, answer: viewer_shapes.Answer | None) -> Response:
    source = answer.source if answer else None
    exists = not isinstance(problem, DocumentUnknown)
    return came.page(
        "viewer_absent.html",
        problem.http_status,
        sentence=problem.sentence(came.language),
        source=source,
        back=answer.back if answer else "",
        card=f"/documents/{quote(name, safe='')}" if exists else "",
    )


def _document(came: Visit) -> str:
    return str(came.request.path_params["document"])


def _number(value: str) -> int:
    """A number of an address. Raises PageUnknown."""
    if not _NUMBER.fullmatch(value):
        raise PageUnknown()
    return int(value)


def _optional(value: str) -> int | None:
    return int(value) if _NUMBER.fullmatch(value) else None


def _look(path: str, handler: Handler, action: Action) -> Way:
    return Way("GET", path, handler, action, "look", decided_by="library")


PAGES = (
    _look("/documents/{document}", card, Action.DOCUMENT_READ),
    Way(
        *("GET", "/documents/{document}/pret", readiness, Action.DOCUMENT_READ, "refusal"),
        decided_by="library",
    ),
    Way(
        *("POST", "/documents/{document}/pret", keep, Action.DOCUMENT_PIN, "administration"),
        decided_by="library",
    ),
    _look("/documents/{document}/original", original, Action.DOCUMENT_OPEN),
    _look("/documents/{document}/texte", text, Action.DOCUMENT_READ),
    _look("/documents/{document}/donnees", marks, Action.DOCUMENT_READ),
    _look("/documents/{document}/passage/{passage}", passage, Action.DOCUMENT_READ),
    _look("/documents/{document}/page/{page}.png", picture, Action.DOCUMENT_OPEN),
    _look("/documents/{document}/page/{page}", page, Action.DOCUMENT_OPEN),
)
