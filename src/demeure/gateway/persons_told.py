"""Findings and requests as pages and commands show them: kinds and places in words, counts, no contents."""

from collections.abc import Callable, Sequence
from typing import Any

from demeure.assistant import place_label
from demeure.gateway.house import House
from demeure.persons import Asked, Finding, Found, Report, Unsearched, Where, days_late, left, sentence_of
from demeure.policy import Actor

Say = Callable[..., str]
_NUMBERED = ("turn", "draft", "entry")


def place_said(say: Say, language: str, place: Any) -> str:
    """« page 3 », « son nom », « question 2 »."""
    if words := place_label(place, language):
        return words
    key = sentence_of(place)
    return say(key, number=place.get("number", place.get("index", ""))) if key else ""


def bare(place: Any) -> dict[str, Any]:
    """The same place without a word of the document: headings, titles, subjects, senders, names of sheets and of
    attachments are contents too."""
    kept = (
        {"page", "slide", "part", "from", "to", "range", "number"} if place.get("kind") in _WORDED else set(place)
    )
    return {name: value for name, value in place.items() if name == "kind" or name in kept}


_WORDED = ("page", "heading", "lines", "slide", "cells", "message")


async def lines(house: House, actor: Actor, language: str, found: Sequence[Finding]) -> list[dict[str, Any]]:
    """One row a finding: what a table shows, and its JSON."""

    def say(key: str, **fields: Any) -> str:
        return house.rendering.say(language, key, **fields)

    where = await house.persons.where(actor, found)
    return [line(say, language, one, at) for one, at in zip(found, where, strict=True)]


def line(say: Say, language: str, one: Finding, at: Where) -> dict[str, Any]:
    """As whoever asks may see it."""
    at_them = one.at if at.opens else map(bare, one.at)
    places = list(dict.fromkeys(said for place in at_them if (said := place_said(say, language, place))))
    return {
        "kind": one.kind,
        "kind_said": say(f"persons.kind_{one.kind}"),
        "object": "" if one.kind == "pseudonyms" and not at.name else one.object,
        "name": at.name,
        "space": at.space,
        "holder": at.holder,
        "managers": list(at.managers),
        "format": at.format,
        "added": at.added,
        "gone_said": say("persons.gone") if at.gone else "",
        "whole": one.whole,
        "likely": one.likely,
        "same": one.same,
        "places": places,
        "address": _address(one, at),
    }


def _address(one: Finding, at: Where) -> str:
    """Of the document at its first page, for whoever may read it."""
    if not at.opens:
        return ""
    page = next((p.get("page") for p in one.at if p.get("kind") == "page" and not p.get("inside")), None)
    return f"/documents/{one.object}/page/{page}" if page else f"/documents/{one.object}"


async def unsearched(house: House, actor: Actor, language: str, scope: Any) -> list[dict[str, Any]]:
    """What could not be looked into, why, and where; alike ones counted together."""

    def say(key: str, **fields: Any) -> str:
        return house.rendering.say(language, key, **fields)

    listed = [Unsearched(*one) for one in scope.get("not", [])]
    where = await house.persons.where(actor, listed)
    grouped: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one, at in zip(listed, where, strict=True):
        key = (one.kind, one.why, at.space)
        row = grouped.setdefault(
            key, {"kind": one.kind, "why": one.why, "space": at.space, "count": 0, "names": []}
        )
        row["count"] += one.count
        row["names"] += [at.name] if at.name else []
        row["why_said"] = say(f"persons.why_{one.why}" if one.why in _WHYS else "persons.why_closed")
        row["kind_said"] = say(f"persons.kinds_{one.kind}" if one.kind in _KINDS else "persons.kinds_document")
    return list(grouped.values())


_WHYS = ("unreadable", "encrypted", "pictures", "waiting", "erased", "late")
_KINDS = ("document", "journal", "space")


def totals_said(house: House, language: str, one: Asked) -> str:
    """« Effacé : 3, Gardé : 1 »: what became of the places of an erasure that is over."""
    say = house.rendering.say
    counts = sorted((one.ended or {}).get("counts", {}).items())
    return ", ".join(
        say(language, "persons.about", what=say(language, f"persons.found_{state}"), who=count)
        for state, count in counts
    )


def looked_said(house: House, language: str, scope: Any) -> str:
    """« 12 documents, 4 conversations… »"""
    counts = scope.get("looked", {})
    return ", ".join(
        house.rendering.sentences.count(language, f"persons.n_{kind}", counts[kind])
        for kind in _COUNTED
        if counts.get(kind)
    )


def same_said(house: House, language: str, scope: Any) -> str:
    """What holds the surname alone."""
    counts = scope.get("same", {})
    return ", ".join(
        house.rendering.sentences.count(language, f"persons.n_{kind}", counts[kind])
        for kind in _COUNTED
        if counts.get(kind)
    )


_COUNTED = ("document", "conversation", "work", "file", "glossary", "pseudonyms", "journal", "account")


async def report_data(house: House, actor: Actor, language: str, report: Report) -> dict[str, Any]:
    """The JSON of a search."""
    scope = report.scope()
    return {
        "found": await lines(house, actor, language, report.findings),
        "looked": scope["looked"],
        "looked_said": looked_said(house, language, scope),
        "same": scope["same"],
        "same_said": same_said(house, language, scope),
        "not_searched": await unsearched(house, actor, language, scope),
    }


def asked_data(house: House, language: str, one: Asked) -> dict[str, Any]:
    """A request in a list. ``left``: days until it is due, negative once it is over; None when it is closed.
    ``late``: by how many days it was closed after that; 0: in time, or not closed."""
    data = {name: value for name, value in vars(one).items() if name not in ("scope", "id")}
    today = house.persons.files.today()
    return {
        **data,
        "said": list(one.said),
        "left": None if one.over else left(one.due_on, today),
        "late": days_late(one.due_on, one.ended["at"]) if one.ended else 0,
        "kind_said": house.rendering.say(language, f"persons.request_{one.kind}"),
        "state_said": house.rendering.say(language, f"persons.state_{one.state}"),
    }


async def sheet_data(
    house: House, actor: Actor, language: str, one: Asked, found: Sequence[Found]
) -> dict[str, Any]:
    """A request with its findings and its scope."""
    rows = await lines(house, actor, language, [f.finding for f in found])
    for row, f in zip(rows, found, strict=True):
        row |= {"id": f.id, "choice": f.choice, "state": f.state, "reason": f.reason}
        row["choice_said"] = house.rendering.say(language, f"persons.choice_{f.choice}") if f.choice else ""
        row["state_said"] = house.rendering.say(language, f"persons.found_{f.state}")
        row["reason_said"] = house.rendering.say(language, f"persons.kept_{f.reason}") if f.reason else ""
    scope = one.scope or {}
    return {
        **asked_data(house, language, one),
        "found": rows,
        "totals": totals_said(house, language, one),
        "looked": scope.get("looked", {}),
        "looked_said": looked_said(house, language, scope),
        "same_said": same_said(house, language, scope),
        "not_searched": await unsearched(house, actor, language, scope),
    }
