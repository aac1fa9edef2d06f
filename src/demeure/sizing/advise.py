"""Which open models for this machine and this policy, with reasons; and which machine and model for a profile.
Pure."""

from dataclasses import dataclass
from typing import Any

from demeure.sizing.catalogue import OpenModel, open_models
from demeure.sizing.errors import NotSizable
from demeure.sizing.machines import GB, Machine, machines
from demeure.sizing.physics import RUNTIME, Shape, prefill, shape, step, working
from demeure.sizing.plan import USUAL, Plan, Targets, bounds, fitting, hopeless, planned
from demeure.sizing.profile import Profile

CONTEXT = 16_384
"""Tokens shared by the answers at a time, in a first estimate of memory."""
BESIDE = 3 << 29  # 1.5 GiB: the house, the search by meaning, the system
QUESTION = 1_500
"""Tokens read for a question over documents, as in the shipped profiles."""
LONG, SLOW = 60.0, 4.0
"""Seconds to a first word, tokens a second: beyond, and below, somebody who waits alone gives up (a judgement)."""


@dataclass(frozen=True)
class Wanted:
    """What the organisation accepts. ``licences``: those allowed, empty: any that is free of conditions on
    commercial use; ``any_licence``: conditions too; ``europe``: every seat of the publisher in Europe; ``french``:
    French must be announced by the publisher, or ranked by EuroEval; ``task``: chat, embed, rerank, speech."""

    task: str = "chat"
    licences: frozenset[str] = frozenset()
    any_licence: bool = False
    europe: bool = False
    french: bool = False


@dataclass(frozen=True)
class Pace:
    """Predicted for one person alone, of a question of ``QUESTION`` tokens of which nothing is kept: seconds to
    the ``first`` word, tokens written a second (``speed``)."""

    first: float
    speed: float

    @property
    def slow(self) -> bool:
        return self.first > LONG or self.speed < SLOW


@dataclass(frozen=True)
class Advice:
    """One model. ``pace``: None where the machine is not measured. ``kept``: nothing speaks against it.
    ``reasons``: (code, fr, en), what speaks for it and against it; ``needed``: bytes of memory, None when it cannot
    be computed; ``quantisation`` and whether its file is ``exact``."""

    model: OpenModel
    kept: bool
    reasons: tuple[tuple[str, str, str], ...]
    needed: int | None
    quantisation: str
    exact: bool
    pace: Pace | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.model.id,
            "kept": self.kept,
            "needed": self.needed,
            "quantisation": self.quantisation,
            "exact_bytes": self.exact,
            "first_word_s": self.pace and round(self.pace.first, 1),
            "tokens_per_second": self.pace and round(self.pace.speed, 1),
            "slow": self.pace and self.pace.slow,
            "reasons": [{"code": code, "fr": fr, "en": en} for code, fr, en in self.reasons],
            "good": {"fr": self.model.good_fr, "en": self.model.good_en},
            "euroeval_rank": self.model.get("euroeval_rank"),
            "licence": self.model.get("licence"),
            "publisher": self.model.get("publisher"),
            "country": self.model.get("country"),
        }


def advised(machine_memory: int, wanted: Wanted, machine: Machine | None = None) -> list[Advice]:
    """Every model of that task: those kept first, those that are slow after the others, then by their rank in
    French (unknown: last), then the largest that fits. ``machine_memory``: bytes, of which the house keeps its own;
    ``machine``: this one, measured."""
    available = machine_memory - BESIDE
    found = [_advice(one, available, wanted, machine) for one in open_models() if one.task == wanted.task]
    return sorted(found, key=_order)


def _order(one: Advice) -> tuple[bool, bool, float, int]:
    slow = bool(one.pace and one.pace.slow)
    return (not one.kept, slow, one.model.number("euroeval_rank") or 99.0, -(one.needed or 0))


def _advice(model: OpenModel, available: int, wanted: Wanted, machine: Machine | None) -> Advice:
    against = _against(model, wanted)
    quantisation, exact, needed = _need(model)
    if needed is None:
        against.append(("memory-unknown", "sa mémoire n’est pas connue", "its memory is not known"))
    elif needed > available:
        fr = f"{_gb(needed, ',')}\u00a0Go demandés, {_gb(max(0, available), ',')} disponibles ici"
        en = f"{_gb(needed, '.')} GB needed, {_gb(max(0, available), '.')} available here"
        against.append(("too-large", fr, en))
    for_it = _in_favour(model)
    pace = _pace(model, quantisation, machine) if machine and model.task == "chat" and needed is not None else None
    return Advice(model, not against, (*against, *for_it), needed, quantisation, exact, pace)


def _pace(model: OpenModel, quantisation: str, machine: Machine) -> Pace | None:
    made = shape(model, quantisation)
    try:
        return Pace(prefill(made, machine, QUESTION), 1 / step(made, machine, 1, QUESTION))
    except NotSizable:  # its matrix rate is not known
        return None


def _need(model: OpenModel) -> tuple[str, bool, int | None]:
    """(quantisation, is its file known, bytes of memory). Chat models by 4 bits; what is small by 8 or 16."""
    for quantisation in ("q4_k_m", "q8_0") if model.task == "chat" else ("q8_0", "f16"):
        weights = model.weights(quantisation)
        if weights is None:
            continue
        if model.task != "chat":
            return quantisation, weights[1], weights[0] + RUNTIME
        try:
            made = shape(model, quantisation)
        except NotSizable:
            return quantisation, weights[1], None
        return (
            quantisation,
            weights[1],
            int(made.weights + CONTEXT * made.kv + 4 * made.fixed + RUNTIME + working(made, CONTEXT)),
        )
    return "", False, None


def _against(model: OpenModel, wanted: Wanted) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    licence, free = model.get("licence"), model.get("free")
    if licence is None:
        found.append(("licence-unknown", "licence inconnue", "unknown licence"))
    elif wanted.licences:
        if str(licence).casefold() not in {one.casefold() for one in wanted.licences}:
            found.append(
                ("licence", f"licence {licence}, que vous n’avez pas permise", f"licence {licence}, not allowed")
            )
    elif not wanted.any_licence and free is not True:
        fr = f"licence {licence}, à conditions" if free is False else f"licence {licence}, conditions inconnues"
        en = f"licence {licence}, with conditions" if free is False else f"licence {licence}, conditions unknown"
        found.append(("licence", fr, en))
    if wanted.europe and not model.european:
        where = model.get("country") or "?"
        found.append(("not-european", f"éditeur hors d’Europe ({where})", f"publisher outside Europe ({where})"))
    if wanted.french and model.get("french") is not True and model.number("euroeval_rank") is None:
        fr = "français ni annoncé par l’éditeur, ni mesuré"
        found.append(("french", fr, "French neither announced by the publisher nor measured"))
    return found


def _in_favour(model: OpenModel) -> list[tuple[str, str, str]]:
    found = []
    rank = model.number("euroeval_rank")
    if rank is not None:
        told = f"{rank:.2f}"
        fr = f"rang {told.replace('.', ',')} en français (EuroEval, plus bas est meilleur)"
        found.append(("rank", fr, f"rank {told} in French (EuroEval, lower is better)"))
    elif model.task == "chat":
        found.append(("rank-unknown", "rang en français inconnu", "rank in French unknown"))
    if model.state_unknown:
        fr = "mémoire au moins\u00a0: l’état de chaque réponse n’est pas connu"
        found.append(("at-least", fr, "memory at least: the state of each answer is not known"))
    if model.european:
        found.append(("european", "éditeur européen", "European publisher"))
    if model.file:
        found.append(("fetched", "Demeure sait aller le chercher", "Demeure can fetch it"))
    return found


def _gb(count: int, decimal: str) -> str:
    return f"{count / GB:.1f}".replace(".", decimal)


def proposed(
    profile: Profile,
    wanted: Wanted,
    targets: Targets = USUAL,
    *,
    years: int = 0,
    most: int = 3,
    own: Machine | None = None,
) -> list[Plan]:
    """Pairs of a machine and a model that serve ``profile``, the machines of least bandwidth first, each with the
    best model of known rank that it serves with; ``own``, a measured machine, before the table. Days are simulated
    only where the bounds leave hope."""
    candidates = _candidates(wanted)
    grown = profile.after(years)
    table = sorted((one for one in machines() if one.bandwidth and one.rate), key=lambda one: one.bandwidth)
    found: list[Plan] = []
    for one in ([own] if own is not None and own.measured else []) + table:
        plan = _best_on(one, grown, candidates, targets)
        if plan is not None:
            found.append(plan)
        if len(found) == most:
            break
    return found


def _candidates(wanted: Wanted) -> list[Shape]:
    """Shapes of the chat models that the organisation accepts, the best rank first; a rank that is unknown is not
    guessed: such a model is chosen by hand."""
    kept = [
        one
        for one in open_models()
        if one.task == "chat" and not _against(one, wanted) and one.number("euroeval_rank") is not None
    ]
    kept.sort(key=lambda one: one.number("euroeval_rank") or 99.0)
    found = []
    for one in kept:
        try:
            found.append(shape(one))
        except NotSizable:
            continue
    return found


def _best_on(machine: Machine, profile: Profile, candidates: list[Shape], targets: Targets) -> Plan | None:
    for one in candidates:
        if not fitting(profile, machine, one, 4):
            continue
        used, first, speed = bounds(profile, machine, one)
        if used > 0.9 or first > targets.first or speed < targets.speed:
            continue
        if hopeless(profile, machine, one, targets):
            continue
        plan = planned(profile, machine, one, targets)
        if plan.verdict in ("fits", "tight"):
            return plan
    return None
