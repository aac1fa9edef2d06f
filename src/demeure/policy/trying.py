"""The organisation's own test cases, run on a policy before it is applied; why a decision is what it is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from demeure.policy.decision import Decision, Resource
from demeure.policy.force import Force
from demeure.policy.routes import Hours, Leave, RouteTerms, leaving
from demeure.policy.rules import judged
from demeure.policy.subject import Actor, Right
from demeure.policy.terms import NO_TERMS, Case, Policy

_ME, _OTHER = "case", "someone-else"


@dataclass(frozen=True)
class Failure:
    """A case that does not hold. ``found``: allow, deny or pseudonymised; ``why``: the decision, None when the case
    names a route that does not exist."""

    case: Case
    found: str
    why: Decision | None


def tried(policy: Policy, routes: Mapping[str, RouteTerms], when: datetime) -> tuple[Failure, ...]:
    """The cases that do not hold, in the order of the file. A route is looked at as if it were its hours: whether a
    policy may be applied does not depend on the time of the day."""
    failed = []
    for case in policy.cases:
        decision = _decision(policy, case, routes, when)
        found = _said(decision)
        if found != case.expect:
            failed.append(Failure(case, found, decision))
    return tuple(failed)


def _said(decision: Decision | None) -> str:
    if decision is None or not decision.allowed:
        return "deny"
    return "pseudonymised" if isinstance(decision, Leave) and decision.pseudonymise else "allow"


def _decision(policy: Policy, case: Case, routes: Mapping[str, RouteTerms], when: datetime) -> Decision | None:
    terms = policy.terms(case.sensitivity)
    if case.route:
        route = routes.get(case.route)
        return leaving(terms, replace(route, hours=Hours()), when) if route is not None else None
    actor = Actor("person", _ME, "?", frozenset({case.role}))
    about = Resource(
        *("case", _ME, "?", "?", _ME if case.own else _OTHER, Right.named(case.right)),
        model=case.model,
        format=case.format,
        terms=terms,
    )
    return judged(actor, case.action, about)


@dataclass(frozen=True)
class Explained:
    """``house``: what the rules of the house alone answer; ``decision``: under the policy; ``sensitivity``: class
    of the thing, empty when it has none; ``right``: the actor's, in its space."""

    decision: Decision
    house: Decision
    sensitivity: str
    right: Right


def explained(force: Force, actor: Actor, action: str, resource: Resource) -> Explained:
    """Why ``actor`` may, or may not, do this, under ``force``."""
    bound = force.bound(action, resource)
    house = judged(actor, action, replace(bound, terms=NO_TERMS))
    kept = bound.terms.sensitivity if bound.terms else None
    return Explained(judged(actor, action, bound), house, kept.id if kept else "", resource.right)
