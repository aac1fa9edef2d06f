"""The report, in Markdown: one text for the page, for HTML and for the PDF. Pure."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from demeure.advice.assessment import FIRST, HIGHEST, LAST, Assessment, RankedUse
from demeure.advice.questions import questions, sections
from demeure.sizing import Plan, open_model

_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)


@cache
def _words() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("demeure.advice") / "words.toml").read_text(encoding="utf-8"))


class _Writer:
    """Sentences in one language, and numbers as it writes them."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, key: str, **fields: Any) -> str:
        group, _, name = key.partition(".")
        return str(_words()[group][name][self.language].format(**fields))

    def number(self, value: float, digits: int = 0) -> str:
        text = f"{value:,.{digits}f}"
        return text.replace(",", "\u202f").replace(".", ",") if self.language == "fr" else text

    def euros(self, value: float) -> str:
        return f"{self.number(value)}\u00a0€" if self.language == "fr" else f"€{self.number(value)}"

    def gigabytes(self, count: int) -> str:
        return f"{self.number(count / 1e9, 1)}\u00a0{'Go' if self.language == 'fr' else 'GB'}"

    def day(self, when: date) -> str:
        if self.language == "en":
            return f"{when.day} {when:%B %Y}"
        first = "1er" if when.day == 1 else str(when.day)
        return f"{first}\u00a0{_MONTHS[when.month - 1]} {when.year}"

    def table(self, head: str, rows: Iterable[Sequence[str]]) -> str:
        cells = head.split("|")
        lines = [cells, ["---"] * len(cells), *rows]
        return "\n".join("| " + " | ".join(plain(cell) for cell in line) + " |" for line in lines)


def plain(text: str) -> str:
    """A text that people typed, unable to be anything but text in a table or a sentence of Markdown."""
    flat = " ".join(re.split(r"[^\S\u00a0\u202f]+", text.strip()))  # spaces that do not break stay
    return "".join(f"\\{c}" if c in "\\|`*_[]<>#" else c for c in flat)


def report(found: Assessment, language: str, when: date) -> tuple[str, str]:
    """(title, text in Markdown)."""
    write = _Writer(language)
    name = found.answers.get("organisation")
    title = write.say("title.of", organisation=name) if name else write.say("title.report")
    parts = [
        write.say("title.made", day=write.day(when)),
        *_part(write, "short", _short(write, found)),
        *_part(write, "uses", _uses(write, found)),
        *_part(write, "forbid", _forbid(write, found)),
        *_part(write, "classes", _classes(write, found)),
        *_part(write, "machine", _machine(write, found)),
        *_part(
            write, "steps", ["\n".join(f"{n}. {write.say(f'steps.{s}')}" for n, s in enumerate(found.steps, 1))]
        ),
        *_part(write, "costs", _costs(write, found)),
        *_part(write, "limits", _limits(write, found)),
        *_part(write, "answers", _answers(write, found)),
        *_part(write, "policy", [f"```toml\n{found.policy.rstrip()}\n```"]),
    ]
    return title, "\n\n".join(parts) + "\n"


def _part(write: _Writer, name: str, text: Sequence[str]) -> list[str]:
    return [f"## {write.say(f'title.{name}')}", *text]


def _short(write: _Writer, found: Assessment) -> list[str]:
    first, last = _named(write, found.uses, FIRST), _named(write, found.uses, LAST)
    told = [write.say("short.start", uses=first) if first else write.say("short.nothing")]
    if last:
        told.append(write.say("short.wait", uses=last))
    if not found.plans:
        told.append(write.say("short.no_machine"))
    else:
        best = found.plans[0]
        key = "short.machine_measured" if best.machine.measured else "short.machine"
        told.append(write.say(key, machine=best.machine.name(write.language), model=best.shape.id))
    return ["\n".join(f"- {one}" for one in told)]


def _named(write: _Writer, ranked: Iterable[RankedUse], turn: str) -> str:
    return ", ".join(_lower(one.use.name(write.language)) for one in ranked if one.turn == turn)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _uses(write: _Writer, found: Assessment) -> list[str]:
    if not found.uses:
        return [write.say("uses.none")]
    names = {one.id: one.name(write.language) for one in found.checked.classes}
    rows = [
        (
            one.use.name(write.language),
            str(one.value),
            str(one.risk),
            names[one.sensitivity],
            write.say(f"uses.{one.turn}"),
            one.why(write.language),
        )
        for one in found.uses
    ]
    return [write.table(write.say("uses.head"), rows), write.say("uses.scale")]


def _forbid(write: _Writer, found: Assessment) -> list[str]:
    kinds = {one.id: one.name(write.language) for one in questions()["sensitive"].options}
    what = ", ".join(kinds[one] for one in found.answers.get("sensitive"))
    return ["\n".join(f"- {write.say(f'forbid.{one}', what=what)}" for one in found.forbid)]


def _classes(write: _Writer, found: Assessment) -> list[str]:
    names = {one.id: one.name(write.language) for one in found.checked.classes}
    kinds = {one.id: one.name(write.language) for one in questions()["sensitive"].options}
    told = [write.say("classes.told", usual=names[found.checked.default])]
    apart = [kinds[one] for one in found.answers.get("sensitive") if one in HIGHEST]
    told += [write.say("classes.apart", what=", ".join(apart), highest=names["tres-sensible"])] if apart else []
    told += [write.say("classes.archives")] if found.checked.archives else []
    told += [write.say("classes.approval")] if found.checked.approval == 2 else []
    return [*told, write.say("classes.apply")]


def _machine(write: _Writer, found: Assessment) -> list[str]:
    grown = found.profile.after(3)
    counted = {"people": write.number(grown.people), "requests": write.number(grown.requests)}
    told = [write.say("machine.day", **counted, peak=write.number(grown.peak), first="5", speed="8")]
    if found.plans:
        told.append(write.table(write.say("machine.head"), [_plan(write, one) for one in found.plans]))
        europe = write.say("machine.europe") if found.answers.chose("europe", "yes") else ""
        told.append(write.say("machine.why", europe=europe))
    else:
        told.append(write.say("short.no_machine"))
    if found.models:
        told.append(write.say("machine.here", models=", ".join(one.model.id for one in found.models)))
    if found.answers.chose("network", "isolated"):
        told.append(write.say("machine.isolated"))
    return told


def _plan(write: _Writer, plan: Plan) -> tuple[str, ...]:
    model, people, price = open_model(plan.shape.id), plan.people, plan.machine.price
    own, unknown = plan.machine, write.say("machine.unknown")
    found = unknown
    if price:
        found = f"{write.number(price.amount)} {price.currency(write.language)}, {price.when(write.language)}"
    return (
        plan.machine.name(write.language),
        write.say("machine.outdated" if own.outdated else "machine.yes" if own.measured else "machine.no"),
        plan.shape.id,
        str(model.get("licence") or unknown),
        f"{model.get('publisher') or unknown} ({model.get('country') or '?'})",
        write.gigabytes(plan.needed),
        f"{write.number(people.peak_first_p95, 1)}\u00a0s" if people else "-",
        write.number(people.speed_p10) if people else "-",
        found,
    )


def _costs(write: _Writer, found: Assessment) -> list[str]:
    costs, unknown = found.costs, write.say("costs.unknown")

    def told(value: float | None) -> str:
        return unknown if value is None else write.euros(value)

    watts = costs.watts
    electricity = write.say("costs.electricity_unknown")
    if watts is not None:
        electricity = write.say("costs.electricity", watts=write.number(watts))
    total = write.euros(costs.known)
    least = write.say("costs.least", amount=total) if costs.known else unknown
    rows = [
        (write.say("costs.purchase"), told(costs.purchase)),
        (electricity, told(costs.electricity)),
        (write.say("costs.time"), told(costs.time)),
        (write.say("costs.total"), total if costs.whole else least),
        (write.say("costs.seats", months=write.number(costs.people_months)), told(costs.seats)),
    ]
    lines = [write.table(write.say("costs.head"), rows), write.say("costs.note")]
    budget = found.answers.number("budget")
    if budget and costs.purchase and costs.purchase > budget:
        lines.append(write.say("costs.over", budget=write.euros(budget)))
    return lines


def _limits(write: _Writer, found: Assessment) -> list[str]:
    measured = any(one.machine.measured for one in found.plans)
    told = [write.say("limits.figures_but_this" if measured else "limits.figures"), write.say("limits.law")]
    missing = [_lower(one.ask(write.language)).rstrip("\u202f? ") for one in found.answers.missing]
    if missing:
        told.append(
            write.say("limits.unanswered", questions=("\u202f; " if write.language == "fr" else "; ").join(missing))
        )
    return ["\n".join(f"- {one}" for one in told)]


def _answers(write: _Writer, found: Assessment) -> list[str]:
    given = found.answers.given
    asked = (one for section in sections() for one in section.questions if one.id in given)
    rows = [(one.ask(write.language), said(one.id, given[one.id], write.language)) for one in asked]
    head = "question|réponse" if write.language == "fr" else "question|answer"
    return [write.table(head, rows)] if rows else ["-"]


def said(name: str, value: Any, language: str) -> str:
    """An answer in words."""
    options = {one.id: one.name(language) for one in questions()[name].options}
    if isinstance(value, tuple):
        return ", ".join(options[one] for one in value) or "-"
    if isinstance(value, str):
        return options.get(value, value)
    digits = 0 if value == int(value) else 2
    return _Writer(language).number(value, digits)
