"""What was installed: the SHA-256 of every file of the product, beside what pip wrote of it; and the bill of
materials of the locks, which the check sbom-listed reads.

`demeure prove`, `status` and `doctor` compare with the first; `cd src && sha256sum -c` does too, without Demeure.
"""

import sys
import sysconfig
from pathlib import Path

from demeure.delivery import LIST, compile_again, listing
from demeure.release.carried import BILL
from demeure.release.installed import bill_of_locks, differences

PACKAGES = Path(sysconfig.get_paths()["purelib"])
LOCKS = Path(__file__).resolve().parent


def main() -> None:
    """Write both in the installation's own folder, and their names in RECORD: pip removes them with the rest."""
    for name in compile_again():
        sys.stderr.write(f"compiled again, it was not the code of its source: {name}\n")
    for folder in PACKAGES.glob("demeure-*.dist-info"):
        for name, text in ((LIST, listing()), (BILL, bill_of_locks(sys.prefix, LOCKS))):
            (folder / name).write_text(text, encoding="utf-8")
            record = folder / "RECORD"
            lines = record.read_text(encoding="utf-8")
            mine = f"{folder.name}/{name},,\n"
            if mine not in lines:
                record.write_text(lines + mine, encoding="utf-8")
    if differ := differences(sys.prefix):
        sys.stderr.write(f"libraries that are not as the locks list them: {differ} (check sbom-listed)\n")


if __name__ == "__main__":
    main()
