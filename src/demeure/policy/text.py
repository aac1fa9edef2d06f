"""``policy.toml``, read and judged: what is incomplete or contradicts itself is refused, with its line. Pure."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from demeure.errors import DemeureError
from demeure.policy.decision import Action
from demeure.policy.entries import Table
from demeure.policy.errors import PolicyContradicts, PolicyEntryMissing, PolicyEntryWrong, PolicyUnreadable
from demeure.policy.matrix import ROLES
from demeure.policy.powers import READING_ROLES
from demeure.policy.subject import Right
from demeure.policy.terms import DISKS, JOURNALS, LEAVES, Case, Denial, Keep, Policy, SensitivityClass, Terms

FILE = "policy.toml"
FORMATS = ("docx", "odt", "pdf", "md", "ods", "csv", "eml")
"""Files that may leave by a person's hand; the workshop's table of formats, held to it by a test."""
EXPECTATIONS = ("allow", "deny", "pseudonymised")
UNLIMITED = "unlimited"
_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_ROLES = tuple(role.value for role in ROLES)
_RIGHTS = tuple(right.label for right in Right)
_ACTIONS = tuple(action.value for action in Action)
_NEVER_DENIED = frozenset(
    {
        *(Action.SIGN_IN, Action.PAGE_VIEW, Action.ACCOUNT_CHANGE, Action.POLICY_READ, Action.POLICY_CHANGE),
        Action.CONTRACTOR_CLOSE,  # closing is always safe
    }
)
"""A policy that refused these could not be undone by anyone."""
_MENDING = frozenset(
    {
        *(Action.HOUSE_STATUS, Action.HOUSE_ADMINISTER, Action.HOUSE_PROVE, Action.HOUSE_WATCH),
        *(Action.JOURNAL_READ, Action.JOURNAL_READ_OWN, Action.JOURNAL_KEEP, Action.LINK_CREATE),
        *(Action.CONTRACTOR_SEE, Action.CONTRACTOR_CLOSE),
    }
)
"""What is left while the policy cannot be read."""
_ENTRIES = (
    *("id", "name", "about", "models", "leaves", "routes", "disk", "snapshots", "exports"),
    *("keep", "journal", "approves", "wider", "rekey"),
)
_COMPARED = ("models", "leaves", "routes", "disk", "snapshots", "exports")
"""What a higher class may not allow more of than the one under it, unless it says so."""


class PolicyTable(Table):
    """A table of the policy."""

    unreadable, missing, unfit = PolicyUnreadable, PolicyEntryMissing, PolicyEntryWrong

    def contradicts(self, name: str, fr: str, en: str) -> None:
        """Raises PolicyContradicts, at the line of ``name``."""
        raise PolicyContradicts(file=self.file, line=self.line_of(name), detail=fr, detail_en=en)


def read(text: str, file: str = FILE, *, routes: frozenset[str] | None = None, anew: bool = True) -> Policy:
    """The policy that ``text`` says. ``routes``: those that exist, None when it is not known: then any name is
    taken. ``anew``: it is to be applied; else it was, and what is refused since then is taken. Raises
    PolicyUnreadable, PolicyEntryMissing, PolicyEntryWrong, PolicyContradicts."""
    top = PolicyTable.read(text, file)
    top.only("version", "default", "approval", "archives", "class", "rule", "case")
    top.whole("version", 1, 1)
    tables = list(top.tables("class", least=1))
    classes = tuple(_class(one, rank, routes) for rank, one in enumerate(tables))
    names = tuple(one.id for one in classes)
    for at, table in enumerate(tables):
        if names[at] in names[:at]:
            table.contradicts("id", f"Deux classes « {names[at]} ».", f"Two classes “{names[at]}”.")
        if at:
            _no_wider(table, classes[at], classes[at - 1])
        if anew:
            _senseless(table, classes[at], classes[:at])
    denials, archives = _denials(top, names), top.flag("archives", False)
    return Policy(
        digest=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        classes=classes,
        default=top.among("default", names),
        approval=top.whole("approval", 1, 2, 1),
        archives=archives,
        denials=denials,
        cases=tuple(_case(one, names) for one in top.tables("case")),
        by_class=_terms(classes, denials, archives),
    )


def default_text() -> str:
    """The policy of a new house, as it is written."""
    return (files("demeure.policy") / "house.toml").read_text(encoding="utf-8")


@cache
def default() -> Policy:
    """The policy of a new house."""
    return read(default_text())


def closed(text: str, problem: DemeureError) -> Policy:
    """What holds while the text in force cannot be read (another version of the product wrote it): nobody does
    anything but mend the policy, look at the house and read its journal."""
    denial = Denial(
        "unreadable",
        f"La politique en vigueur ne se lit pas, la maison attend qu’on la corrige. {problem.sentence('fr')}",
        f"The policy in force cannot be read, the house waits until it is mended. {problem.sentence('en')}",
        frozenset(Action) - _NEVER_DENIED - _MENDING,
    )
    kept = default()
    by_class = _terms(kept.classes, (denial,), archives=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return replace(kept, digest=digest, text=text, denials=(denial,), cases=(), by_class=by_class)


def _class(table: PolicyTable, rank: int, routes: frozenset[str] | None) -> SensitivityClass:
    table.only(*_ENTRIES)
    fr, en = table.pair("name", 40)
    about = table.pair("about", 200, "")
    made = SensitivityClass(
        id=table.matching("id", _ID),
        rank=rank,
        fr=fr,
        en=en,
        about_fr=about[0],
        about_en=about[1],
        models=_any_or(table, "models", None),
        leaves=table.among("leaves", LEAVES),
        routes=frozenset(table.words("routes", None if routes is None else sorted(routes), ())),
        disk=table.among("disk", DISKS),
        snapshots=table.flag("snapshots"),
        exports=_any_or(table, "exports", FORMATS),
        keep=_keep(table.table("keep")),
        journal=table.among("journal", JOURNALS),
        approves=frozenset(table.words("approves", _ROLES)),
        wider=frozenset(table.words("wider", _COMPARED, ())),
        rekey=_days(table, "rekey", optional=True),
    )
    if made.models is not None:
        for one in made.models:
            if not _MODEL.fullmatch(one):
                table.wrong("models", "any, ou des noms de modèles", "any, or names of models")
    if not made.approves:
        table.contradicts(
            "approves",
            f"Personne ne pourrait abaisser une chose de la classe « {fr} ».",
            f"Nobody could lower a thing out of the class “{en}”.",
        )
    _ways_out(table, made)
    return made


def _ways_out(table: PolicyTable, made: SensitivityClass) -> None:
    """What leaves and by where must agree."""
    if made.leaves == "never" and made.routes:
        table.contradicts(
            "routes",
            f'La classe « {made.fr} » nomme des routes, et leaves = "never".',
            f'The class “{made.en}” names routes, and leaves = "never".',
        )
    if made.leaves != "never" and not made.routes:
        table.contradicts(
            "leaves",
            f"La classe « {made.fr} » peut sortir, et ne nomme aucune route.",
            f"The class “{made.en}” may leave, and names no route.",
        )


def _any_or(table: PolicyTable, name: str, among: tuple[str, ...] | None) -> frozenset[str] | None:
    if table.data.get(name) == "any":
        return None
    return frozenset(table.words(name, among))


def _keep(table: PolicyTable) -> Keep:
    table.only("conversations", "documents", "journal")
    conversations, documents = _days(table, "conversations"), _days(table, "documents")
    return Keep(conversations, documents, _days(table, "journal", optional=True))


def _days(table: PolicyTable, name: str, *, optional: bool = False) -> int | None:
    """Days, or None for ``unlimited``, which an absent optional entry says too."""
    if table.data.get(name, UNLIMITED if optional else None) == UNLIMITED:
        return None
    if isinstance(table.data.get(name, 0), str):
        table.wrong(
            name, f"un entier de 1 à 36500, ou {UNLIMITED}", f"a whole number from 1 to 36500, or {UNLIMITED}"
        )
    return table.whole(name, 1, 36_500)


def wider(upper: SensitivityClass, lower: SensitivityClass) -> list[str]:
    """The entries where the higher class allows more than the lower one."""
    return [name for name in _COMPARED if not _no_more(name, upper, lower)]


def _no_more(name: str, upper: SensitivityClass, lower: SensitivityClass) -> bool:
    match name:
        case "leaves":
            return LEAVES.index(upper.leaves) <= LEAVES.index(lower.leaves)
        case "disk":
            return DISKS.index(upper.disk) >= DISKS.index(lower.disk)
        case "snapshots":
            return upper.snapshots <= lower.snapshots
        case "routes":
            return upper.routes <= lower.routes
        case "models":
            return _within(upper.models, lower.models)
        case _:
            return _within(upper.exports, lower.exports)


def _within(upper: frozenset[str] | None, lower: frozenset[str] | None) -> bool:
    return lower is None or (upper is not None and upper <= lower)


def _senseless(table: PolicyTable, one: SensitivityClass, lower: tuple[SensitivityClass, ...]) -> None:
    """What was not always refused, and is of a text that is applied now."""
    if not lower and one.wider:
        fr = f"« {one.fr} » est la plus basse : aucune classe n’est dessous, dont elle permettrait plus."
        table.contradicts("wider", fr, f"“{one.en}” is the lowest: no class is under it to allow more than.")
    if not one.approves & READING_ROLES:  # whoever lowers reads the space
        fr = f"Aucun espace ne s’ouvre à ces rôles : personne ne pourrait abaisser une chose de « {one.fr} »."
        table.contradicts(
            "approves", fr, f"No space opens to these roles: nobody could lower a thing of “{one.en}”."
        )
    for other in lower:  # people know a class by its name
        if one.fr == other.fr or one.en == other.en:
            fr = f"Les classes « {other.id} » et « {one.id} » portent le même nom."
            table.contradicts("name", fr, f"The classes “{other.id}” and “{one.id}” bear the same name.")


def _no_wider(table: PolicyTable, upper: SensitivityClass, lower: SensitivityClass) -> None:
    found = wider(upper, lower)
    for name in found:
        if name not in upper.wider:
            table.contradicts(
                name,
                f"« {upper.fr} » est au-dessus de « {lower.fr} » et permet plus ({name}). Pour le vouloir : "
                f'wider = ["{name}"].',
                f'“{upper.en}” is above “{lower.en}” and allows more ({name}). To mean it: wider = ["{name}"].',
            )
    for name in sorted(upper.wider - set(found)):
        table.contradicts(
            "wider",
            f"« {upper.fr} » dit permettre plus ({name}) et ne le fait pas.",
            f"“{upper.en}” says that it allows more ({name}) and does not.",
        )


def _denials(top: PolicyTable, classes: tuple[str, ...]) -> tuple[Denial, ...]:
    found: dict[str, Denial] = {}
    for table in top.tables("rule"):
        table.only("name", "roles", "actions", "classes", "why")
        name = table.matching("name", _ID)
        if name in found:
            table.contradicts("name", f"Deux règles « {name} ».", f"Two rules “{name}”.")
        fr, en = table.pair("why", 300)
        actions = frozenset(table.words("actions", _ACTIONS))
        for one in sorted(actions & _NEVER_DENIED):
            table.contradicts("actions", f"« {one} » ne peut pas être refusée.", f"“{one}” cannot be refused.")
        if not actions:
            table.wrong("actions", "une action au moins", "one action at least")
        found[name] = Denial(name, fr, en, actions, _some(table, "roles", _ROLES), _some(table, "classes", classes))
    return tuple(found.values())


def _some(table: PolicyTable, name: str, among: tuple[str, ...]) -> frozenset[str] | None:
    """None when it is absent: all of them. An empty list would say nobody, and the rule nothing."""
    if name not in table.data:
        return None
    words = frozenset(table.words(name, among))
    if not words:
        table.wrong(name, "une liste qui n’est pas vide", "a list that is not empty")
    return words


def _case(table: PolicyTable, classes: tuple[str, ...]) -> Case:
    table.only("name", "role", "right", "own", "action", "class", "format", "model", "route", "expect")
    route = table.sentence("route", 80, "")
    made = Case(
        name=table.sentence("name", 160),
        line=table.line,
        expect=table.among("expect", EXPECTATIONS),
        role=table.among("role", _ROLES, "agent"),
        right=table.among("right", _RIGHTS, "none"),
        own=table.flag("own", False),
        action="" if route else table.among("action", _ACTIONS),
        sensitivity=table.among("class", (*classes, ""), ""),
        format=table.among("format", (*FORMATS, ""), ""),
        model=table.sentence("model", 80, ""),
        route=route,
    )
    if made.expect == "pseudonymised" and not route:
        table.wrong("expect", "allow ou deny : seule une route pseudonymise", "allow or deny: only a route does")
    return made


def _terms(
    classes: tuple[SensitivityClass, ...], denials: tuple[Denial, ...], archives: bool
) -> Mapping[str, Terms]:
    """Made once, so that a decision looks up and reads nothing else."""
    made = {"": Terms(None, _by_action(one for one in denials if one.classes is None))}
    for sensitivity in classes:
        bound = (one for one in denials if one.classes is None or sensitivity.id in one.classes)
        made[sensitivity.id] = Terms(sensitivity, _by_action(bound), archives=archives)
    return MappingProxyType(made)


def _by_action(denials: Iterable[Denial]) -> Mapping[str, tuple[Denial, ...]]:
    found: dict[str, tuple[Denial, ...]] = {}
    for denial in denials:
        for action in denial.actions:
            found[action] = (*found.get(action, ()), denial)
    return MappingProxyType(found)
