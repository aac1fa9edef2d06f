"""From answers to what is advised: uses ranked, classes, a first policy, machine and models, steps, costs. Pure."""

from dataclasses import dataclass, replace
from typing import Any

from demeure.advice.answers import Answers
from demeure.advice.questions import KnownUse, uses
from demeure.policy import Policy, default_policy_text, read_policy
from demeure.sizing import Advice, Plan, Profile, Targets, Use, Wanted, advised, profile, proposed, this_machine
from demeure.sizing import Machine as SizedMachine

FIRST, NEXT, LAST = "first", "next", "last"
CLASSES = ("public", "interne", "confidentiel", "tres-sensible")
HIGHEST = frozenset({"social", "health", "children"})
YEARS, MONTHS, HOURS_A_YEAR = 3, 36, 8760
SEVERE = 5


@dataclass(frozen=True)
class RankedUse:
    """``risk``: raised by what is sensitive here; ``turn``: first, next or last; ``sensitivity``: class
    proposed."""

    use: KnownUse
    value: int
    risk: int
    sensitivity: str
    turn: str

    def why(self, language: str) -> str:
        return self.use.why_en if language == "en" else self.use.why_fr


@dataclass(frozen=True)
class Costs:
    """Euros over three years; None: a price that nobody gave. ``seats``: the same people by the price of an online
    offer."""

    purchase: float | None
    electricity: float | None
    time: float | None
    seats: float | None
    watts: float | None
    people_months: int

    @property
    def known(self) -> float:
        """The sum of what is known: a lower bound when something is not."""
        return sum(one for one in (self.purchase, self.electricity, self.time) if one is not None)

    @property
    def whole(self) -> bool:
        return None not in (self.purchase, self.electricity, self.time)


@dataclass(frozen=True)
class Assessment:
    """``plans``: machines and models that serve; ``models``: advice for the machine at hand; ``policy``: the text
    of a first one, which ``read_policy`` accepts; ``forbid``, ``steps``: codes of sentences (report)."""

    answers: Answers
    profile: Profile
    uses: tuple[RankedUse, ...]
    policy: str
    checked: Policy
    plans: tuple[Plan, ...]
    models: tuple[Advice, ...]
    forbid: tuple[str, ...]
    steps: tuple[str, ...]
    costs: Costs

    def as_json(self) -> dict[str, Any]:
        return {
            "answers": dict(self.answers.given),
            "uses": [
                {"id": r.use.id, "value": r.value, "risk": r.risk, "class": r.sensitivity, "turn": r.turn}
                for r in self.uses
            ],
            "policy": {"text": self.policy, "sha256": self.checked.digest, "default": self.checked.default},
            "plans": [one.as_json() for one in self.plans],
            "models": [one.as_json() for one in self.models],
            "forbid": list(self.forbid),
            "steps": list(self.steps),
            "costs": {**self.costs.__dict__, "known": self.costs.known, "whole": self.costs.whole},
        }


def assessed(answers: Answers, memory: int, own: SizedMachine | None = None) -> Assessment:
    """``memory``: bytes of this machine; ``own``: the same, measured. Raises nothing for answers that were
    checked."""
    ranked = _ranked(answers)
    usage = _profile(answers)
    wanted = Wanted(europe=answers.chose("europe", "yes"), french=True)
    here = own if answers.chose("machine", "this") else None
    plans = tuple(proposed(usage, wanted, Targets(), years=YEARS, own=here))
    policy = first_policy(answers)
    models = tuple(one for one in advised(memory, wanted) if one.kept)[:3]
    return Assessment(
        answers=answers,
        profile=usage,
        uses=ranked,
        policy=policy,
        checked=read_policy(policy),
        plans=plans,
        models=models if answers.chose("machine", "this") else (),
        forbid=_forbid(answers, ranked),
        steps=_steps(answers, ranked),
        costs=_costs(answers, usage, plans),
    )


def _ranked(answers: Answers) -> tuple[RankedUse, ...]:
    """Those wanted: what is worth most for the least risk comes first; what may harm people waits."""
    sensitive = set(answers.get("sensitive"))
    found = []
    for one in uses():
        if not answers.chose("uses", one.id):
            continue
        risk = min(SEVERE, one.risk + len(sensitive & set(one.raised)))
        level = CLASSES.index(one.sensitivity)
        if sensitive & set(one.raised):
            level = max(level, CLASSES.index("confidentiel"))
        turn = LAST if risk >= SEVERE else FIRST if risk <= 3 and one.value > risk else NEXT
        found.append(RankedUse(one, one.value, risk, CLASSES[level], turn))
    order = (FIRST, NEXT, LAST)
    return tuple(sorted(found, key=lambda r: (order.index(r.turn), r.risk - r.value, -r.value)))


def _profile(answers: Answers) -> Profile:
    """The shipped profile with the uses and figures that were told."""
    base = profile(answers.get("profile"))
    chosen = [
        Use(
            one.id,
            one.fr,
            one.en,
            one.share,
            one.each,
            one.prompt,
            one.kept,
            one.answer,
            "background" if one.background else "people",
        )
        for one in uses()
        if answers.chose("uses", one.id)
    ]
    return replace(
        base,
        people=int(answers.number("people")),
        growth=int(answers.number("growth")),
        documents=int(answers.number("documents")),
        uses=tuple(chosen) or base.uses,
    )


def first_policy(answers: Answers) -> str:
    """The policy of a new house, with the lines that these answers change; the cases of the house stay."""
    text = default_policy_text()
    careful = bool(set(answers.get("sensitive")) & HIGHEST)  # a space that nobody classed may hold some of it
    usual = "confidentiel" if careful else "interne"
    changes = [
        ('default = "interne"', f'default = "{usual}"'),
        ("approval = 1", "approval = 2" if answers.chose("approval", "yes") else "approval = 1"),
        ("archives = false", "archives = true" if answers.chose("archives", "yes") else "archives = false"),
    ]
    for former, new in changes:
        if text.count(f"\n{former} ") != 1:
            raise AssertionError(former)  # the policy of a new house was written otherwise: this room must follow
        text = text.replace(f"\n{former} ", f"\n{new} ", 1)
    return _kept_for_people(text, answers)


def _kept_for_people(text: str, answers: Answers) -> str:
    """Where staff files, disputes or tenders are there: agents delete nothing confidential."""
    if not set(answers.get("sensitive")) & {"staff", "disputes", "tenders"}:
        return text
    rule = (
        "\n[[rule]]\n"
        'name = "agents-delete-nothing-confidential"\n'
        'roles = ["agent"]\n'
        'actions = ["document.delete"]\n'
        'classes = ["confidentiel", "tres-sensible"]\n'
        'why = { fr = "Seule la personne qui gère l’espace efface un document confidentiel.", '
        'en = "Only the person who manages the space deletes a confidential document." }\n'
    )
    return text.rstrip("\n") + "\n" + rule


def _forbid(answers: Answers, ranked: tuple[RankedUse, ...]) -> tuple[str, ...]:
    """What to forbid from today on, before anything is installed."""
    found = []
    risky = bool(answers.get("sensitive"))
    if risky:
        found.append("consumer")
    if answers.chose("habits", "unknown") or answers.chose("habits", "many"):
        found.append("unknown")
    if answers.chose("tools", "seats") or answers.chose("tools", "office"):
        found.append("seats")
    if any(one.risk >= SEVERE for one in ranked):
        found.append("decisions")
    if answers.get("contractors"):
        found.append("contractors")
    return tuple(found or ["consumer_plain"])


def _steps(answers: Answers, ranked: tuple[RankedUse, ...]) -> tuple[str, ...]:
    found = ["say", "name" if answers.chose("skills", "nobody") else "meet"]
    found.append("buy" if answers.chose("machine", "none") else "measure")
    found += ["install", "prove", "policy", "pilot"]
    if any(one.turn == LAST for one in ranked):
        found.append("impact")
    if answers.get("contractors"):
        found.append("contracts")
    if answers.chose("archives", "yes"):
        found.append("archives")
    return (*found, "cases", "widen", "review")


def _costs(answers: Answers, usage: Profile, plans: tuple[Plan, ...]) -> Costs:
    people = sum(usage.after(year).people * 12 for year in range(YEARS))
    price, kwh, hour, seat = (answers.number(name) for name in ("price", "kwh", "hour", "seat"))
    bought = 0.0 if answers.chose("machine", "this") or answers.chose("machine", "server") else price or None
    watts = _watts(plans[0]) if plans else None
    electricity = watts * HOURS_A_YEAR * YEARS / 1000 * kwh if watts is not None and kwh else None
    hours = answers.number("hours")
    return Costs(
        purchase=bought,
        electricity=electricity,
        time=hours * hour * MONTHS if hour else (0.0 if not hours else None),
        seats=seat * people if seat else None,
        watts=watts,
        people_months=people,
    )


def _watts(plan: Plan) -> float | None:
    """On average over the year: under load while the engine works, idle otherwise; None when unpublished."""
    idle, load = plan.machine.idle_watts, plan.machine.load_watts
    if idle is None or load is None:
        return None
    hours = plan.profile.hours
    busy = min(1.0, plan.used) * sum(hours) / max(hours) / 24 * plan.profile.days / 365
    return idle + busy * (load - idle)


def measured_or_none(memory: int, cores: int, bench: Any) -> SizedMachine | None:
    """This machine, when it was measured."""
    return None if bench is None else this_machine(memory, cores, bench)
