"""Which house, with which key: a code pasted once, kept in the person's own profile, for them alone."""

import base64
import binascii
import json
import os
from urllib.parse import urlsplit

CODE = "demeure1."
LOOPBACK = ("localhost", "127.0.0.1", "::1")
FILE = "demeure-office.json"


class CodeWrong(ValueError):
    """What was pasted is no connection code of a house."""


class Connection:
    """``address``: https://name:port, plain HTTP on this very computer only; ``key``: the person's; ``root``: PEM
    of the house's authority, empty for a certificate that the system knows. ``tracked``: is the former text kept
    as a tracked change?"""

    def __init__(self, address, key, root="", tracked=True):
        parts = urlsplit(address)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query:
            raise CodeWrong(address)
        if parts.path not in ("", "/") or (parts.scheme == "http" and parts.hostname not in LOOPBACK):
            raise CodeWrong(address)
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise CodeWrong("key")
        self.secure, self.host = parts.scheme == "https", parts.hostname
        self.port = parts.port or (443 if self.secure else 80)
        self.address, self.key, self.root, self.tracked = address.rstrip("/"), key, root, tracked


def from_code(code, tracked=True):
    """Raises CodeWrong."""
    text = "".join(code.split())
    if not text.startswith(CODE) or len(text) > 100_000:
        raise CodeWrong("code")
    body = text[len(CODE) :]
    try:
        told = json.loads(base64.b64decode(body + "=" * (-len(body) % 4), b"-_", validate=True).decode())
        return Connection(str(told["address"]), str(told["key"]), str(told["root"]), tracked)
    except (ValueError, KeyError, TypeError, binascii.Error) as problem:
        raise CodeWrong("code") from problem


def load(folder):
    """The connection kept in ``folder``; None when there is none, or none that can be read."""
    try:
        with open(os.path.join(folder, FILE), encoding="utf-8") as kept:
            told = json.load(kept)
        return Connection(told["address"], told["key"], told["root"], bool(told["tracked"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(folder, connection):
    """Readable by its owner alone; whole or not at all."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, FILE)
    told = {name: getattr(connection, name) for name in ("address", "key", "root", "tracked")}
    if os.path.exists(path + ".new"):
        os.remove(path + ".new")
    with os.fdopen(
        os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(told, file)
    os.replace(path + ".new", path)
