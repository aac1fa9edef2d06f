"""A zip package whose bytes say nothing of the machine: members in one order, all dated as what they hold."""

import io
import zipfile
from datetime import UTC, datetime

_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)


def dated(data: bytes, issued: int, first: str) -> bytes:
    """The same members; ``first`` leads, as its format wants it, unpacked where it is ODF's ``mimetype``."""
    when = max(datetime.fromtimestamp(issued, UTC), _EARLIEST).timetuple()[:6]
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as made, zipfile.ZipFile(out, "w") as kept:
        for name in sorted(set(made.namelist()), key=lambda one: (one != first, one)):
            info = zipfile.ZipInfo(name, (when[0], when[1], when[2], when[3], when[4], when[5]))
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            kept.writestr(info, made.read(name))
    return out.getvalue()
