"""What the house is at one instant, as plain values: the only thing that checks and documents read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class ProofFact:
    """The last proof of the walls. ``verdict``: blocked, open, inconclusive; ``open``: how many probes got out;
    ``expires``: when it stops being worth anything."""

    at: datetime
    verdict: str
    ladder: str
    open: int
    expires: datetime


@dataclass(frozen=True)
class PersonFact:
    """``second``: holds a second proof of identity; ``trained``: since when they have passed every course of their
    role as it is taught now, None when one is missing."""

    id: str
    name: str
    role: str
    second: bool = False
    trained: datetime | None = None


@dataclass(frozen=True)
class ClassFact:
    """A class of the policy. Days, None: no limit. ``leaves``: as the policy says it (never, …)."""

    id: str
    name: str
    leaves: str = "never"
    conversations: int | None = None
    documents: int | None = None
    journal: int | None = None
    disk: str = "any"


@dataclass(frozen=True)
class SpaceFact:
    """A space. ``people``, ``groups``: how many it is open to; ``documents``: how many it holds."""

    id: str
    name: str
    sensitivity: str
    people: int = 0
    groups: int = 0
    documents: int = 0
    held: bool = False


@dataclass(frozen=True)
class ModelFact:
    """A model that is used. ``looked``: same, altered, failed, running, or empty when not read in this life;
    ``looked_at``: when that reading ended."""

    id: str
    name: str
    licence: str
    used_for: str
    sha256: str = ""
    looked: str = ""
    looked_at: datetime | None = None


@dataclass(frozen=True)
class RouteFact:
    """A declared way out. ``sent``: requests that went through it since counts are kept."""

    id: str
    kind: str
    host: str
    open: bool
    country: str = ""
    law: str = ""
    owner: str = ""
    purpose: str = ""
    contract: str = ""
    expiry: str = ""
    sent: int = 0


@dataclass(frozen=True)
class CompanyFact:
    """A company that works on the house. Days in ISO; ``annex``: of article 28, empty without one; ``workers``: how
    many people have an account, ``accounts``: their ids; ``came``: (windows opened for it in a year, their reports
    that are signed, when the last was opened, ISO)."""

    id: str
    name: str
    country: str = ""
    law: str = ""
    contract: str = ""
    begins: str = ""
    ends: str = ""
    annex: str = ""
    workers: int = 0
    accounts: tuple[str, ...] = ()
    came: tuple[int, int, str] = (0, 0, "")


@dataclass(frozen=True)
class Facts:
    """Moments are aware; None: not known here (a check then says « non vérifié », never « tenu »)."""

    now: datetime
    organisation: str = ""
    version: str = ""
    hosted_by: str = ""
    address: str = ""
    # walls
    ladder: str = ""
    proof: ProofFact | None = None
    differences: int | None = None
    undeclared: int | None = None
    # journal
    journal_state: str = ""
    journal_entries: int | None = None
    journal_verified: datetime | None = None
    witness_size: int | None = None
    witness_at: datetime | None = None
    # backups: undeclared, never, late, good
    backup: str = ""
    backup_at: datetime | None = None
    drill: str = ""
    drill_at: datetime | None = None
    holders: int | None = None
    sheet_at: datetime | None = None  # when a recovery sheet last opened a backup
    places: int | None = None
    disk: str = ""
    # door
    tls: str = ""
    tls_ends: datetime | None = None
    # people and rights
    people: tuple[PersonFact, ...] | None = None
    people_awaited: int = 0  # open accounts without a password yet
    second_roles: frozenset[str] = frozenset()
    review_at: datetime | None = None
    review_late: bool | None = None
    charter: int | None = None
    charter_waiting: int | None = None
    keys: int | None = None
    keys_long: int | None = None
    # policy
    policy_number: int | None = None
    policy_at: str = ""
    approval: int = 1
    archives: bool = False
    classes: tuple[ClassFact, ...] = ()
    spaces: tuple[SpaceFact, ...] | None = None
    # models, routes, antivirus
    models: tuple[ModelFact, ...] | None = None
    routes: tuple[RouteFact, ...] | None = None
    antivirus: str = ""
    antivirus_answers: bool | None = None
    # persons and incidents
    requests_open: int | None = None
    requests_late: int | None = None
    incidents_open: int | None = None
    incidents_late: int | None = None
    exercise_at: datetime | None = None
    # what is tried on the spot: marks of generated files, a reading without a right
    marked: bool | None = None
    strangers_refused: bool | None = None
    # pieces that other rooms bring when they are there: « components_differ » (how many libraries
    # are not as the release or the locks list them; absent without a list), « windows_over »
    # (of contractors, open past their end), « companies » (rows, as CompanyFact names them), « windows »
    # (of contractors, in a year: {opened, signed, open, last})
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def companies(self) -> tuple[CompanyFact, ...] | None:
        """Those that work on the house; None where nobody keeps their register."""
        rows = self.more.get("companies")
        if rows is None:
            return None
        names = CompanyFact.__dataclass_fields__
        return tuple(CompanyFact(**{name: row[name] for name in names if name in row}) for row in rows)

    def class_of(self, sensitivity: str) -> ClassFact | None:
        """The class of that id; None when the policy does not know it."""
        return next((one for one in self.classes if one.id == sensitivity), None)
