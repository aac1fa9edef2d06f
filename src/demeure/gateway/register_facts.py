"""The house at this instant, as the registers read it: what no room answers is left unknown, never guessed."""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from demeure import __version__
from demeure.accountability import ClassFact, Facts, ModelFact, ProofFact, RouteFact, SpaceFact
from demeure.errors import DemeureError
from demeure.gateway.flows import open_routes, read_flows
from demeure.gateway.house import House
from demeure.policy import Action, Actor, Resource, Right, Role, in_force

STRANGER = Actor("person", "nobody", "?", frozenset({Role.AGENT}))
"""Somebody with an account and no right on any space."""
_SECONDS = 5.0


async def gather(house: House) -> Facts:
    """Everything that checks and documents read. Asks nobody's rights: whoever calls does."""
    registers = house.registers
    rows = (await asyncio.to_thread(registers.rows.read)).values if registers else {}
    status, routes = await house.pulse.status(), await _routes(house)
    figures = await _quiet(house.gauge.read())
    standing = await asyncio.to_thread(house.backups)
    values: dict[str, Any] = {
        **rows,
        **_walls(house, status, routes),
        **_door(house),
        **_policy(house, rows.get("spaces")),
        "models": await _models(house),
        "routes": None if routes is None else tuple(map(_route, routes)),
        "journal_state": await _quiet(house.pulse.journal()) or "silent",
        "journal_entries": figures.entries if figures else None,
        "journal_verified": figures.verified if figures else None,
        **await _witness(house),
        "backup": standing.backup,
        "backup_at": standing.last.at if standing.last else None,
        "drill": standing.drill,
        "drill_at": next((one.at for one in standing.drills if one.ok), None),
        "holders": len(standing.plan.holders),
        "sheet_at": standing.sheet_at,
        "places": len(standing.places),
        "marked": _marked(house),
        "more": await asyncio.to_thread(registers.more) if registers else {},
    }
    return Facts(house.clock.now(), **values)


async def _quiet(asked: Any) -> Any:
    """What was asked; None when nobody answers in time."""
    with contextlib.suppress(DemeureError, TimeoutError, OSError):
        async with asyncio.timeout(_SECONDS):
            return await asked
    return None


def _walls(house: House, status: Mapping[str, Any] | None, routes: list[dict[str, Any]] | None) -> dict[str, Any]:
    last = house.proofs.last
    proof = (
        ProofFact(last.time, last.verdict, last.ladder, last.counts.get("open", 0), last.expires) if last else None
    )
    processes = (status or {}).get("processes") or []
    alarms = None
    if status is not None and routes is not None:
        opened = [one for one in routes if one["open"]]
        declared = (house.settings.host, house.port)
        flows = read_flows(house.settings.antivirus_socket, house.address, opened, status, declared)
        alarms = sum(flow.alarm for flow in flows)
    told = (status or {}).get("antivirus") or {}
    return {
        "proof": proof,
        "ladder": house.ladder,
        "disk": house.registers.disk if house.registers else "",
        "differences": None if status is None else sum(len(one.get("differences") or ()) for one in processes),
        "undeclared": alarms,
        "antivirus": house.settings.antivirus_socket,
        "antivirus_answers": bool(told.get("answers")) if told else None,
    }


def _door(house: House) -> dict[str, Any]:
    held = house.threshold
    return {
        "organisation": house.settings.organisation,
        "hosted_by": house.settings.hosted_by,
        "version": __version__,
        "address": house.address,
        "tls": "served" if held else "local",
        "tls_ends": held.facts.ends if held else None,
        "second_roles": frozenset(house.settings.second_factor.split()),
    }


def _policy(house: House, spaces: tuple[SpaceFact, ...] | None) -> dict[str, Any]:
    policy = in_force().policy
    refused = None
    if spaces:
        asked = [Resource("document", space=one.id, right=Right.NONE) for one in spaces]
        refused = not any(house.decide(STRANGER, Action.DOCUMENT_READ, one).allowed for one in asked)
    return {
        "approval": policy.approval,
        "archives": policy.archives,
        "strangers_refused": refused,
        "classes": tuple(
            ClassFact(
                id=one.id,
                name=one.name("fr"),
                leaves=one.leaves,
                conversations=one.keep.conversations,
                documents=one.keep.documents,
                journal=one.keep.journal,
                disk=one.disk,
            )
            for one in policy.classes
        ),
    }


async def _models(house: House) -> tuple[ModelFact, ...] | None:
    inventory = await _quiet(house.models.inventory())
    if inventory is None:
        return None
    used = [one for one in inventory.lines if one.used_for]
    return tuple(
        ModelFact(one.id, one.title_fr, one.licence, one.used_for, one.sha256, one.looked, one.looked_at)
        for one in used
    )


async def _routes(house: House) -> list[dict[str, Any]] | None:
    if house.ways_out is None:
        return []
    rows = await open_routes(house)
    return rows if all(row["read"] for row in rows) else None  # one file cannot be: nothing is said of any


def _route(told: Mapping[str, Any]) -> RouteFact:
    names = ("id", "kind", "host", "open", "country", "law", "owner", "purpose", "contract", "expiry")
    return RouteFact(**{name: told[name] for name in names}, sent=int(told["ever"].get("requests", 0)))


async def _witness(house: House) -> dict[str, Any]:
    """The size of the checkpoint that a neighbour cosigned (0 without one, or when its signature does not hold),
    and when it was signed."""
    from demeure.journal.witness import check_cosignature

    found = await _quiet(house.journal.cosigned())
    if found is None:
        return {"witness_size": None}
    if not found.note:
        return {"witness_size": 0}
    try:
        checkpoint, seconds = check_cosignature(found.note, found.vkey)
        return {"witness_size": checkpoint.size, "witness_at": datetime.fromtimestamp(seconds, UTC)}
    except (DemeureError, ValueError, OverflowError, OSError):
        return {"witness_size": 0}


def _marked(house: House) -> bool:
    """What goes into a file of a model is asked for, and looked at: words for people, facts for machines."""
    mention, told = house.sending.marks("fr", "modele-d-essai")
    return "modele-d-essai" in mention and told.get("AIGenerated") == "true" and bool(told.get("AIModel"))
