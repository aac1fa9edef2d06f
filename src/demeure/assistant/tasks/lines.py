"""A table of a task's file or of a set of cases: the organisation's files are asked alike (policy.Table)."""

from collections.abc import Sequence
from typing import Any, Self

from demeure import policy
from demeure.assistant.tasks.errors import TaskEntryMissing, TaskEntryWrong


class Table(policy.Table):
    """An entry that lacks is told with the path of its table. A list may say one thing twice."""

    missing, unfit = TaskEntryMissing, TaskEntryWrong

    @classmethod
    def of(cls, data: dict[str, Any], file: str, text: str) -> Self:
        """The whole file, ``data`` as read from ``text``."""
        lines = text.split("\n")
        return cls(data, file, lines, "", 0, len(lines))

    def words(self, name: str, among: Sequence[str] | None = None, default: Any = ()) -> tuple[str, ...]:
        value = self.data.get(name, default)
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one for one in value):
            self.wrong(name, "une liste de textes", "a list of texts")
        if among and not set(value) <= set(among):
            self.wrong(name, f"pris dans {', '.join(among)}", f"among {', '.join(among)}")
        return tuple(value)

    def flag(self, name: str, default: Any = False) -> bool:
        return super().flag(name, default)

    def _named(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name
