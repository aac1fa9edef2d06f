"""What a form names beside what it reads: spaces to look into, a letter template or a procedure of the organisation
or of a space.

Promise: what is of a space that one may not read does not exist.
"""

import asyncio
from collections.abc import Mapping, Sequence

from demeure.assistant.tasks.definition import Field, Task
from demeure.assistant.tasks.errors import FieldWrong
from demeure.assistant.tasks.making import Kept
from demeure.assistant.withdrawn import Spaces, readable
from demeure.assistant.wording import WordsInForce
from demeure.policy import Actor

TEXTS = ("template", "procedure")
"""Kinds of fields that name a text of the organisation's, « NAME », or of a space, « SPACE/NAME »."""


class Chosen:
    """Composed with the room of the tasks."""

    def __init__(self, rights: Spaces, words: WordsInForce) -> None:
        self._rights, self._words = rights, words

    async def checked(self, actor: Actor, task: Task, fields: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
        """(those fields as they are kept: spaces by their ids; the spaces that they name). Raises FieldWrong: one
        cannot be read, or holds no such text."""
        asked = [one for one in task.fields if one.kind in ("spaces", *TEXTS) and fields.get(one.name)]
        return await asyncio.to_thread(self._checked, actor, asked, fields) if asked else ({}, set())

    def _checked(
        self, actor: Actor, asked: Sequence[Field], fields: Mapping[str, str]
    ) -> tuple[dict[str, str], set[str]]:
        may = readable(self._rights, actor)
        names = {space: space for space in may}
        names |= {one.name.casefold(): one.id for one in self._rights.spaces(actor) if one.id in may}
        kept: dict[str, str] = {}
        spaces: set[str] = set()
        for field in asked:
            value = fields[field.name]
            if field.kind == "spaces":
                lines = filter(None, (line.strip() for line in value.split("\n")))
                chosen = [_space(names, one, field) for one in lines]
                kept[field.name], spaces = "\n".join(dict.fromkeys(chosen)), spaces | set(chosen)
                continue
            said, _, name = value.rpartition("/")
            space = _space(names, said, field) if said else ""
            kept[field.name] = f"{space}/{name}" if space else name
            if space:
                spaces.add(space)
            known = space or field.kind == "procedure"  # a template may be that of what is read
            if known and self.text(field.kind, kept[field.name]) is None:
                raise FieldWrong(field=field.label["fr"], field_en=field.label["en"], value=name[:40])
        return kept, spaces

    def text(self, kind: str, value: str) -> Kept | None:
        """The text that a kept value names, as it is now; None: none is called so. Blocks."""
        space, _, name = value.rpartition("/")
        voice = self._words.voice([space] if space else [])
        found = (voice.templates if kind == "template" else voice.procedures).get(name)
        return None if found is None else Kept(name, found, space)

    def followed(self, task: Task, values: Mapping[str, str]) -> dict[str, Kept]:
        """By kind: what the fields of ``task`` name; nothing of what is no longer there. Blocks."""
        named = ((one.kind, values.get(one.name, "").strip()) for one in task.fields if one.kind in TEXTS)
        found = {kind: self.text(kind, value) for kind, value in named if value}
        return {kind: one for kind, one in found.items() if one is not None}

    def offered(self, actor: Actor, kind: str) -> list[tuple[str, list[tuple[str, str]]]]:
        """(the space, empty for the organisation; its texts as (value of a field, name)), those that there are.
        Blocks."""
        house = self._of(kind, [])
        told = [("", [(name, name) for name in sorted(house)])]
        may = readable(self._rights, actor)
        for place in self._rights.spaces(actor):
            if place.id in may:
                own = {name for name, text in self._of(kind, [place.id]).items() if house.get(name) != text}
                told.append((place.name, [(f"{place.id}/{name}", name) for name in sorted(own)]))
        return [(space, texts) for space, texts in told if texts]

    def _of(self, kind: str, spaces: Sequence[str]) -> Mapping[str, str]:
        voice = self._words.voice(spaces)
        return voice.templates if kind == "template" else voice.procedures


def _space(names: Mapping[str, str], said: str, field: Field) -> str:
    """Its id, by id or by name. Raises FieldWrong."""
    space = names.get(said) or names.get(said.casefold())
    if space is None:
        raise FieldWrong(field=field.label["fr"], field_en=field.label["en"], value=said[:40])
    return space
