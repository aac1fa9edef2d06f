"""The control door's words about the policy, the classes and what a legal hold keeps."""

from collections.abc import Awaitable, Callable
from typing import Any

from demeure.airlock import ENGINE, RouteClosed
from demeure.errors import InputError
from demeure.gateway.house import House
from demeure.gateway.policy_checked import (
    POLICY_FILE,
    Checked,
    told_before,
    told_failures,
    told_gone,
    told_past,
    told_strangers,
)
from demeure.gateway.replaying import DAYS, Replayed
from demeure.gateway.visit import text_field
from demeure.identity import PersonUnknown, PolicyUnknown, PolicyVersion, plain_login
from demeure.policy import Action, Actor, Policy, machine_actor
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""
TEXT = 128 << 10


class PolicyDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in POLICY_OPERATIONS.items()}

    async def show(self, request: Request) -> Reply:
        """``number``: a version; absent: the one in force."""
        house, actor = await self._house()
        sheet = await house.policy.sheet(actor)
        number = request.args.get("number")
        found = sheet.current if number is None else next((v for v in sheet.history if v.number == number), None)
        if found is None:
            raise PolicyUnknown(number=number)
        told = {"classes": policy_data(sheet.policy)} if found is sheet.current else {}
        return Reply({"version": version_data(found, sheet.names), "text": found.text, **told})

    async def history(self, _request: Request) -> Reply:
        house, actor = await self._house()
        sheet = await house.policy.sheet(actor)
        rows = [version_data(one, sheet.names) for one in sheet.history]
        return Reply({"versions": rows, "in_force": sheet.current.number})

    async def check(self, request: Request) -> Reply:
        """``text``, or ``number``: a version that is kept → what it would change (``checked_data``)."""
        house, actor = await self._house()
        if "number" in request.args:
            return Reply(checked_data(await house.policy.check_version(actor, _number(request))))
        return Reply(checked_data(await house.policy.check(actor, _text(request), _file(request))))

    async def simulate(self, request: Request) -> Reply:
        """``text``, ``days``."""
        house, actor = await self._house()
        days = request.args.get("days", DAYS)
        if type(days) is not int or not 1 <= days <= 3650:
            raise InputError(detail="days")
        checked, replayed = await house.policy.simulate(actor, _text(request), days, _file(request))
        return Reply({**checked_data(checked), **replayed_data(replayed)})

    async def explain(self, request: Request) -> Reply:
        """``who`` (a login, or empty: this machine's administrator), ``action``, ``object``; ``route``: and what of
        it would leave by that one."""
        house, actor = await self._house()
        login, action = text_field(request.args, "who", 200), text_field(request.args, "action", 60)
        if action not in {one.value for one in Action}:
            raise InputError(detail=f"action: {', '.join(one.value for one in Action)}")
        whose = await self._person(house, actor, login) if login else actor.id
        about = text_field(request.args, "object", 300)
        if about.startswith("space:"):
            about = f"space:{await self._called(house, actor, about.removeprefix('space:'))}"
        person, found = await house.policy.explain(actor, whose, action, about)
        route = text_field(request.args, "route", 80)
        leave = await _by_route(house, actor, route, found.sensitivity) if route else None
        return Reply(
            {
                "leaves": leave,
                "who": person.name,
                "roles": sorted(person.roles),
                "right": found.right.label,
                "class": found.sensitivity,
                "allowed": found.decision.allowed,
                "rule": found.decision.rule,
                "why": {one: found.decision.sentence(one) for one in ("fr", "en")},
                "house": {"allowed": found.house.allowed, "rule": found.house.rule},
                "house_why": {one: found.house.sentence(one) for one in ("fr", "en")},
            }
        )

    async def apply(self, request: Request) -> Reply:
        """``text``, ``reason``; applied, or proposed when two people are needed."""
        house, actor = await self._house()
        sheet = await house.policy.sheet(actor)
        reason = text_field(request.args, "reason", 500)
        after, file = sheet.current.number, _file(request)
        made = await house.policy.change(actor, _text(request), after=after, reason=reason, file=file)
        return Reply({"version": version_data(made, sheet.names)})

    async def approve(self, request: Request) -> Reply:
        house, actor = await self._house()
        return Reply({"version": version_data(await house.policy.approve(actor, _number(request)), {})})

    async def drop(self, request: Request) -> Reply:
        house, actor = await self._house()
        await house.policy.drop(actor, _number(request))
        return Reply({"number": _number(request)})

    async def rollback(self, request: Request) -> Reply:
        house, actor = await self._house()
        sheet = await house.policy.sheet(actor)
        told: dict[str, Any] = {"after": sheet.current.number, "reason": text_field(request.args, "reason", 500)}
        made = await house.policy.rollback(actor, _number(request), **told)
        return Reply({"version": version_data(made, sheet.names)})

    async def class_space(self, request: Request) -> Reply:
        """``space`` (name or id), ``class``."""
        house, actor = await self._house()
        space, wanted = await self._space(house, actor, request), text_field(request.args, "class", 60)
        await house.classing.class_space(actor, space, wanted)
        return Reply({"space": space, "class": (await house.classing.of_space(actor, space)).sensitivity.id})

    async def class_document(self, request: Request) -> Reply:
        """``document``, ``class``."""
        house, actor = await self._house()
        document, wanted = text_field(request.args, "document", 100), text_field(request.args, "class", 60)
        await house.classing.class_document(actor, document, wanted)
        found = await house.classing.of_document(actor, document)
        return Reply({"document": document, "class": found.sensitivity.id})

    async def hold(self, request: Request) -> Reply:
        """``space`` or ``document``; ``why`` (empty: the hold is lifted)."""
        house, actor = await self._house()
        why, document = text_field(request.args, "why", 300), text_field(request.args, "document", 100)
        if document:
            changed = await house.classing.hold_document(actor, document, why)
        else:
            changed = await house.classing.hold_space(actor, await self._space(house, actor, request), why)
        return Reply({"held": bool(why.strip()), "changed": changed})

    async def visa(self, request: Request) -> Reply:
        """``space`` or ``document``; ``number`` (empty: taken back)."""
        house, actor = await self._house()
        document, number = text_field(request.args, "document", 100), text_field(request.args, "number")
        space = "" if document else await self._space(house, actor, request)
        await house.classing.visa(actor, space, document, number)
        return Reply({"visa": number})

    @staticmethod
    async def _person(house: House, actor: Actor, login: str) -> str:
        if login.startswith("uid:") and login[4:].isdigit():
            return machine_actor(int(login[4:]), int(login[4:]), login).id
        people = await house.directory.people(actor)
        found = next((one.id for one in people if one.login == plain_login(login)), None)
        if found is None:
            raise PersonUnknown(person=login)
        return found

    async def _space(self, house: House, actor: Actor, request: Request) -> str:
        return await self._called(house, actor, text_field(request.args, "space", 200))

    @staticmethod
    async def _called(house: House, actor: Actor, word: str) -> str:
        """The id of a space that is named; ``word`` itself when it is none that they may read."""
        known = await house.shelves.readable(actor)
        return next((one for one, name in known.items() if word in (one, name)), word)


async def _by_route(house: House, actor: Actor, route: str, sensitivity: str) -> dict[str, Any]:
    """What of that class may leave by ``route``, and why, as JSON: its state, then the policy, then whether what
    passes there can be masked. Raises Denied, RouteUnknown."""
    leave = await house.policy.leaving_by(actor, route, sensitivity)
    rows = await house.ways_out.listed() if house.ways_out is not None else []
    row = next((one for one in rows if one["id"] == route), {"open": True, "kind": ENGINE})
    if not row["open"]:
        shut = RouteClosed(route=route)
        return {"allowed": False, "rule": "route-closed", "why": {one: shut.sentence(one) for one in ("fr", "en")}}
    if leave.allowed and leave.pseudonymise and row["kind"] != ENGINE:
        fr = "Ce qui passe là ne peut pas être pseudonymisé, et cette classe le demande."
        why = {"fr": fr, "en": "What passes there cannot be pseudonymised, and this class wants it."}
        return {"allowed": False, "rule": "cannot-mask", "why": why}
    return {"allowed": leave.allowed, "rule": leave.rule, "why": {one: leave.sentence(one) for one in ("fr", "en")}}


def _text(request: Request) -> str:
    text = request.args.get("text")
    if not isinstance(text, str) or not text:
        raise InputError(detail="text")
    return text[: TEXT + 1]


def _file(request: Request) -> str:
    return text_field(request.args, "file", 200) or POLICY_FILE


def _number(request: Request) -> int:
    number = request.args.get("number")
    if type(number) is not int:
        raise InputError(detail="number")
    return number


def version_data(one: PolicyVersion, names: Any) -> dict[str, Any]:
    """A version as JSON, without its text. ``state``: in force or past, waiting, dropped."""
    return {
        "number": one.number,
        "sha256": one.digest,
        "state": "applied" if one.applied_at or not one.number else "dropped" if one.dropped_at else "waiting",
        "reason": one.reason,
        "brings_back": one.former,
        "by": names.get(one.by, one.by),
        "at": one.at,
        "approved_by": names.get(one.approved_by, one.approved_by),
        "applied_at": one.applied_at,
    }


def policy_data(policy: Policy) -> list[dict[str, Any]]:
    """The classes as JSON, lowest first."""
    return [
        {
            "id": one.id,
            "name": {"fr": one.fr, "en": one.en},
            "models": None if one.models is None else sorted(one.models),
            "leaves": one.leaves,
            "routes": sorted(one.routes),
            "disk": one.disk,
            "snapshots": one.snapshots,
            "exports": None if one.exports is None else sorted(one.exports),
            "keep": vars(one.keep),
            "journal": one.journal,
            "approves": sorted(one.approves),
        }
        for one in policy.classes
    ]


def checked_data(checked: Checked) -> dict[str, Any]:
    """What a check found, as JSON."""
    return {
        "sha256": checked.policy.digest,
        "diff": list(checked.diff),
        "cases": len(checked.policy.cases),
        "failures": told_failures(checked.failures) if checked.failures else None,
        "gone": {one: {"spaces": s, "documents": d} for one, (s, d) in checked.gone.items()},
        "gone_told": told_gone(checked),
        "past": dict(zip(("documents", "conversations", "works", "weeks"), checked.past, strict=True)),
        "past_told": told_past(checked),
        "strangers": list(checked.strangers),
        "strangers_told": told_strangers(checked.strangers),
        "told": told_before(checked),
    }


def replayed_data(replayed: Replayed) -> dict[str, Any]:
    """What a dry run found, as JSON."""
    changed = [
        {
            "entry": one.entry.index,
            "time": one.entry.time,
            "actor": one.entry.actor,
            "who": replayed.names.get(one.entry.actor, one.entry.actor),
            "space": one.entry.space,
            "action": str(one.action),
            "before": one.before,
            "after": one.after,
            "rule": one.rule,
            "why": dict(one.why),
        }
        for one in replayed.changed
    ]
    counts = [{"action": a, "allowed": ok, "count": n} for (a, ok), n in sorted(replayed.counts.items())]
    told = {"looked": replayed.looked, "since": replayed.since, "total": replayed.total}
    return {**told, "counts": counts, "changed": changed}


POLICY_OPERATIONS = {
    "policy.show": "show",
    "policy.history": "history",
    "policy.check": "check",
    "policy.simulate": "simulate",
    "policy.explain": "explain",
    "policy.apply": "apply",
    "policy.approve": "approve",
    "policy.drop": "drop",
    "policy.rollback": "rollback",
    "spaces.class": "class_space",
    "documents.class": "class_document",
    "policy.hold": "hold",
    "policy.visa": "visa",
}
"""Operation on the wire → method of PolicyDesk."""
