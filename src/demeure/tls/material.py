"""The house's authority and the certificate it serves, at rest: two files sealed under the house key, each whole.

The authority's file is the worker's alone, which signs; the gateway, which faces the network, can read the other.
A kill between the two writes leaves what was before: both or neither.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from demeure.store import Keys
from demeure.store.durable import folder_lock, make_folder, write_new
from demeure.tls.errors import AuthorityMissing, AuthorityPresent

if TYPE_CHECKING:
    from demeure.tls.authority import Names
    from demeure.tls.examine import Facts

BEFORE_END = timedelta(days=60)
"""Renewed that long before its end: a house that is closed for the summer is not late."""
_AUTHORITY, _SERVED = "tls authority", "tls server"


@dataclass(frozen=True)
class Served:
    """``chain``, ``key``: PEM of the certificate that pages are served under. ``root``: PEM of its authority."""

    chain: bytes
    key: bytes
    root: bytes

    @property
    def facts(self) -> "Facts":
        from demeure.tls.examine import facts_of  # X.509 is imported by who has a certificate

        return facts_of(self.chain)

    def made_since(self, moment: datetime) -> bool:
        """Certificates begin at a whole second, and SKEW in the past."""
        from demeure.tls.authority import SKEW

        return self.facts.begins + SKEW >= moment - timedelta(seconds=1)

    def due(self, now: datetime) -> bool:
        """Is it time for another one?"""
        return self.facts.ends - now <= BEFORE_END


class Material:
    """Of one instance. Several processes may read; writers take turns (a lock on the authority's folder)."""

    def __init__(self, instance: Path, keys: Keys) -> None:
        self._vault = keys.house
        self._authority = instance / "keys" / "tls" / "authority" / "authority.sealed"
        self._served = instance / "keys" / "tls" / "served" / "server.sealed"

    def served(self) -> Served | None:
        """None when the house has no certificate of its own. Raises SealBroken, SealUnknown."""
        found = self._read(self._served, _SERVED)
        return Served(found["chain"].encode(), found["key"].encode(), found["root"].encode()) if found else None

    def version(self) -> tuple[int, int] | None:
        """Changes whenever ``served`` does; cheap."""
        try:
            facts = self._served.stat()
        except FileNotFoundError:
            return None
        return facts.st_ino, facts.st_mtime_ns

    def begin(self, names: "Names", organisation: str, now: datetime, *, replace: bool = False) -> Served:
        """Make the authority and a first certificate; durable on return. Raises AuthorityPresent unless told to
        ``replace`` it; DiskFull."""
        from demeure.tls.authority import make_root, permitted

        for path in (self._authority, self._served):
            make_folder(path.parent)
        with folder_lock(self._authority.parent):
            there = self._in_force()
            if there and not replace:
                known = permitted(there["root"].encode())
                if self._served.exists() or known != names:
                    raise AuthorityPresent(names=str(known))
            if not there or replace:
                root, key = make_root(names, organisation, now)
                new = {"root": root.decode(), "key": key.decode()}
                self._write(self._authority, _AUTHORITY, new | ({"former": json.dumps(there)} if there else {}))
                there = new
            return self._sign(there, names, now)

    def renew(self, now: datetime) -> Served:
        """Another certificate and key for the same names. Raises AuthorityMissing, DiskFull."""
        from demeure.tls.authority import permitted

        if not self._authority.exists():
            raise AuthorityMissing()
        with folder_lock(self._authority.parent):
            there = self._in_force()
            if there is None:
                raise AuthorityMissing()
            return self._sign(there, permitted(there["root"].encode()), now)

    def _in_force(self) -> dict[str, str] | None:
        """The authority. Of a replacement that was killed before its first certificate, nothing is kept: the root
        that computers have installed goes on."""
        there = self._read(self._authority, _AUTHORITY)
        served = self._read(self._served, _SERVED)
        if there and served and "former" in there and served["root"] != there["root"]:
            return dict(json.loads(there["former"]))
        return there

    def _sign(self, authority: dict[str, str], names: "Names", now: datetime) -> Served:
        from demeure.tls.authority import sign_server

        root = authority["root"].encode()
        chain, key = sign_server(root, authority["key"].encode(), names, now)
        content = {"chain": chain.decode(), "key": key.decode(), "root": authority["root"]}
        self._write(self._served, _SERVED, content)
        return Served(chain, key, root)

    def _read(self, path: Path, use: str) -> dict[str, str] | None:
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            return None
        return dict(json.loads(self._vault.open(sealed, use)))

    def _write(self, path: Path, use: str, content: dict[str, str]) -> None:
        write_new(path, self._vault.seal(json.dumps(content).encode(), use), 0o600)
