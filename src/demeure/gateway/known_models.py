"""Names of models that a policy may mean: those of the catalogue, those that are here, those of the routes."""

from collections.abc import Mapping
from pathlib import Path

from demeure.engine.models import ModelStore
from demeure.policy import Policy, RouteTerms


def known_models(instance: Path, routes: Mapping[str, RouteTerms]) -> frozenset[str]:
    """Blocks. Raises the errors of a store that cannot be read."""
    here = {row.id for row in ModelStore(instance / "models").list()}
    return frozenset(here | {one.model for one in routes.values() if one.model})


def strangers(policy: Policy, known: frozenset[str]) -> tuple[str, ...]:
    """Models that ``policy`` names and that nobody knows."""
    named = {name for one in policy.classes for name in one.models or ()}
    return tuple(sorted(named - known))
