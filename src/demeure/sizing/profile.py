"""A usage profile: who asks what, how often, at which hours. Read from TOML; a wrong entry is told with its
line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast

from demeure.policy import Table
from demeure.sizing.errors import (
    ProfileChangeWrong,
    ProfileEntryMissing,
    ProfileEntryWrong,
    ProfileUnknown,
    ProfileUnreadable,
)

SHIPPED = "profiles.toml"
Priority = Literal["people", "background"]
MOST_PEOPLE, MOST_EACH, MOST_TOKENS, MOST_USES = 20_000, 500, 1_000_000, 20
_ENTRIES = ("id", "name", "people", "growth", "days", "hours", "documents", "pages", "ready", "context", "use")
_USE = ("id", "name", "share", "each", "prompt", "kept", "answer", "priority")


class ProfileTable(Table):
    """A table of a profile."""

    unreadable, missing, unfit = ProfileUnreadable, ProfileEntryMissing, ProfileEntryWrong


@dataclass(frozen=True)
class Use:
    """``share``: percent of the people; ``each``: requests a day of each of them; tokens: ``prompt`` (``kept`` of
    them the engine holds already), ``answer``. ``priority``: somebody waits before a screen, or nobody does."""

    id: str
    fr: str
    en: str
    share: int
    each: int
    prompt: int
    kept: int
    answer: int
    priority: Priority = "people"

    def name(self, language: str) -> str:
        return self.en if language == "en" else self.fr


@dataclass(frozen=True)
class Profile:
    """``people`` today; ``growth``: percent a year; ``days`` of work a year; ``hours``: 24 weights of the day;
    ``documents``, and ``pages`` each; ``ready``: documents kept ready, of ``context`` tokens each."""

    id: str
    fr: str
    en: str
    people: int
    growth: int
    days: int
    hours: tuple[int, ...]
    documents: int
    pages: int
    ready: int
    context: int
    uses: tuple[Use, ...]

    def name(self, language: str) -> str:
        return self.en if language == "en" else self.fr

    def after(self, years: int) -> "Profile":
        """The same with the people of ``years`` later."""
        return replace(self, people=max(1, round(self.people * (1 + self.growth / 100) ** years)))

    @property
    def requests(self) -> float:
        """Requests a day, on average."""
        return sum(self.people * use.share / 100 * use.each for use in self.uses)

    @property
    def peak(self) -> float:
        """Requests in the busiest hour, on average."""
        return self.requests * max(self.hours) / sum(self.hours)

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "uses": [use.__dict__ for use in self.uses]}


@cache
def shipped() -> tuple[Profile, ...]:
    """Those of the product."""
    text = (files("demeure.sizing") / SHIPPED).read_text(encoding="utf-8")
    top = ProfileTable.read(text, SHIPPED)
    return tuple(_profile(one) for one in top.tables("profiles", least=1))


def profile(name: str) -> Profile:
    """The shipped one of that name. Raises ProfileUnknown."""
    for one in shipped():
        if one.id == name:
            return one
    raise ProfileUnknown(name=name, known=", ".join(one.id for one in shipped()))


def read(text: str, file: str) -> Profile:
    """A profile of one's own: the entries of one of ``profiles.toml``, at the top of the file. Raises
    ProfileUnreadable, ProfileEntryMissing, ProfileEntryWrong."""
    return _profile(ProfileTable.read(text, file))


def _profile(table: ProfileTable) -> Profile:
    table.only(*_ENTRIES)
    fr, en = table.pair("name", 80)
    hours = table.data.get("hours")
    if (
        not isinstance(hours, list)
        or len(hours) != 24
        or any(type(h) is not int or not 0 <= h <= 1000 for h in hours)
    ):
        table.wrong("hours", "24 poids, un par heure", "24 weights, one an hour")
    if not sum(cast("list[int]", hours)):
        table.wrong("hours", "24 poids, un au moins au-dessus de zéro", "24 weights, at least one above zero")
    uses = [_use(one) for one in table.tables("use", least=1)]
    if len(uses) > MOST_USES:
        table.wrong("use", f"{MOST_USES} au plus", f"{MOST_USES} at most")
    if len({use.id for use in uses}) < len(uses) or not all(use.id for use in uses):
        table.wrong("use", "des usages qui ont chacun leur id", "uses that each have an id of their own")
    return Profile(
        id=str(table.data.get("id", "")),
        fr=fr,
        en=en,
        people=table.whole("people", 1, MOST_PEOPLE),
        growth=table.whole("growth", 0, 300),
        days=table.whole("days", 1, 366),
        hours=tuple(cast("list[int]", hours)),
        documents=table.whole("documents", 0, 100_000_000),
        pages=table.whole("pages", 1, 10_000),
        ready=table.whole("ready", 0, 1_000_000),
        context=table.whole("context", 0, MOST_TOKENS),
        uses=tuple(uses),
    )


def _use(table: ProfileTable) -> Use:
    table.only(*_USE)
    fr, en = table.pair("name", 80)
    prompt = table.whole("prompt", 1, MOST_TOKENS)
    return Use(
        id=str(table.data.get("id", "")),
        fr=fr,
        en=en,
        share=table.whole("share", 0, 100),
        each=table.whole("each", 0, MOST_EACH),
        prompt=prompt,
        kept=table.whole("kept", 0, prompt, 0),
        answer=table.whole("answer", 1, MOST_TOKENS),
        priority=cast("Priority", table.among("priority", ("people", "background"), "people")),
    )


def changed(base: Profile, given: Mapping[str, int]) -> Profile:
    """``base`` with other figures: ``people``, ``growth``, ``documents``, ``ready``, ``context``, and « USE.each »,
    « USE.prompt »… of a use. Raises ProfileChangeWrong."""
    text = {"people": (1, MOST_PEOPLE), "growth": (0, 300), "documents": (0, 100_000_000), "ready": (0, 1_000_000)}
    text |= {"context": (0, MOST_TOKENS), "days": (1, 366), "pages": (1, 10_000)}
    own: dict[str, Any] = {}
    uses = {use.id: use for use in base.uses}
    limits = {"share": (0, 100), "each": (0, MOST_EACH), "prompt": (1, MOST_TOKENS), "kept": (0, MOST_TOKENS)}
    limits |= {"answer": (1, MOST_TOKENS)}
    for name, value in given.items():
        use, _, entry = name.rpartition(".")
        known = (limits if use in uses else {}) if use else text
        if entry not in known:
            names = ", ".join([*text, *(f"{one}.{entry}" for one in uses for entry in limits)])
            fr, en = f"l’une de {names}", f"one of {names}"
            raise ProfileChangeWrong(entry=name, expected=fr, expected_en=en)
        least, most = known[entry]
        if not least <= value <= most:
            fr, en = f"de {least} à {most}", f"{least} to {most}"
            raise ProfileChangeWrong(entry=name, expected=fr, expected_en=en)
        if use:
            uses[use] = replace(uses[use], **cast("dict[str, Any]", {entry: value}))
        else:
            own[entry] = value
    for use_id, one in uses.items():
        if one.kept > one.prompt:
            uses[use_id] = replace(one, kept=one.prompt)
    made = replace(base, uses=tuple(uses.values()), **own)
    if not made.requests:
        fr, en = "des usages qui demandent quelque chose", "uses that ask something"
        raise ProfileChangeWrong(entry="use", expected=fr, expected_en=en)
    return made


def as_toml(one: Profile) -> str:
    """``one`` as a file that ``read`` reads, to be changed by hand."""

    def name(fr: str, en: str) -> str:
        return f"name = {{ fr = {_quoted(fr)}, en = {_quoted(en)} }}"

    lines = [f"id = {_quoted(one.id)}", name(one.fr, one.en), f"hours = {list(one.hours)}"]
    lines += [f"{entry} = {getattr(one, entry)}" for entry in ("people", "growth", "days", "documents", "pages")]
    lines += [f"{entry} = {getattr(one, entry)}" for entry in ("ready", "context")]
    for use in one.uses:
        lines += ["", "[[use]]", f"id = {_quoted(use.id)}", name(use.fr, use.en)]
        lines += [f"{entry} = {getattr(use, entry)}" for entry in ("share", "each", "prompt", "kept", "answer")]
        lines.append(f"priority = {_quoted(use.priority)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
