"""A route out of the house, as the organisation declared it, and whether a class may take it now. Pure.

The airlock reads its routes into ``RouteTerms``; the class and the route must name each other: neither a route that
somebody opens nor a class that somebody widens is enough alone.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from demeure.policy.decision import Decision, Reason
from demeure.policy.terms import Terms

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Hours:
    """``days``: 0 for Monday. ``start`` and ``end``: minutes of the day, ``end`` excluded; an end before the start
    is past midnight, and counts with the day it began."""

    days: frozenset[int] = frozenset(range(7))
    start: int = 0
    end: int = 24 * 60

    def hold(self, when: datetime) -> bool:
        minute, day = when.hour * 60 + when.minute, when.weekday()
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        return (day in self.days and minute >= self.start) or ((day - 1) % 7 in self.days and minute < self.end)


@dataclass(frozen=True)
class Quotas:
    """A day; None: no limit. ``bytes``: of what leaves by the route."""

    person: int | None = None
    group: int | None = None
    route: int | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class RouteTerms:
    """``expiry``: the last day it may serve. ``country`` and ``law``: where what leaves arrives, and whose law
    applies to who receives it. ``model``: that reads there; empty: none."""

    id: str
    kind: str
    purpose: str
    owner: str
    contract: str
    country: str
    law: str
    classes: frozenset[str]
    expiry: date | None = None
    hours: Hours = Hours()
    quotas: Quotas = field(default_factory=Quotas)
    model: str = ""


@dataclass(frozen=True)
class Leave(Decision):
    """``pseudonymise``: what leaves must have its names and numbers replaced first, or does not leave."""

    pseudonymise: bool = False


def leaving(terms: Terms, route: RouteTerms, when: datetime) -> Leave:
    """May something under ``terms`` leave by ``route`` at ``when`` (in the house's own time zone: hours are told in
    it)? Never raises; what has no class does not leave."""
    kept = terms.sensitivity
    names = {
        "route": route.id,
        "class_fr": kept.fr if kept else "?",
        "class_en": kept.en if kept else "?",
        "model": route.model,
        "expiry": route.expiry.isoformat() if route.expiry else "",
    }
    if kept is None:
        rule = "leaves-unclassed"
    elif kept.leaves not in ("pseudonymised", "yes"):
        rule = "leaves-never"
    elif route.id not in kept.routes:
        rule = "route-not-of-class"
    elif kept.id not in route.classes:
        rule = "class-not-of-route"
    elif route.model and kept.models is not None and route.model not in kept.models:
        rule = "route-model"
    elif route.expiry is not None and when.date() > route.expiry:
        rule = "route-expired"
    elif not route.hours.hold(when):
        rule = "route-out-of-hours"
    else:
        rule = "leaves-pseudonymised" if kept.leaves == "pseudonymised" else "leaves"
    fr, en = LEAVING[rule]
    allowed = rule in ("leaves", "leaves-pseudonymised")
    reason = Reason(rule, fr.format_map(names), en.format_map(names))
    return Leave(allowed, (reason,), rule, pseudonymise=rule == "leaves-pseudonymised")


LEAVING = {
    "leaves-unclassed": (
        "La politique ne dit pas à quelle classe ceci appartient : cela ne sort pas.",
        "The policy does not say which class this belongs to: it does not leave.",
    ),
    "leaves-never": (
        "La politique de la maison ne laisse rien sortir de la classe « {class_fr} ».",
        "The policy of the house lets nothing of the class “{class_en}” leave.",
    ),
    "route-not-of-class": (
        "La classe « {class_fr} » ne nomme pas la route « {route} » parmi celles qu’elle peut prendre.",
        "The class “{class_en}” does not name the route “{route}” among those that it may take.",
    ),
    "class-not-of-route": (
        "La route « {route} » n’a pas été ouverte à la classe « {class_fr} ».",
        "The route “{route}” was not opened to the class “{class_en}”.",
    ),
    "route-model": (
        "La politique ne laisse pas le modèle « {model} » lire la classe « {class_fr} ».",
        "The policy does not let the model “{model}” read the class “{class_en}”.",
    ),
    "route-expired": (
        "La route « {route} » a expiré le {expiry}.",
        "The route “{route}” expired on {expiry}.",
    ),
    "route-out-of-hours": (
        "La route « {route} » est fermée à cette heure.",
        "The route “{route}” is closed at this hour.",
    ),
    "leaves": (
        "La classe « {class_fr} » peut sortir par la route « {route} ».",
        "The class “{class_en}” may leave by the route “{route}”.",
    ),
    "leaves-pseudonymised": (
        "La classe « {class_fr} » peut sortir par la route « {route} », noms et numéros remplacés.",
        "The class “{class_en}” may leave by the route “{route}”, names and numbers replaced.",
    ),
}
"""Rule → its reason, French and English."""
