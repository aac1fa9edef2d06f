"""One sheet as a PDF for the archives (PDF/A-2a, tagged, PDF/UA-1), by typst. Sheet in, bytes out.

No package, no font and no file of the system is looked for: fonts are those that typst carries, the only sources
are ``sheet.typ`` and ``letter.typ`` beside this file, and what is said reaches them as data. The same sheet makes
the same bytes.
"""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from demeure.workshop.errors import SheetNotSet
from demeure.workshop.sheet import read

STANDARDS = ("a-2a", "ua-1")
_HERE = Path(str(files("demeure.workshop")))
_NOWHERE = str(_HERE / "no-packages")


def typeset(data: bytes | bytearray) -> bytes:
    """The PDF of a sheet (``Sheet.data``). Raises InputError, SheetNotSet."""
    told = read(data)
    try:
        return compiled("sheet.typ", {"sheet": bytes(data).decode()}, told["issued"])
    except failure() as problem:
        raise SheetNotSet(detail=str(problem)[:200]) from problem


def compiled(source: str, inputs: dict[str, str], issued: int) -> bytes:
    """What ``source``, a file beside this one, makes of ``inputs``, dated ``issued`` (seconds since 1970). Raises
    ``failure()``."""
    import typst  # 84 MB of code: only the jobs that need it map it

    compile_: Any = typst.compile  # its types want a root of the kind of the source
    return bytes(
        compile_(
            (_HERE / source).read_bytes(),
            format="pdf",
            root=str(_HERE),
            package_path=_NOWHERE,
            package_cache_path=_NOWHERE,
            ignore_system_fonts=True,
            sys_inputs=inputs,
            pdf_standards=[*STANDARDS],
            timestamp=datetime.fromtimestamp(issued, UTC),
        )
    )


def failure() -> type[Exception]:
    """What the typesetter raises."""
    import typst

    found: type[Exception] = typst.TypstError
    return found
