"""Secrets that open a door: 256 random bits for their holder, only their SHA-256 for us."""

import hashlib
import secrets


def new_token() -> tuple[str, bytes]:
    """(token of 43 URL-safe characters, its hash)."""
    token = secrets.token_urlsafe(32)
    return token, token_hash(token)


def token_hash(token: str) -> bytes:
    """SHA-256 of any text, garbage included. No salt: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
