"""Keys of applications: a name, a secret of which we keep the hash, the person who answers for it, what it is for.

A key gives nothing by itself: the actor that it names has the roles and the rights of its owner, now, within its
scopes and its spaces. A personal one (a person's own word processor) is that person, within its scopes.
"""

import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from demeure.clock import Clock, iso
from demeure.identity.account_errors import KeyForContractor, KeyOver
from demeure.identity.errors import (
    KeyClassUnknown,
    KeyInvalid,
    KeyNameTaken,
    KeyReads,
    KeysTooMany,
    KeyUnknown,
    PersonUnknown,
    SpaceUnknown,
)
from demeure.identity.key_limits import NO_LIMITS, KeyLimits, Quotas, quotas_of
from demeure.identity.membership import Membership
from demeure.identity.person import person_of
from demeure.identity.tokens import new_token, token_hash
from demeure.policy import PERSONAL_SCOPES, SCOPES, Actor, Right, Role, in_force
from demeure.policy.scopes import ADD, APART, MODELS
from demeure.store import Database, DatabaseBusy, DiskFull
from demeure.store.tables import application_keys, people, spaces

PREFIX = "demeure-"
"""Of every secret: a program that looks for secrets in files knows one by it."""

LONGEST_DAYS, USUAL_DAYS = 1100, 365
MOST_OWN = 10
"""Personal keys in force that a person may have at once."""
GRACE_HOURS, LONGEST_GRACE = 24, 720
"""Hours that the former secret still opens after a rotation: the usual, the most."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,38}[a-z0-9]")
_SLIDE = timedelta(minutes=1)  # a last use is written once a minute at most
_k = application_keys.c
_HOLDER = (  # of every request: made once, since making a statement takes longer than running it
    select(people, *(column.label(f"key_{column.name}") for column in _k))
    .join_from(application_keys, people, people.c.id == _k.owner)
    .where(or_(_k.hash == bindparam("digest"), _k.former_hash == bindparam("digest")))
)


@dataclass(frozen=True)
class ApplicationKey:
    """``owner``: id of the person who answers for it; ``owner_name``, ``owner_open``: theirs. ``spaces``: ids.
    ``used_at``: to the minute, None before the first use. ``state``: open, expired, revoked, or closed with its
    owner's account. ``shut``: those of its spaces where its owner may not do what it is for today, hence the key
    neither. ``limits``: how far it goes; ``former_until``: when the secret before the last one stops opening."""

    name: str
    owner: str
    owner_name: str
    scopes: tuple[str, ...]
    spaces: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    state: str
    shut: tuple[str, ...] = ()
    limits: KeyLimits = NO_LIMITS
    former_until: datetime | None = None

    @property
    def personal(self) -> bool:
        """Does it speak for its owner, who gave it?"""
        return _personal(self.scopes, self.owner, self.created_by)

    @property
    def actor_id(self) -> str:
        """As whom it is in the journal."""
        return self.owner if self.personal else f"application:{self.name}"


@dataclass(frozen=True)
class Held:
    """Whose secret was shown: ``actor`` when the key opens; ``name`` and ``state`` in any case: the key's own, or
    replaced: a former secret of a key that is open."""

    name: str
    state: str
    actor: Actor | None
    quotas: Quotas = field(default_factory=Quotas)


class ApplicationKeys:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def add(
        self,
        name: str,
        owner: str,
        scopes: Iterable[str],
        where: Iterable[str],
        days: int,
        by: str,
        limits: KeyLimits = NO_LIMITS,
    ) -> tuple[ApplicationKey, str]:
        """The key and its secret, which is told once. Raises KeyInvalid, KeyReads (a key that reads, for another),
        KeyClassUnknown, KeyNameTaken, PersonUnknown (no such person, or a closed account), KeyForContractor,
        SpaceUnknown."""
        kept, spaces_of = sorted(set(scopes)), list(dict.fromkeys(where))
        _check(name, kept, days, limits)
        if ADD in kept:
            if not spaces_of or not set(kept) <= {ADD, MODELS}:
                raise KeyInvalid()  # it brings documents to places that it names, and does not read
        elif by != owner and not set(kept) <= APART:
            raise KeyReads()
        secret, now = PREFIX + new_token()[0], self._clock.now()
        row: dict[str, Any] = {"name": name, "owner": owner, "scopes": kept, "spaces": spaces_of, "created_by": by}
        row |= {"highest": limits.highest, "quotas": limits.quotas.told()}
        times = {"created_at": iso(now), "expires_at": iso(now + timedelta(days=days))}
        with self._database.write() as connection:
            holder = select(people.c.role).where(people.c.id == owner, people.c.disabled.is_(False))
            role = connection.execute(holder).scalar()
            if role is None:
                raise PersonUnknown(person=owner)
            if role == Role.CONTRACTOR.value:
                raise KeyForContractor()
            living = set(connection.execute(select(spaces.c.id).where(spaces.c.deleting.is_(False))).scalars())
            for space in spaces_of:
                if space not in living:
                    raise SpaceUnknown(space=space)
            try:
                connection.execute(insert(application_keys).values(**row, **times, hash=token_hash(secret)))
            except IntegrityError as problem:
                raise KeyNameTaken(key=name) from problem
        return self.named(name), secret

    def add_own(
        self,
        owner: str,
        device: str,
        days: int,
        scopes: Iterable[str] = PERSONAL_SCOPES,
        where: Iterable[str] = (),
        limits: KeyLimits = NO_LIMITS,
    ) -> tuple[ApplicationKey, str]:
        """A personal key, named after ``device``, and its secret. Raises as ``add``, and KeysTooMany."""
        wanted = set(scopes)
        if not wanted <= PERSONAL_SCOPES | {MODELS}:
            raise KeyInvalid()
        mine = [key for key in self.all() if key.owner == owner and key.personal and key.state == "open"]
        if len(mine) >= MOST_OWN:
            raise KeysTooMany(most=MOST_OWN)
        words = re.sub(r"\W", " ", unicodedata.normalize("NFC", device.casefold()))
        plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
        stem = "-".join(re.findall("[a-z0-9]+", plain))[:30].strip("-") or "poste"
        for _ in range(4):
            try:
                return self.add(f"{stem}-{secrets.token_hex(3)}", owner, wanted, where, days, owner, limits)
            except KeyNameTaken:
                continue
        raise KeyInvalid()

    def all(self) -> list[ApplicationKey]:
        """Those that open first, then by name."""
        query = select(people.c.name.label("person"), people.c.role, people.c.disabled, *_k).join_from(
            application_keys, people, people.c.id == _k.owner
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        found = [self._key(row) for row in rows]
        actors = {row.owner: Actor("person", row.owner, row.person, frozenset({Role(row.role)})) for row in rows}
        rights = Membership(self._database)
        has = {(owner, place.id): place.right for owner, one in actors.items() for place in rights.spaces(one)}
        found = [
            replace(key, shut=tuple(s for s in key.spaces if has.get((key.owner, s), Right.NONE) < _needed(key)))
            for key in found
        ]
        return sorted(found, key=lambda key: (key.state != "open", key.name))

    def named(self, name: str) -> ApplicationKey:
        """Raises KeyUnknown."""
        found = next((key for key in self.all() if key.name == name), None)
        if found is None:
            raise KeyUnknown(key=name)
        return found

    def revoke(self, name: str) -> None:
        """For good; nothing when it is done already. Raises KeyUnknown."""
        self.named(name)
        with self._database.write() as connection:
            mine = update(application_keys).where(_k.name == name, _k.revoked_at.is_(None))
            connection.execute(mine.values(revoked_at=iso(self._clock.now())))

    def rotate(self, name: str, hours: int) -> str:
        """Another secret, told once; the one before it still opens for ``hours``, the one before that no more.
        Raises KeyUnknown, KeyOver, KeyInvalid (``hours`` is out of bounds)."""
        if self.named(name).state != "open":
            raise KeyOver()
        if not 0 <= hours <= LONGEST_GRACE:
            raise KeyInvalid()
        secret = PREFIX + new_token()[0]
        until = iso(self._clock.now() + timedelta(hours=hours))
        with self._database.write() as connection:
            mine = update(application_keys).where(_k.name == name)
            connection.execute(mine.values(former_hash=_k.hash, former_until=until, hash=token_hash(secret)))
        return secret

    def limit(self, name: str, limits: KeyLimits) -> ApplicationKey:
        """In place of its former limits. Raises KeyUnknown, KeyInvalid, KeyClassUnknown."""
        self.named(name)
        _check_limits(limits)
        with self._database.write() as connection:
            mine = update(application_keys).where(_k.name == name)
            connection.execute(mine.values(highest=limits.highest, quotas=limits.quotas.told()))
        return self.named(name)

    def held(self, secret: str) -> Held | None:
        """Whose secret this is; None for garbage. Its use is noted, to the minute: a full or busy disk keeps no key
        from opening."""
        digest, now = token_hash(secret), self._clock.now()
        with self._database.read() as connection:
            row = connection.execute(_HOLDER, {"digest": digest}).first()
        if row is None:
            return None
        state = _state(row.key_revoked_at, row.key_expires_at, row.disabled, iso(now))
        if not hmac.compare_digest(row.key_hash, digest) and (row.key_former_until or "") <= iso(now):
            state = "replaced" if state == "open" else state  # the secret before the last rotation
        if state != "open":
            return Held(row.key_name, state, None)
        if (row.key_used_at or "") < iso(now - _SLIDE):
            with suppress(DiskFull, DatabaseBusy), self._database.relaxed() as connection:
                mine = update(application_keys).where(_k.name == row.key_name)
                connection.execute(mine.values(used_at=iso(now)))
        return Held(row.key_name, state, _actor(row), quotas_of(row.key_quotas))

    def _key(self, row: Any) -> ApplicationKey:
        def when(text: str | None) -> datetime | None:
            return datetime.fromisoformat(text) if text else None

        return ApplicationKey(
            name=row.name,
            owner=row.owner,
            owner_name=row.person,
            scopes=tuple(row.scopes),
            spaces=tuple(row.spaces),
            created_by=row.created_by,
            created_at=datetime.fromisoformat(row.created_at),
            expires_at=datetime.fromisoformat(row.expires_at),
            used_at=when(row.used_at),
            revoked_at=when(row.revoked_at),
            state=_state(row.revoked_at, row.expires_at, row.disabled, iso(self._clock.now())),
            limits=KeyLimits(row.highest, quotas_of(row.quotas)),
            former_until=when(row.former_until),
        )


def _state(revoked: str | None, expires: str, disabled: bool, now: str) -> str:
    if revoked:
        return "revoked"
    if expires <= now:
        return "expired"
    return "closed" if disabled else "open"


def _check(name: str, scopes: list[str], days: int, limits: KeyLimits) -> None:
    """Raises KeyInvalid, KeyClassUnknown."""
    if not _NAME.fullmatch(name) or not 1 <= days <= LONGEST_DAYS:
        raise KeyInvalid()
    if not scopes or not set(scopes) <= set(SCOPES):
        raise KeyInvalid()
    _check_limits(limits)


def _check_limits(limits: KeyLimits) -> None:
    """Raises KeyInvalid, KeyClassUnknown."""
    if not limits.quotas.sound:
        raise KeyInvalid()
    if limits.highest and limits.highest not in {one.id for one in in_force().policy.classes}:
        raise KeyClassUnknown(name=limits.highest[:40])


def _personal(scopes: Iterable[str], owner: str, created_by: str) -> bool:
    return ADD not in scopes and owner == created_by


def _needed(key: ApplicationKey) -> Right:
    return Right.CONTRIBUTE if ADD in key.scopes else Right.READ


def _actor(row: Any) -> Actor:
    """Whom a key names; ``row``: of _HOLDER. A class that the policy no longer knows is taken for the lowest."""
    owner, scopes, most = person_of(row), frozenset(row.key_scopes), None
    if row.key_highest:
        most = next((one.rank for one in in_force().policy.classes if one.id == row.key_highest), 0)
    spaces_of = frozenset(row.key_spaces)
    if _personal(scopes, row.key_owner, row.key_created_by):
        return replace(owner.actor, scopes=scopes, spaces=spaces_of, key=row.key_name, most=most)
    return Actor(
        kind="application",
        id=f"application:{row.key_name}",
        name=row.key_name,
        roles=owner.actor.roles,
        behalf=owner.id,
        scopes=scopes,
        spaces=spaces_of,
        key=row.key_name,
        most=most,
    )
