"""What was installed: the SHA-256 of every file of the product, beside what pip wrote of it.

`demeure prove`, `status` and `doctor` compare with it; `cd src && sha256sum -c` does too, without Demeure.
"""

import sys
import sysconfig
from pathlib import Path

from demeure.delivery import LIST, compile_again, listing

PACKAGES = Path(sysconfig.get_paths()["purelib"])


def main() -> None:
    """Write the list in the installation's own folder, and its name in RECORD: pip removes it with the rest."""
    for name in compile_again():
        sys.stderr.write(f"compiled again, it was not the code of its source: {name}\n")
    for folder in PACKAGES.glob("demeure-*.dist-info"):
        (folder / LIST).write_text(listing(), encoding="utf-8")
        record = folder / "RECORD"
        lines = record.read_text(encoding="utf-8")
        mine = f"{folder.name}/{LIST},,\n"
        if mine not in lines:
            record.write_text(lines + mine, encoding="utf-8")


if __name__ == "__main__":
    main()
