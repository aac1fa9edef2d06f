"""The page of a proof, for the mayor or the client: what its statement says in words, and how to check it.

Everything comes from the statement: the same one makes the same page, whatever has happened since.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from demeure.gateway.locale import LADDERS
from demeure.gateway.papers.spoken import Spoken
from demeure.gateway.reds import leaked
from demeure.journal.paper import code_svg
from demeure.journal.statement import COMMANDS
from demeure.journal.verify_statement import doubts
from demeure.workshop import Code, Sheet, SheetPart, Steps

DOSSIER = "preuve-{index}.zip"
"""Name of the pack that the page comes with."""
_MOST, _LONGEST = 5, 130
"""Lines of one part, and signs of one of them: the page is one page."""
_NAMED = 3
_HOLDS, _ROUTED, _PARTIAL, _RED, _LOOSE, _UNSURE = "holds", "routed", "partial", "red", "loose", "unsure"
"""_LOOSE: no attempt got out, but a fact of the house is not as it must be, or a probe missed a wall."""
_TONES = {_HOLDS: "ok", _ROUTED: "warn", _PARTIAL: "warn", _RED: "stop", _LOOSE: "stop", _UNSURE: "warn"}


def proof_sheet(say: Spoken, told: Mapping[str, Any], statement: bytes, index: int) -> Sheet:
    """``told``: the facts of the house in ``statement`` (predicate.demeure)."""
    issued, expires = (datetime.fromisoformat(told[name]) for name in ("issued_at", "expires_at"))
    counts, kind = told["counts"], _kind(told)
    digest = f"sha512:{hashlib.sha512(statement).hexdigest()}"
    conclusive = {probe["name"] for probe in told["probes"] if probe["code"] != "inconclusive"}
    return Sheet(
        language=say.language,
        title=say.t("paper.proof_title"),
        organisation=told["instance"]["name"],
        tone=_TONES[kind],
        verdict=say.t(f"paper.proof_{kind}"),
        lead=say.t(f"paper.proof_{kind}_lead", when=say.moment(issued)),
        asked=_asked(say, told),
        issued=int(issued.timestamp()),
        figures=(
            (say.whole(counts["blocked"]), say.t("paper.stopped")),
            (say.whole(counts["open"]), say.t("paper.through")),
            (say.whole(counts["inconclusive"]), say.t("paper.inconclusive")),
            (say.whole(len(conclusive)), say.t("paper.conclusive")),
            (told["ladder"] or "–", say.t("paper.ladder")),
        ),
        facts=(
            (say.t("paper.made"), say.moment(issued)),
            (say.t("paper.until"), say.moment(expires)),
            (say.t("paper.confinement"), say.t(LADDERS.get(told["ladder"], "maison.ladder_d"))),
            (say.t("paper.machine"), _machine(say, told)),
            (
                say.t("paper.entry"),
                say.t("paper.entry_of", index=index, origin=told["instance"]["vkey"].split("+")[0]),
            ),
        ),
        parts=_parts(say, told, kind),
        steps=Steps(
            say.t("paper.check"),
            say.t("paper.check_lead", dossier=DOSSIER.format(index=index)),
            tuple((say.t(f"paper.check_{number}"), command) for number, command in enumerate(COMMANDS, 1)),
        ),
        code=Code(code_svg(digest), say.t("paper.code"), digest),
        foot=say.t("paper.foot", version=told["product"]["version"], product=told["product"]["sha256"][:16]),
    )


def _kind(told: Mapping[str, Any]) -> str:
    if told["verdict"] == "open":
        return _RED if leaked(told["counts"], told) else _LOOSE
    if told["verdict"] != "blocked":
        return _UNSURE
    if told["ladder"] != "A":
        return _PARTIAL
    routes = told["facts"].get("routes", {}).get("state", "blocked")
    return _HOLDS if routes == "blocked" else _ROUTED


def _asked(say: Spoken, told: Mapping[str, Any]) -> str:
    names, roles = ({probe[what] for probe in told["probes"]} for what in ("name", "role"))
    asked = say.t(
        "paper.asked",
        probes=say.whole(len(names)),
        attempts=say.whole(len(told["probes"])),
        roles=say.whole(len(roles)),
    )
    walls = say.n("paper.mutations", len(told["mutations"])) if told["mutations"] else ""
    return f"{asked} {walls}".strip()


def _machine(say: Spoken, told: Mapping[str, Any]) -> str:
    virtual = f" {say.t('sovereignty.virtual')}" if told["machine"]["virtual"] else ""
    return f"{told['hosting'][say.language]}{virtual} {say.t('paper.kernel', kernel=told['machine']['kernel'])}"


def _parts(say: Spoken, told: Mapping[str, Any], kind: str) -> tuple[SheetPart, ...]:
    """What the verdict calls for, beside what it does not prove."""
    limits = SheetPart(say.t("sovereignty.limits"), _few(say, told["not_proven"][say.language]))
    facts = [fact for fact in told["facts"].values() if fact["state"] != "blocked"]
    key = SheetPart(say.t("receipt.key"), (told["instance"]["vkey"],), signs=True)
    if kind in (_RED, _LOOSE):
        opened = _opened(say, told["probes"])
        opened += [fact[say.language] for fact in facts if fact["state"] == "open"]
        opened += [say.t("paper.unnoticed", wall=one[say.language]) for one in told["mutations"] if not one["ok"]]
        return SheetPart(say.t("paper.opened"), _few(say, opened)), limits, key
    if kind == _UNSURE:
        silent = doubts(dict(told), say.language) or [" ".join(told["problem"].split()) or "–"]
        return (
            SheetPart(say.t("sovereignty.unsure_names"), _few(say, silent)),
            limits,
            key,
        )
    if kind == _ROUTED:
        return SheetPart(say.t("paper.opened"), _few(say, [told["facts"]["routes"][say.language]])), limits, key
    if told["hosting"]["provider"]:
        return SheetPart(say.t("paper.differs"), _few(say, told["hosting"]["differs"][say.language])), limits, key
    sure = [fact[say.language] for fact in told["facts"].values() if fact["state"] == "blocked"]
    read = [f"{fact[say.language]} ({say.t('sovereignty.said_inconclusive').lower()})" for fact in facts] + sure
    return SheetPart(say.t("sovereignty.facts"), _few(say, list(dict.fromkeys(read)) or ["–"])), limits, key


def _opened(say: Spoken, probes: list[Mapping[str, Any]]) -> list[str]:
    """Each probe that got out, and from where."""
    found: dict[str, list[str]] = {}
    for one in probes:
        if one["code"] == "open":
            found.setdefault(one["name"], []).append(one["role"])
    return [
        f"{name} ({', '.join(roles) if len(roles) <= _NAMED else say.n('paper.boxes', len(roles))})"
        for name, roles in found.items()
    ]


def _few(say: Spoken, lines: list[str]) -> tuple[str, ...]:
    """The first ones; what is left out is told."""
    shown = lines if len(lines) <= _MOST else lines[: _MOST - 1]
    short = tuple(line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…" for line in shown)
    left = len(lines) - len(shown)
    return (*short, say.n("paper.more", left)) if left else short
