"""The house's own small authority, its certificates, and what any certificate says. Names load on first use."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from demeure.tls.errors import (
    AuthorityMissing,
    AuthorityPresent,
    CertificateUnusable,
    KeyElsewhere,
    NameInvalid,
    NameOutside,
)

if TYPE_CHECKING:
    from demeure.tls.authority import Names, make_root, names_of, sign_server
    from demeure.tls.examine import Facts, check_pair, facts_of, parts
    from demeure.tls.material import Material, Served

_ROOMS = {
    "authority": ("Names", "make_root", "names_of", "sign_server"),
    "examine": ("Facts", "check_pair", "facts_of", "parts"),
    "material": ("Material", "Served"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "AuthorityMissing",
    "AuthorityPresent",
    "CertificateUnusable",
    "Facts",
    "KeyElsewhere",
    "Material",
    "NameInvalid",
    "NameOutside",
    "Names",
    "Served",
    "check_pair",
    "facts_of",
    "make_root",
    "names_of",
    "parts",
    "sign_server",
]


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{room}"), name)
