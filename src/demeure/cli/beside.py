"""Whether the same house is open already in another folder: a restored one must not open beside it."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

_HELD = re.compile(r"^\d+: FLOCK\s+ADVISORY\s+WRITE\s+(\d+) ", re.MULTILINE)
LOCKS = Path("/proc/locks")


def not_beside(instance: Path) -> None:
    """Raises OpenElsewhere when a house that signs with the same key serves pages from another folder. What this
    user may not look at (the house of another user, another machine) is not seen."""
    from demeure.cli.errors import OpenElsewhere
    from demeure.supervisor.health import running_state

    ours = _signs(instance)
    for other, pid in _running() if ours else ():
        if other != instance.resolve() and _signs(other) == ours and (running_state(other) or {}).get("address"):
            raise OpenElsewhere(instance=str(instance), other=str(other), pid=pid)


def _signs(instance: Path) -> str:
    from demeure.cli.backup_work import own_vkey

    try:
        return own_vkey(instance)
    except OSError:
        return ""


def _running() -> Iterator[tuple[Path, int]]:
    """(folder, process) of each house whose lock is held."""
    with contextlib.suppress(OSError):
        for pid in sorted({int(found) for found in _HELD.findall(LOCKS.read_text(encoding="ascii"))}):
            with contextlib.suppress(OSError):
                for one in Path(f"/proc/{pid}/fd").iterdir():
                    held = one.readlink()
                    if held.parts[-2:] == ("run", "lock"):
                        yield held.parent.parent, pid
