"""Documents: what each space holds and in which state, adding by form, deleting after a question."""

from starlette.responses import RedirectResponse, Response

from demeure.clock import iso
from demeure.errors import DemeureError
from demeure.gateway.errors import PageUnknown
from demeure.gateway.gate import check_token
from demeure.gateway.house import DocumentRow
from demeure.gateway.locale import LANGUAGES
from demeure.gateway.upload import FileForm
from demeure.gateway.visit import Visit
from demeure.library import TO_RECOGNISE
from demeure.workshop import flag_sentence

STATE_SENTENCES = {
    "received": ("busy", "documents.state_received"),
    "reading": ("busy", "documents.state_reading"),
    "searchable": ("busy", "documents.state_searchable"),
    "ready": ("ok", "documents.state_ready"),
    "failed": ("stop", "documents.state_failed"),
}
_TOLD = ("pages-without-language-data", "pages-poorly-recognised", "attached-pictures")


async def documents(came: Visit) -> Response:
    """GET /documents?espace=…: the first space when none is named. ``efface``: a document has just been erased."""
    query = came.request.query_params
    told = [("ok", came.t("documents.erased"), "")] if "efface" in query else []
    return await _list(came, query.get("espace", ""), told)


async def upload(came: Visit) -> Response:
    """POST /documents: fields ``token`` and ``space``, then files."""
    form = FileForm(came.request.headers.get("content-type", ""), came.request.stream())
    fields = await form.fields()
    check_token(came, fields.get("token", ""))
    space, told = fields.get("space", ""), []
    async for name, stream in form.files():
        try:
            added = await came.house.shelves.add(came.actor, space, name, stream)
        except DemeureError as problem:
            told.append(("stop", came.t("documents.refused", name=name), problem.sentence(came.language)))
            if problem.http_status in (401, 403, 408, 413, 503, 507):
                break  # the next file would meet the same wall, or the connection is no longer readable
        else:
            told.append(_told(came, name, added.document.name, added.new))
    return await _list(came, space, told, 200 if not told or told[-1][0] != "stop" else 400)


def _told(came: Visit, sent: str, name: str, new: bool) -> tuple[str, str, str]:
    if new:
        return ("ok", came.t("documents.added", name=name), came.t("documents.added_next"))
    return ("warn", came.t("documents.already", name=sent), came.t("documents.already_next", name=name))


async def _list(came: Visit, space: str, told: list[tuple[str, str, str]], status: int = 200) -> Response:
    spaces = await came.house.shelves.spaces(came.actor)
    current = next((s for s in spaces if s.id == space), spaces[0] if spaces and not space else None)
    if space and current is None:
        raise PageUnknown()
    rows = await came.house.shelves.documents(came.actor, current.id) if current else []
    shown = [(row, *state(came, row)) for row in rows]
    limit = came.house.settings.upload_megabytes * 1_000_000
    facts = {"rows": shown, "noticed": noticed, "told": told, "limit": limit}
    return came.page("documents.html", status, spaces=spaces, current=current, **facts)


def state(came: Visit, row: DocumentRow) -> tuple[str, str, str]:
    """(signal, word, reason): what the list says of a document."""
    signal, key = STATE_SENTENCES[row.state]
    share = int(100 * row.embedded / row.passages) if row.passages else 0
    reason = ""
    if row.state in ("reading", "searchable") and (left := row.flags.get(TO_RECOGNISE)):
        done = row.flags.get("pages-recognised", 0) + row.flags.get("pages-without-text", 0)
        return "busy", came.t("documents.state_recognising", page=done + 1, pages=done + left), reason
    if row.state == "failed" and row.reason:
        reason = reason_sentence(came.language, *row.reason)
    return signal, came.t(key, share=share), reason


def noticed(row: DocumentRow, language: str) -> list[tuple[str, int]]:
    """(sentence, pages) of what a reader of the list must know: pages that were not read, or hardly."""
    return [(flag_sentence(name, language), row.flags[name]) for name in _TOLD if name in row.flags]


def reason_sentence(language: str, code: str, params: dict[str, object]) -> str:
    """The sentence of a failure kept in a row. A code this process never loaded is shown as it is."""
    from demeure.errors import known_errors

    known = known_errors().get(code)
    return known(**params).sentence(language) if known else code


async def confirm(came: Visit) -> Response:
    """GET /documents/{document}/supprimer: the question before the deletion."""
    row = await came.house.shelves.document(came.actor, came.request.path_params["document"])
    return came.page("delete.html", row=row)


async def delete(came: Visit) -> Response:
    """POST /documents/{document}/supprimer."""
    row = await came.house.shelves.document(came.actor, came.request.path_params["document"])
    await came.house.shelves.delete(came.actor, row.id)
    return RedirectResponse(f"/documents?espace={row.space}&efface", 303)


def document_data(row: DocumentRow) -> dict[str, object]:
    """A row as JSON, for the API and the control door; a failure's code, and its sentence in each language."""
    data = {k: v for k, v in vars(row).items() if k not in ("reason", "added_at")}
    data |= {"added_at": iso(row.added_at), "reason": row.reason[0] if row.reason else None}
    return data | {f"reason_{one}": reason_sentence(one, *row.reason) if row.reason else None for one in LANGUAGES}
