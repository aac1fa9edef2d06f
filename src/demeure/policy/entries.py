"""A TOML file of the organisation, asked entry by entry; what is wrong is told with its line. Pure.

Whoever reads such a file subclasses ``Table`` and names the errors of its own room.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, NoReturn, Self

from demeure import toml
from demeure.errors import DemeureError

_ABSENT: Any = object()


class Table:
    """``data`` as read from ``text``; ``path``: how its header writes it (``class``, ``route.hours``); lines from
    ``start`` to ``end`` (excluded) are its own, and only serve to tell where something is."""

    unreadable: ClassVar[type[DemeureError]]
    """Parameters: file, line, detail, detail_en."""
    missing: ClassVar[type[DemeureError]]
    """Parameters: file, line, entry."""
    unfit: ClassVar[type[DemeureError]]
    """Parameters: file, line, entry, expected, expected_en."""

    def __init__(
        self, data: Mapping[str, Any], file: str, lines: Sequence[str], path: str, start: int, end: int
    ) -> None:
        self.data, self.file, self._lines, self._path = data, file, lines, path
        self._start, self._end = start, end

    @classmethod
    def read(cls, text: str, file: str, most_bytes: int = 128 << 10) -> Self:
        """The whole file. Raises ``unreadable``."""
        if len(text.encode("utf-8", "surrogatepass")) > most_bytes:
            kibi = most_bytes >> 10
            raise cls.unreadable(file=file, line=1, detail=f"> {kibi} Kio", detail_en=f"> {kibi} KiB")
        try:
            text.encode()  # half a character is no text
            data = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, UnicodeEncodeError, RecursionError) as problem:
            detail, detail_en = toml.told(problem)
            line = toml.line_of(problem, text)
            raise cls.unreadable(file=file, line=line, detail=detail, detail_en=detail_en) from problem
        lines = text.split("\n")
        return cls(data, file, lines, "", 0, len(lines))

    @property
    def line(self) -> int:
        """Where this table begins, from 1."""
        return self._start + 1

    def only(self, *names: str) -> None:
        """Refuse an entry that is none of ``names``."""
        for name in self.data:
            if name not in names:
                self.wrong(name, f"l’un de {', '.join(names)}", f"one of {', '.join(names)}")

    def wrong(self, name: str, expected: str, expected_en: str) -> NoReturn:
        raise self.unfit(
            file=self.file, line=self.line_of(name), entry=name, expected=expected, expected_en=expected_en
        )

    def text(self, name: str, default: Any = _ABSENT) -> str:
        value = self._given(name, default)
        if not isinstance(value, str):
            self.wrong(name, "un texte", "a text")
        return value

    def sentence(self, name: str, most: int, default: str | None = None) -> str:
        """One line of ``most`` characters at most, none of which commands a terminal; empty only by default."""
        value = self.text(name, _ABSENT if default is None else default)
        if (
            any(unicodedata.category(c) == "Cc" for c in value)
            or len(value) > most
            or (default is None and not value.strip())
        ):
            self.wrong(name, f"une ligne de 1 à {most} caractères", f"one line of 1 to {most} characters")
        return value

    def matching(self, name: str, pattern: re.Pattern[str], default: Any = _ABSENT) -> str:
        value = self.text(name, default)
        if not pattern.fullmatch(value):
            self.wrong(name, f"de la forme {pattern.pattern}", f"like {pattern.pattern}")
        return value

    def among(self, name: str, words: Sequence[str], default: Any = _ABSENT) -> str:
        value = self.text(name, default)
        if value not in words:
            said = ", ".join(word for word in words if word)
            self.wrong(name, f"l’un de {said}", f"one of {said}")
        return value

    def words(self, name: str, among: Sequence[str] | None = None, default: Any = _ABSENT) -> tuple[str, ...]:
        """A list of texts, each once."""
        value = self._given(name, default)
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one for one in value):
            self.wrong(name, "une liste de textes", "a list of texts")
        if len(set(value)) < len(value):
            self.wrong(name, "des textes tous différents", "texts that all differ")
        for one in value:
            if among is not None and one not in among:
                said = ", ".join(among) or "–"
                self.wrong(name, f"pris dans {said} (« {one} » n’y est pas)", f"among {said} (“{one}” is not)")
        return tuple(value)

    def whole(self, name: str, least: int, most: int, default: Any = _ABSENT) -> int:
        value = self._given(name, default)
        if type(value) is not int or not least <= value <= most:
            if least == most:
                self.wrong(name, f"{least}", f"{least}")
            self.wrong(name, f"un entier de {least} à {most}", f"a whole number from {least} to {most}")
        return value

    def flag(self, name: str, default: Any = _ABSENT) -> bool:
        value = self._given(name, default)
        if not isinstance(value, bool):
            self.wrong(name, "true ou false", "true or false")
        return value

    def table(self, name: str, default: Any = _ABSENT) -> Self:
        value = self._given(name, default)
        if not isinstance(value, dict):
            self.wrong(name, "une table", "a table")
        return self._child(name, value, 0)

    def tables(self, name: str, least: int = 0) -> Iterator[Self]:
        """Each table of a list."""
        value = self._given(name, [])
        if not isinstance(value, list) or len(value) < least or not all(isinstance(one, dict) for one in value):
            self.wrong(name, f"une liste d’au moins {least} table(s)", f"a list of {least} table(s) at least")
        return (self._child(name, one, at) for at, one in enumerate(value))

    def pair(self, name: str, most: int, default: str | None = None) -> tuple[str, str]:
        """A sentence in both languages; one text alone serves for both, and French for a missing English."""
        value = self._given(name, _ABSENT if default is None else default)
        if isinstance(value, str):
            one = self.sentence(name, most, default)
            return one, one
        found = self.table(name)
        found.only("fr", "en")
        french = found.sentence("fr", most)
        return french, found.sentence("en", most, french)

    def line_of(self, name: str) -> int:
        """The line, from 1, of ``name`` in this table; of the table itself when it does not hold it."""
        entry = re.compile(
            rf"""\s*(?:\[+\s*)?(?:[\w"'-]+\.)*?["']?{re.escape(name)}["']?\s*[=\].]|.*[{{,]\s*["']?{re.escape(name)}["']?\s*="""
        )
        found = (at for at in range(self._start, self._end) if entry.match(self._lines[at]))
        return next(found, self._start) + 1

    def _child(self, name: str, value: Mapping[str, Any], rank: int) -> Self:
        path = f"{self._path}.{name}" if self._path else name
        header = re.compile(rf"\s*\[\[?\s*{re.escape(path)}\s*\]")
        within = re.compile(rf"\s*\[\[?\s*{re.escape(path)}\.")
        found = [at for at in range(self._start, self._end) if header.match(self._lines[at])]
        if not found:
            return type(self)(value, self.file, self._lines, path, self.line_of(name) - 1, self._end)
        start, end = found[min(rank, len(found) - 1)], self._end
        for at in range(start + 1, self._end):
            if self._lines[at].lstrip().startswith("[") and not within.match(self._lines[at]):
                end = at
                break
        return type(self)(value, self.file, self._lines, path, start, end)

    def _given(self, name: str, default: Any) -> Any:
        value = self.data.get(name, default)
        if value is _ABSENT:
            raise self.missing(file=self.file, line=self.line_of(name), entry=self._named(name))
        return value

    def _named(self, name: str) -> str:
        """How an entry that lacks is called."""
        return name
