"""Souveraineté: what runs, what could leave, what was proven and when; each line opens its evidence."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import RedirectResponse, Response

from demeure.airlock import NTP
from demeure.clock import iso
from demeure.confinement import AIRLOCK, AIRLOCK_CLOCK, AIRLOCK_DOOR, ANTIVIRUS, BUILDERS, PROFILES, READER, Profile
from demeure.errors import DemeureError
from demeure.gateway import box_refusals, exits, proofs, telling
from demeure.gateway.dossier import packed, page, statement_of
from demeure.gateway.errors import NothingProven
from demeure.gateway.flows import flows_of, open_routes, undeclared, unread
from demeure.gateway.locale import LADDERS, whole
from demeure.gateway.pages.backups import BACKUP_WORDS, drill_words
from demeure.gateway.pages.journal import entry_number
from demeure.gateway.pages.maison import ROLES, RUNNING
from demeure.gateway.papers.proof import DOSSIER
from demeure.gateway.plan import drawn
from demeure.gateway.proofs import LastProof
from demeure.gateway.reds import leaked, reds
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.host import ALARM, GOOD, INFO, UNKNOWN, WARN
from demeure.journal import Wanted
from demeure.journal.paper import code_svg
from demeure.journal.verify_statement import doubts
from demeure.policy import Action, Resource

STANDINGS = {
    exits.UNDECLARED: ("sovereignty.undeclared", "sovereignty.undeclared_lead", "stop"),
    exits.ROUTED: ("sovereignty.routed", "sovereignty.proven_lead", "warn"),
    proofs.UNPROVEN: ("sovereignty.unproven", "sovereignty.unproven_lead", "warn"),
    proofs.PROVEN: ("sovereignty.proven", "sovereignty.proven_lead", "ok"),
    proofs.PARTIAL: ("sovereignty.partial", "sovereignty.partial_lead", "warn"),
    proofs.STALE: ("sovereignty.stale", "sovereignty.stale_lead", "warn"),
    proofs.RED: ("sovereignty.red", "sovereignty.red_lead", "stop"),
    proofs.LOOSE: ("sovereignty.loose", "sovereignty.loose_lead", "stop"),
}
"""What is told (exits) → its title, its sentence, its signal. The title of ROUTED counts routes."""
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
    "launcher": "sovereignty.work_launcher",
    "supervisor": "sovereignty.work_supervisor",
    "gateway": "sovereignty.work_gateway",
    "worker": "sovereignty.work_worker",
    "workshop": "sovereignty.work_workshop",
    "scribe": "sovereignty.work_scribe",
    "reader": "sovereignty.work_reader",
    "engine-chat": "sovereignty.work_engine_chat",
    "engine-embed": "sovereignty.work_engine_embed",
}
WANTED = {
    "connect": "sovereignty.wanted_connect",
    "send": "sovereignty.wanted_send",
    "bind": "sovereignty.wanted_bind",
    "name": "sovereignty.wanted_name",
    "socket": "sovereignty.wanted_socket",
    "program": "sovereignty.wanted_program",
    "more": "sovereignty.wanted_more",
}
"""Kind of an attempt that a box refused → what it wanted."""
TABLE = {**PROFILES, READER.role: READER}
"""Every room that is drawn and told: the roles, and the job that reads a watched folder, for as long as one
scan."""

SHORT = {"reader": "sovereignty.room_reader"}
"""What is written on the plan instead of a long name."""
LISTENERS = {"listener": "public", "unix listener": "control"}
"""Kind of a descriptor that the kernel shows → the listener of the table."""
OUTSIDE = "–"
ENDS = {
    "people": "sovereignty.flow_people",
    "owner": "sovereignty.flow_owner",
    "supervisor": "maison.role_supervisor",
}
"""Ends of flows that are no room."""
AUDIT = "demeure host audit"
HOST_SIGNALS = {GOOD: "ok", INFO: "wait", WARN: "warn", ALARM: "stop", UNKNOWN: "wait"}
"""Tone of a finding of the audit → its signal."""
REFUSED_WORD = "refus"
"""What the journal is searched for, by the number and by the link that opens its lines: it begins the word in both
languages, and ends the names."""
CHECKED = ("answer-checked", "draft-checked", "snapshot-refused")
"""Of the kind « filter », and no refusal: an answer or a draft was looked at, a saved state set aside."""
BY_LINK = "link-presented-closed"
_MOST_PAGES, _LINES = 20, 200
DOWNLOAD, CERTIFICATE = DOSSIER, "preuve-{index}.pdf"
VERIFY = "demeure verify preuve-{index}.zip"
PROVE = "demeure prove"
MOST_PROOFS = 60
SIGNALS = {"blocked": "ok", "open": "stop", "inconclusive": "warn"}
"""Verdict of a proof → its signal."""


async def sovereignty(came: Visit) -> Response:
    """GET /souverainete."""
    house, now = came.house, came.house.clock.now()
    last = await house.proofs.refresh()
    status = await house.pulse.status()
    processes = {str(p.get("role")): p for p in (status or {}).get("processes", [])}
    every = await open_routes(house)
    routes = [route for route in every if route["open"]]
    outside = (*((ANTIVIRUS,) if house.settings.antivirus_socket else ()), *((AIRLOCK.role,) if routes else ()))
    facts = await flows_of(house, status)
    title, lead, signal = STANDINGS[house.told.standing]
    return came.page(
        "sovereignty.html",
        title=title,
        lead=lead,
        signal=signal,
        last=last,
        newer=house.proofs.newer,
        made_again=house.settings.prove_hours > 0,
        reds=reds(last.told, came.language) if last and last.verdict == "open" else [],
        now=now,
        known=status is not None,
        running=sum(p.get("state") in RUNNING for p in processes.values()),
        differences=sum(len(p.get("differences") or ()) for p in processes.values()),
        level=came.t(LADDERS.get(house.ladder, "maison.ladder_d")),
        plan=_plan(processes if status else None, outside),
        rows=[_row(came, profile, processes.get(profile.role), outside) for profile in _rooms(routes)],
        name=lambda role: _name(came, role),
        short=lambda role: came.t(SHORT[role]) if role in SHORT else _name(came, role),
        work=lambda role: came.t(WORK[role]) if role in WORK else "",
        routes=routes,
        routes_wrong=[route["wrong"][came.language] for route in every if route["wrong"]],
        flows=facts,
        end=lambda name: came.t(ENDS[name]) if name in ENDS else _name(came, name),
        unforeseen=[flow for flow in facts if flow.alarm],
        unread=[_name(came, role) for role in unread(status)],
        held=await _held(came),
        everyone=house.decide(came.actor, Action.JOURNAL_READ, Resource("journal")).allowed,
        keeps=house.decide(came.actor, Action.JOURNAL_KEEP, Resource("journal")).allowed,
        command=PROVE,
        may_prove=house.decide(came.actor, Action.HOUSE_PROVE, Resource("house")).allowed,
        goes_on=await house.proving.goes_on(),
        asked=house.proving.awaited(came.request.query_params.get("preuve", "")),
        boxes=_refused(came, status),
        level_holds=house.ladder != "D",
        backups=await asyncio.to_thread(house.backups),
        backup_words=BACKUP_WORDS,
        **await _host(came),
        backup_days=house.settings.backup_late_days,
        drill_days=house.settings.drill_late_days,
        drill_words=drill_words,
        administers_house=house.decide(came.actor, Action.HOUSE_ADMINISTER, Resource("house")).allowed,
        visited=await came.house.safeguards.contractors.last() if came.house.safeguards else None,
        sees_visits=house.decide(came.actor, Action.CONTRACTOR_SEE, Resource("house")).allowed,
        **await _visits(came, now),
    )


async def prove(came: Visit) -> Response:
    """POST /souverainete/preuve: a proof is begun, outside the walls; the page says when it is over."""
    await came.house.proving.ask(came.actor)
    return RedirectResponse(f"/souverainete?preuve={int(came.house.clock.now().timestamp())}", 303)


async def proof(came: Visit) -> Response:
    """GET /souverainete/preuve: the attempts family by family, the facts, what it does not prove."""
    last = await _last(came)
    await undeclared(came.house)  # what this page tells, it has looked at
    keeps = came.house.decide(came.actor, Action.JOURNAL_KEEP, Resource("journal")).allowed
    return came.page(
        "proof.html",
        last=last,
        told=last.told,
        now=came.house.clock.now(),
        families=_families(came, last),
        opened=[probe for probe in last.told.get("probes", ()) if probe["code"] == "open"],
        leak=leaked(last.counts, last.told),
        reds=reds(last.told, came.language),
        doubts=doubts(last.told, came.language) if last.told else [],
        unsure=sorted({probe["name"] for probe in last.told.get("probes", ()) if probe["code"] == "inconclusive"}),
        facts=list(last.told.get("facts", {}).values()),
        code=code_svg(f"sha512:{last.sha512}") if last.sha512 else "",
        keeps=keeps and bool(last.told),
        download=DOWNLOAD.format(index=last.index),
        verify=VERIFY.format(index=last.index),
    )


async def evidence(came: Visit) -> Response:
    """GET /souverainete/preuve/fichier: the signed statement, with what verifies it."""
    index = await _chosen(came)
    made = await packed(came.house, came.actor, index, came.language)
    headers = {"Content-Disposition": f'attachment; filename="{DOWNLOAD.format(index=index)}"'}
    return Response(made, media_type="application/zip", headers=headers)


async def certificate(came: Visit) -> Response:
    """GET /souverainete/preuve/page: one page of paper, for whoever reads no file of evidence."""
    index = await _chosen(came)
    made = await page(came.house, await statement_of(came.house, index), index, came.language)
    headers = {"Content-Disposition": f'attachment; filename="{CERTIFICATE.format(index=index)}"'}
    return Response(made, media_type="application/pdf", headers=headers)


async def history(came: Visit) -> Response:
    """GET /souverainete/preuves: the proofs that the journal keeps, with their age."""
    now = came.house.clock.now()
    keeps = came.house.decide(came.actor, Action.JOURNAL_KEEP, Resource("journal")).allowed
    rows = [(one, (now - one.time).total_seconds()) for one in await came.house.proofs.history(MOST_PROOFS)]
    months, hours = came.house.settings.journal_months, came.house.settings.prove_hours
    return came.page("proofs.html", rows=rows, months=months, hours=hours, keeps=keeps, signals=SIGNALS, said=_said)


def _said(one: LastProof) -> str:
    """Key of what is said of a former proof, as its entry tells it."""
    if one.verdict == "open":
        return "sovereignty.said_open" if one.counts["open"] else "sovereignty.said_loose"
    return "sovereignty.said_blocked" if one.verdict == "blocked" else "sovereignty.said_inconclusive"


async def _chosen(came: Visit) -> int:
    """The entry of the proof that the address names (``entree``), or of the last one. Raises NothingProven."""
    text = came.request.query_params.get("entree", "")
    if not text:
        return (await _last(came)).index
    index = entry_number(text)
    if index is None:
        raise NothingProven()
    return index


async def _last(came: Visit) -> LastProof:
    last = await came.house.proofs.refresh()
    if last is None:
        raise NothingProven()
    return last


async def _host(came: Visit) -> dict[str, Any]:
    """The last audit of the machine; its findings for those who see the settings of the house."""
    found = await asyncio.to_thread(came.house.audit)
    sees = came.house.decide(came.actor, Action.HOUSE_ADMINISTER, Resource("house")).allowed
    signal = {ALARM: "stop", WARN: "warn"}.get(found.tone, "ok") if found else "warn"
    rows = [{**one.as_json(), "signal": HOST_SIGNALS[one.tone]} for one in found.findings] if found and sees else []
    age = (came.house.clock.now() - found.at).total_seconds() if found else 0.0
    return {"host": found, "host_signal": signal, "host_rows": rows, "host_age": age, "host_command": AUDIT}


def _plan(processes: Mapping[str, Mapping[str, Any]] | None, outside: Collection[str]) -> Any:
    """From the table, and from what the kernel shows of the processes; from the table alone where nothing is
    known."""
    if processes is None:
        return drawn(TABLE, (), (), outside)
    running = [role for role, process in processes.items() if process.get("state") in RUNNING]
    front = next((processes.get(role) for role, profile in PROFILES.items() if profile.front), None)
    return drawn(TABLE, running, _listening(front), outside)


def _rooms(routes: Sequence[Mapping[str, Any]]) -> tuple[Profile, ...]:
    """Who builds the walls first. The airlock is told while it may run, its clock while one is declared."""
    clock = (AIRLOCK_CLOCK,) if any(route["kind"] == NTP for route in routes) else ()
    return (*BUILDERS, *TABLE.values(), *((AIRLOCK, AIRLOCK_DOOR, *clock) if routes else ()))


def _listening(process: Mapping[str, Any] | None) -> set[str]:
    rows = ((process or {}).get("facts") or {}).get("descriptors")
    kinds = {row.get("kind") for row in rows} if isinstance(rows, list) else set()
    return {listener for kind, listener in LISTENERS.items() if kind in kinds}


def _row(
    came: Visit, profile: Profile, process: Mapping[str, Any] | None, outside: Collection[str]
) -> dict[str, Any]:
    listening = _listening(process) & {*profile.listeners}
    return {
        "name": _name(came, profile.role),
        "role": profile.role,
        "walled": bool(profile.layers),
        "asks": [_name(came, peer) for peer in profile.peers if peer in TABLE or peer in outside],
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


def _refused(came: Visit, status: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What libraries tried in their boxes. Not where to: a name may have been made from a document's words."""
    return [
        {
            "name": _name(came, row.role),
            "role": row.role,
            "library": row.library,
            "wanted": came.t(WANTED.get(row.kind, WANTED["more"])),
            "count": row.count,
        }
        for row in box_refusals.attempts(dict(status or {}))
    ]


async def _held(came: Visit) -> tuple[datetime, str] | None:
    """(when, sentence) of the last checkpoint that somebody else answers for: a neighbour, a timestamping
    authority."""
    found = [one for one in (await _cosigned(came), await _stamped(came)) if one]
    return max(found, default=None)


async def _cosigned(came: Visit) -> tuple[datetime, str] | None:
    kept = await came.house.journal.cosigned()
    if not kept.note:
        return None
    from demeure.journal.witness import check_cosignature

    try:
        checkpoint, seconds = check_cosignature(kept.note, kept.vkey)
    except DemeureError:
        return None
    size = whole(came.language, checkpoint.size)
    return datetime.fromtimestamp(seconds).astimezone(), came.t("sovereignty.held_size", size=size)


async def _stamped(came: Visit) -> tuple[datetime, str] | None:
    """Verified by openssl when it was brought (``demeure journal timestamp keep``)."""
    kept = await came.house.journal.stamped()
    if not kept.note:
        return None
    try:
        stamp = kept.stamp()
    except DemeureError:
        return None
    who = stamp.authority or came.t("sovereignty.authority")
    size = whole(came.language, int(kept.note.split("\n")[1]))
    return stamp.moment.astimezone(), came.t("sovereignty.stamped_size", size=size, who=who)


async def _visits(came: Visit, now: datetime) -> dict[str, Any]:
    """Of the last 24 hours, how many: who came in by password or link, openings of the control door, refusals, and
    those of them at the entrance. The pages of the journal that show them begin with that day."""
    yesterday = now - timedelta(days=1)
    since, sought = iso(yesterday), Wanted(kind="sign-in", said=telling.sought(REFUSED_WORD))
    entered, door, refused, turned_away = set[str](), 0, 0, 0
    for kind in ("sign-in", "filter"):
        start: int | None = None
        for _ in range(_MOST_PAGES):
            page = await came.house.journal.read(start=start, limit=_LINES, kind=kind)
            recent = [entry for entry in page.entries if entry.time >= since]
            entered |= {entry.actor for entry in recent if entry.name == "signed-in"}
            entered |= {e.object for e in recent if e.name == BY_LINK and e.outcome == "done"}
            door += sum(entry.name == "control-opened" for entry in recent)
            refused += sum(kind == "filter" and e.name not in CHECKED for e in recent)
            turned_away += sum(sought.accepts(e) for e in recent)
            if page.next is None or len(recent) < len(page.entries):
                break
            start = page.next
    return {
        "entered": len(entered),
        "door": door,
        "refused": refused + turned_away,
        "turned_away": turned_away,
        "refusals": f"q={REFUSED_WORD}&depuis={since[:10]}",
    }


PAGES = (
    Way("GET", "/souverainete", sovereignty, Action.HOUSE_STATUS, "refusal"),
    Way("POST", "/souverainete/preuve", prove, Action.HOUSE_PROVE, "administration"),
    Way("GET", "/souverainete/preuve", proof, Action.HOUSE_STATUS, "refusal"),
    Way("GET", "/souverainete/preuve/fichier", evidence, Action.JOURNAL_KEEP, "record"),
    Way("GET", "/souverainete/preuve/page", certificate, Action.HOUSE_STATUS, "refusal"),
    Way("GET", "/souverainete/preuves", history, Action.HOUSE_STATUS, "refusal"),
)
