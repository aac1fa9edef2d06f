"""Codes that serve once: the six figures of RFC 6238, and recovery codes (pure)."""

import base64
import hashlib
import re
import secrets
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

STEP, FIGURES, SECRET_BYTES = 30, 6, 20
"""RFC 6238's own defaults: what every authenticator understands, whatever the address says."""
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # none is taken for another
_CODE_SIGNS = 16  # 31 ** 16: 79 bits, so that one hash is enough


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def figures(secret: bytes, step: int) -> str:
    """The six figures of that step of thirty seconds (RFC 6238, HMAC-SHA-1)."""
    made = HOTP(secret, FIGURES, SHA1(), enforce_key_length=False)  # noqa: S303 - RFC 6238; not a signature
    return made.generate(step).decode()


def accepted_step(secret: bytes, code: str, seconds: float, after: int) -> int | None:
    """The step that ``code`` belongs to, one before and one after now included (clocks differ); never one that was
    accepted already (``after``), nor an earlier one."""
    now, tried = int(seconds // STEP), re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", tried):
        return None
    steps = (step for step in (now, now - 1, now + 1) if step > after)
    return next((step for step in steps if secrets.compare_digest(figures(secret, step), tried)), None)


def shown_secret(secret: bytes) -> str:
    """To type where no picture can be read: groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def key_uri(secret: bytes, organisation: str, login: str) -> str:
    """What the picture says (otpauth, the format of authenticators)."""
    issuer, text = quote(organisation, safe=""), base64.b32encode(secret).decode().rstrip("=")
    return f"otpauth://totp/{issuer}:{quote(login, safe='')}?secret={text}&issuer={issuer}"


def new_codes() -> list[str]:
    """Recovery codes, as they are shown once: ``abcd-efgh-jkmn-pqrs``."""
    return [_grouped("".join(secrets.choice(_ALPHABET) for _ in range(_CODE_SIGNS))) for _ in range(RECOVERY_CODES)]


def _grouped(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def code_hash(person: str, code: str) -> bytes | None:
    """What is kept of a recovery code of ``person``; None for what cannot be one."""
    plain = re.sub(r"[\s-]", "", code).casefold()
    if len(plain) != _CODE_SIGNS or set(plain) - set(_ALPHABET):
        return None
    return hashlib.sha256(f"recovery\0{person}\0{plain}".encode()).digest()
