"""The key that signs bundles: 32 bytes in a file of their own, made on the machine that makes them."""

import hashlib
import os
import secrets
from pathlib import Path

from demeure.journal.attestation import holds, sign
from demeure.journal.checkpoint import Signer
from demeure.release.carried import NAMESPACE
from demeure.release.errors import BundleThere, SigningKeyUnusable

SEED = 32


def make_key(path: Path) -> str:
    """A new key in ``path`` (0400, never over another file). → its public key (vkey). Raises BundleThere,
    OSError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
    except FileExistsError as problem:
        raise BundleThere(path=str(path)) from problem
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(SEED))
        file.flush()
        os.fsync(descriptor)
    return signer(path).vkey


def signer(path: Path) -> Signer:
    """Raises SigningKeyUnusable."""
    try:
        facts, seed = path.stat(), path.read_bytes()
    except OSError as problem:
        raise SigningKeyUnusable(path=str(path), detail=problem.strerror) from problem
    if len(seed) != SEED:
        raise SigningKeyUnusable(path=str(path), detail=f"{len(seed)} ≠ {SEED}")
    if facts.st_mode & 0o077:
        raise SigningKeyUnusable(path=str(path), detail=f"{facts.st_mode & 0o777:04o}, chmod 400")
    public = Signer(seed).public
    return Signer(seed, f"demeure/{hashlib.sha256(public).hexdigest()[:16]}/bundle")


def sign_list(key: Signer, sums: bytes) -> str:
    """As ``ssh-keygen -Y verify -n demeure-bundle`` reads it."""
    signature = sign(key, hashlib.sha512(sums).digest(), NAMESPACE)
    assert holds(signature, hashlib.sha512(sums).digest(), key.vkey, NAMESPACE)
    return signature
