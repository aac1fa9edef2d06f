"""People and their one-time links. A link serves once: it opens the page where its holder chooses a password.

Tokens are looked for by their hash and compared in constant time; the database never holds one.
"""

import hmac
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Connection, Row, delete, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from demeure.clock import Clock, iso
from demeure.identity.account_errors import SameHand
from demeure.identity.dormant import wake
from demeure.identity.errors import (
    GroupUnknown,
    LastAdministrator,
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    LoginTaken,
    PersonUnknown,
)
from demeure.identity.factors import Factors, has_factor, took_away, use_code
from demeure.identity.followed import own_password
from demeure.identity.invitation import (
    Chosen,
    GivenLink,
    Invitation,
    expire_links,
    given_link,
    given_to,
    new_link,
    spend_links,
)
from demeure.identity.lockout import Lockout, Try, forget_login
from demeure.identity.passkey_alone import Alone
from demeure.identity.people_file import Entry
from demeure.identity.person import SEED, Person, clean_login, clean_name, is_seed, person_of, plain_login
from demeure.identity.second_step import SecondStep, open_account
from demeure.identity.sessions import Session, Sessions, close_all_in
from demeure.identity.tokens import token_hash
from demeure.policy import Actor, Right, Role
from demeure.store import Database, DatabaseBusy
from demeure.store.account_tables import factors, halves, outside_people, provider_people, recovery_codes
from demeure.store.contractor_tables import contractor_windows
from demeure.store.tables import group_members, group_people, groups, links, members, people, sessions, spaces

SIGN_IN, SIGN_IN_MINUTES = "sign-in", 30
_KEEP_LINKS = timedelta(days=30)  # so that whoever it let in sees that it was given, and by whom


class People:
    """Any thread, several processes; every method blocks on the database. ``sessions``: theirs, see there."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        idle_hours: int = 12,
        hours: int = 168,
        second_roles: frozenset[str] = frozenset(),
    ) -> None:
        self._database, self._clock = database, clock
        self.sessions = Sessions(database, clock, timedelta(hours=idle_hours), timedelta(hours=hours), second_roles)
        self.factors, self.lockout = Factors(database, clock), Lockout(database, clock)
        parts = (database, clock, self.sessions, self.lockout)
        self.step, self.alone = SecondStep(*parts), Alone(*parts)

    # -- accounts -------------------------------------------------------------------------------------------------

    def ensure_administrator(self, name: str = SEED[0], login: str = SEED[1]) -> Person:
        """The first administrator whose account is open, created when there is none; two callers get the same.

        A new one manages the spaces that belong to nobody: those that the machine made before anyone could sign in.
        """
        with self._database.write() as connection:
            query = select(people).where(people.c.role == Role.ADMINISTRATOR, people.c.disabled.is_(False))
            row = connection.execute(query.order_by(people.c.created_at, people.c.id).limit(1)).first()
            if row:
                return person_of(row)
            person = self._insert(connection, name, login, Role.ADMINISTRATOR)
            orphans = select(spaces.c.id, literal(person.id), literal(Right.MANAGE.label)).where(
                spaces.c.id.not_in(select(members.c.space)), spaces.c.id.not_in(select(group_members.c.space))
            )
            connection.execute(insert(members).from_select(["space", "person", "right"], orphans))
            return person

    def add(self, name: str, login: str, role: Role = Role.AGENT) -> Person:
        """A new person, who needs a link to come in. Raises LoginTaken, LoginInvalid, NameUnusable."""
        with self._database.write() as connection:
            return self._insert(connection, clean_name(name), clean_login(login), role)

    def add_all(self, entries: Sequence[Entry], by: str, minutes: float) -> list[tuple[Person, str]]:
        """Everybody of a file with their group and their link, or nobody at all. Raises LoginTaken: somebody
        appeared meanwhile, GroupUnknown."""
        if not entries:
            return []
        now = self._clock.now()
        made = [Person(secrets.token_hex(8), e.name, e.login, e.role) for e in entries]
        rows = [
            {"id": p.id, "name": p.name, "login": p.login, "role": p.role.value, "created_at": iso(now)}
            for p in made
        ]
        given = [new_link(p.id, SIGN_IN, by, now, minutes) for p in made]
        inside = [{"team": team, "person": p.id} for p, e in zip(made, entries, strict=True) for team in e.groups]
        with self._database.write() as connection:  # three statements: others who write do not wait long
            self._free(connection, [row["login"] for row in rows], {row["team"] for row in inside})
            connection.execute(insert(people), rows)
            connection.execute(insert(links), [row for _, row in given])
            if inside:
                connection.execute(insert(group_people), inside)
        return [(p, token) for p, (token, _) in zip(made, given, strict=True)]

    @staticmethod
    def _free(connection: Connection, logins: Sequence[str], teams: set[str]) -> None:
        """Raises LoginTaken, GroupUnknown."""
        taken = set(connection.execute(select(people.c.login)).scalars())
        for login in logins:
            if login in taken:
                raise LoginTaken(login=login)
            taken.add(login)
        known = set(connection.execute(select(groups.c.id)).scalars())
        if gone := sorted(teams - known):
            raise GroupUnknown(group=gone[0])

    def _insert(self, connection: Connection, name: str, login: str, role: Role) -> Person:
        person = Person(secrets.token_hex(8), name, login, role)
        row = {"id": person.id, "name": name, "login": login, "role": role.value}
        try:
            connection.execute(insert(people).values(**row, created_at=iso(self._clock.now())))
        except IntegrityError as problem:
            raise LoginTaken(login=login) from problem
        return person

    def everyone(self) -> list[Person]:
        """Open accounts first, then by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(people).order_by(people.c.disabled, people.c.name, people.c.id)).all()
        return [person_of(row) for row in rows]

    def find(self, login: str) -> Person | None:
        """Who has this login and an open account."""
        row = self._row_of(login)
        return person_of(row) if row else None

    def _row_of(self, login: str) -> Row[tuple[object, ...]] | None:
        """Logins of before one spelling was kept are found as they were written too."""
        written = login.encode("utf-8", "replace").decode()
        named = or_(people.c.login == plain_login(login), people.c.login == written)
        query = select(people).where(named, people.c.disabled.is_(False))
        with self._database.read() as connection:
            return connection.execute(query.limit(1)).first()

    def person(self, person: str) -> Person:
        """By id, also with a closed account. Raises PersonUnknown."""
        with self._database.read() as connection:
            row = connection.execute(select(people).where(people.c.id == person)).first()
        if row is None:
            raise PersonUnknown(person=person)
        return person_of(row)

    def kept_password(self, login: str) -> tuple[Person | None, str | None]:
        """Who has this login, and what is kept of their password; (None, None) for nobody."""
        row = self._row_of(login)
        return (person_of(row), row.password) if row else (None, None)

    def rename(self, person: str, name: str) -> None:
        """Raises PersonUnknown, NameUnusable."""
        self._set(person, name=clean_name(name))

    def change_role(self, person: str, role: Role) -> None:
        """Takes effect at the next request. Raises PersonUnknown, LastAdministrator."""
        with self._database.write() as connection:
            if role is not Role.ADMINISTRATOR:
                self._not_the_last(connection, person)
            self._set_in(connection, person, role=role.value)

    def close_account(self, person: str) -> None:
        """Nothing opens for them any more: links and sessions go, what they did stays. Raises PersonUnknown,
        LastAdministrator."""
        with self._database.write() as connection:
            self._not_the_last(connection, person)
            self._set_in(connection, person, disabled=True)
            self._by_hand(connection, person)
            connection.execute(delete(sessions).where(sessions.c.person == person))
            connection.execute(delete(links).where(links.c.person == person))
            connection.execute(delete(halves).where(halves.c.person == person))

    def anonymise(self, person: str) -> None:
        """Name, login and password leave; the account is closed for good, and what it did keeps its pseudonym (a
        contractor's windows keep the name that their signed report tells, and none where nobody opened them).
        Idempotent. Raises PersonUnknown, LastAdministrator. The log is folded."""
        with self._database.write() as connection:
            self._not_the_last(connection, person)
            gone = {"name": "–", "login": f"efface-{person}", "password": None, "password_at": None}
            login = connection.execute(select(people.c.login).where(people.c.id == person)).scalar()
            self._set_in(connection, person, disabled=True, **gone)
            theirs = (sessions, links, group_people, members, factors, recovery_codes, halves)
            for table in (*theirs, outside_people, provider_people):
                connection.execute(delete(table).where(table.c.person == person))
            told = (contractor_windows.c.person == person, contractor_windows.c.signature != "")
            connection.execute(update(contractor_windows).where(*told).values(login=""))
            never = (contractor_windows.c.person == person, contractor_windows.c.state.in_(("asked", "dropped")))
            connection.execute(update(contractor_windows).where(*never).values(worker="", login=""))
            if login is not None:
                forget_login(connection, login)
        with suppress(DatabaseBusy):  # a reader holds the log: the next checkpoint folds it
            self._database.settle()

    def reopen_account(self, person: str) -> None:
        """Their password and rights are those of before. Raises PersonUnknown."""
        with self._database.write() as connection:
            self._set_in(connection, person, disabled=False)
            self._by_hand(connection, person)

    @staticmethod
    def _by_hand(connection: Connection, person: str) -> None:
        """Closed by somebody: no directory reopens it. Reopened: one closes it again at its next reading when their
        entry is disabled or gone there, unless the account was released."""
        theirs = update(outside_people).where(outside_people.c.person == person)
        connection.execute(theirs.values(closed=False))

    def _set(self, person: str, **values: object) -> None:
        with self._database.write() as connection:
            self._set_in(connection, person, **values)

    @staticmethod
    def _set_in(connection: Connection, person: str, **values: object) -> None:
        if not connection.execute(update(people).where(people.c.id == person).values(**values)).rowcount:
            raise PersonUnknown(person=person)

    @staticmethod
    def _not_the_last(connection: Connection, person: str) -> None:
        query = select(people.c.id).where(people.c.role == Role.ADMINISTRATOR, people.c.disabled.is_(False))
        if list(connection.execute(query).scalars()) == [person]:
            raise LastAdministrator()

    # -- passwords ------------------------------------------------------------------------------------------------

    def keep_password(self, person: str, password: str, but: str = "") -> int:
        """``password``: hashed. Every session but the one of token ``but`` ends: how many; links that were waiting
        are spent. Raises PersonUnknown, DirectoryAccount."""
        now = iso(self._clock.now())
        with self._database.write() as connection:
            own_password(connection, person)
            self._set_in(connection, person, password=password, password_at=now)
            spend_links(connection, person, now)
            return close_all_in(connection, person, but)

    def open_session(
        self, person: Person, tried: Try, device: str = "", stronger: str | None = None, address: str = ""
    ) -> Session:
        """The password was right: a session begins and the tries are forgiven, together; or half of one, when the
        person has a second proof. ``stronger``: the same password, hashed with today's parameters. Raises
        PersonUnknown when the account was closed meanwhile, AccountDormant."""
        with self._database.write() as connection:
            now = open_account(connection, person.id)
            wake(connection, person.id, iso(self._clock.now()))
            if stronger is not None:
                self._set_in(connection, person.id, password=stronger)
            if has_factor(connection, person.id):
                self.lockout.give_back(connection, tried)
                return self.sessions.half(connection, now, device)
            self.lockout.forgive(connection, tried)
            return self.sessions.begin(connection, now, device, address)

    def confirm(self, session: str, tried: Try) -> None:
        """The holder of ``session`` showed again who they are."""
        with self._database.write() as connection:
            self.lockout.forgive(connection, tried)
            self.sessions.confirm(connection, session)

    def own_password(self, person: str) -> None:
        """Raises DirectoryAccount: a directory keeps theirs."""
        with self._database.read() as connection:
            own_password(connection, person)

    def try_code(self, person: str, code: str) -> str | None:
        """Accept a code once: what it was; None when it is wrong."""
        with self._database.write() as connection:
            return use_code(connection, self._clock, person, code)

    def give_back(self, tried: Try) -> None:
        """The try could not be looked at: it does not count."""
        self.lockout.returned(tried)

    def forgive(self, tried: Try) -> None:
        """The password was right, and no session comes of it."""
        with self._database.write() as connection:
            self.lockout.forgive(connection, tried)

    # -- links ----------------------------------------------------------------------------------------------------

    def create_link(
        self,
        person: str,
        purpose: str = SIGN_IN,
        minutes: float = SIGN_IN_MINUTES,
        *,
        by: str = "",
        alone: bool = False,
    ) -> str:
        """A token that ``redeem`` accepts once within ``minutes``. ``by``: actor id of who makes it. ``alone``:
        those that waited for the same person expire. Raises PersonUnknown, SameHand, DirectoryAccount."""
        now = self._clock.now()
        token, made = new_link(person, purpose, by, now, minutes)
        with self._database.write() as connection:
            open_account(connection, person)
            own_password(connection, person)
            if took_away(connection, person, by):
                raise SameHand()
            connection.execute(delete(links).where(links.c.expires_at < iso(now - _KEEP_LINKS)))
            if alone:
                expire_links(connection, person, iso(now))
            connection.execute(insert(links).values(made))
        return token

    def look(self, token: str, purpose: str = SIGN_IN) -> Invitation:
        """What ``redeem`` would open; uses nothing up. Raises as it does."""
        with self._database.read() as connection:
            person = self._holder(connection, token, purpose)
            mine = given_to(person.id).where(links.c.hash == token_hash(token))
            given = [given_link(row) for row in connection.execute(mine)]
            return Invitation(person, is_seed(person), *given)

    def links_given(self, person: str) -> list[GivenLink]:
        """Links of the last thirty days that others made for this person, latest first."""
        since = links.c.created_at > iso(self._clock.now() - _KEEP_LINKS)
        query = given_to(person).where(since).order_by(links.c.created_at.desc())
        with self._database.read() as connection:
            return [given_link(row) for row in connection.execute(query)]

    def redeem(
        self,
        token: str,
        purpose: str = SIGN_IN,
        *,
        chosen: Chosen | None = None,
        device: str = "",
        address: str = "",
    ) -> Session:
        """Use a link: it is spent, the password is kept and the session exists, all of it or nothing.

        A chosen password ends the person's other sessions and links, and their wrong tries are forgotten. ``name``
        and ``login`` count only at the set-up. Who has a second proof gets half a session: a link is no way round.
        Raises LinkUnknown (not given, other purpose, closed), LinkUsed, LinkExpired, LoginTaken, DirectoryAccount.
        """
        now = iso(self._clock.now())
        with self._database.write() as connection:
            person = self._holder(connection, token, purpose)
            connection.execute(update(links).where(links.c.hash == token_hash(token)).values(used_at=now))
            if chosen is not None:
                self._settle(connection, person, chosen, now)
            now_there = open_account(connection, person.id)
            if has_factor(connection, person.id):
                return self.sessions.half(connection, now_there, device)
            return self.sessions.begin(connection, now_there, device, address)

    def _settle(self, connection: Connection, person: Person, chosen: Chosen, now: str) -> None:
        own_password(connection, person.id)
        values = {"password": chosen.password, "password_at": now}
        if is_seed(person):
            values |= {"name": chosen.name or person.name, "login": chosen.login or person.login}
        try:
            self._set_in(connection, person.id, **values)
        except IntegrityError as problem:
            raise LoginTaken(login=values.get("login", "")) from problem
        spend_links(connection, person.id, now)
        close_all_in(connection, person.id)
        forget_login(connection, values.get("login", person.login))

    def _holder(self, connection: Connection, token: str, purpose: str) -> Person:
        digest = token_hash(token)
        row = connection.execute(select(links).where(links.c.hash == digest)).first()
        if row is None or not hmac.compare_digest(row.hash, digest) or row.purpose != purpose:
            raise LinkUnknown
        if row.used_at is not None:
            raise LinkUsed
        if row.expires_at <= iso(self._clock.now()):
            raise LinkExpired
        try:
            return open_account(connection, row.person)
        except PersonUnknown as problem:
            raise LinkUnknown from problem

    # -- sessions -------------------------------------------------------------------------------------------------

    def session(self, token: str) -> Actor | None:
        """See ``Sessions.actor``."""
        return self.sessions.actor(token)

    def close_session(self, token: str) -> None:
        """See ``Sessions.close``."""
        self.sessions.close(token)
