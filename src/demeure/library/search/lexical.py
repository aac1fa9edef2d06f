"""Words that match: BM25 over the stems of one space (FTS5 without content).

The most frequent stems cost the most and say the least. When the passages to score exceed a budget, the most
frequent ones are left out, those present in 8 % of passages or more (of 50,000 at most); below the budget nothing
is lost.
"""

import json
import threading
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select, text

from demeure.store import Database
from demeure.store.space_tables import generation, passages

FREQUENT = 0.08
BUDGET = 20_000
"""Passages to score, repeats included. Dropping every stem above 8 % at once would cost
0.06-0.07 of recall@1 and recall@5 on 22,555 passages of public-service sheets (0.596 → 0.532, 0.843 → 0.769). On
the 29,969 of the whole corpus, words alone: 60,000 cuts none of 784 questions, 20,000 cuts 2 and loses nothing,
15,000 cuts 39 (recall@10 0.902 → 0.899), 9,000 cuts 228 (0.894)."""

LARGE = 50_000
"""Passages beyond which « frequent » does not grow with the base any more: 4,000 passages to score for one word. At
100,000, 200 questions: the same documents are found as with all of them (recall@10 0.90)."""
SHARE = 0.2
"""Of the passages of a large base, the budget of one question. At 500,000 passages, 200 questions: 0.4, 0.3 and
0.25 find the same documents (recall@10 0.84 each) for 277, 218 and 212 ms of processor at p95."""

_KEPT = 20_000  # stems whose frequency is remembered
_DRIFT = 0.05  # frequencies are counted again when the space has grown or shrunk by this share

_GENERATION = select(generation.c.value)
_COUNT = text("SELECT count(*) FROM stems WHERE stems MATCH :term")
_MATCH = text("""
    SELECT json_group_array(json_array(passage, score)) FROM
    (SELECT rowid AS passage, -rank AS score FROM stems WHERE stems MATCH :terms ORDER BY rank LIMIT :limit)
""")
"""All in one row: between two rows the driver gives the interpreter's lock away, and waits for it again."""

_BEGINS = text("SELECT 1 FROM stems WHERE stems MATCH :term LIMIT 1")

_PASSAGES = text("""
    SELECT passages.id, passages.document, -rank FROM stems JOIN passages ON passages.id = stems.rowid
    WHERE stems MATCH :terms ORDER BY rank LIMIT :limit
""")
_PASSAGES_OF = text("""
    SELECT passages.id, passages.document, -rank FROM stems JOIN passages ON passages.id = stems.rowid
    WHERE stems MATCH :terms AND passages.document IN (SELECT value FROM json_each(:documents))
    ORDER BY rank LIMIT :limit
""")

_DOCUMENTS = text("""
    SELECT DISTINCT passages.document FROM stems JOIN passages ON passages.id = stems.rowid
    WHERE stems MATCH :terms
    AND (:documents IS NULL OR passages.document IN (SELECT value FROM json_each(:documents)))
""")


def words(stems: Sequence[str]) -> str:
    """What is stored in (and asked of) the index: its tokeniser keeps letters and digits only, so the marks inside
    a reference become ``x``: « 2026-034 » and « 2026/034 » are both ``2026x034``."""
    return " ".join([stem if stem.isalnum() else token(stem) for stem in stems])


def token(stem: str) -> str:
    """One stem as the index knows it; of several between spaces, each."""
    if " " in stem:
        return " ".join(filter(None, map(token, stem.split())))
    return stem if stem.isalnum() else "x".join("".join(c if c.isalnum() else " " for c in stem).split())


class Found(NamedTuple):
    """A passage, its document, and how well it matches (BM25)."""

    passage: int
    document: str
    score: float


class Lexicon:
    """The lexical index of one space. Any thread."""

    def __init__(self, database: Database, budget: int = BUDGET) -> None:
        self._database = database
        self._budget = budget
        self._lock = threading.Lock()
        self._frequency: dict[str, int] = {}
        self._absent: dict[str, int] = {}  # stem → the generation in which no passage had it
        self._counted_at = 0
        self._total = (-1, 0)  # generation, passages

    def search(self, stems: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """(passage id, BM25), best first, at most ``limit``. No stem known here: []."""
        with self._database.read() as connection:
            frequency, total = self._frequencies(connection, stems)
            kept = within_budget(frequency, total, self._budget)
            if not kept:
                return []
            terms = " OR ".join(f'"{token(stem)}"' for stem in kept)
            found = connection.execute(_MATCH, {"terms": terms, "limit": limit}).scalar_one()
        return [(int(i), float(s)) for i, s in json.loads(found)]

    def passages(self, expression: str, documents: Collection[str] | None, limit: int) -> list[Found]:
        """Passages that match an FTS5 ``expression``, best first; of these ``documents`` only (None: of all)."""
        values: dict[str, object] = {"terms": expression, "limit": limit}
        statement = _PASSAGES
        if documents is not None:
            values["documents"] = json.dumps(list(documents))
            statement = _PASSAGES_OF
        with self._database.read() as connection:
            return [Found(int(i), d, float(s)) for i, d, s in connection.execute(statement, values)]

    def documents(self, expression: str, among: Collection[str] | None) -> set[str]:
        """Documents with a passage that matches an FTS5 ``expression``; ``among`` these only (None: all)."""
        values = {"terms": expression, "documents": None if among is None else json.dumps(list(among))}
        with self._database.read() as connection:
            return {str(row[0]) for row in connection.execute(_DOCUMENTS, values)}

    def rarity(self, stems: Sequence[str]) -> dict[str, float]:
        """Share of passages that hold each stem, 0…1 (0: in none)."""
        with self._database.read() as connection:
            frequency, total = self._frequencies(connection, stems)
        return {stem: count / max(total, 1) for stem, count in frequency.items()}

    def unheard(self, stems: Sequence[str]) -> set[str]:
        """Those of ``stems`` that no passage holds, nor any word that begins so (« sono », « sonorisation »)."""
        absent = [stem for stem, share in self.rarity(stems).items() if not share]
        if not absent:
            return set()
        with self._database.read() as connection:
            return {s for s in absent if not connection.execute(_BEGINS, {"term": f'"{token(s)}"*'}).first()}

    def generation(self) -> int:
        """Of the space: what was learnt of its words in another is out of date."""
        with self._database.read() as connection:
            return int(connection.execute(_GENERATION).scalar_one())

    def _count(self, connection: Connection) -> tuple[int, int]:
        """The generation, and the passages of the space; counted again when it changed."""
        now = int(connection.execute(_GENERATION).scalar_one())
        seen, total = self._total
        if seen != now:
            total = int(connection.execute(select(func.count()).select_from(passages)).scalar_one())
            self._total = (now, total)
        return now, total

    def _frequencies(self, connection: Connection, stems: Sequence[str]) -> tuple[dict[str, int], int]:
        now, total = self._count(connection)
        with self._lock:
            if abs(total - self._counted_at) > _DRIFT * max(total, 1) or len(self._frequency) > _KEPT:
                self._frequency, self._absent, self._counted_at = {}, {}, total
            known, absent = self._frequency, self._absent
        for stem in stems:
            # a stem absent until now may have come since
            if not known.get(stem) and absent.get(stem) != now:
                known[stem] = int(connection.execute(_COUNT, {"term": f'"{token(stem)}"'}).scalar_one())
                if not known[stem]:
                    absent[stem] = now
        return {stem: known[stem] for stem in stems}, total


def within_budget(frequency: dict[str, int], total: int, budget: int) -> list[str]:
    """Stems to search for, rarest first (pure). Absent stems are left out; the rarest one always stays."""
    present = sorted((count, stem) for stem, count in frequency.items() if count)
    kept: list[str] = []
    spent, budget = 0, max(budget, int(SHARE * total)) if total > LARGE else budget
    for count, stem in present:
        spent += count
        if kept and spent > budget and count >= FREQUENT * min(total, LARGE):
            break
        kept.append(stem)
    return kept
