"""Is the disk under the instance encrypted, and the swap too? The launcher reads it at the start.

« encrypted » is said of what the kernel shows (dm-crypt below everything); « clear » of a disk seen without it;
« unknown » where it cannot be seen (network shares, container layers, a disk that encrypts by itself).
"""

import os
import stat
from pathlib import Path

_CIPHERS = ("CRYPT-LUKS", "CRYPT-PLAIN-", "CRYPT-TCRYPT-", "CRYPT-LOOPAES-", "CRYPT-BITLK-", "CRYPT-FVAULT2-")
"""How cryptsetup names the volumes that it encrypts; CRYPT-VERITY and CRYPT-INTEGRITY check, and hide nothing."""
ENCRYPTED, CLEAR, UNKNOWN = "encrypted", "clear", "unknown"


def state(folder: Path, proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> str:
    """Of the disk that holds ``folder``, and of the swap: the weaker of them."""
    found = [_of(_device(folder, proc), sys)]
    found += [_of(_number(Path(name)), sys) for name in _swaps(proc) if not name.startswith("/dev/zram")]
    return next((word for word in (CLEAR, UNKNOWN) if word in found), ENCRYPTED)


def _device(folder: Path, proc: Path) -> str:
    """``major:minor`` of the block device; empty when there is none to see."""
    number = folder.stat().st_dev
    if os.major(number):
        return f"{os.major(number)}:{os.minor(number)}"
    try:  # btrfs and others number their own: the source of the mount tells
        lines = (proc / "self" / "mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    wanted = f"{os.major(number)}:{os.minor(number)}"
    source = next((line.partition(" - ")[2].split()[1] for line in lines if line.split()[2] == wanted), "")
    return _number(Path(source)) if source.startswith("/dev/") else ""


def _number(path: Path) -> str:
    try:
        facts = path.stat()
    except OSError:
        return ""
    number = facts.st_rdev if stat.S_ISBLK(facts.st_mode) else facts.st_dev
    return f"{os.major(number)}:{os.minor(number)}" if os.major(number) else ""


def _swaps(proc: Path) -> list[str]:
    try:
        return [line.split()[0] for line in (proc / "swaps").read_text(encoding="utf-8").splitlines()[1:]]
    except OSError:
        return []


def _of(device: str, sys: Path) -> str:
    place = sys / "dev" / "block" / device
    if not device or not place.exists():
        return UNKNOWN
    return ENCRYPTED if _covered(place.resolve()) else CLEAR


def _covered(place: Path) -> bool:
    """Is every way down from this device through dm-crypt?"""
    try:
        if (place / "dm" / "uuid").read_text(encoding="ascii").startswith(_CIPHERS):
            return True
    except OSError:
        pass
    below = sorted((place / "slaves").glob("*")) if (place / "slaves").is_dir() else []
    if not below and (place / "partition").exists():
        return _covered(place.parent)
    return bool(below) and all(_covered(one.resolve()) for one in below)
