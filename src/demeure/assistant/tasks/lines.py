"""A table of a TOML file, asked entry by entry; what is wrong is told with its line. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from demeure.assistant.tasks.errors import TaskEntryMissing, TaskEntryWrong

_ABSENT: Any = object()


class Table:
    """``data`` as read; ``path``: how its header writes it (``fields``, ``prompt.fr``), ``rank``: which one of the
    tables of that name; both only serve to find the line."""

    def __init__(self, data: Mapping[str, Any], file: str, text: str, path: str, rank: int = 0) -> None:
        self.data, self._file, self._text, self._path, self._rank = data, file, text, path, rank

    def only(self, *names: str) -> None:
        """Refuse an entry that is none of ``names``."""
        for name in self.data:
            if name not in names:
                self.wrong(name, f"l’un de {', '.join(names)}", f"one of {', '.join(names)}")

    def wrong(self, name: str, expected: str, expected_en: str) -> NoReturn:
        raise TaskEntryWrong(
            file=self._file, line=self.line_of(name), entry=name, expected=expected, expected_en=expected_en
        )

    def text(self, name: str, default: Any = _ABSENT) -> str:
        value = self._given(name, default)
        if not isinstance(value, str):
            self.wrong(name, "un texte", "a text")
        return value

    def line(self, name: str, most: int, default: str | None = None) -> str:
        """One line of ``most`` characters at most; empty only by default."""
        value = self.text(name, _ABSENT if default is None else default)
        if "\n" in value or len(value) > most or (default is None and not value.strip()):
            self.wrong(name, f"une ligne de 1 à {most} caractères", f"one line of 1 to {most} characters")
        return value

    def matching(self, name: str, pattern: re.Pattern[str], default: Any = _ABSENT) -> str:
        value = self.text(name, default)
        if not pattern.fullmatch(value):
            self.wrong(name, f"de la forme {pattern.pattern}", f"like {pattern.pattern}")
        return value

    def among(self, name: str, words: Sequence[str]) -> str:
        value = self.text(name)
        if value not in words:
            self.wrong(name, f"l’un de {', '.join(words)}", f"one of {', '.join(words)}")
        return value

    def words(self, name: str, among: Sequence[str] = ()) -> list[str]:
        value = self._given(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            self.wrong(name, "une liste de textes", "a list of texts")
        if among and not set(value) <= set(among):
            self.wrong(name, f"pris dans {', '.join(among)}", f"among {', '.join(among)}")
        return list(value)

    def whole(self, name: str, least: int, most: int, default: Any = _ABSENT) -> int:
        value = self._given(name, default)
        if type(value) is not int or not least <= value <= most:
            self.wrong(name, f"un entier de {least} à {most}", f"a whole number from {least} to {most}")
        return value

    def flag(self, name: str) -> bool:
        value = self._given(name, False)
        if not isinstance(value, bool):
            self.wrong(name, "true ou false", "true or false")
        return value

    def table(self, name: str, default: Any = _ABSENT) -> "Table":
        value = self._given(name, _ABSENT if default is None else default)
        if not isinstance(value, dict):
            self.wrong(name, "une table", "a table")
        return Table(value, self._file, self._text, self._under(name), self._rank)

    def tables(self, name: str, least: int = 0) -> "Iterator[Table]":
        """Each table of a list."""
        value = self._given(name, [])
        if not isinstance(value, list) or len(value) < least or not all(isinstance(one, dict) for one in value):
            self.wrong(name, f"une liste d’au moins {least} table(s)", f"a list of {least} table(s) at least")
        return (Table(one, self._file, self._text, self._under(name), at) for at, one in enumerate(value))

    def line_of(self, name: str) -> int:
        """The line of ``name`` in this table; of the table itself when it does not hold it."""
        lines = self._text.split("\n")
        start = self._start(lines)
        entry = re.compile(rf"""\s*(?:\[+\s*)?(?:[\w."-]+\.)?["']?{re.escape(name)}["']?\s*[=\].]""")
        inline = re.compile(rf"""[{{,]\s*["']?{re.escape(name)}["']?\s*=""")
        for at in range(start, len(lines)):
            if entry.match(lines[at]) or (self._path and at <= start + 1 and inline.search(lines[at])):
                return at + 1
            if at > start and self._path and re.match(r"\s*\[", lines[at]) and self._path not in lines[at]:
                break
        return start + 1

    def _start(self, lines: Sequence[str]) -> int:
        if not self._path:
            return 0
        last = self._path.rsplit(".", 1)[-1]
        header = re.compile(rf"\s*\[\[?\s*{re.escape(self._path)}\s*\]\]?|\s*{re.escape(last)}\s*=\s*[{{\[]")
        found = [at for at, line in enumerate(lines) if header.match(line)]
        return found[min(self._rank, len(found) - 1)] if found else 0

    def _under(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _given(self, name: str, default: Any) -> Any:
        value = self.data.get(name, default)
        if value is _ABSENT:
            raise TaskEntryMissing(file=self._file, line=self.line_of(name), entry=self._under(name))
        return value
