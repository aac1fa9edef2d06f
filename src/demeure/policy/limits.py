"""What the organisation's policy refuses of what the house allows (pure): its rules, then the limits of the class.

It comes after the rules of the house, so that it can only refuse more, and tells nothing of a thing that an actor
may not see.
"""

from collections.abc import Callable
from dataclasses import dataclass

from demeure.policy.decision import HELD, LOWERS, RAISES, VISA, Action, Decision, Reason, Resource
from demeure.policy.subject import Actor
from demeure.policy.terms import SensitivityClass, Terms

RULE_PREFIX = "policy:"
"""Before the name of a rule of the organisation, in decisions and in the journal."""
_CLASSING = frozenset({Action.SPACE_CLASS, Action.DOCUMENT_CLASS})
_EXPORTS = frozenset({Action.CONVERSATION_EXPORT, Action.WORK_READ, Action.WORK_OPEN})
_READING = frozenset({Action.ASK, Action.MODEL_USE, Action.DOCUMENT_READ})


@dataclass(frozen=True)
class Limit:
    """``refuses`` is asked for one of ``actions`` only."""

    name: str
    actions: frozenset[Action]
    refuses: Callable[[Actor, Resource, SensitivityClass, Terms], bool]
    fr: str
    en: str


LIMITS: tuple[Limit, ...] = (
    Limit(
        "legal-hold",
        frozenset({Action.DOCUMENT_DELETE, Action.SPACE_DELETE}),
        lambda _actor, resource, _kept, _terms: HELD in resource.marks,
        "Ceci est gardé pour une procédure en cours : rien n’en est détruit tant que la garde n’est pas levée.",
        "This is kept for a proceeding: nothing of it is destroyed until the hold is lifted.",
    ),
    Limit(
        "archives-visa",
        frozenset({Action.DOCUMENT_DELETE, Action.SPACE_DELETE}),
        lambda _actor, resource, _kept, terms: terms.archives and VISA not in resource.marks,
        "Archives publiques : rien n’est détruit sans le numéro de visa des archives. Voir : demeure policy visa.",
        "Public archives: nothing is destroyed without the number of the archives’ visa. See: demeure policy visa.",
    ),
    Limit(
        "key-class",
        frozenset({*_READING, Action.SPACE_READ, Action.DOCUMENT_OPEN, Action.DOCUMENT_ADD}),
        lambda actor, _resource, kept, _terms: actor.most is not None and kept.rank > actor.most,
        "La clé de cette application ne va pas jusqu’à la classe « {class_fr} ».",
        "The key of this application does not reach the class “{class_en}”.",
    ),
    Limit(
        "class-no-snapshots",
        frozenset({Action.SNAPSHOT_KEEP}),
        lambda _actor, _resource, kept, _terms: not kept.snapshots,
        "La politique ne garde prêt aucun document de la classe « {class_fr} » : il est lu à chaque question.",
        "The policy keeps no document of the class “{class_en}” ready: it is read at each question.",
    ),
    Limit(
        "class-disk",
        frozenset({Action.DOCUMENT_ADD, Action.SNAPSHOT_KEEP}) | _CLASSING,
        lambda _actor, resource, kept, terms: (
            kept.disk == "encrypted"
            and terms.in_clear
            and (bool({RAISES} & resource.marks) or not _classing(resource))
        ),
        "La classe « {class_fr} » demande un disque chiffré, et celui de la maison ne l’est pas, ou ne le montre "
        "pas.",
        "The class “{class_en}” needs an encrypted disk, and the house’s is not, or does not show it.",
    ),
    Limit(
        "class-model",
        _READING,
        lambda _actor, resource, kept, _terms: (
            bool(resource.model) and kept.models is not None and resource.model not in kept.models
        ),
        "La politique ne laisse pas le modèle « {model} » lire la classe « {class_fr} ».",
        "The policy does not let the model “{model}” read the class “{class_en}”.",
    ),
    Limit(
        "class-format",
        _EXPORTS,
        lambda _actor, resource, kept, _terms: (
            bool(resource.format) and kept.exports is not None and resource.format not in kept.exports
        ),
        "La politique ne laisse pas la classe « {class_fr} » partir en fichier {format}.",
        "The policy does not let the class “{class_en}” leave as a {format} file.",
    ),
    Limit(
        "class-lowering",
        _CLASSING,
        lambda actor, resource, kept, _terms: LOWERS in resource.marks and not (actor.roles & kept.approves),
        "Abaisser la classe « {class_fr} » demande l’un de ces rôles : {approves_fr}.",
        "Lowering the class “{class_en}” needs one of these roles: {approves_en}.",
    ),
)


def _classing(resource: Resource) -> bool:
    return bool({LOWERS, RAISES} & resource.marks)


def refused(actor: Actor, action: Action, resource: Resource, terms: Terms) -> Decision | None:
    """The refusal of the policy; None when it has none. Never raises."""
    for each in (terms, *terms.beside):
        if (decision := _refused(actor, action, resource, each)) is not None:
            return decision
    return None


def _refused(actor: Actor, action: Action, resource: Resource, terms: Terms) -> Decision | None:
    for denial in terms.denials.get(action, ()):
        if denial.hits(actor.roles):
            rule = f"{RULE_PREFIX}{denial.name}"
            return Decision(False, (Reason(rule, denial.fr, denial.en),), rule)
    kept = terms.sensitivity
    if kept is None or action not in _LIMITED:
        return None
    for limit in LIMITS:
        if action in limit.actions and limit.refuses(actor, resource, kept, terms):
            names = _names(resource, kept)
            reason = Reason(limit.name, limit.fr.format_map(names), limit.en.format_map(names))
            return Decision(False, (reason,), limit.name)
    return None


_LIMITED = frozenset().union(*(limit.actions for limit in LIMITS))


def _names(resource: Resource, kept: SensitivityClass) -> dict[str, str]:
    from demeure.policy.powers import ROLE_NAMES

    roles = [names for role, names in ROLE_NAMES.items() if role in kept.approves]
    return {
        "class_fr": kept.fr,
        "class_en": kept.en,
        "model": resource.model,
        "format": resource.format.upper(),
        "approves_fr": ", ".join(one[0] for one in roles),
        "approves_en": ", ".join(one[1] for one in roles),
    }
