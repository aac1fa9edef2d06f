"""The organisation's words as the gateway needs them: the port that ``words.Words`` obeys."""

from collections.abc import Sequence
from typing import Protocol

from demeure.policy import Actor
from demeure.words import Glossary, Imported, Term, TextVersion, Voice


class Wordbook(Protocol):
    """``space``: id, or empty for the whole organisation. Every change is decided and journalled inside; what the
    actor may not see does not exist (identity's SpaceUnknown)."""

    def glossary(self, spaces: Sequence[str]) -> Glossary:
        """In force for whoever reads ``spaces``. Blocks."""
        ...

    def voice(self, spaces: Sequence[str]) -> Voice:
        """Style and letters in force. Blocks."""
        ...

    def may_change(self, actor: Actor, space: str = "") -> bool:
        """Blocks."""
        ...

    async def terms(self, actor: Actor, space: str = "") -> list[Term]: ...

    async def texts(self, actor: Actor, space: str = "") -> list[TextVersion]: ...

    async def versions(self, actor: Actor, space: str, kind: str, name: str = "") -> list[TextVersion]: ...

    async def export(self, actor: Actor, space: str = "", language: str = "fr") -> bytes: ...

    async def put(self, actor: Actor, space: str, one: Term, replaces: int = 0) -> Term: ...

    async def remove(self, actor: Actor, space: str, term: int) -> None: ...

    async def import_csv(self, actor: Actor, space: str, data: bytes, *, alone: bool = False) -> Imported:
        """Whole or not at all."""
        ...

    async def write(self, actor: Actor, space: str, kind: str, name: str, body: str, after: int) -> int:
        """The version made. Raises TextMoved when ``after`` is not the last."""
        ...

    async def take_away(self, actor: Actor, space: str, kind: str, name: str, after: int) -> int: ...
