"""The control door's words about a proof: written before it begins, and again with its verdict and statement."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from demeure.errors import InputError
from demeure.gateway.dossier import packed
from demeure.gateway.house import House
from demeure.gateway.locale import LANGUAGES
from demeure.gateway.proving import PROVED, sha512
from demeure.journal import Draft, OpenIntention
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
        decision = decide(actor, Action.HOUSE_PROVE, Resource("house"))
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

    async def left(self) -> None:
        """Whoever was proving is gone without a word, killed or cut off: no proof goes on any more."""
        begun, self._begun = self._begun, None
        if begun is not None:
            house, _ = await self._house()
            await house.journal.close(begun, "interrupted")

    async def evidence(self, request: Request) -> Reply:
        """``index`` of a proof's closing, ``language`` of its page → body: the pack."""
        house, actor = await self._house()
        index, language = request.args.get("index"), request.args.get("language", "fr")
        if type(index) is not int or index < 0:
            raise InputError(detail="index")
        if language not in LANGUAGES:
            raise InputError(detail="language")
        return Reply({}, await packed(house, actor, index, language))


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
