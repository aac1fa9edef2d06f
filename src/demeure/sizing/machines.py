"""Machines with published figures, none measured by us; and this one, as it was measured."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from demeure.sizing.errors import BenchUnreadable, MachineUnknown, NotSizable
from demeure.sizing.facts import Fact, table

FILE = "machines.toml"
GIB, GB = 1 << 30, 1e9
THIS = "this"
"""Name of the machine one is on."""
DECODE = {"cpu": 0.6, "apu": 0.6, "apple": 0.75, "gpu": 0.75, "unified": 0.75}
"""Share of the published bandwidth that decoding reaches: planning factors (docs/sizing.md, section 7)."""
PREFILL = {"cpu": 0.5, "apu": 0.25, "apple": 0.25, "gpu": 0.25, "unified": 0.25}
"""Share of the published matrix rate that reading a prompt reaches with llama.cpp, quantised."""
PER_LAYER = {"cpu": 20e-6, "apu": 20e-6, "apple": 20e-6, "gpu": 15e-6, "unified": 20e-6}
"""Seconds of one layer of one pass that neither memory nor computing explains: threads that meet, kernels
started."""
ULTRA = 0.55  # shares of Apple's Ultra are lower (formulas, section 6)
RECORD = "models/chosen/machine.json"
"""Where an instance keeps what « demeure bench machine » found."""
FORMULAS = 4
"""Of physics.py: raised when what a fitted share means changes. 2: each token goes through what all answers keep.
3: no prompt of a measure begins as another did (engine/paces.py): of one of 2,048 tokens, 512 could be kept from
another and not read. 4: what several answers cost is read between measured crowds, not on one straight line; of
those that look back, the first reads and the others compute. A record without a number was fitted with those
before."""
KEPT_FREE = 0.1
"""Share of the memory that nobody plans to fill."""


@dataclass(frozen=True)
class Price:
    """As it was found: never converted, never aged. ``money``: of ISO 4217; ``taxed``: with VAT, None when the
    source does not say; ``date``: ISO, the day, the month or the year; ``fr``, ``en``: what the source says."""

    amount: float
    money: str
    date: str
    fr: str
    en: str
    source: str
    taxed: bool | None = None

    def note(self, language: str) -> str:
        return self.en if language == "en" else self.fr

    def currency(self, language: str) -> str:
        """« EUR TTC », “EUR incl. VAT”; the money alone when nobody knows."""
        known = {None: "", True: " incl. VAT", False: " excl. VAT"}
        connu = {None: "", True: "\u00a0TTC", False: "\u00a0HT"}
        return self.money + (known if language == "en" else connu)[self.taxed]

    def when(self, language: str) -> str:
        """« 07/10/2026 », “2026-10-07”."""
        return self.date if language == "en" else "/".join(reversed(self.date.split("-")))


@dataclass(frozen=True)
class Machine:
    """``memory``: bytes that models may fill; ``bandwidth``: bytes/s; ``rate``: floating operations/s on matrices,
    None when unknown; ``decode`` and ``prefill``: shares of them that an engine reaches; ``per_layer``: seconds of
    a layer of a pass that neither explains; ``batch_cost``, ``context``, ``pairs``: shares of the rate for small
    batches, of the bandwidth for the context, of the rate for attention (None: as the others); ``batch``: (answers
    at once, what they cost beside the memory's time, in answers computed at the whole rate), where it was measured;
    ``kernels``: type of weights → the shares that its own code of the engine reaches (prefill, batch_cost, batch),
    where one was measured; ``cores``: 0 when unknown.
    ``measured``: by « demeure bench machine », here; ``outdated``: its shares were fitted with other formulas, so
    predictions are off until it is measured again."""

    id: str
    kind: str
    fr: str
    en: str
    memory: int
    bandwidth: float
    rate: float | None
    decode: float
    prefill: float
    per_layer: float
    measured: bool = False
    outdated: bool = False
    batch_cost: float | None = None
    batch: tuple[tuple[int, float], ...] = ()
    kernels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    context: float | None = None
    pairs: float | None = None
    cores: int = 0
    idle_watts: float | None = None
    load_watts: float | None = None
    price: Price | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    published: tuple[Mapping[str, str], ...] = ()

    def name(self, language: str) -> str:
        return self.en if language == "en" else self.fr

    def of(self, weights: str) -> "Machine":
        """With the shares of the code that reads that type of weights; the machine as it is when it was not
        measured."""
        told = self.kernels.get(weights)
        if told is None:
            return self
        return replace(
            self,
            kernels={},
            prefill=told.get("prefill", self.prefill),
            batch_cost=told.get("batch_cost", self.batch_cost),
            batch=told.get("batch", ()),
        )

    @property
    def usable(self) -> int:
        """Bytes to plan with."""
        return int(self.memory * (1 - KEPT_FREE))

    def as_json(self) -> dict[str, Any]:
        price = self.price.__dict__ if self.price else None
        told = {k: v for k, v in self.__dict__.items() if k not in ("facts", "price", "published")}
        facts = {name: fact.as_json() for name, fact in self.facts.items()}
        return {**told, "price": price, "published": [dict(one) for one in self.published], "facts": facts}


@cache
def machines() -> tuple[Machine, ...]:
    """The table, in the order of the file."""
    single = {own["id"]: _machine(own, facts) for own, facts in table(FILE, "machines")}
    pairs = [_pair(own, single[own["of"]]) for own, _ in table(FILE, "pairs")]
    return (*single.values(), *pairs)


def machine(name: str) -> Machine:
    """Raises MachineUnknown; NotSizable when its bandwidth is not known."""
    for one in machines():
        if one.id == name:
            if not one.bandwidth:
                raise NotSizable(name=name, detail="la bande passante", detail_en="the bandwidth")
            return one
    raise MachineUnknown(name=name, known=", ".join(one.id for one in machines()))


def _machine(own: Mapping[str, Any], facts: dict[str, Fact]) -> Machine:
    def number(name: str) -> float | None:
        return float(facts[name].value) if name in facts else None

    kind, halved = own["kind"], (number("int8_tops") or 0) / 2
    rate = number("fp16_tflops") or halved  # dense integers of 8 bits go twice as fast on these cards
    return Machine(
        id=own["id"],
        kind=kind,
        fr=own["name"]["fr"],
        en=own["name"]["en"],
        memory=int((number("memory_gb") or 0) * GB),
        bandwidth=(number("bandwidth_gbs") or 0) * GB,
        rate=rate * 1e12 if rate else None,
        decode=ULTRA if "Ultra" in own["name"]["en"] else DECODE[kind],
        prefill=PREFILL[kind],
        per_layer=PER_LAYER[kind],
        idle_watts=number("idle_watts"),
        load_watts=number("load_watts"),
        price=_price(own["price"]) if "price" in own else None,
        facts=facts,
        published=tuple(own.get("published", ())),
    )


def _price(own: Mapping[str, Any]) -> Price:
    return Price(**{name: value for name, value in own.items() if name != "note"}, **own["note"])


def _pair(own: Mapping[str, Any], one: Machine) -> Machine:
    """Two cards of ``one``: layers are split between them, so memory and watts add and speeds do not: a token goes
    through one card, then through the other."""
    cards, price = int(own["cards"]), one.price
    added = {"memory_gb", "idle_watts", "load_watts"} & one.facts.keys()
    facts = {
        name: replace(
            one.facts[name], value=cards * one.facts[name].value, source=f"{cards} × {one.facts[name].source}"
        )
        for name in added
    }
    return replace(
        one,
        id=own["id"],
        fr=own["name"]["fr"],
        en=own["name"]["en"],
        memory=cards * one.memory,
        idle_watts=one.idle_watts and cards * one.idle_watts,
        load_watts=one.load_watts and cards * one.load_watts,
        price=price
        and replace(price, amount=cards * price.amount, fr=f"{cards} × {price.fr}", en=f"{cards} × {price.en}"),
        facts={**one.facts, **facts},
        published=(),
    )


def this_machine(memory: int, cores: int, bench: Mapping[str, Any] | None = None) -> Machine:
    """The machine one is on. ``bench``: what « demeure bench machine » wrote; without it only its memory is known,
    its speed is not: it cannot be sized. Raises BenchUnreadable."""
    made = Machine(THIS, "cpu", "cette machine", "this machine", memory, 0.0, None, 0.0, 0.0, 0.0, cores=cores)
    if bench is None:
        return made
    try:
        found = bench["machine"]
        speed = bench["calibration"]
        own: dict[str, Any] = {name: _positive(speed[name]) for name in _OPTIONAL if speed.get(name) is not None}
        return replace(
            made,
            bandwidth=_positive(found["memory_read"]),
            rate=_positive(found["matrix_rate"]),
            decode=_positive(speed["decode"]),
            prefill=_positive(speed["prefill"]),
            per_layer=float(speed["per_layer"]),
            batch_cost=_positive(speed["batch_cost"]),
            batch=_crowds(speed.get("batch")),
            kernels={str(kind): _kernel(told) for kind, told in dict(speed.get("kernels") or {}).items()},
            **own,
            measured=True,
            outdated=bench.get("formulas") != FORMULAS,
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise BenchUnreadable(file="bench") from problem


def read_bench(text: str, file: str) -> Mapping[str, Any]:
    """The JSON that « demeure bench machine » wrote. Raises BenchUnreadable."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise BenchUnreadable(file=file) from problem
    if not isinstance(found, dict) or not {"machine", "calibration"} <= found.keys():
        raise BenchUnreadable(file=file)
    return found


_OPTIONAL = ("context", "pairs")


def _kernel(told: Mapping[str, Any]) -> dict[str, Any]:
    shares: dict[str, Any] = {
        name: _positive(told[name]) for name in ("prefill", "batch_cost") if told.get(name) is not None
    }
    return shares | {"batch": _crowds(told.get("batch"))}


def _crowds(told: Any) -> tuple[tuple[int, float], ...]:
    """In the order of the crowds. Raises ValueError, TypeError."""
    found = sorted((int(streams), float(cost)) for streams, cost in told or ())
    if any(streams < 2 or not 0 <= cost < float("inf") for streams, cost in found):
        raise ValueError(told)
    return tuple(found)


def _positive(value: Any) -> float:
    number = float(value)
    if not 0 < number < float("inf"):
        raise ValueError(value)
    return number
