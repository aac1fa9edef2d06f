"""The .oxt, and the line that tells it which house to speak to."""

import base64
import io
import json
import zipfile
from importlib.resources import files
from importlib.resources.abc import Traversable

from demeure import __version__

FILE_NAME = "demeure-libreoffice.oxt"
CODE = "demeure1."
"""How a connection code begins."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_VERSION = "@VERSION@"
_LEFT_OUT = ("__pycache__",)


def bundle() -> bytes:
    """The extension: the same sources, the same bytes. Reads the package's own files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in _sources(files("demeure.office") / "extension"):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data.replace(_VERSION.encode(), __version__.encode()))
    return made.getvalue()


def _sources(folder: Traversable, under: str = "") -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.name in _LEFT_OUT or one.name.endswith(".pyc"):
            continue
        found += _sources(one, f"{under}{one.name}/") if one.is_dir() else [(under + one.name, one.read_bytes())]
    return found


def connection_code(address: str, key: str, root: bytes) -> str:
    """One line to paste: where the house is, the person's key, and the root of its certificate (PEM; empty: one
    that computers know already). It opens what the key opens: a secret."""
    told = {"address": address, "key": key, "root": root.decode("ascii")}
    return CODE + base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
