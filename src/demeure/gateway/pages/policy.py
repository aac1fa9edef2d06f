"""Politique: the classes in plain sentences, the text behind them, what a change would do, and the versions."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError, InputError
from demeure.gateway import telling
from demeure.gateway.pages.administration import tabs
from demeure.gateway.policy_checked import (
    POLICY_FILE,
    Checked,
    differences,
    told_before,
    told_failures,
)
from demeure.gateway.policy_room import REASON
from demeure.gateway.policy_words import class_said, rule_said
from demeure.gateway.replaying import Replayed
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.identity import PolicyUnknown, PolicyVersion
from demeure.policy import Action, Resource, action_said

HERE = "/administration/politique"
TEXT, BODY = 128 << 10, 600 << 10  # accents take up to nine bytes in a form
_DONE = {"appliquee": "policy.applied", "proposee": "policy.proposed", "retiree": "policy.dropped"}
_STATES = {"applied": "policy.state_applied", "waiting": "policy.state_waiting", "dropped": "policy.state_dropped"}
_TOLD = (400, 403, 404, 409, 422)


async def policy(came: Visit) -> Response:
    """GET /administration/politique?version=N: what holds, or what a version would change of it."""
    number = came.request.query_params.get("version", "")
    if not number:
        return await _page(came)
    sheet = await came.house.policy.sheet(came.actor)
    found = next((one for one in sheet.history if str(one.number) == number), None)
    if found is None:
        raise PolicyUnknown(number=number[:9])
    diff = differences(sheet.current.text, found.text)
    return await _page(came, text=found.text, diff=diff, seen=found)


async def change(came: Visit) -> Response:
    """POST /administration/politique: fields text, reason, after, what (check, simulate, apply), seen (the digest
    of a text of which was said what it would do: another, that would erase something, is said first)."""
    fields = await came.form()
    text, reason = (text_field(fields, name, most) for name, most in (("text", TEXT), ("reason", REASON)))
    text = text.replace("\r\n", "\n")
    after, what, seen = (text_field(fields, name, 64) for name in ("after", "what", "seen"))
    room = came.house.policy
    try:
        if what == "apply":
            checked = await room.check(came.actor, text)
            if any(checked.past) and checked.diff and not checked.failures and seen != checked.policy.digest:
                return await _page(came, text=text, reason=reason, checked=checked, held=True)
            made = await room.change(came.actor, text, after=_whole(after), reason=reason)
            return RedirectResponse(f"{HERE}?fait={'proposee' if made.waits else 'appliquee'}", 303)
        if what == "simulate":
            checked, replayed = await room.simulate(came.actor, text)
            return await _page(came, text=text, reason=reason, checked=checked, replayed=replayed)
        checked = await room.check(came.actor, text)
        return await _page(came, text=text, reason=reason, checked=checked)
    except DemeureError as problem:
        if problem.http_status not in _TOLD:
            raise
        return await _page(came, problem, text=text, reason=reason)


async def approve(came: Visit) -> Response:
    """POST /administration/politique/{number}/approuver."""
    return await _settled(came, came.house.policy.approve(came.actor, _number(came)), lambda _: "appliquee")


async def drop(came: Visit) -> Response:
    """POST /administration/politique/{number}/retirer."""
    return await _settled(came, came.house.policy.drop(came.actor, _number(came)), lambda _: "retiree")


async def bring_back(came: Visit) -> Response:
    """GET /administration/politique/{number}/remettre: what putting a version back would do, before it is done."""
    number, sheet = _number(came), await came.house.policy.sheet(came.actor)
    try:
        checked = await came.house.policy.check_version(came.actor, number)
    except DemeureError as problem:
        if problem.http_status not in _TOLD:
            raise
        return await _page(came, problem)
    return came.page(
        "policy_back.html",
        at=HERE,
        number=number,
        after=sheet.current.number,
        two=sheet.policy.approval == 2,
        diff=checked.diff,
        told=told_before(checked)[came.language],
        failures=_failures(checked, came.language),
    )


async def rollback(came: Visit) -> Response:
    """POST /administration/politique/{number}/remettre: field after, of the page that said what it would do."""
    after = _whole(text_field(await came.form(), "after", 12))
    back = came.house.policy.rollback(came.actor, _number(came), after=after)
    return await _settled(came, back, lambda made: "proposee" if made.waits else "appliquee")


async def _settled(came: Visit, work: Awaitable[Any], done: Callable[[Any], str]) -> Response:
    try:
        made = await work
    except DemeureError as problem:
        if problem.http_status not in _TOLD:
            raise
        return await _page(came, problem)
    return RedirectResponse(f"{HERE}?fait={done(made)}", 303)


async def _page(
    came: Visit,
    problem: DemeureError | None = None,
    *,
    text: str | None = None,
    reason: str = "",
    diff: tuple[str, ...] = (),
    checked: Checked | None = None,
    replayed: Replayed | None = None,
    seen: PolicyVersion | None = None,
    held: bool = False,
) -> Response:
    sheet, language = await came.house.policy.sheet(came.actor), came.language
    done = _DONE.get(came.request.query_params.get("fait", ""))
    waiting = sheet.waiting
    return came.page(
        "policy.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        at=HERE,
        file=POLICY_FILE,
        sheet=sheet,
        classes=[(one, class_said(came.t, one, language)) for one in sheet.policy.classes],
        rules=[
            (rule_said(came.t, sheet.policy, one, language), one.fr if language == "fr" else one.en)
            for one in sheet.policy.denials
        ],
        default=sheet.policy.sensitivity("").name(language),
        waiting_diff=differences(sheet.current.text, waiting.text) if waiting else (),
        waiting_gone=_warned(await _checked(came, waiting.text), language) if waiting and sheet.may_change else "",
        versions=[(one, came.t(_STATES[_state(one)])) for one in sheet.history],
        named=lambda one: telling.who(language, one, {**sheet.names, **(replayed.names if replayed else {})}),
        did=lambda action: action_said(str(action), language),
        moment_of=datetime.fromisoformat,
        problem=problem.sentence(language) if problem else "",
        done=came.t(done) if done else "",
        text=sheet.current.text if text is None else text,
        reason=reason,
        diff=checked.diff if checked else diff,
        checked=checked,
        gone=_warned(checked, language),
        failures=_failures(checked, language),
        replayed=replayed,
        seen=seen,
        held=held,
        may_prove=came.house.decide(came.actor, Action.HOUSE_PROVE, Resource("house")).allowed,
    )


async def _checked(came: Visit, text: str) -> Checked | None:
    """What a proposal would do; None when it can no longer be read: approving it says why."""
    try:
        return await came.house.policy.check(came.actor, text, anew=False)
    except DemeureError:
        return None


def _warned(checked: Checked | None, language: str) -> str:
    return told_before(checked)[language] if checked else ""


def _failures(checked: Checked | None, language: str) -> str:
    """The cases that do not hold; empty: they all do."""
    failures = told_failures(checked.failures) if checked and checked.failures else {}
    return failures.get("detail" if language == "fr" else "detail_en", "")


def _state(one: PolicyVersion) -> str:
    if one.applied_at or not one.number:
        return "applied"
    return "dropped" if one.dropped_at else "waiting"


def _number(came: Visit) -> int:
    return _whole(str(came.request.path_params["number"]))


def _whole(said: str) -> int:
    if not said.isascii() or not said.isdecimal() or len(said) > 9:
        raise InputError(detail="version")
    return int(said)


WAYS = (
    Way("GET", HERE, policy, Action.POLICY_READ, "refusal"),
    Way("POST", HERE, change, Action.POLICY_CHANGE, "administration", body=BODY, sensitive=True),
    Way("POST", HERE + "/{number}/approuver", approve, Action.POLICY_CHANGE, "administration", sensitive=True),
    Way("POST", HERE + "/{number}/retirer", drop, Action.POLICY_CHANGE, "administration"),
    Way("GET", HERE + "/{number}/remettre", bring_back, Action.POLICY_CHANGE, "refusal"),
    Way("POST", HERE + "/{number}/remettre", rollback, Action.POLICY_CHANGE, "administration", sensitive=True),
)
