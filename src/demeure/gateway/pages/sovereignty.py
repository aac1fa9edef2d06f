"""Souveraineté: what runs, what could leave, what was proven and when; each line opens its evidence."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import RedirectResponse, Response

from demeure.clock import iso
from demeure.confinement import PROFILES, READER, Profile
from demeure.errors import DemeureError
from demeure.gateway import proofs
from demeure.gateway.errors import NothingProven
from demeure.gateway.pages.maison import LADDERS, ROLES, RUNNING
from demeure.gateway.plan import drawn
from demeure.gateway.proof_desk import signed
from demeure.gateway.proofs import LastProof
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.journal.paper import code_svg
from demeure.journal.proof import Proof
from demeure.journal.statement import pack
from demeure.policy import Action, Resource

STANDINGS = {
    proofs.UNPROVEN: ("sovereignty.unproven", "sovereignty.unproven_lead", "warn"),
    proofs.PROVEN: ("sovereignty.proven", "sovereignty.proven_lead", "ok"),
    proofs.PARTIAL: ("sovereignty.partial", "sovereignty.partial_lead", "warn"),
    proofs.STALE: ("sovereignty.stale", "sovereignty.stale_lead", "warn"),
    proofs.RED: ("sovereignty.red", "sovereignty.red_lead", "stop"),
}
"""Standing → its title, its sentence, its signal."""
FAMILIES = {
    "network": "sovereignty.family_network",
    "unix": "sovereignty.family_unix",
    "inherited": "sovereignty.family_inherited",
    "neighbours": "sovereignty.family_neighbours",
    "kernel": "sovereignty.family_kernel",
    "files": "sovereignty.family_files",
    "programs": "sovereignty.family_programs",
    "facts": "sovereignty.family_facts",
}
WORK = {
    "gateway": "sovereignty.work_gateway",
    "worker": "sovereignty.work_worker",
    "workshop": "sovereignty.work_workshop",
    "scribe": "sovereignty.work_scribe",
    "reader": "sovereignty.work_reader",
    "engine-chat": "sovereignty.work_engine_chat",
    "engine-embed": "sovereignty.work_engine_embed",
}
TABLE = {**PROFILES, READER.role: READER}
"""Every room that is drawn and told: the roles, and the job that reads a watched folder, for as long as one
scan."""

SHORT = {"engine-embed": "sovereignty.room_embed", "reader": "sovereignty.room_reader"}
"""What is written on the plan instead of a long name."""
LISTENERS = {"listener": "public", "unix listener": "control"}
"""Kind of a descriptor that the kernel shows → the listener of the table."""
AIRLOCK, OUTSIDE = "airlock", "–"
REFUSED = ("password-refused", "account-waits")
_MOST_PAGES, _LINES = 20, 200
DOWNLOAD = "preuve-{index}.zip"
VERIFY = "demeure verify preuve-{index}.zip"
PROVE = "demeure prove"


async def sovereignty(came: Visit) -> Response:
    """GET /souverainete."""
    house, now = came.house, came.house.clock.now()
    last = await house.proofs.refresh()
    status = await house.pulse.status()
    processes = {str(p.get("role")): p for p in (status or {}).get("processes", [])}
    title, lead, signal = STANDINGS[house.proofs.standing(now)]
    return came.page(
        "sovereignty.html",
        title=title,
        lead=lead,
        signal=signal,
        last=last,
        now=now,
        known=status is not None,
        running=sum(p.get("state") in RUNNING for p in processes.values()),
        differences=sum(len(p.get("differences") or ()) for p in processes.values()),
        level=came.t(LADDERS.get(house.ladder, "maison.ladder_d")),
        plan=_plan(processes if status else None),
        rows=[_row(came, profile, processes.get(profile.role)) for profile in TABLE.values()],
        name=lambda role: _name(came, role),
        short=lambda role: came.t(SHORT[role]) if role in SHORT else _name(came, role),
        work=lambda role: came.t(WORK[role]) if role in WORK else "",
        airlock=AIRLOCK in PROFILES,
        held=await _held(came),
        everyone=house.decide(came.actor, Action.JOURNAL_READ, Resource("journal")).allowed,
        keeps=house.decide(came.actor, Action.JOURNAL_KEEP, Resource("journal")).allowed,
        command=PROVE,
        may_prove=house.decide(came.actor, Action.HOUSE_PROVE, Resource("house")).allowed,
        goes_on=await house.proving.goes_on(),
        asked=came.request.query_params.get("fait") == "preuve",
        **await _visits(came, now),
    )


async def prove(came: Visit) -> Response:
    """POST /souverainete/preuve: a proof is begun, outside the walls; the page says when it is over."""
    await came.house.proving.ask(came.actor)
    return RedirectResponse("/souverainete?fait=preuve", 303)


async def proof(came: Visit) -> Response:
    """GET /souverainete/preuve: the attempts family by family, the facts, what it does not prove."""
    last = await _last(came)
    keeps = came.house.decide(came.actor, Action.JOURNAL_KEEP, Resource("journal")).allowed
    return came.page(
        "proof.html",
        last=last,
        told=last.told,
        now=came.house.clock.now(),
        families=_families(came, last),
        opened=[probe for probe in last.told.get("probes", ()) if probe["code"] == "open"],
        unsure=sorted({probe["name"] for probe in last.told.get("probes", ()) if probe["code"] == "inconclusive"}),
        facts=list(last.told.get("facts", {}).values()),
        code=code_svg(f"sha512:{last.sha512}") if last.sha512 else "",
        keeps=keeps and bool(last.told),
        download=DOWNLOAD.format(index=last.index),
        verify=VERIFY.format(index=last.index),
    )


async def evidence(came: Visit) -> Response:
    """GET /souverainete/preuve/fichier: the signed statement, with what verifies it."""
    last = await _last(came)
    made = await signed(came.house, came.actor, last.index)
    if not last.told:
        raise NothingProven()
    entry = Proof(made.proof.index, made.proof.path, made.proof.note, made.proof.extra)
    packed = pack(made.statement, last.told["files"], made.signature, entry, made.vkey)
    name = DOWNLOAD.format(index=last.index)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(packed, media_type="application/zip", headers=headers)


async def _last(came: Visit) -> LastProof:
    last = await came.house.proofs.refresh()
    if last is None:
        raise NothingProven()
    return last


def _plan(processes: Mapping[str, Mapping[str, Any]] | None) -> Any:
    """From the table, and from what the kernel shows of the processes; from the table alone where nothing is
    known."""
    if processes is None:
        return drawn(TABLE, (), ())
    running = [role for role, process in processes.items() if process.get("state") in RUNNING]
    return drawn(TABLE, running, _listening(next((processes.get(r) for r, p in PROFILES.items() if p.front), None)))


def _listening(process: Mapping[str, Any] | None) -> set[str]:
    rows = ((process or {}).get("facts") or {}).get("descriptors")
    kinds = {row.get("kind") for row in rows} if isinstance(rows, list) else set()
    return {listener for kind, listener in LISTENERS.items() if kind in kinds}


def _row(came: Visit, profile: Profile, process: Mapping[str, Any] | None) -> dict[str, Any]:
    listening = _listening(process) & {*profile.listeners}
    return {
        "name": _name(came, profile.role),
        "role": profile.role,
        "asks": [_name(came, peer) for peer in profile.peers],
        "listens": [came.t(f"sovereignty.door_{kind}") for kind in sorted(listening)],
        "writes": [place for place in profile.write if not place.startswith("@")],
        "alive": bool(process and process.get("state") in RUNNING),
        "differences": len((process or {}).get("differences") or ()),
    }


def _name(came: Visit, role: str) -> str:
    return came.t(ROLES[role]) if role in ROLES else role


def _families(came: Visit, last: LastProof) -> list[tuple[str, int, Counter[str]]]:
    """(name, probes, verdict → attempts)."""
    found: dict[str, list[Any]] = {}
    for probe in last.told.get("probes", ()):
        found.setdefault(probe["family"], []).append(probe)
    return [
        (came.t(FAMILIES[family]), len({p["name"] for p in rows}), Counter(p["code"] for p in rows))
        for family, rows in found.items()
        if family in FAMILIES
    ]


async def _held(came: Visit) -> tuple[int, datetime] | None:
    """(entries, when) of the last checkpoint that a neighbour cosigned."""
    kept = await came.house.journal.cosigned()
    if not kept.note:
        return None
    from demeure.journal.witness import check_cosignature

    try:
        checkpoint, seconds = check_cosignature(kept.note, kept.vkey)
    except DemeureError:
        return None
    return checkpoint.size, datetime.fromtimestamp(seconds).astimezone()


async def _visits(came: Visit, now: datetime) -> dict[str, int]:
    """Of the last 24 hours, how many: persons who signed in, openings of the control door, refusals."""
    since = iso(now - timedelta(days=1))
    entered, door, refused = set[str](), 0, 0
    for kind in ("sign-in", "filter"):
        start: int | None = None
        for _ in range(_MOST_PAGES):
            page = await came.house.journal.read(start=start, limit=_LINES, kind=kind)
            recent = [entry for entry in page.entries if entry.time >= since]
            entered |= {entry.actor for entry in recent if entry.name == "signed-in"}
            door += sum(entry.name == "control-opened" for entry in recent)
            refused += sum(kind == "filter" or entry.name in REFUSED for entry in recent)
            if page.next is None or len(recent) < len(page.entries):
                break
            start = page.next
    return {"entered": len(entered), "door": door, "refused": refused}


PAGES = (
    Way("GET", "/souverainete", sovereignty, Action.HOUSE_STATUS, "refusal"),
    Way("POST", "/souverainete/preuve", prove, Action.HOUSE_PROVE, "administration"),
    Way("GET", "/souverainete/preuve", proof, Action.HOUSE_STATUS, "refusal"),
    Way("GET", "/souverainete/preuve/fichier", evidence, Action.JOURNAL_KEEP, "record"),
)
