"""Keys of applications in memory, behind the gateway's port."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from demeure.clock import SystemClock
from demeure.gateway.applications import LOOKS_EACH_MINUTE, LOOKS_TOGETHER
from demeure.gateway.metering import Meter
from demeure.gateway.rate import Attempts
from demeure.identity import (
    NO_LIMITS,
    ApplicationKey,
    KeyInvalid,
    KeyLimits,
    KeyNameTaken,
    KeyReads,
    KeyRefused,
    KeyTooFast,
    KeyUnknown,
)
from demeure.policy import PERSONAL_SCOPES, Actor, Role
from demeure.policy.scopes import ADD

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@dataclass
class FakeApplications:
    """``secrets``: secret → name of its key; ``tried``: secrets that were shown."""

    rows: dict[str, ApplicationKey] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    uses: list[tuple[str, str]] = field(default_factory=list)
    meter: Meter = field(default_factory=lambda: Meter(None, SystemClock()))
    looks: Attempts = field(
        default_factory=lambda: Attempts(SystemClock(), limit=LOOKS_EACH_MINUTE, house_limit=LOOKS_TOGETHER)
    )

    async def guest(self, secret: str) -> Actor:
        self.tried.append(secret)
        key = self.rows.get(self.secrets.get(secret, ""))
        if key is None or key.state != "open":
            raise KeyRefused()
        roles, scopes = frozenset({Role.AGENT}), frozenset(key.scopes)
        if key.personal:
            return Actor("person", key.owner, key.owner_name, roles, scopes=scopes, key=key.name)
        told = (key.actor_id, key.name, roles, key.owner, scopes, frozenset(key.spaces), key.name)
        return Actor("application", *told)

    async def keys(self, actor: Actor) -> list[ApplicationKey]:
        return sorted(self.rows.values(), key=lambda key: (key.state != "open", key.name))

    async def give(
        self,
        actor: Actor,
        name: str,
        owner: str,
        spaces: Sequence[str],
        days: int,
        scopes: Sequence[str] = (ADD,),
        limits: KeyLimits = NO_LIMITS,
    ) -> tuple[ApplicationKey, str]:
        if not name or (ADD in scopes and not spaces) or not days or not scopes or not limits.quotas.sound:
            raise KeyInvalid()
        if owner != actor.id and set(scopes) & PERSONAL_SCOPES:
            raise KeyReads()
        if name in self.rows:
            raise KeyNameTaken(key=name)
        ends = NOON + timedelta(days=days)
        by = actor.id if ADD not in scopes else "admin"
        self.rows[name] = ApplicationKey(
            *(name, owner, "Claire Morvan", tuple(scopes), tuple(spaces), by, NOON, ends, None, None, "open"),
            limits=limits,
        )
        secret = f"demeure-secret-{name}"
        self.secrets[secret] = name
        return self.rows[name], secret

    async def used(self, actor: Actor, what: str) -> None:
        key = self.rows[actor.key]
        await self.meter.ask(actor.key, key.limits.quotas)
        if key.personal:
            self.uses.append((actor.key, what))

    def looked(self, actor: Actor) -> None:
        if seconds := self.looks.wait(actor.key):
            raise KeyTooFast(seconds=seconds)

    async def spent(self, actor: Actor, tokens: int) -> None:
        if actor.key:
            await self.meter.spent(actor.key, tokens)

    async def today(self, actor: Actor) -> dict[str, tuple[int, int]]:
        return await self.meter.today()

    async def rotate(self, actor: Actor, name: str, hours: int) -> str:
        if name not in self.rows:
            raise KeyUnknown(key=name)
        secret = f"demeure-secret-{name}-{len(self.secrets)}"
        self.secrets = {old: of for old, of in self.secrets.items() if of != name or hours} | {secret: name}
        self.rows[name] = replace(self.rows[name], former_until=NOON + timedelta(hours=hours))
        return secret

    async def limit(self, actor: Actor, name: str, limits: KeyLimits) -> ApplicationKey:
        if name not in self.rows:
            raise KeyUnknown(key=name)
        self.rows[name] = replace(self.rows[name], limits=limits)
        return self.rows[name]

    async def own(self, actor: Actor) -> list[ApplicationKey]:
        return [key for key in await self.keys(actor) if key.personal and key.owner == actor.id]

    async def give_own(
        self,
        actor: Actor,
        device: str,
        days: int,
        scopes: Sequence[str] = tuple(sorted(PERSONAL_SCOPES)),
        spaces: Sequence[str] = (),
        limits: KeyLimits = NO_LIMITS,
    ) -> tuple[ApplicationKey, str]:
        name = f"{device.lower() or 'poste'}-{len(self.rows)}"
        ends = NOON + timedelta(days=days)
        self.rows[name] = ApplicationKey(
            *(name, actor.id, actor.name, tuple(scopes), tuple(spaces), actor.id, NOON, ends, None, None, "open"),
            limits=limits,
        )
        secret = f"demeure-secret-{name}"
        self.secrets[secret] = name
        return self.rows[name], secret

    async def revoke_own(self, actor: Actor, name: str) -> None:
        if name not in {key.name for key in await self.own(actor)}:
            raise KeyUnknown(key=name)
        await self.revoke(actor, name)

    async def revoke(self, actor: Actor, name: str) -> None:
        if name not in self.rows:
            raise KeyUnknown(key=name)
        self.rows[name] = replace(self.rows[name], state="revoked", revoked_at=NOON)
