"""Keys of applications in memory, behind the gateway's port."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from demeure.identity import ApplicationKey, KeyInvalid, KeyNameTaken, KeyRefused, KeyUnknown
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

    async def guest(self, secret: str) -> Actor:
        self.tried.append(secret)
        key = self.rows.get(self.secrets.get(secret, ""))
        if key is None or key.state != "open":
            raise KeyRefused()
        roles, scopes = frozenset({Role.AGENT}), frozenset(key.scopes)
        if key.personal:
            return Actor("person", key.owner, key.owner_name, roles, scopes=scopes, key=key.name)
        return Actor("application", key.actor_id, key.name, roles, key.owner, scopes, frozenset(key.spaces))

    async def keys(self, actor: Actor) -> list[ApplicationKey]:
        return sorted(self.rows.values(), key=lambda key: (key.state != "open", key.name))

    async def give(
        self, actor: Actor, name: str, owner: str, spaces: Sequence[str], days: int
    ) -> tuple[ApplicationKey, str]:
        if not name or not spaces or not days:
            raise KeyInvalid()
        if name in self.rows:
            raise KeyNameTaken(key=name)
        ends = NOON + timedelta(days=days)
        self.rows[name] = ApplicationKey(
            *(name, owner, "Claire Morvan", (ADD,), tuple(spaces), actor.id, NOON, ends, None, None, "open")
        )
        secret = f"demeure-secret-{name}"
        self.secrets[secret] = name
        return self.rows[name], secret

    async def used(self, actor: Actor, what: str) -> None:
        self.uses.append((actor.key, what))

    async def own(self, actor: Actor) -> list[ApplicationKey]:
        return [key for key in await self.keys(actor) if key.personal and key.owner == actor.id]

    async def give_own(self, actor: Actor, device: str, days: int) -> tuple[ApplicationKey, str]:
        name = f"{device.lower() or 'poste'}-{len(self.rows)}"
        ends, scopes = NOON + timedelta(days=days), tuple(sorted(PERSONAL_SCOPES))
        self.rows[name] = ApplicationKey(
            *(name, actor.id, actor.name, scopes, (), actor.id, NOON, ends, None, None, "open")
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
