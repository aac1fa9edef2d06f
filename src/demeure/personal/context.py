"""What stands just before or after a place in a text: the words that tell what a number is (pure, bounded)."""

import re

BEFORE, AFTER = 60, 24
"""Characters looked at on either side."""


class Words:
    """Any of some words, whatever their capitals; looked for near a place."""

    def __init__(self, *words: str) -> None:
        self._found = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)

    def before(self, text: str, at: int, reach: int = BEFORE) -> bool:
        """In the ``reach`` characters before ``at``."""
        return self._found.search(text, max(0, at - reach), at) is not None

    def after(self, text: str, at: int, reach: int = AFTER) -> bool:
        """In the ``reach`` characters from ``at`` on."""
        return self._found.search(text, at, min(len(text), at + reach)) is not None

    def near(self, text: str, start: int, end: int, reach: int = BEFORE) -> bool:
        """On either side of ``text[start:end]``."""
        return self.before(text, start, reach) or self.after(text, end, reach)
