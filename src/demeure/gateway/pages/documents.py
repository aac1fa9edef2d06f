"""Documents: what each space holds and in which state, page by page; adding by form, deleting after a question."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from demeure.clock import iso
from demeure.errors import DemeureError
from demeure.gateway.catalogue import DocumentRow
from demeure.gateway.errors import PageUnknown
from demeure.gateway.gate import check_token
from demeure.gateway.locale import LANGUAGES
from demeure.gateway.pages.spaces import without
from demeure.gateway.standings import sentences
from demeure.gateway.upload import FileForm
from demeure.gateway.visit import Visit
from demeure.library import MOST_AT_ONCE, TO_RECOGNISE, Wanted
from demeure.library.wanted import STANDINGS, STATES
from demeure.personal import KINDS, kind_name
from demeure.workshop import SUSPECT, flag_sentence

PAGE_ROWS = 50
MOST_ROWS = 30_000
"""Rows of a whole list, for programs: a page of people has PAGE_ROWS."""

STATE_SENTENCES = {
    "received": ("busy", "documents.state_received"),
    "reading": ("busy", "documents.state_reading"),
    "searchable": ("busy", "documents.state_searchable"),
    "ready": ("ok", "documents.state_ready"),
    "failed": ("stop", "documents.state_failed"),
}
FILTERS = {
    "etat": "state",
    "type": "format",
    "personne": "person",
    "etiquette": "tag",
    "depuis": "since",
    "jusqua": "until",
    "donnees": "personal",
}
"""Field of the address → of ``Wanted``."""

SORTS = {
    "ajout": ("added", True),
    "ancien": ("added", False),
    "nom": ("name", False),
    "etat": ("state", False),
    "pages": ("pages", True),
}
"""Field of the address → (of ``Wanted``, greatest first)."""

Told = list[tuple[str, str, str]]
"""Notes above the list: (tone, what happened, what to do)."""


@dataclass(frozen=True)
class Asked:
    """What an address asks of a list. ``chosen``: its filters as they were given, for forms and links."""

    wanted: Wanted
    number: int
    sort: str
    chosen: Mapping[str, str]

    def address(self, space: str, **changes: str) -> str:
        """The same list with ``changes`` (an empty one takes the field away)."""
        fields = {"espace": space, **self.chosen, "tri": "" if self.sort == "ajout" else self.sort}
        kept = {name: value for name, value in (fields | changes).items() if value}
        return f"/documents?{urlencode(kept)}"


def asked(values: Mapping[str, str]) -> Asked:
    """Out of the fields of an address or of a form; what is not understood is as if it were not there."""
    chosen = {name: values.get(name, "")[:200] for name in FILTERS}
    sort = values.get("tri", "") if values.get("tri", "") in SORTS else "ajout"
    column, down = SORTS[sort]
    wanted = Wanted(**{FILTERS[name]: value for name, value in chosen.items()}, sort=column, down=down)  # type: ignore[arg-type] # texts and the sort
    return Asked(wanted, whole_number(values.get("page", "")) or 1, sort, chosen)


_TOLD = (*SUSPECT, "pages-without-language-data", "pages-poorly-recognised", "attached-pictures")


async def documents(came: Visit) -> Response:
    """GET /documents?espace=…: the first space when none is named. ``efface``, ``etiquete``: how many
    documents have just been erased, tagged."""
    query = came.request.query_params
    return await shelf_page(came, query.get("espace", ""), _just_done(came, query))


def _just_done(came: Visit, query: Mapping[str, str]) -> Told:
    say = came.house.rendering.sentences
    told: Told = []
    if (erased := whole_number(query.get("efface", ""))) is not None:
        told.append(("ok", say.count(came.language, "documents.erased", erased), ""))
    if (cared := whole_number(query.get("suivi", ""))) is not None:
        told.append(("ok", say.count(came.language, "care.done", cared), ""))
    if (tagged := whole_number(query.get("etiquete", ""))) is not None:
        told.append(("ok", say.count(came.language, "documents.tagged", tagged), ""))
    return told


def whole_number(text: str) -> int | None:
    """A number that an address may hold; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


async def upload(came: Visit) -> Response:
    """POST /documents: fields ``token`` and ``space``, then files."""
    form = FileForm(came.request.headers.get("content-type", ""), came.request.stream())
    fields = await form.fields()
    check_token(came, fields.get("token", ""))
    space = fields.get("space", "")
    told: Told = []
    async for name, stream in form.files():
        try:
            added = await came.house.shelves.add(came.actor, space, name, stream, door="page", path=name)
        except DemeureError as problem:
            told.append(("stop", came.t("documents.refused", name=name), problem.sentence(came.language)))
            if problem.http_status in (401, 403, 408, 413, 503, 507):
                break  # the next file would meet the same wall, or the connection is no longer readable
        else:
            told.append(_told(came, name, added.document.name, added.new))
    return await shelf_page(came, space, told, 200 if not told or told[-1][0] != "stop" else 400)


def _told(came: Visit, sent: str, name: str, new: bool) -> tuple[str, str, str]:
    if new:
        return ("ok", came.t("documents.added", name=name), came.t("documents.added_next"))
    return ("warn", came.t("documents.already", name=sent), came.t("documents.already_next", name=name))


async def shelf_page(came: Visit, space: str, told: Told, status: int = 200) -> Response:
    """The page of one space, with what has just happened above its list."""
    spaces = await came.house.shelves.spaces(came.actor)
    current = next((s for s in spaces if s.id == space), spaces[0] if spaces and not space else None)
    if space and current is None:
        raise PageUnknown()
    query = came.request.query_params if came.request.method == "GET" else {}
    want = asked(query)
    found = None
    if current is not None:
        found = await came.house.catalogue.page(came.actor, current.id, want.wanted, want.number, PAGE_ROWS)
    ids = [row.id for row in found.rows] if found else []
    return came.page(
        "documents.html",
        status,
        spaces=spaces,
        current=current,
        found=found,
        rows=[(row, *state(came, row)) for row in found.rows] if found else [],
        asked=want,
        told=told,
        erasable={row.id for row in await came.house.catalogue.erasable(came.actor, ids)},
        limit=came.house.settings.upload_megabytes * 1_000_000,
        **await without(came, spaces),
        filtered=any(want.chosen.values()),
        most_at_once=MOST_AT_ONCE,
        counts=_counts(found.facets.states if found else {}),
        standing_words=[(key, came.t(f"standing.filter_{key}")) for key in STANDINGS],
        standing_of=lambda row: sentences(came, row.standing),
        sorts=[(key, came.t(word)) for key, word in _SORT_WORDS.items()],
        day_of=day_of,
        place_of=lambda row: provenance(came, row),
        noticed=noticed,
        personal=lambda row: personal_told(came, row),
        personal_kinds=[(kind, kind_name(kind, 2, came.language)) for kind in KINDS],
        by=lambda name: brought_by(came, name),
    )


_SORT_WORDS = {
    "ajout": "documents.sort_added",
    "ancien": "documents.sort_oldest",
    "nom": "documents.sort_name",
    "etat": "documents.state",
    "pages": "documents.pages",
}


def _counts(states: Mapping[str, int]) -> dict[str, int]:
    """How many documents each filter of state keeps."""
    counts = {key: sum(states.get(state, 0) for state in those) for key, those in STATES.items()}
    return counts | {key: states.get(key, 0) for key in STANDINGS}


def day_of(text: str) -> datetime:
    """A day as the file says it, for ``day``: at noon it is that day in every place of France."""
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


def state(came: Visit, row: DocumentRow) -> tuple[str, str, str]:
    """(signal, word, reason): what the list says of a document."""
    signal, key = STATE_SENTENCES[row.state]
    share = int(100 * row.embedded / row.passages) if row.passages else 0
    reason = ""
    if row.state in ("reading", "searchable") and (left := row.flags.get(TO_RECOGNISE)):
        done = row.flags.get("pages-recognised", 0) + row.flags.get("pages-without-text", 0)
        return "busy", came.t("documents.state_recognising", page=done + 1, pages=done + left), reason
    if row.state in ("failed", "searchable") and row.reason:
        reason = reason_sentence(came.language, *row.reason)
        signal = "stop" if row.state == "failed" else "warn"
    return signal, came.t(key, share=share), reason


_DOORS = {
    "page": "documents.from_page",
    "api": "documents.from_api",
    "command": "documents.from_command",
    "system": "documents.from_system",
    "folder": "documents.from_folder",
}


def provenance(came: Visit, row: DocumentRow) -> str:
    """By which door a document came; empty when it came before doors were written down."""
    return came.t(_DOORS[row.door]) if row.door in _DOORS else ""


def brought_by(came: Visit, name: str) -> str:
    """Who added a document, as people say it: a user of the machine has no name here."""
    if name.startswith("folder:"):
        return came.t("documents.by_folder")
    return came.t("documents.by_machine") if name.startswith("uid:") else name


def screened(came: Visit, row: DocumentRow) -> str:
    """What the antivirus said of it; empty when none looked."""
    seen = row.antivirus or {}
    verdict = seen.get("verdict")
    if verdict not in ("clean", "infected", "unseen"):
        return ""
    return came.t(f"documents.screened_{verdict}", name=seen.get("name", ""), by=seen.get("by", "") or "?")


def noticed(row: DocumentRow, language: str) -> list[tuple[str, int]]:
    """(sentence, times) of what a reader of the list must know: what may have been written for a machine, pages
    that were not read, or hardly."""
    return [(flag_sentence(name, language), row.flags[name]) for name in _TOLD if name in row.flags]


def personal_told(came: Visit, row: DocumentRow) -> str:
    """« 3 numéros de sécurité sociale, 2 IBAN »; that none was found, or that nobody looked."""
    if row.personal is None:
        return came.t("personal.unexamined")
    told = [f"{row.personal[k]} {kind_name(k, row.personal[k], came.language)}" for k in KINDS if k in row.personal]
    return ", ".join(told) if told else came.t("personal.none")


def reason_sentence(language: str, code: str, params: dict[str, object]) -> str:
    """The sentence of a failure kept in a row. A code this process never loaded is shown as it is."""
    from demeure.errors import known_errors

    known = known_errors().get(code)
    return known(**params).sentence(language) if known else code


async def confirm(came: Visit) -> Response:
    """GET /documents/{document}/supprimer: the question before the deletion."""
    row = await came.house.shelves.document(came.actor, came.request.path_params["document"])
    if not await came.house.catalogue.erasable(came.actor, [row.id]):
        return await shelf_page(
            came, row.space, [("warn", came.t("documents.not_erasable", name=row.name), "")], 403
        )
    return came.page("delete.html", row=row)


async def delete(came: Visit) -> Response:
    """POST /documents/{document}/supprimer."""
    row = await came.house.shelves.document(came.actor, came.request.path_params["document"])
    await came.house.shelves.delete(came.actor, row.id)
    return RedirectResponse(f"/documents?espace={row.space}&efface=1", 303)


def document_data(row: DocumentRow) -> dict[str, object]:
    """A row as JSON, for the API and the control door; a failure's code, and its sentence in each language."""
    data = {k: v for k, v in vars(row).items() if k not in ("reason", "added_at", "standing")}
    data["standing"] = [vars(one) for one in row.standing]
    data |= {"added_at": iso(row.added_at), "reason": row.reason[0] if row.reason else None, "tags": list(row.tags)}
    return data | {f"reason_{one}": reason_sentence(one, *row.reason) if row.reason else None for one in LANGUAGES}
