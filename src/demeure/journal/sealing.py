"""Payloads are sealed under two keys, the space's and the person's: destroying either erases them too."""

import contextlib
import os
import re

from demeure.store import Keys, Vault
from demeure.store.errors import KeyDestroyed, KeyMissing, SealBroken, SpaceKeyExists

_USE, _USE_OF_A_PERSON = "journal payload", "journal payload of a person"
PERSON_KEY = "person key"
"""The use of the keys of persons (store.Keys)."""
_PERSON = re.compile(r"[0-9a-f]{16}")
"""An actor that is a person; the machine, the house and visitors have no key of their own."""


class Sealing:
    """``seal`` and ``unseal`` as ScribeJournal wants them. ``people``: the keys of persons. Any thread."""

    def __init__(self, keys: Keys, people: Keys) -> None:
        self._keys, self._people = keys, people

    def seal(self, space: str | None, actor: str, clear: bytes) -> bytes:
        """Under the space's key (or the house's), then under the person's, made at their first entry. What is said
        of a space or of a person whose key was destroyed meanwhile is sealed under a key nobody keeps: the entry
        stays, its content is erased."""
        try:
            sealed = self._vault(space).seal(clear, _USE)
        except (KeyDestroyed, KeyMissing):
            sealed = Vault(os.urandom(32)).seal(clear, _USE)
        if not _PERSON.fullmatch(actor):
            return sealed
        try:
            return self._person(actor).seal(sealed, _USE_OF_A_PERSON)
        except KeyDestroyed:
            return Vault(os.urandom(32)).seal(sealed, _USE_OF_A_PERSON)

    def unseal(self, space: str | None, actor: str, sealed: bytes) -> bytes:
        """The clear payload. Raises KeyDestroyed, KeyMissing, SealBroken."""
        if _PERSON.fullmatch(actor):
            with contextlib.suppress(KeyMissing, SealBroken):  # written before persons had keys
                sealed = self._people.space(actor).open(sealed, _USE_OF_A_PERSON)
        return self._vault(space).open(sealed, _USE)

    def erase(self, person: str) -> None:
        """Destroy the key of a person, who will never have another: what was sealed for them is unreadable, here
        and in copies of the journal. Idempotent. Raises SpaceIdInvalid."""
        try:
            self._people.destroy_space(person)
        except KeyMissing:  # nothing was sealed yet: nothing will be
            self._people.create_space(person)
            self._people.destroy_space(person)

    def _vault(self, space: str | None) -> Vault:
        return self._keys.house if space is None else self._keys.space(space)

    def _person(self, person: str) -> Vault:
        try:
            return self._people.space(person)
        except KeyMissing:
            try:
                return self._people.create_space(person)
            except SpaceKeyExists:  # another process was first
                return self._people.space(person)
