"""``[n]`` markers: the model only writes numbers, the server decides which exist. Pure."""

import re

_MARKER = re.compile(r"\s*\[\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*\]")
_OPEN_TAIL = re.compile(r"\s*(?:\[[\d\s,;]{0,16})?$")


class MarkerFilter:
    """Lets text through as it streams and drops markers that name no source.

    A tail that may still become a marker (``… [1``) is held back, at most 20 characters, until it is decided.
    """

    def __init__(self, known: int) -> None:
        self._known = known
        self._held = ""
        self.cited: list[int] = []
        self.dropped: list[int] = []

    def feed(self, delta: str) -> str:
        """Text that may be shown now."""
        text = self._held + delta
        tail = _OPEN_TAIL.search(text)
        cut = tail.start() if tail else len(text)
        if len(text) - cut > 20:
            cut = len(text)
        self._held = text[cut:]
        return _MARKER.sub(self._resolve, text[:cut])

    def finish(self) -> str:
        """What was held back; an unfinished marker is dropped."""
        text, self._held = _MARKER.sub(self._resolve, self._held), ""
        return re.sub(r"\s*\[[\d\s,;]*$", "", text).rstrip()

    def _resolve(self, match: re.Match[str]) -> str:
        numbers = [int(n) for n in re.findall(r"\d+", match.group(1))]
        kept = [n for n in numbers if 1 <= n <= self._known]
        self.dropped += [n for n in numbers if n not in kept]
        self.cited += [n for n in kept if n not in self.cited]
        return " " + "".join(f"[{n}]" for n in kept) if kept else ""
