"""Makes zip-based office files reproducible: fixed dates, nothing else changed."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from io import BytesIO

_MODIFIED = re.compile(rb"(<dcterms:(?:modified|created)[^>]*>)[^<]*(<)")


def repack(data: bytes, moment: dt.datetime) -> bytes:
    """Rewrite a zip with one date for every member and in its core properties."""
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    result = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(result, "w") as new:
        for name in dict.fromkeys(old.namelist()):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", content)
            info = zipfile.ZipInfo(name, date_time=moment.timetuple()[:6])
            info.external_attr = 0o644 << 16
            plain = name == "mimetype"
            info.compress_type = zipfile.ZIP_STORED if plain else zipfile.ZIP_DEFLATED
            new.writestr(info, content, compresslevel=9)
    return result.getvalue()
