"""The organisation's words, and those of a space: glossary, CSV files, style, letterhead, letters, procedures."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError
from demeure.gateway.errors import BodyTooLarge
from demeure.gateway.gate import check_token
from demeure.gateway.pages.administration import tabs
from demeure.gateway.pages.documents import whole_number
from demeure.gateway.upload import FileForm
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import UPLOAD, Way
from demeure.identity import SpaceUnknown
from demeure.policy import Action
from demeure.words import CHOICES, KINDS, TEXT_KINDS, Term, TextUnknown, TextVersion, style_of, term

CSV_BYTES = 4 << 20
KIND_WORDS = {kind: f"words.kind_{kind}" for kind in KINDS}
TEXT_WORDS = {kind: f"words.text_{kind}" for kind in TEXT_KINDS}
_DONE = {
    "garde": "words.done_put",
    "retire": "words.done_removed",
    "texte": "words.done_text",
    "texte-retire": "words.done_text_removed",
}


async def words(came: Visit) -> Response:
    """GET /administration/mots, /espaces/{space}/mots. ``entree``: the entry being changed; ``texte``: the text."""
    return await _words(came)


async def _words(came: Visit, problem: DemeureError | None = None, kept: Term | None = None) -> Response:
    space, house = _space(came), came.house
    terms = await house.words.terms(came.actor, space)
    texts = await house.words.texts(came.actor, space)
    query = came.request.query_params if came.request.method == "GET" else {}
    wanted = query.get("entree", "")
    chosen = kept or next((one for one in terms if str(one.id) == wanted), None)
    names = await house.shelves.readable(came.actor)
    said = query.get("q", "").strip()
    shown = [one for one in terms if said.casefold() in _all_of(one)] if said else terms
    return came.page(
        "words.html",
        problem.http_status if problem else 200,
        tabs=tabs(came) if not space else [],
        space=space,
        name=names.get(space, ""),
        base=_base(space),
        terms=shown,
        total=len(terms),
        said=said,
        kinds=[(kind, came.t(key)) for kind, key in KIND_WORDS.items()],
        kind_words={kind: came.t(key) for kind, key in KIND_WORDS.items()},
        chosen=chosen,
        texts=_texts(came, texts),
        may=await _may(came, space),
        problem=problem.sentence(came.language) if problem else "",
        done=_told(came, query),
    )


def _told(came: Visit, query: Any) -> str:
    if "importe" in query:
        counts = [whole_number(part) or 0 for part in f"{query['importe']}..".split(".")[:3]]
        return came.t("words.done_import", added=counts[0], changed=counts[1], removed=counts[2])
    done = _DONE.get(query.get("fait", ""))
    return came.t(done) if done else ""


def _all_of(one: Term) -> str:
    return "\n".join((one.form, one.meaning, *one.also, *one.avoid, one.note)).casefold()


def _texts(came: Visit, texts: list[TextVersion]) -> list[dict[str, Any]]:
    """One of each single kind, there or not; then the named ones."""
    known = {(one.kind, one.name): one for one in texts}
    singles = [(kind, "") for kind in TEXT_KINDS[:4]]
    rows = []
    for kind, name in [*singles, *(key for key in known if key not in singles)]:
        one = known.get((kind, name))
        rows.append(
            {"kind": kind, "name": name, "title": came.t(TEXT_WORDS[kind]), "version": one.version if one else 0}
        )
    return rows


async def _may(came: Visit, space: str) -> bool:
    return await asyncio.to_thread(came.house.words.may_change, came.actor, space)


async def put(came: Visit) -> Response:
    """POST …/entree: fields form, kind, meaning, also, avoid (one a line), note, id (of the entry it replaces)."""
    form = await came.form()
    given = {name: text_field(form, name, 8_000) for name in ("form", "meaning", "note")}
    lists = {name: text_field(form, name, 8_000).split("\n") for name in ("also", "avoid")}
    kind, replaces = text_field(form, "kind", 20), text_field(form, "id", 20)
    number = int(replaces) if replaces.isascii() and replaces.isdigit() else 0

    async def act() -> str:
        made = term(given["form"], kind, given["meaning"], lists["also"], lists["avoid"], given["note"])
        await came.house.words.put(came.actor, _space(came), made, number)
        return "?fait=garde"

    typed = Term(given["form"], kind, given["meaning"], tuple(lists["also"]), tuple(lists["avoid"]), given["note"])
    return await _then(came, act, replace(typed, id=number))


async def remove(came: Visit) -> Response:
    """POST …/entree/retirer: field id."""
    number = text_field(await came.form(), "id", 20)

    async def act() -> str:
        await came.house.words.remove(came.actor, _space(came), int(number) if number.isdigit() else 0)
        return "?fait=retire"

    return await _then(came, act)


async def import_csv(came: Visit) -> Response:
    """POST …/importer: fields token and alone (« 1 »: entries that the file does not have leave), then the file."""
    form = FileForm(came.request.headers.get("content-type", ""), came.request.stream())
    fields = await form.fields()
    check_token(came, fields.get("token", ""))

    async def act() -> str:
        data = bytearray()
        async for _, stream in form.files():
            async for piece in stream:
                data += piece
                if len(data) > CSV_BYTES:
                    raise BodyTooLarge(limit=CSV_BYTES)
            break
        made = await came.house.words.import_csv(
            came.actor, _space(came), bytes(data), alone=fields.get("alone") == "1"
        )
        return f"?importe={made.added}.{made.changed}.{made.removed}"

    return await _then(came, act)


async def export_csv(came: Visit) -> Response:
    """GET …/exporter: the glossary, for a spreadsheet."""
    data = await came.house.words.export(came.actor, _space(came), came.language)
    name = came.t("words.file_name")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


async def text(came: Visit) -> Response:
    """GET …/texte?genre=…&nom=…&version=…: one text, its versions, and the form that makes the next."""
    query = came.request.query_params
    return await _text(came, query.get("genre", ""), query.get("nom", ""), query.get("version", ""))


async def _text(
    came: Visit, kind: str, name: str, version: str = "", problem: DemeureError | None = None, typed: str = ""
) -> Response:
    if kind not in TEXT_KINDS:
        raise TextUnknown()
    space = _space(came)
    versions = await came.house.words.versions(came.actor, space, kind, name)
    last = versions[0] if versions else None
    chosen = next((one for one in versions if str(one.version) == version), last)
    body = typed or (chosen.body if chosen and chosen.body else "")
    names = await came.house.shelves.readable(came.actor)
    return came.page(
        "words_text.html",
        problem.http_status if problem else 200,
        tabs=tabs(came) if not space else [],
        name=names.get(space, ""),
        base=_base(space),
        kind=kind,
        text_name=name,
        title=came.t(TEXT_WORDS[kind]),
        lead=came.t(f"words.lead_{kind}"),
        body=body,
        style=style_of(body) if kind == "style" and not problem else None,
        choices=[
            (
                choice,
                came.t(f"words.choice_{choice}"),
                [(value, came.t(f"words.value_{value}")) for value in values],
            )
            for choice, values in CHOICES.items()
        ],
        last=last,
        chosen=chosen,
        versions=[vars(one) | {"at": datetime.fromisoformat(one.changed_at)} for one in versions],
        named=kind in TEXT_KINDS[4:],
        may=await _may(came, space),
        problem=problem.sentence(came.language) if problem else "",
    )


async def write(came: Visit) -> Response:
    """POST …/texte: fields genre, nom, after (the version that was read), body; for a style guide its choices too;
    « take » instead of a body takes the text away."""
    form = await came.form()
    kind, name = text_field(form, "genre", 20), " ".join(text_field(form, "nom", 400).split())
    seen = text_field(form, "after", 12)
    after = int(seen) if seen.isascii() and seen.isdigit() else 0
    body = text_field(form, "body", 60_000)
    if kind == "style":
        chosen = [f"{choice} = {text_field(form, choice, 40)}" for choice in CHOICES]
        body = "\n".join([*chosen, body])
    try:
        if text_field(form, "take") == "1":
            await came.house.words.take_away(came.actor, _space(came), kind, name, after)
            return RedirectResponse(f"{_base(_space(came))}?fait=texte-retire", 303)
        await came.house.words.write(came.actor, _space(came), kind, name, body, after)
    except DemeureError as problem:
        if problem.http_status not in (400, 409) or kind not in TEXT_KINDS:
            raise
        return await _text(came, kind, name, "", problem, text_field(form, "body", 60_000))
    return RedirectResponse(f"{_base(_space(came))}?fait=texte", 303)


async def _then(came: Visit, act: Callable[[], Awaitable[str]], typed: Term | None = None) -> Response:
    try:
        where = await act()
    except DemeureError as problem:
        if problem.http_status not in (400, 404, 409, 413) or isinstance(problem, SpaceUnknown):
            raise
        return await _words(came, problem, typed)
    return RedirectResponse(f"{_base(_space(came))}{where}", 303)


def _space(came: Visit) -> str:
    return str(came.request.path_params.get("space", ""))


def _base(space: str) -> str:
    return f"/espaces/{quote(space, safe='')}/mots" if space else "/administration/mots"


def _ways(base: str, action: Action, by: str, see: Action) -> tuple[Way, ...]:
    return (
        Way("GET", base, words, see, "refusal", decided_by=by),
        Way("POST", f"{base}/entree", put, action, "administration", decided_by=by),
        Way("POST", f"{base}/entree/retirer", remove, action, "administration", decided_by=by),
        Way("POST", f"{base}/importer", import_csv, action, "administration", decided_by=by, body=UPLOAD),
        Way("GET", f"{base}/exporter", export_csv, see, "refusal", decided_by=by),
        Way("GET", f"{base}/texte", text, see, "refusal", decided_by=by),
        Way("POST", f"{base}/texte", write, action, "administration", decided_by=by, body=128 << 10),
    )


WAYS = (
    *_ways("/administration/mots", Action.HOUSE_WORDS, "gate", Action.HOUSE_WORDS),
    *_ways("/espaces/{space}/mots", Action.SPACE_WORDS, "words", Action.SPACE_READ),
)
