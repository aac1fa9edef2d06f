"""The name of the town, which a question adds to what it asks about and its documents have no need to. Pure.

« Les tarifs du cimetière de Montfaucel » are those of the cemetery; every letterhead says « Montfaucel ».
"""

import re
from collections.abc import Sequence

from demeure.assistant.units import Stems, Told

_BIG = r"[A-ZÀ-ÖØ-ÞŒ][\w’'-]*"
_OF = re.compile(
    rf"(?P<noun>[^\W\d_]{{4,}})(?P<name>\s+(?:de\s+|d['’]|à\s+)(?P<town>(?:(?:La|Le|Les)\s+)?{_BIG}(?:\s+{_BIG})*))"
)
_WAY = re.compile(r"(?:rue|avenue|boulevard|place|chemin|impasse|allée|quai|route|square)s?\Z", re.IGNORECASE)


def without(question: str, passages: Sequence[Told], stems: Stems) -> str:
    """``question`` without the names that it adds to a thing with « de » or « à », when a passage holds the name
    and none calls the thing by it: « le cimetière du Bourg » and « le cimetière de Roc » stay two."""
    named = list(_OF.finditer(question))
    texts = [f"{told.context}\n{told.text}" for told in passages] if named else []
    held = [frozenset(stems(text)) for text in texts]
    for found in reversed(named):
        name = frozenset(stems(found["town"]))
        called = re.compile(rf"{found['noun']}\w?{re.escape(found['name'])}", re.IGNORECASE)
        if not name or _WAY.search(found["noun"]) or any(map(called.search, texts)):
            continue
        if any(name <= some for some in held):
            question = question[: found.start("name")] + question[found.end("name") :]
    return question
