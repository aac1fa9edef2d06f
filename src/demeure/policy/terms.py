"""What the organisation's policy says, as data: classes from the lowest to the highest, rules, options. Pure.

``text.read`` makes them from ``policy.toml``; ``decide`` and ``leaving`` obey them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

LEAVES = ("never", "pseudonymised", "yes")
DISKS = ("any", "encrypted")
JOURNALS = ("contents", "acts")
"""``contents``: what was said is kept, sealed, beside who did what; ``acts``: who did what, and no more."""


@dataclass(frozen=True)
class Keep:
    """Days, of a conversation or a work from its last word, of a document from its arrival, of what the journal
    keeps of contents from when it was written; None: no limit."""

    conversations: int | None = None
    documents: int | None = None
    journal: int | None = None


@dataclass(frozen=True)
class SensitivityClass:
    """``rank``: 0 for the lowest. ``models`` and ``exports``: None for any. ``approves``: roles that may lower a
    thing out of this class. ``wider``: the entries where it says that it allows more than the class under it.
    ``rekey``: days after which the key of a space is replaced; None: never by itself."""

    id: str
    rank: int
    fr: str
    en: str
    about_fr: str = ""
    about_en: str = ""
    models: frozenset[str] | None = None
    leaves: str = "never"
    routes: frozenset[str] = frozenset()
    disk: str = "any"
    snapshots: bool = True
    exports: frozenset[str] | None = None
    keep: Keep = Keep()
    journal: str = "contents"
    approves: frozenset[str] = frozenset()
    wider: frozenset[str] = frozenset()
    rekey: int | None = None

    def name(self, language: str = "fr") -> str:
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True)
class Denial:
    """One sentence of the policy that refuses more than the house does: these roles (None: everyone), these
    actions, these classes (None: everything, what has no class included)."""

    name: str
    fr: str
    en: str
    actions: frozenset[str]
    roles: frozenset[str] | None = None
    classes: frozenset[str] | None = None

    def hits(self, roles: frozenset[str]) -> bool:
        """An actor without a role (the house, a watched folder) is hit by what hits everyone."""
        return self.roles is None or bool(self.roles & roles)


@dataclass(frozen=True)
class Terms:
    """What the policy says of things of one class. ``sensitivity``: None for what has no class (a page, an
    account). ``denials``: by action, in the order of the file. ``in_clear``: the disk under the house is not shown
    encrypted; ``archives``: nothing is destroyed without a visa number. ``beside``: what it says of the other
    classes of what is asked at once, which binds too."""

    sensitivity: SensitivityClass | None = None
    denials: Mapping[str, tuple[Denial, ...]] = field(default_factory=dict)
    in_clear: bool = False
    archives: bool = False
    beside: tuple["Terms", ...] = ()


NO_TERMS = Terms()


@dataclass(frozen=True)
class Case:
    """The organisation's own test. ``route``: that of a thing that would leave, in place of an action."""

    name: str
    line: int
    expect: str
    role: str = "agent"
    right: str = "none"
    own: bool = False
    action: str = ""
    sensitivity: str = ""
    format: str = ""
    model: str = ""
    route: str = ""


@dataclass(frozen=True)
class Policy:
    """``digest``: SHA-256 of the text, hexadecimal: the name of this version. ``default``: class of a new space.
    ``approval``: how many people a change needs, 1 or 2. ``archives``: nothing is destroyed without a visa number.
    """

    digest: str
    text: str
    classes: tuple[SensitivityClass, ...]
    default: str
    approval: int = 1
    archives: bool = False
    denials: tuple[Denial, ...] = ()
    cases: tuple[Case, ...] = ()
    by_class: Mapping[str, Terms] = field(default_factory=dict)
    """Class → terms; ``""``: of what has no class."""

    @property
    def version(self) -> str:
        """16 hexadecimal digits, for people and for the journal."""
        return self.digest[:16]

    def sensitivity(self, name: str) -> SensitivityClass:
        """The class ``name``; an unknown one, of a thing classed under an older policy, is the highest: what is not
        understood is held as what matters most. Empty: the class of a new space."""
        terms = self.by_class.get(name or self.default)
        return self.classes[-1] if terms is None or terms.sensitivity is None else terms.sensitivity

    def highest(self, *names: str) -> SensitivityClass:
        """The highest of these classes (empty names are not counted); without any, that of a new space."""
        found = [self.sensitivity(name) for name in names if name]
        return max(found, key=lambda one: one.rank) if found else self.sensitivity("")

    def terms(self, *names: str) -> Terms:
        """What binds a thing that touches these classes; of what has no class: without any name."""
        named = [name for name in names if name]
        return self.by_class[self.highest(*named).id] if named else self.by_class[""]
