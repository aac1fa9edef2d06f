"""Payloads are sealed under two keys, that of a space for a week, and the person's: destroying either erases them.

The key of a week is not the space's own: the policy can withdraw what is old and leave the rest, the space's key
can be replaced without the journal being written again. A space that is erased takes all its weeks with it.
"""

import contextlib
import json
import os
import re
from collections.abc import Iterator
from datetime import date, timedelta

from demeure.clock import Clock, SystemClock
from demeure.store import Keys, Vault
from demeure.store.errors import KeyDestroyed, KeyMissing, SealBroken, SpaceIdInvalid, SpaceKeyExists

_USE, _USE_OF_A_PERSON = "journal payload", "journal payload of a person"
PERSON_KEY = "person key"
"""The use of the keys of persons (store.Keys)."""
PAYLOAD_KEY = "payload key"
"""The use of the keys of weeks."""
HOUSE = "house"
"""In the name of a week's key: what is said of no space."""
_PERSON = re.compile(r"[0-9a-f]{16}")
"""An actor that is a person; the machine, the house and visitors have no key of their own."""
_FORMAT = b"dmk" + bytes([1])
"""Before what a week's key sealed: then the week, 7 bytes (``2026w48``)."""
_WEEK = re.compile(r"(\d{4})w(\d{2})")
_NAMED = re.compile(r"(.+)-(\d{4}w\d{2})")


def week_of(day: date) -> str:
    """The ISO week of a day: ``2026w48``."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}w{week:02d}"


def end_of(week: str) -> date:
    """The day after the last of a week. Raises ValueError."""
    found = _WEEK.fullmatch(week)
    if found is None:
        raise ValueError(week)
    return date.fromisocalendar(int(found[1]), int(found[2]), 7) + timedelta(days=1)


class PayloadWithdrawn(KeyDestroyed):
    """What this entry kept of contents was withdrawn by the policy of the house: {rule}."""

    fr = "Ce que cette entrée gardait de contenus a été retiré par la politique de la maison : {rule}."
    http_status = 410


class Sealing:
    """``seal`` and ``unseal`` as ScribeJournal wants them. ``people``: the keys of persons; ``weeks``: those of
    weeks (None: everything under the spaces' own keys, as before there were any). Any thread."""

    def __init__(self, keys: Keys, people: Keys, weeks: Keys | None = None, clock: Clock | None = None) -> None:
        self._keys, self._people, self._weeks, self._clock = keys, people, weeks, clock or SystemClock()

    def seal(self, space: str | None, actor: str, clear: bytes) -> bytes:
        """Under the key of the space (or the house) for this week, then under the person's; both are made at their
        first entry. What is said of a space or of a person whose key was destroyed meanwhile, or of what names no
        space, is sealed under a key nobody keeps: the entry stays, its content is erased."""
        try:
            sealed = self._sealed(space, clear)
        except (KeyDestroyed, KeyMissing):
            sealed = Vault(os.urandom(32)).seal(clear, _USE)
        if not _PERSON.fullmatch(actor):
            return sealed
        try:
            return _living(self._people, actor).seal(sealed, _USE_OF_A_PERSON)
        except KeyDestroyed:
            return Vault(os.urandom(32)).seal(sealed, _USE_OF_A_PERSON)

    def unseal(self, space: str | None, actor: str, sealed: bytes) -> bytes:
        """The clear payload. Raises PayloadWithdrawn (the policy keeps it no longer), KeyDestroyed, KeyMissing,
        SealBroken."""
        if _PERSON.fullmatch(actor):
            with contextlib.suppress(KeyMissing, SealBroken):  # written before persons had keys
                sealed = self._people.space(actor).open(sealed, _USE_OF_A_PERSON)
        vault = self._vault(space)
        if self._weeks is None or not sealed.startswith(_FORMAT):
            return vault.open(sealed, _USE)
        week, rest = sealed[len(_FORMAT) :][:7].decode("ascii", "replace"), sealed[len(_FORMAT) + 7 :]
        name = f"{space or HOUSE}-{week}"
        try:
            return self._weeks.space(name).open(rest, _USE)
        except KeyDestroyed as problem:
            raise PayloadWithdrawn(**_rule(self._weeks.why(name))) from problem

    def erase(self, person: str) -> None:
        """Destroy the key of a person, who will never have another: what was sealed for them is unreadable, here
        and in copies of the journal. Idempotent. Raises SpaceIdInvalid."""
        try:
            self._people.destroy_space(person)
        except KeyMissing:  # nothing was sealed yet: nothing will be
            self._people.create_space(person)
            self._people.destroy_space(person)

    def weeks(self) -> Iterator[tuple[str | None, str]]:
        """(space, or None for the house; week) of each key that still opens something."""
        for name in self._weeks.spaces() if self._weeks is not None else ():
            found = _NAMED.fullmatch(name)
            if found is not None:
                yield (None if found[1] == HOUSE else found[1]), found[2]

    def withdraw(self, space: str | None, week: str, rule: tuple[str, str]) -> None:
        """Destroy the key of a week: what was sealed under it is unreadable, here and in copies of the journal;
        whoever asks for it is told ``rule``, French and English. Idempotent."""
        if self._weeks is not None:
            with contextlib.suppress(KeyMissing):
                self._weeks.destroy_space(f"{space or HOUSE}-{week}", json.dumps(rule, ensure_ascii=False))

    def _sealed(self, space: str | None, clear: bytes) -> bytes:
        vault = self._vault(space)  # asked in both cases: a space that was erased takes no more
        if self._weeks is None:
            return vault.seal(clear, _USE)
        vault.now()
        week = week_of(self._clock.now().date())
        return _FORMAT + week.encode() + _living(self._weeks, f"{space or HOUSE}-{week}").seal(clear, _USE)

    def _vault(self, space: str | None) -> Vault:
        """Raises as ``Keys.space``; what can name no space (a program's word, refused) has no key, as one that
        never was."""
        try:
            return self._keys.house if space is None else self._keys.space(space)
        except SpaceIdInvalid as problem:
            raise KeyMissing(file="keys/spaces/?") from problem


def _rule(told: str) -> dict[str, str]:
    """What a mark says of the rule; a mark written on a full disk says nothing."""
    try:
        french, english = json.loads(told)
    except ValueError:
        return {}
    return {"rule": str(french), "rule_en": str(english)}


def _living(keys: Keys, name: str) -> Vault:
    """The vault of that name, made when there was none."""
    try:
        return keys.space(name)
    except KeyMissing:
        try:
            return keys.create_space(name)
        except SpaceKeyExists:  # another process was first
            return keys.space(name)
