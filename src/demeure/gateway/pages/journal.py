"""Journal: who did what with what. Everyone reads their own lines; others' by role, never what they wrote."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from demeure.gateway import telling
from demeure.gateway.errors import ExportTooLarge, PeriodBackwards
from demeure.gateway.journal_room import Chain
from demeure.gateway.locale import OUTCOMES
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.journal import Entry, Page, Wanted
from demeure.journal.checkpoint import plain
from demeure.journal.export import Pack
from demeure.journal.paper import code_svg
from demeure.policy import Action, Resource

LINES = 50
MOST_EXPORTED = 5000
"""Entries of an export asked from the page, which is held in memory: about 3 KB each."""
_IDENTIFIER = re.compile(r"\b[0-9a-f]{16,}\b")
_LONG = re.compile(r"\b[0-9a-f]{16,}\b…?")
_SHOWN = 8
"""Figures of an identifier that stands for nothing that the reader may name."""
VERIFY = "demeure journal verify --checkpoint"
KIND_WORDS = {
    "request": "journal.kind_request",
    "input": "journal.kind_input",
    "extension": "journal.kind_extension",
    "retrieval": "journal.kind_retrieval",
    "filter": "journal.kind_filter",
    "answer": "journal.kind_answer",
    "administration": "journal.kind_administration",
    "sign-in": "journal.kind_sign_in",
}
FILTERS = ("q", "genre", "espace", "personne", "depuis", "jusqua", "tous")


async def journal(came: Visit) -> Response:
    """GET /journal: one's own lines; ``tous=1``: everybody's, for those who may."""
    query = came.request.query_params
    chosen, wanted = asked(came)
    others = came.house.decide(came.actor, Action.JOURNAL_READ, Resource("journal")).allowed
    everyone = chosen["tous"] == "1"
    page, problem = await _looked(came, wanted)
    people = await came.house.directory.people_named(came.actor) if others else {}
    spaces = {space.id: space.name for space in await came.house.shelves.spaces(came.actor)}
    folders = await came.house.folders.named(came.actor)
    return came.page(
        "journal.html",
        400 if problem else 200,
        problem=problem,
        rows=await _rows(came, page.entries, {**people, **spaces, **folders}),
        chosen=chosen,
        filtered=any(value for name, value in chosen.items() if name != "tous"),
        others=others,
        everyone=everyone,
        kinds=[(kind, came.t(word)) for kind, word in KIND_WORDS.items()],
        people=sorted(people.items(), key=lambda item: item[1]),
        spaces=sorted(spaces.items(), key=lambda item: item[1]),
        older=_address(query, avant=str(page.next)) if page.next is not None else "",
        first=_address(query, avant="") if query.get("avant") else "",
        export=_address(query, "/journal/export", avant="") if _keeps(came) else "",
        erases=came.house.decide(came.actor, Action.PERSON_ERASE, Resource("person")).allowed,
    )


async def _rows(came: Visit, entries: Sequence[Entry], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """One line for an act whose opening and closing are both here, with its outcome; documents by their names, for
    whoever may read them."""
    found = dict.fromkeys(name for entry in entries for name in _IDENTIFIER.findall(entry.object))
    shown = await came.house.catalogue.shown(came.actor, list(found)) if found else []
    known = {**names, **{row.id: row.name for row in shown}}
    opened = {entry.index: entry for entry in entries if entry.phase == "intention"}
    closed = {entry.of for entry in entries if entry.of in opened}
    rows = []
    for entry in (one for one in entries if one.index not in closed):
        row = _row(came, entry, known, known)
        if entry.of in opened:
            first = _row(came, opened[entry.of], known, known)
            rendered = opened[entry.of].name.endswith("-opened") and telling.known(entry.name) == entry.name
            said = row["said"] if rendered else first["said"]  # « Réponse rendue »; « Question posée »
            row |= {"said": said, "about": row["about"] or first["about"], "opened": first["index"]}
        row["about"] = _LONG.sub(lambda one: f"{one[0][:_SHOWN]}…", row["about"])
        rows.append(row)
    return rows


async def _looked(came: Visit, wanted: Wanted) -> tuple[Page, str]:
    """The lines, and what is wrong with what was asked: the form stays, to be mended."""
    start = entry_number(came.request.query_params.get("avant", ""))
    try:
        return await came.house.records.look(came.actor, wanted, start, LINES), ""
    except PeriodBackwards as problem:
        return Page([], None), problem.sentence(came.language)


def entry_number(text: str) -> int | None:
    """The number of an entry that an address may hold; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def asked(came: Visit) -> tuple[dict[str, str], Wanted]:
    """The filters as they stand in the address, and the entries that they want: one's own unless ``tous``."""
    chosen = {name: came.request.query_params.get(name, "")[:200] for name in FILTERS}
    return chosen, Wanted(
        actor=(chosen["personne"] or None) if chosen["tous"] == "1" else came.actor.id,
        kind=chosen["genre"] or None,
        space=chosen["espace"] or None,
        since=_day(chosen["depuis"]),
        until=_day(chosen["jusqua"]),
        said=chosen["q"] or None,
    )


async def export(came: Visit) -> Response:
    """GET /journal/export: what the filters keep, proofs and verifier included, signed. Raises ExportTooLarge,
    NothingToExport, PeriodBackwards."""
    _, wanted = asked(came)
    head, cosigned = await came.house.journal.head(), await came.house.journal.cosigned()
    made: Pack | None = None
    async for batch in came.house.records.export(came.actor, wanted):
        made = made or Pack(batch.proven.note, head.vkey, (cosigned.vkey, cosigned.note))
        made.add(batch.proven.proofs)
        if made.count > MOST_EXPORTED:
            raise ExportTooLarge(limit=MOST_EXPORTED)
    assert made is not None, "what is empty is refused"
    digest = hashlib.sha512(made.sums()).hexdigest()
    about = f"export entries={made.count}"
    by = await came.house.records.keep(came.actor, "attestation-asked", about)
    packed = made.zipped(await came.house.journal.attest(digest, about, by))
    name = f"journal-{came.house.clock.now():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(packed, media_type="application/zip", headers=headers)


def _keeps(came: Visit) -> bool:
    return came.house.decide(came.actor, Action.JOURNAL_KEEP, Resource("journal")).allowed


async def chain(came: Visit) -> Response:
    """GET /journal/chaine/{chain}: request → passages → answer, with the contents for their author."""
    found = await came.house.records.chain(came.actor, came.request.path_params["chain"])
    spaces = {space.id: space.name for space in await came.house.shelves.spaces(came.actor)}
    rows = [_row(came, entry, {}, spaces) | _content(found, entry, came.language) for entry in found.entries]
    answered = any(entry.name == "answer-closed" for entry in found.entries)
    return came.page("journal_chain.html", chain=found, rows=rows, answered=answered)


async def receipt(came: Visit) -> Response:
    """GET /journal/recu/{chain}: the receipt of an answer, to print; its explanation, for its author."""
    which = came.request.path_params["chain"]
    made, code = await came.house.records.receipt(came.actor, which)
    told = made["summary"]
    mine = any(json.loads(one["leaf"])["actor"] == came.actor.id for one in made["entries"])
    return came.page(
        "receipt.html",
        which=which,
        told=told,
        rule=telling.why(came.language, told["rule"]),
        box=telling.about(
            came.language, "box-facts" if told["box"] else "house-started", told["box"] or told["house"]
        ),
        outcome=came.t(OUTCOMES[told["outcome"]]),
        when=datetime.fromisoformat(told["answered_at"]),
        covered=plain(made["checkpoint"]).split("\n")[1],
        origin=made["checkpoint"].split("\n")[0],
        vkey=made["vkey"],
        code=code_svg(code),
        verify=f"demeure verify recu-{made['chain'][:16]}.json",
        alone=f"python3 verifier.py recu-{made['chain'][:16]}.json --vkey '{made['vkey']}'",
        sheet=await _explanation(came, which) if mine else None,
    )


async def receipt_sheet(came: Visit) -> Response:
    """GET /journal/recu/{chain}/feuille: the receipt on paper (PDF), with its code."""
    made, code = await came.house.records.receipt(came.actor, came.request.path_params["chain"])
    sheet = await came.house.papers.receipt(came.language, came.house.settings.organisation, made, code)
    return _pdf(sheet, f"recu-{made['chain'][:16]}.pdf")


async def receipt_file(came: Visit) -> Response:
    """GET /journal/recu/{chain}/fichier: the receipt as a file, for ``demeure verify``."""
    made, _ = await came.house.records.receipt(came.actor, came.request.path_params["chain"])
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    name = f"recu-{made['chain'][:16]}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="application/json", headers=headers)


async def checkpoint(came: Visit) -> Response:
    """GET /journal/point-de-controle: to print, for whoever holds checkpoints outside."""
    head = await came.house.journal.head(fresh=True)
    note = plain(head.checkpoint)
    return came.page(
        "checkpoint.html",
        note=note,
        vkey=head.vkey,
        covered=head.size,
        code=code_svg(note),
        now=came.house.clock.now(),
        verify=VERIFY,
    )


async def checkpoint_file(came: Visit) -> Response:
    """GET /journal/point-de-controle/fichier: the signed note itself, to keep on a key or elsewhere."""
    head = await came.house.journal.head(fresh=True)
    headers = {"Content-Disposition": f'attachment; filename="point-de-controle-{head.size}.txt"'}
    return Response(head.checkpoint, media_type="text/plain; charset=utf-8", headers=headers)


async def checkpoint_sheet(came: Visit) -> Response:
    """GET /journal/point-de-controle/feuille: the same on paper (PDF)."""
    head, house = await came.house.journal.head(fresh=True), came.house
    asked = house.settings.organisation, plain(head.checkpoint), head.vkey, house.clock.now()
    return _pdf(await house.papers.checkpoint(came.language, *asked), f"point-de-controle-{head.size}.pdf")


def _pdf(made: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made, media_type="application/pdf", headers=headers)


async def _explanation(came: Visit, which: str) -> dict[str, Any]:
    """What the CRPA asks to be able to explain: sources, filters, model and parameters, as they were sealed."""
    found = await came.house.records.chain(came.actor, which)
    asked, called = found.one("question-asked"), found.one("model-called")
    messages = found.one("prompt-built").get("messages") or []
    names = {space.id: space.name for space in await came.house.shelves.spaces(came.actor)}
    checked = found.one("answer-checked")
    return {
        "question": asked.get("question", ""),
        "spaces": [names.get(space, space) for space in asked.get("spaces", [])],
        "parameters": sorted((name, value) for name, value in called.items() if name != "model"),
        "read": str(messages[-1].get("content", "")) if messages else "",
        "answer": found.one("answer-closed").get("text", ""),
        "unsupported": checked.get("in_all", {}).get("unsupported", len(checked.get("unsupported", []))),
        "erased": any(content is None for content in found.contents.values()),
    }


def _row(came: Visit, entry: Entry, people: Mapping[str, str], spaces: Mapping[str, str]) -> dict[str, Any]:
    names = {**people, **spaces, came.actor.id: came.t("journal.me")}
    told = telling.told(came.language, vars(entry), names)
    names[came.actor.id] = came.t("journal.me_inside")
    return {
        "index": entry.index,
        "opened": None,
        "when": datetime.fromisoformat(entry.time),
        "who": told["who"],
        "kind": came.t(KIND_WORDS[entry.kind]),
        "said": told["said"],
        "about": telling.about(came.language, entry.name, entry.object, names),
        "space": spaces.get(entry.space, entry.space) if entry.space else "",
        "outcome": came.t(OUTCOMES[entry.outcome]) if entry.outcome else "",
        "chain": entry.chain,
        "rule": told["why"],
    }


def _content(found: Chain, entry: Entry, language: str) -> dict[str, Any]:
    if entry.index not in found.contents:
        return {"content": "", "erased": False, "sealed": entry.commitment is not None}
    content = found.contents[entry.index]
    text = "" if content is None else json.dumps(content, ensure_ascii=False, indent=1)
    by_rule = found.withdrawn.get(entry.index)
    told = by_rule.sentence(language) if by_rule else ""
    return {"content": text, "erased": content is None, "withdrawn": told, "sealed": False}


def _day(text: str) -> str | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").strftime("%Y-%m-%d")  # noqa: DTZ007 - a day, not a moment
    except ValueError:
        return None


def _address(query: Mapping[str, str], path: str = "/journal", **changes: str) -> str:
    kept = {name: query[name] for name in FILTERS if query.get(name)}
    fields = {name: value for name, value in (kept | changes).items() if value}
    return f"{path}?{urlencode(fields)}"


_OWN = Action.JOURNAL_READ_OWN
PAGES = (
    Way("GET", "/journal", journal, _OWN, "record"),
    Way("GET", "/journal/export", export, Action.JOURNAL_KEEP, "record"),
    Way("GET", "/journal/point-de-controle", checkpoint, _OWN, "refusal"),
    Way("GET", "/journal/point-de-controle/fichier", checkpoint_file, _OWN, "refusal"),
    Way("GET", "/journal/point-de-controle/feuille", checkpoint_sheet, _OWN, "refusal"),
    Way("GET", "/journal/chaine/{chain}", chain, _OWN, "record"),
    Way("GET", "/journal/recu/{chain}", receipt, _OWN, "record"),
    Way("GET", "/journal/recu/{chain}/fichier", receipt_file, _OWN, "record"),
    Way("GET", "/journal/recu/{chain}/feuille", receipt_sheet, _OWN, "record"),
)
