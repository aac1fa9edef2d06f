"""What following a directory would change in the house (pure): a dry run shows the list that is carried out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from demeure.directories.declared import Directory
from demeure.directories.reading import Answer, Outside
from demeure.identity import LoginInvalid, NameUnusable, clean_login, clean_name
from demeure.policy import Role

DISABLED, VANISHED = "disabled", "vanished"
LAST_ADMINISTRATOR, LOGIN_TAKEN, LOGIN_UNUSABLE, LOGIN_TWICE, UNSURE = (
    *("last-administrator", "login-taken"),
    *("login-unusable", "login-twice", "unsure"),
)
APART = frozenset({Role.ADMINISTRATOR, Role.DPO, Role.AUDITOR})
"""Roles whose accounts no directory takes over by itself."""


@dataclass(frozen=True)
class Known:
    """An account of the house. ``key``: its entry in this directory, empty when it has none; ``elsewhere``: another
    directory's, or an identity provider's. ``closed_there``: this directory closed it, not a person. ``groups``: of
    those that are mapped."""

    id: str
    login: str
    name: str
    role: str
    open: bool
    key: str = ""
    dn: str = ""
    elsewhere: bool = False
    closed_there: bool = False
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Change:
    """Of one account. ``person``: its id, empty for one to make. ``key``, ``dn``: its entry; fields are None when
    they stay. ``joins``, ``leaves``: names of groups. ``opens``: True reopens, False closes. ``was``: the role
    before, when it changes; ``falls``: to a newcomer's."""

    key: str
    login: str
    person: str = ""
    dn: str | None = None
    name: str | None = None
    new_login: str | None = None
    role: str | None = None
    joins: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    opens: bool | None = None
    adopts: bool = False
    why: str = ""
    was: str = ""
    falls: bool = False

    @property
    def visible(self) -> bool:
        """Does it change anything that people see?"""
        told = (self.name, self.new_login, self.role, self.opens)
        return any(one is not None for one in told) or bool(self.joins or self.leaves or self.adopts)


@dataclass(frozen=True)
class Plan:
    """``kept``: (login, why) of accounts that stay as they are though the directory would have it otherwise.
    ``known``: open accounts that are this directory's; ``groups_unread``: mapped groups that could not be read.
    ``unsure``: the reading does not say whether who is not in it is gone; ``missing``: how many open accounts are
    not in it; ``nameless``: entries without a key."""

    changes: list[Change] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)
    known: int = 0
    people: int = 0
    disabled: int = 0
    unusable: int = 0
    elsewhere: int = 0
    groups_unread: tuple[str, ...] = ()
    unsure: bool = False
    missing: int = 0
    nameless: int = 0

    @property
    def losing(self) -> int:
        """Accounts that would be closed, leave a group or fall to a newcomer's role."""
        return sum(one.opens is False or bool(one.person and (one.leaves or one.falls)) for one in self.changes)

    @property
    def vanished(self) -> int:
        return sum(change.why == VANISHED for change in self.changes)

    def careful(self) -> "Plan":
        """The same, where an unsure reading closes nobody for not being in it."""
        if not self.unsure or not self.vanished:
            return self
        gone = [(change.login, UNSURE) for change in self.changes if change.why == VANISHED]
        left = [change for change in self.changes if change.why != VANISHED]
        return replace(self, changes=left, kept=[*self.kept, *gone])

    def doubtful(self, most: int) -> bool:
        """Is a half answer of the directory the likelier reason? ``most``: how many may be closed."""
        return self.losing > most or (not self.people and self.losing > 0)

    def doubt(self, most: int) -> tuple[str, str]:
        """Why it is not followed unasked, French and English. ``most``: how many may be closed."""
        if not self.people:
            return "plus personne n’y est trouvé", "nobody is found there any more"
        return f"plus que {most}", f"more than {most}"

    @property
    def closings(self) -> int:
        return sum(change.opens is False for change in self.changes)

    def counts(self) -> dict[str, int]:
        """What would change, in numbers."""
        told = Counter[str]()
        for change in self.changes:
            told["added"] += not change.person
            told["adopted"] += change.adopts
            told["closed"] += change.opens is False
            told["reopened"] += change.opens is True and bool(change.person)
            told["renamed"] += bool(change.person) and (change.name is not None or change.new_login is not None)
            told["role"] += bool(change.person) and change.role is not None
            told["joined"] += len(change.joins)
            told["left"] += len(change.leaves)
        names = ("added", "adopted", "closed", "reopened", "renamed", "role", "joined", "left")
        return {name: told[name] for name in names} | {"kept": len(self.kept)}


def planned(one: Directory, answer: Answer, accounts: list[Known], usual: int = 0, usual_nameless: int = 0) -> Plan:
    """``accounts``: all those of the house, closed ones too. ``usual``: references that the last reading that
    ``tells_all`` did not follow either; ``usual_nameless``: entries that showed no key there."""
    making = _Making(one, answer, accounts)
    for person in answer.people:
        making.follow(person)
    making.vanish()
    unread = tuple(dn for dn, inside in answer.inside.items() if inside is None)
    numbers = (len(answer.people), len(answer.disabled), answer.unusable, answer.elsewhere)
    nameless = answer.unusable - len(answer.unnamed)
    unsure = making.known > 0 and (answer.elsewhere > usual or nameless > usual_nameless)
    return Plan(making.changes, making.kept, making.known, *numbers, unread, unsure, making.missing, nameless)


def tells_all(brief: Mapping[str, Any]) -> bool:
    """Can the next reading be compared with this one (its numbers, see ``told``)? It was sure, or no account of
    ours was missing: what it did not show then is nobody of ours."""
    return not brief.get("unsure") or brief.get("missing") == 0


class _Making:
    """The plan while it is made; logins and administrators as they would then be."""

    def __init__(self, one: Directory, answer: Answer, accounts: list[Known]) -> None:
        self._one, self._answer = one, answer
        self._mine = {account.key: account for account in accounts if account.key}
        self._logins: dict[str, Known] = {account.login: account for account in accounts}
        self._given = set[str]()
        self._administrators = {a.id for a in accounts if a.open and a.role == Role.ADMINISTRATOR}
        self._seen = set[str]()
        self.missing = 0
        self.known = sum(account.open for account in self._mine.values())
        self.changes, self.kept = list[Change](), list[tuple[str, str]]()

    def follow(self, person: Outside) -> None:
        self._seen.add(person.key)
        try:
            login = clean_login(person.login)
        except LoginInvalid:
            self.kept.append((person.login[:64], LOGIN_UNUSABLE))
            login = ""
        mine, disabled = self._mine.get(person.key), person.key in self._answer.disabled
        if mine is not None:
            self._again(person, mine, login, disabled=disabled)
        elif login and not disabled:
            self._first(person, login)

    def vanish(self) -> None:
        """Accounts whose entry is not there any more."""
        for key, account in self._mine.items():
            if key in self._seen or not account.open:
                continue
            if key not in self._answer.unnamed:
                self.missing += 1
                self._close(account, VANISHED)
            elif key in self._answer.disabled:
                self._close(account, DISABLED)

    def _first(self, person: Outside, login: str) -> None:
        there = self._logins.get(login)
        if login in self._given:
            self.kept.append((login, LOGIN_TWICE))
            return
        adopts = False
        if there is not None:
            adopts = self._one.adopt and there.open and not there.key and not there.elsewhere
            if not adopts or there.role in APART:
                self.kept.append((login, LOGIN_TAKEN))
                return
        self._given.add(login)
        joins, leaves = self._groups(person.key, there.groups if there else frozenset())
        role = self._role(person.key) or (None if there else self._one.role)
        change = Change(person.key, login, there.id if there else "", person.dn, _name(person), None, role)
        more: dict[str, Any] = {
            "was": there.role if there and role else "",
            "joins": joins,
            "leaves": leaves,
            "adopts": adopts,
            "opens": None if there else True,
        }
        self.changes.append(replace(change, **more))

    def _again(self, person: Outside, mine: Known, login: str, *, disabled: bool) -> None:
        if disabled:
            if mine.open:
                self._close(mine, DISABLED)
            return
        new = self._new_login(mine, login)
        name, role = _name(person), self._role(person.key)
        if role and role != mine.role and self._last(mine) and role != Role.ADMINISTRATOR:
            self.kept.append((mine.login, LAST_ADMINISTRATOR))
            role = None
        joins, leaves = self._groups(person.key, mine.groups)
        opens = True if not mine.open and mine.closed_there else None
        change = Change(
            person.key,
            mine.login,
            mine.id,
            person.dn if person.dn != mine.dn else None,
            name if name != mine.name else None,
            new,
            role if role != mine.role else None,
            joins,
            leaves,
            opens,
            was=mine.role if role and role != mine.role else "",
            falls=bool(role) and role != mine.role and role == self._one.role,
        )
        if role and role != Role.ADMINISTRATOR:
            self._administrators.discard(mine.id)
        if change.visible or change.dn is not None:
            self.changes.append(change)

    def _new_login(self, mine: Known, login: str) -> str | None:
        if not login or login == mine.login:
            return None
        if login in self._given or login in self._logins:
            self.kept.append((login, LOGIN_TAKEN))
            return None
        self._given.add(login)
        return login

    def _close(self, account: Known, why: str) -> None:
        if self._last(account):
            self.kept.append((account.login, LAST_ADMINISTRATOR))
            return
        self._administrators.discard(account.id)
        self.changes.append(Change(account.key, account.login, account.id, opens=False, why=why))

    def _last(self, account: Known) -> bool:
        return self._administrators == {account.id}

    def _role(self, key: str) -> str | None:
        """The first declared group they are in; None: this directory does not say, or could not."""
        if not self._one.roles:
            return None
        for dn, role in self._one.roles:
            inside = self._answer.inside.get(dn)
            if inside is None:
                return None
            if key in inside:
                return role
        return self._one.role

    def _groups(self, key: str, there: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names to join and to leave, of the mapped ones; several groups there may be worth one here."""
        wanted: dict[str, bool | None] = {}
        for dn, name in self._one.groups:
            inside = self._answer.inside.get(dn)
            said = None if inside is None else key in inside
            before = wanted.get(name, False)
            wanted[name] = True if said or before else None if said is None or before is None else False
        joins = tuple(name for name, said in wanted.items() if said and name not in there)
        return joins, tuple(name for name, said in wanted.items() if said is False and name in there)


def _name(person: Outside) -> str:
    for text in (person.name, person.login):
        try:
            return clean_name(text[:80])
        except NameUnusable:
            continue
    return "–"


def told(plan: Plan, limit: int = 500) -> dict[str, Any]:
    """The plan as JSON, at most ``limit`` accounts named of each sort."""
    rows: list[Mapping[str, object]] = []
    for change in (one for one in plan.changes if one.visible):
        row: dict[str, object] = {"login": change.login, "act": _act(change)}
        fields: dict[str, object] = {"name": change.name, "new_login": change.new_login, "role": change.role}
        fields |= {"joins": list(change.joins), "leaves": list(change.leaves), "why": change.why}
        rows.append(row | {key: value for key, value in fields.items() if value})
    return {
        "counts": plan.counts(),
        "people": plan.people,
        "disabled": plan.disabled,
        "known": plan.known,
        "unusable": plan.unusable,
        "elsewhere": plan.elsewhere,
        "unsure": plan.unsure,
        "missing": plan.missing,
        "nameless": plan.nameless,
        "groups_unread": list(plan.groups_unread),
        "changes": rows[:limit],
        "more": max(0, len(rows) - limit),
        "kept": [{"login": login, "why": why} for login, why in plan.kept[:limit]],
    }


def _act(change: Change) -> str:
    if not change.person:
        return "add"
    if change.opens is not None:
        return "reopen" if change.opens else "close"
    return "adopt" if change.adopts else "change"
