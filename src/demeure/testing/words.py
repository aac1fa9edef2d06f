"""The organisation's words in memory, with the rules of the real ones: those of a space for whoever sees it."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

from collections.abc import Mapping, Sequence
from dataclasses import replace

from demeure.identity import SpaceUnknown
from demeure.policy import Action, Actor, Resource, Right, decide
from demeure.words import Glossary, Imported, Term, TermKnown, TermUnknown, TextMoved, TextVersion, Voice
from demeure.words.csv_file import read_csv, write_csv
from demeure.words.glossary import merged
from demeure.words.sigles import others as everybody
from demeure.words.voice import checked, voice_of


class FakeWords:
    """``rights``: of everyone, by space (a space without one is not seen); ``kept``: entries by space."""

    def __init__(self, rights: Mapping[str, Right] | None = None) -> None:
        self.rights = dict(rights or {"mairie": Right.MANAGE, "urbanisme": Right.READ})
        self.kept: dict[str, list[Term]] = {}
        self.versions_kept: dict[tuple[str, str, str], list[TextVersion]] = {}
        self._next = 1

    def glossary(self, spaces: Sequence[str]) -> Glossary:
        return merged(self.kept.get("", ()), [self.kept.get(space, ()) for space in spaces])

    def others(self, text: str, spaces: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        return self.glossary(spaces).others(text)

    def spare(self, text: str, spaces: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        known = {said for said, _ in self.others(text, spaces)}
        return [(said, forms) for said, forms in everybody(text) if said not in known]

    def voice(self, spaces: Sequence[str]) -> Voice:
        alone = [self._last(spaces[0])] if len(set(spaces)) == 1 else []
        return voice_of(self._last(""), alone)

    def may_change(self, actor: Actor, space: str = "") -> bool:
        if not space:
            return decide(actor, Action.HOUSE_WORDS, Resource("house")).allowed
        return self.rights.get(space, Right.NONE) >= Right.MANAGE

    async def terms(self, actor: Actor, space: str = "") -> list[Term]:
        self._seen(space)
        return sorted(self.kept.get(space, []), key=lambda one: one.key)

    async def texts(self, actor: Actor, space: str = "") -> list[TextVersion]:
        self._seen(space)
        return self._last(space)

    async def versions(self, actor: Actor, space: str, kind: str, name: str = "") -> list[TextVersion]:
        self._seen(space)
        return self.versions_kept.get((space, kind, name), [])[::-1]

    async def export(self, actor: Actor, space: str = "", language: str = "fr") -> bytes:
        return write_csv(await self.terms(actor, space), language)

    async def put(self, actor: Actor, space: str, one: Term, replaces: int = 0) -> Term:
        self._changes(actor, space)
        others = [kept for kept in self.kept.get(space, []) if kept.id != replaces]
        if any(kept.key == one.key for kept in others):
            raise TermKnown(form=one.form)
        made = replace(one, id=self._next, space=space)
        self._next += 1
        self.kept[space] = [*others, made]
        return made

    async def remove(self, actor: Actor, space: str, term: int) -> None:
        self._changes(actor, space)
        left = [kept for kept in self.kept.get(space, []) if kept.id != term]
        if len(left) == len(self.kept.get(space, [])):
            raise TermUnknown()
        self.kept[space] = left

    async def import_csv(self, actor: Actor, space: str, data: bytes, *, alone: bool = False) -> Imported:
        self._changes(actor, space)
        entries = read_csv(data)
        for one in entries:
            kept = [known for known in self.kept.get(space, []) if known.key != one.key]
            self.kept[space] = [*kept, replace(one, id=self._next, space=space)]
            self._next += 1
        return Imported(len(entries), 0, 0)

    async def write(self, actor: Actor, space: str, kind: str, name: str, body: str, after: int) -> int:
        name, body = checked(kind, name, body)
        return self._version(actor, space, kind, name, body, after)

    async def take_away(self, actor: Actor, space: str, kind: str, name: str, after: int) -> int:
        return self._version(actor, space, kind, name, None, after)

    def _version(self, actor: Actor, space: str, kind: str, name: str, body: str | None, after: int) -> int:
        self._changes(actor, space)
        kept = self.versions_kept.setdefault((space, kind, name), [])
        if len(kept) != after:
            raise TextMoved(version=len(kept))
        kept.append(TextVersion(kind, name, after + 1, body, actor.id, "2026-11-24T12:00:00.000000Z", space))
        return after + 1

    def _last(self, space: str) -> list[TextVersion]:
        lasts = [kept[-1] for (of, _, _), kept in self.versions_kept.items() if of == space]
        return [one for one in lasts if one.body is not None]

    def _seen(self, space: str) -> None:
        if space and self.rights.get(space, Right.NONE) is Right.NONE:
            raise SpaceUnknown(space=space)

    def _changes(self, actor: Actor, space: str) -> None:
        self._seen(space)
        if space:
            right = self.rights[space]
            decide(actor, Action.SPACE_WORDS, Resource("space", space, space, space, right=right)).require()
        else:
            decide(actor, Action.HOUSE_WORDS, Resource("house")).require()
