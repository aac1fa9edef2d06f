"""Words of one family, as far as their beginnings tell: « télétravailler », « télétravail ». Pure."""

from collections.abc import Iterable

_FAMILY = 6


def kin(stem: str, others: Iterable[str]) -> frozenset[str]:
    """Those of ``others`` that are of the family of ``stem``, as far as their beginnings tell."""
    if len(stem) < _FAMILY - 1 or not stem.isalpha():
        return frozenset()
    root, most = stem[:_FAMILY], len(stem) + (_FAMILY if len(stem) >= _FAMILY else _FAMILY // 2)
    shorter = stem[: _FAMILY - 1] if len(stem) <= _FAMILY - 1 + _FAMILY // 2 else stem
    found = {t for t in others if (t.startswith(root) or t == shorter) and t != stem and t.isalpha()}
    return frozenset(t for t in found if len(t) <= most)
