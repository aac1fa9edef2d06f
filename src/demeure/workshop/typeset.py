"""One sheet as a PDF for the archives (PDF/A-2a, tagged, PDF/UA-1), by typst. Sheet in, bytes out.

No package, no font and no file of the system is looked for: fonts are those that typst carries, the only sources
are ``sheet.typ`` and ``letter.typ`` beside this file, and what is said reaches them as data. The same sheet makes
the same bytes. A sign that no font draws (emoji) becomes □.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from demeure.workshop.errors import SheetNotSet
from demeure.workshop.sheet import read

STANDARDS = ("a-2a", "ua-1")
_HERE = Path(str(files("demeure.workshop")))
_NOWHERE = str(_HERE / "no-packages")
_UNDRAWN = re.compile(r"the text `\"((?:[^\"\\]|\\.)*)\"` could not be displayed")
_ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}")
_TRIES = 8
Undrawn = dict[str, None]
"""Signs that no font draws, in the order in which they were found."""


def typeset(data: bytes | bytearray) -> bytes:
    """The PDF of a sheet (``Sheet.data``). Raises InputError, SheetNotSet."""
    told = read(data)

    def made(missing: Undrawn) -> bytes:
        return compiled(
            "sheet.typ", {"sheet": json.dumps(_boxed(told, missing), ensure_ascii=False)}, told["issued"]
        )

    return drawn(made)


def drawn(made: Callable[[Undrawn], bytes]) -> bytes:
    """What ``made`` gives of the signs that no font draws, found one try after the other. Raises SheetNotSet."""
    missing: Undrawn = {}
    for _ in range(_TRIES):
        try:
            return made(missing)
        except failure() as problem:
            found = {_unescaped(one): None for one in _UNDRAWN.findall(str(getattr(problem, "diagnostic", "")))}
            if not found.keys() - missing.keys():
                raise SheetNotSet(detail=str(problem)[:200]) from problem
            missing |= found
    raise SheetNotSet(detail="glyphs")


def boxed(text: str, missing: Undrawn) -> str:
    """□ for each of them."""
    for one in missing:
        text = text.replace(one, "□")
    return text


def _boxed(value: Any, missing: Undrawn) -> Any:
    if isinstance(value, str):
        return boxed(value, missing)
    if isinstance(value, dict):
        return {name: _boxed(one, missing) for name, one in value.items()}
    return [_boxed(one, missing) for one in value] if isinstance(value, list) else value


def _unescaped(text: str) -> str:
    told = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return told.replace('\\"', '"').replace("\\\\", "\\")


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
