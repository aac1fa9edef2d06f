"""The control door's words about a proof: written before it begins, and again with its verdict and statement."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

from demeure.errors import InputError
from demeure.gateway.house import House
from demeure.gateway.proving import PROVED
from demeure.journal import Draft, EntryUnknown, OpenIntention, Proof
from demeure.policy import Action, Actor, Resource, decide
from demeure.wire import Handler, Reply, Request

VERDICTS = ("blocked", "open", "inconclusive")
LADDER = ("A", "B", "C", "D", "")
_MOST = 100_000
Open = Callable[[], Awaitable[tuple[House, Actor]]]


class ProofDesk:
    """The operations of one connection, which is open for as long as the proof lasts."""

    def __init__(self, opened: Open) -> None:
        self._house = opened
        self._begun: OpenIntention | None = None

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in PROOF_OPERATIONS.items()}

    async def begin(self, _request: Request) -> Reply:
        """The intention: somebody of this machine is about to try the walls."""
        house, actor = await self._house()
        decision = decide(actor, Action.HOUSE_ADMINISTER, Resource("house"))
        chain = uuid4().hex
        draft = Draft("administration", PROVED, chain=chain, actor=actor.id, decision=decision.rule)
        self._begun = await house.journal.intention(draft)
        if not decision.allowed:
            begun, self._begun = self._begun, None
            await house.journal.close(begun, "refused")
            decision.require()
        return Reply({"chain": chain})

    async def end(self, request: Request) -> Reply:
        """The closing: ``verdict``, ``ladder``, ``counts`` (verdict → how many probes); body: the statement, sealed
        with the entry, which holds its SHA-512. Without a verdict: the proof was interrupted. Gives {index}."""
        house, _ = await self._house()
        if self._begun is None:
            raise InputError(detail="prove.begin")
        told = _checked(request)
        statement = await request.whole_body()
        begun, self._begun = self._begun, None
        if told is None:
            closed = await house.journal.close(begun, "interrupted")
        else:
            about = " ".join([*told, *([f"statement={sha512(statement)}"] if statement else [])])
            closed = await house.journal.close(begun, "done", object=about, payload=statement)
            await house.proofs.refresh()
        return Reply({"index": closed.index})

    async def evidence(self, request: Request) -> Reply:
        """``index`` of a proof's closing → {signature, proof, vkey}; body: its statement."""
        house, actor = await self._house()
        index = request.args.get("index")
        if type(index) is not int or index < 0:
            raise InputError(detail="index")
        made = await signed(house, actor, index)
        told = {"signature": made.signature, "proof": made.proof.text(), "vkey": made.vkey}
        return Reply(told, made.statement)


@dataclass(frozen=True)
class Signed:
    """A statement of the journal, and what proves it. ``proof``: of the entry that sealed it."""

    statement: bytes
    signature: str
    proof: Proof
    vkey: str


async def signed(house: House, actor: Actor, index: int) -> Signed:
    """The statement sealed with entry ``index``, signed by the journal. Raises Denied, written too; EntryUnknown,
    and the key's errors when it was erased."""
    by = await house.records.keep(actor, "evidence-asked", f"entry={index}")
    statement = await house.journal.payload(index)
    proof = (await house.journal.prove([index])).proofs[0]
    if f"statement={sha512(statement)}".encode() not in proof.extra:
        raise EntryUnknown(index=index)
    signature = await house.journal.attest(sha512(statement), f"{PROVED} entry={index}", by)
    return Signed(statement, signature, proof, (await house.journal.head()).vkey)


def sha512(data: bytes) -> str:
    """Hexadecimal."""
    return hashlib.sha512(data).hexdigest()


def _checked(request: Request) -> list[str] | None:
    """The words of the journal's line; None: no verdict was reached. Raises InputError."""
    verdict, ladder, counts = (request.args.get(name) for name in ("verdict", "ladder", "counts"))
    if verdict is None:
        return None
    if verdict not in VERDICTS or ladder not in LADDER or not isinstance(counts, dict):
        raise InputError(detail="verdict")
    if not set(counts) <= set(VERDICTS) or not all(type(n) is int and 0 <= n < _MOST for n in counts.values()):
        raise InputError(detail="counts")
    return [str(verdict), f"ladder={ladder}", *(f"{name}={counts[name]}" for name in VERDICTS if name in counts)]


PROOF_OPERATIONS = {"prove.begin": "begin", "prove.end": "end", "prove.evidence": "evidence"}
"""Operation on the wire → method of ProofDesk."""
