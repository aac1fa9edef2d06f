"""The whole proof: probes and their controls, facts of the house, the browser, and walls taken away on request."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from demeure.journal.verify_statement import ABOUT_ANOTHER
from demeure.proof import browser, elsewhere, headers, house_facts, ways
from demeure.proof.beside import beside
from demeure.proof.catalogue import CORE
from demeure.proof.house_facts import Fact
from demeure.proof.mutations import MUTATIONS, Noticed
from demeure.proof.route_facts import went
from demeure.proof.run import mutate, run
from demeure.proof.verdict import BLOCKED, INCONCLUSIVE, INCONCLUSIVE_CODE, OPEN, Result, exit_code
from demeure.settings import Settings

Progress = Callable[[str, int, int], None]
"""(step, done, whole)."""


@dataclass
class Proof:
    """``ladder``: level of the walls tried. ``problem``: why no twin could be tried. ``late``: not all of them
    answered in time. ``mutations``: empty unless asked for."""

    results: list[Result]
    ladder: str
    facts: list[Fact]
    mutations: list[Noticed] = field(default_factory=list)
    problem: str = ""
    late: bool = False

    @property
    def code(self) -> int:
        """Exit code: 0, 1 (something open, or a wall taken away that nobody noticed), 3 (a core probe proved
        nothing, or twins stood elsewhere than the house)."""
        open_facts = any(fact.state == OPEN for fact in self.facts)
        code = exit_code(self.results, open_facts or any(not noticed.ok for noticed in self.mutations))
        return INCONCLUSIVE_CODE if self.elsewhere() and not code else code

    @property
    def verdict(self) -> str:
        """BLOCKED, OPEN or INCONCLUSIVE."""
        return {0: BLOCKED, 1: OPEN}.get(self.code, INCONCLUSIVE)

    def elsewhere(self) -> list[Fact]:
        """What makes the twins' house another one than the house."""
        return [fact for fact in self.facts if fact.name in ABOUT_ANOTHER and fact.state == INCONCLUSIVE]

    def silent_core(self) -> list[str]:
        """Core probes that proved nothing in some role, or were not tried."""
        sure = {result.name for result in self.results}
        sure -= {result.name for result in self.results if result.verdict == INCONCLUSIVE}
        return [name for name in CORE if name not in sure]

    def counts(self) -> dict[str, int]:
        """Verdict → how many probes (a probe counts once in each role)."""
        found = Counter(result.verdict for result in self.results)
        return {name: found[name] for name in (BLOCKED, OPEN, INCONCLUSIVE)}

    def conclusive(self) -> set[str]:
        """Names of the probes that proved something in some role."""
        return {result.name for result in self.results if result.verdict != INCONCLUSIVE}


def prove(
    instance: Path,
    settings: Settings,
    *,
    mutations: bool = False,
    progress: Progress = lambda _step, _done, _whole: None,
) -> Proof:
    """Needs one thread. Raises NoGround."""
    with beside(browser.hostile_page) as of_the_browser:
        routes = ways.open_routes(instance)
        found, control = run(settings, routes=routes, progress=lambda done, whole: progress("boxes", done, whole))
        proof = Proof(found.results, found.ladder, [], problem=found.problem, late=found.late)
        progress("elsewhere", 0, 1)
        proof.results += elsewhere.results(settings, routes=routes)
        if mutations:
            for done, mutation in enumerate(MUTATIONS):
                progress("mutations", done, len(MUTATIONS))
                proof.mutations.append(mutate(mutation, settings, control, found.ladder))
        progress("facts", 0, 1)
        proof.facts += house_facts.of_the_house(instance, found.ladder, went(routes, found.heard, proof.results))
        proof.facts += headers.on_every_answer(instance, settings)
        progress("browser", 0, 1)
        proof.facts += of_the_browser()
    return proof
