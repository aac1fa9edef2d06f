"""The link from the environment to the sources, as a relative path.

pip writes the folder's full name; under LC_ALL=C Python cannot read it when it has an accent, and does not start.
"""

import os
import sysconfig
from pathlib import Path

PACKAGES = Path(sysconfig.get_paths()["purelib"])
SOURCES = Path(__file__).resolve().parents[1] / "src"


def main() -> None:
    """Rewrite the link where pip made one."""
    for link in PACKAGES.glob("__editable__.demeure-*.pth"):
        link.write_text(os.path.relpath(SOURCES, PACKAGES.resolve()) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
