"""The ports about people: who comes in, their own account, the directory. ``entrance`` makes the real ones."""

from typing import Protocol

from demeure.errors import DemeureError
from demeure.gateway.directory import SpaceLine, SpaceSheet
from demeure.identity import GivenLink, Group, Invitation, OpenSession, Person
from demeure.policy import Actor


class Reception(Protocol):
    """Who may come in. Tokens are secrets of their holder. What changes anything is journalled, failures too."""

    async def sign_in(self, login: str, password: str, address: str, device: str = "") -> str:
        """A new session's token; a Half when a second proof is still to come. Raises SignInRefused (unknown login
        or wrong password: the same words in the same time), SignInLocked, HashingBusy."""
        ...

    async def finish(self, half: str, code: str, address: str) -> str:
        """The second step: a new session's token. Wrong codes count like wrong passwords; each serves once. Raises
        HalfOver, CodeWrong, SignInLocked."""
        ...

    async def passkeys(self, half: str) -> tuple[bytes, list[bytes]]:
        """A new challenge for whoever is at the second step, and the passkeys that may answer it. Raises
        HalfOver."""
        ...

    async def finish_passkey(self, half: str, answer: str, origin: str, host: str, address: str) -> str:
        """``finish``, by a passkey's answer (JSON). Raises HalfOver, PasskeyRefused, SignInLocked."""
        ...

    def challenge(self) -> bytes:
        """For a passkey that opens by itself; nothing is kept of it."""
        ...

    async def enter_passkey(self, answer: str, origin: str, host: str, address: str, device: str = "") -> str:
        """By a passkey alone: a new session's token. Raises PasskeyRefused, SignInLocked."""
        ...

    async def confirmed(self, session: str) -> bool:
        """Did its holder show who they are a moment ago?"""
        ...

    async def asks_code(self, actor: Actor) -> bool:
        """Is it a code of the second proof that ``confirm`` wants, not the password?"""
        ...

    async def confirm(self, actor: Actor, session: str, shown: str, address: str) -> None:
        """Show it again, for sensitive acts. Raises PasswordWrong, CodeWrong, SignInLocked, HashingBusy."""
        ...

    async def look(self, link: str) -> Invitation:
        """What a one-time link would open; uses nothing up. Raises identity's errors (used, expired, never
        given)."""
        ...

    async def turned_away(self, link: str, problem: DemeureError) -> None:
        """Write that ``look`` refused this link."""
        ...

    async def enter(
        self, link: str, password: str, again: str, *, name: str, login: str, device: str = "", address: str = ""
    ) -> str:
        """Use a one-time link to choose a password: a new session's token (or Half, as ``sign_in``); the link is
        used up only then. ``name`` and ``login`` count at the set-up of the house only. Raises as ``look``, and
        what is wrong with the choice."""
        ...

    async def guest(self, session: str) -> Actor | None:
        """Who holds this session; None when it is over or never was. Never raises on garbage."""
        ...

    async def leave(self, session: str) -> None:
        """End the session. Ending one that is over does nothing."""
        ...

    async def invite(self, actor: Actor, login: str | None) -> str:
        """A one-time link token for ``login`` (None: the first administrator, made when there is none)."""
        ...


class Account(Protocol):
    """What a person does with their own account. What changes anything is journalled."""

    async def person(self, actor: Actor) -> Person: ...

    async def sessions(self, actor: Actor, session: str) -> list[OpenSession]:
        """Last used first. ``session``: the token of the one that asks."""
        ...

    async def links(self, actor: Actor) -> list[GivenLink]:
        """Sign-in links that others made for this person in the last thirty days, latest first."""
        ...

    async def rename(self, actor: Actor, name: str) -> None: ...

    async def change_password(
        self, actor: Actor, session: str, old: str, new: str, again: str, address: str
    ) -> int:
        """Every other session ends: how many. Wrong old passwords count like those at the door. Raises
        PasswordWrong, SignInLocked, HashingBusy, what is wrong with the new one."""
        ...

    async def close_session(self, actor: Actor, which: str) -> bool:
        """By the id of ``sessions``; False when it is over already."""
        ...

    async def close_others(self, actor: Actor, session: str) -> int: ...


class Directory(Protocol):
    """People, groups, and who sees which space. Every method asks policy; what changes anything is journalled."""

    async def people(self, actor: Actor) -> list[Person]:
        """Open accounts first, then by name."""
        ...

    async def people_named(self, actor: Actor) -> dict[str, str]:
        """Id → name of everybody, closed accounts too, for who reads the journal of all."""
        ...

    async def openers(self, actor: Actor) -> list[str]:
        """Names of those who can make a space and who have come in at least once, the actor apart: whom to ask."""
        ...

    async def add_person(self, actor: Actor, name: str, login: str, role: str) -> tuple[Person, str]:
        """The person, and the token of their invitation. Raises LoginTaken, LoginInvalid, NameUnusable,
        RoleUnknown."""
        ...

    async def link_for(self, actor: Actor, person: str) -> str:
        """The token of a link with which they choose a new password."""
        ...

    async def close_person(self, actor: Actor, person: str) -> None:
        """Raises LastAdministrator, PersonUnknown."""
        ...

    async def reopen_person(self, actor: Actor, person: str) -> None: ...

    async def change_role(self, actor: Actor, person: str, role: str) -> None:
        """Raises LastAdministrator, PersonUnknown, RoleUnknown."""
        ...

    async def rename_person(self, actor: Actor, person: str, name: str) -> None: ...

    async def groups(self, actor: Actor) -> list[Group]: ...

    async def group(self, actor: Actor, group: str) -> tuple[Group, list[Person]]:
        """Raises GroupUnknown."""
        ...

    async def add_group(self, actor: Actor, name: str) -> Group:
        """Raises GroupNameTaken, NameUnusable."""
        ...

    async def rename_group(self, actor: Actor, group: str, name: str) -> None: ...

    async def remove_group(self, actor: Actor, group: str) -> None: ...

    async def put_in_group(self, actor: Actor, group: str, person: str) -> None:
        """Raises OwnDoor when one would open to oneself a space that its managers did not."""
        ...

    async def take_out_of_group(self, actor: Actor, group: str, person: str) -> None: ...

    async def spaces(self, actor: Actor) -> list[SpaceLine]:
        """An administrator sees the names of all of them, others those they manage; never what is inside."""
        ...

    async def appoint(self, actor: Actor, space: str, person: str) -> None:
        """Name who manages a space that nobody does; oneself never. Raises SpaceUnknown, SpaceManaged,
        SelfAppointed, PersonUnknown."""
        ...

    async def space(self, actor: Actor, space: str) -> SpaceSheet:
        """Raises SpaceUnknown, Denied."""
        ...

    async def rename_space(self, actor: Actor, space: str, name: str) -> None: ...

    async def give(self, actor: Actor, space: str, kind: str, who: str, right: str) -> None:
        """``kind``: person or group; ``right``: read, contribute, manage or none. Raises LastReferent."""
        ...
