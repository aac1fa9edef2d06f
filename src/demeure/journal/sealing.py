"""Payloads are sealed under the key of the space they speak of, so that destroying that key erases them too."""

import os

from demeure.store import Keys, Vault
from demeure.store.errors import KeyDestroyed, KeyMissing

_USE = "journal payload"


class Sealing:
    """``seal`` and ``unseal`` as ScribeJournal wants them. Any thread."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def seal(self, space: str | None, clear: bytes) -> bytes:
        """Under the space's key, or the house's. What is said of a space whose key was destroyed meanwhile is
        sealed under a key nobody keeps: the entry stays, its content is as erased as the space."""
        try:
            return self._vault(space).seal(clear, _USE)
        except (KeyDestroyed, KeyMissing):
            return Vault(os.urandom(32)).seal(clear, _USE)

    def unseal(self, space: str | None, sealed: bytes) -> bytes:
        """The clear payload. Raises KeyDestroyed, KeyMissing, SealBroken."""
        return self._vault(space).open(sealed, _USE)

    def _vault(self, space: str | None) -> Vault:
        return self._keys.house if space is None else self._keys.space(space)
