"""Words of one family, as far as their beginnings tell (« télétravailler », « télétravail »), and everyday words
with what documents call the same thing (« cantine », « restaurant scolaire »). Pure."""

import functools
from collections.abc import Iterable

from demeure.library import French
from demeure.words import everyday

_FAMILY = 6


def kin(stem: str, others: Iterable[str]) -> frozenset[str]:
    """Those of ``others`` that are of the family of ``stem``, as far as their beginnings tell, or that begin
    another name of the same thing."""
    same = _same().get(stem)
    return _family(stem, others) | same.intersection(others) if same else _family(stem, others)


@functools.cache
def _same() -> dict[str, frozenset[str]]:
    """Stem of an everyday word → those of the first words of its other names."""
    stems = French().stems
    return {
        stems(word)[0]: frozenset(stems(name)[0] for name in names) - {stems(word)[0]}
        for word, names in everyday.forms().items()
    }


def _family(stem: str, others: Iterable[str]) -> frozenset[str]:
    if len(stem) < _FAMILY - 1 or not stem.isalpha():
        return frozenset()
    root, most = stem[:_FAMILY], len(stem) + (_FAMILY if len(stem) >= _FAMILY else _FAMILY // 2)
    shorter = stem[: _FAMILY - 1] if len(stem) <= _FAMILY - 1 + _FAMILY // 2 else stem
    found = {t for t in others if (t.startswith(root) or t == shorter) and t != stem and t.isalpha()}
    return frozenset(t for t in found if len(t) <= most)
