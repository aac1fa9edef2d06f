"""What one token costs: bytes to read and operations to make. Pure; docs/sizing.md says where each line comes from.

Times are lower bounds times what an engine reaches of them (``Machine.decode``, ``.prefill``), plus what neither
explains (``.per_layer``). Bytes, seconds, tokens, operations.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demeure.sizing.catalogue import OpenModel
from demeure.sizing.errors import NotSizable
from demeure.sizing.machines import Machine

KV_BYTES = 2  # f16
PASS = 128  # tokens of a prompt that the house's engine works on at once (engine/spec.py, CHAT_BATCH)
CELLS = 256
"""All answers share one cache (engine/spec.py, ``kv_unified``): each token goes through every cell in use,
whoever's it is, by whole blocks of so many (llama.cpp, ``llama_kv_cache::get_n_kv``)."""
RUNTIME = 150 << 20  # the process beside the weights (engine/models/sizing.py)
EXPERTS_SHARED = 0.5
"""Of the active parameters of a mixture of experts, those that every token uses (attention, shared experts, head):
a judgement; a batch reads them once, and the routed experts that it hits."""


_KINDS = {"q4_k_m": "Q4_K", "q8_0": "Q8_0", "f16": "F16"}
_BLOCK = 256
"""Weights of a block of the K types: a width that is no multiple of it is written otherwise."""


@dataclass(frozen=True)
class Shape:
    """A model as a machine sees it. ``weights``: bytes of the file; ``read``: bytes that one token reads of them;
    ``active``: parameters that compute for one token; ``body``: the same without the head, which a prompt uses
    once; ``attended``: elements that attention multiplies for each pair of tokens, over all layers; ``kv``: bytes
    that one token of context adds; ``fixed``: bytes a stream holds whatever its length. ``quantisation``: as it was
    asked for; empty: a file's own; ``kind``: type of most of the weights, each read by its own code of the
    engine; ``heads``: of attention, in each layer (0: not known)."""

    id: str
    weights: int
    read: float
    active: float
    body: float
    layers: int
    attended: float
    kv: float
    fixed: float
    total: float
    quantisation: str = ""
    kind: str = ""
    heads: int = 0

    @property
    def mixture(self) -> bool:
        """Does a token use a part of its weights only?"""
        return self.active < 0.9 * self.total


def shape(model: OpenModel, quantisation: str = "q4_k_m") -> Shape:
    """From the catalogue. Raises NotSizable with what is not known."""
    weights, kv = model.weights(quantisation), model.number("kv_elements")
    total, layers = model.number("parameters"), model.number("layers")
    if weights is None or total is None:
        raise NotSizable(name=model.id, detail="la taille", detail_en="the size")
    if kv is None or layers is None:
        raise NotSizable(name=model.id, detail="la mémoire de son contexte", detail_en="the memory of its context")
    active = model.number("active") or total
    table = (model.number("vocabulary") or 0) * (model.number("hidden") or 0)
    heads, width = model.number("heads") or 0, model.number("head_dim") or 0
    looked_up = table if model.get("untied") else 0.0  # unknown: it is read as the head
    return Shape(
        id=model.id,
        weights=weights[0],
        read=weights[0] * max(0.0, active - looked_up) / total,
        active=active - looked_up,
        body=max(active - looked_up - table, 0.5 * active),
        layers=int(layers),
        attended=layers * heads * width if heads else kv / 2,
        kv=kv * KV_BYTES,
        fixed=(model.number("kv_window") or 0) * KV_BYTES + (model.number("state_bytes") or 0),
        total=total,
        quantisation=quantisation,
        kind=_KINDS.get(quantisation, "") if not (model.number("hidden") or 0) % _BLOCK else "",
        heads=int(heads),
    )


def shape_of_file(name: str, facts: Mapping[str, Any], size: int) -> Shape:
    """From the header of a model file (``HeaderFacts.as_json``), which wins over any catalogue. ``size``: bytes."""
    table = facts["vocabulary"] * facts["embedding"]
    total = float(facts["parameters"])
    looked_up = table if facts["untied"] or not facts["causal"] else 0
    return Shape(
        id=name,
        weights=size,
        read=size * (total - looked_up) / total,
        active=total - looked_up,
        body=total - looked_up - (table if facts["causal"] else 0),
        layers=facts["layers"],
        attended=facts["layers"] * facts["embedding"],
        kv=facts["kv_elements"] * KV_BYTES * bool(facts["causal"]),
        fixed=0.0,
        total=total,
        kind=str(facts.get("weights") or ""),
        heads=facts["heads"] if facts["causal"] else 0,
    )


def read_in(shape: Shape, streams: int) -> float:
    """Bytes of weights that one step of ``streams`` tokens reads: a mixture of experts reads more of them as more
    tokens choose (each token alone chooses a share of the routed ones)."""
    if not shape.mixture or streams <= 1:
        return shape.read
    shared = shape.read * EXPERTS_SHARED
    routed = shape.weights - shared
    chosen = (shape.read - shared) / routed
    return shared + routed * (1 - (1 - chosen) ** streams)


def cells(tokens: float) -> int:
    """Cells of the cache that each token goes through while ``tokens`` are kept in it, of all answers together."""
    return max(1, math.ceil(tokens / CELLS)) * CELLS


def looking(shape: Shape, machine: Machine, tokens: int, seen: float) -> float:
    """Seconds in which ``tokens`` of one pass look at ``seen`` cells. Where it was measured, the first of them
    reads the cells at its own pace (``Machine.context``), and each other only computes on what was read, as a
    prompt's do."""
    read = seen * shape.kv / machine.bandwidth
    share = machine.pairs or machine.prefill
    each = 4 * shape.attended * seen / (machine.rate * share) if machine.rate and share else 0.0
    if machine.context:
        return read / machine.context + (tokens - 1) * each
    return max(read / machine.decode, tokens * each)


def growing(shape: Shape, machine: Machine, streams: int) -> float:
    """Seconds in which each of ``streams`` answers grows by a token, without what it looks back at."""
    machine = machine.of(shape.kind)
    held = streams * shape.fixed / (machine.context or machine.decode)
    memory = (read_in(shape, streams) / machine.decode + held) / machine.bandwidth
    return memory + _crowd(shape, machine, streams) + shape.layers * machine.per_layer


def step(shape: Shape, machine: Machine, streams: int, context: float) -> float:
    """Seconds in which each of ``streams`` answers grows by a token, ``context`` tokens behind each of them."""
    looked = looking(shape, machine.of(shape.kind), streams, cells(streams * context))
    return growing(shape, machine, streams) + looked


def written(shape: Shape, machine: Machine, streams: int, context: float, answer: int) -> float:
    """Seconds of a token of each of ``streams`` answers, on average while they grow to ``answer`` tokens."""
    seen = crossed(streams, context, answer)
    return growing(shape, machine, streams) + looking(shape, machine.of(shape.kind), streams, seen)


def crossed(streams: int, context: float, answer: int) -> float:
    """Cells that each token of those answers goes through, on average."""
    return sum(cells(streams * (context + one)) for one in range(1, answer + 1)) / answer


def _crowd(shape: Shape, machine: Machine, streams: int) -> float:
    """Seconds of computing of a step of ``streams`` tokens that one alone does not cost: between the two measured
    crowds on either side of it; in proportion to the others where it was not measured, or beyond the largest."""
    if machine.rate is None or streams <= 1:
        return 0.0
    one = 2 * shape.active / machine.rate
    if not machine.batch or streams > machine.batch[-1][0]:
        return (streams - 1) * one / (machine.batch_cost or machine.prefill)
    points = ((1, 0.0), *machine.batch)
    after = next(at for at, (size, _) in enumerate(points) if size >= streams)
    (less, few), (more, many) = points[after - 1 : after + 1]
    return one * (few + (many - few) * (streams - less) / (more - less))


def prefill(
    shape: Shape, machine: Machine, tokens: float, behind: float = 0.0, beside: float = 0.0, floor: float = 0.0
) -> float:
    """Seconds to read ``tokens`` of a prompt, ``behind`` of them already kept, ``beside``: tokens that other
    answers keep, ``floor``: cells up to the highest in use when it begins. Raises NotSizable when the machine's
    matrix rate is not known."""
    if tokens <= 0:
        return 0.0
    machine = machine.of(shape.kind)
    if machine.rate is None:
        raise NotSizable(name=machine.id, detail="sa vitesse de calcul", detail_en="its matrix rate")
    passes = math.ceil(tokens / PASS)
    pairs = _pairs(tokens, passes, behind + beside, floor)
    attention = 4 * shape.attended * pairs / (machine.pairs or machine.prefill)
    read = passes * (shape.weights if shape.mixture else shape.read)
    computing = (2 * shape.body * tokens / machine.prefill + attention) / machine.rate
    bound = max(computing, read / (machine.bandwidth * machine.decode))
    return bound + passes * shape.layers * machine.per_layer


def _pairs(tokens: float, passes: int, before: float, floor: float) -> float:
    """(token, cell) pairs of a prompt: each pass goes through all the cells up to the highest in use at its end,
    ``before`` of them in use when it began, ``floor`` of them up to the highest."""
    whole = sum(cells(max(floor, before + (one + 1) * PASS)) for one in range(passes - 1)) * PASS
    return whole + (tokens - (passes - 1) * PASS) * cells(max(floor, before + tokens))


def working(shape: Shape, context: float) -> int:
    """Bytes that the attention of the house's own engine works in (engine/models/sizing.py); that of a card keeps
    nothing of the kind."""
    return int((shape.heads + 1) * context * PASS * 4) if shape.heads else 0


def memory(shape: Shape, slots: int, context: int, *, card: bool = False) -> dict[str, int]:
    """Bytes, part by part: ``context`` tokens shared by ``slots`` answers at a time. ``card``: a card computes."""
    return {
        "weights": shape.weights,
        "context": int(context * shape.kv + slots * shape.fixed),
        "engine": RUNTIME + (0 if card else working(shape, context)),
    }
