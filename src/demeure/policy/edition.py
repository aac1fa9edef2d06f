"""Which rules decide: a name that changes with them, for the journal."""

import functools
import hashlib
from importlib.resources import files

from demeure.policy.force import in_force


def edition() -> str:
    """The rules of the house, then the version of the policy in force: 16 hexadecimal digits each."""
    return f"{rules()}.{in_force().policy.version}"


@functools.cache
def rules() -> str:
    """16 hexadecimal digits of the SHA-256 of the files that hold the rules and the matrix."""
    held = b"".join(
        (files("demeure.policy") / name).read_bytes()
        for name in ("limits.py", "matrix.py", "own_accord.py", "rules.py")
    )
    return hashlib.sha256(held).hexdigest()[:16]
