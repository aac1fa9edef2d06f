"""The sentences of the pages, in the language of one paper."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demeure.gateway import locale
from demeure.gateway.rendering import Rendering


@dataclass(frozen=True)
class Spoken:
    """``t``, ``n``, ``whole``: as in templates. ``moment``: with the distance to UTC, it is read elsewhere."""

    rendering: Rendering
    language: str

    def t(self, key: str, **fields: Any) -> str:
        return self.rendering.say(self.language, key, **fields)

    def n(self, key: str, number: int) -> str:
        return self.rendering.sentences.count(self.language, key, number)

    def whole(self, number: int) -> str:
        return locale.whole(self.language, number)

    def moment(self, when: datetime) -> str:
        """« 24 novembre 2026 à 14 h 32 (UTC+1) »."""
        minutes = int((when.astimezone().utcoffset() or when - when).total_seconds()) // 60
        hours, rest = divmod(abs(minutes), 60)
        sign = "-" if minutes < 0 else "+"
        away = f"{sign}{hours}{f':{rest:02}' if rest else ''}" if minutes else ""
        return f"{locale.moment(self.language, when)} (UTC{away})"
