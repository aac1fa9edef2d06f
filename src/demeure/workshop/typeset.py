"""One sheet as a PDF for the archives (PDF/A-2a, tagged, PDF/UA-1), by typst. Sheet in, bytes out.

No package, no font and no file of the system is looked for: fonts are those that typst carries, the only source is
``sheet.typ`` beside this file, and what the sheet says reaches it as data. The same sheet makes the same bytes.
"""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from demeure.workshop.errors import SheetNotSet
from demeure.workshop.sheet import read

STANDARDS = ("a-2a", "ua-1")
_HERE = Path(str(files("demeure.workshop")))
_SOURCE = (_HERE / "sheet.typ").read_bytes()
_NOWHERE = str(_HERE / "no-packages")


def typeset(data: bytes | bytearray) -> bytes:
    """The PDF of a sheet (``Sheet.data``). Raises InputError, SheetNotSet."""
    told = read(data)
    import typst  # 84 MB of code: only the jobs that need it map it

    compiled: Any = typst.compile  # its types want a root of the kind of the source
    try:
        return bytes(
            compiled(
                _SOURCE,
                format="pdf",
                root=str(_HERE),
                package_path=_NOWHERE,
                package_cache_path=_NOWHERE,
                ignore_system_fonts=True,
                sys_inputs={"sheet": bytes(data).decode()},
                pdf_standards=[*STANDARDS],
                timestamp=datetime.fromtimestamp(told["issued"], UTC),
            )
        )
    except typst.TypstError as problem:
        raise SheetNotSet(detail=str(problem)[:200]) from problem
