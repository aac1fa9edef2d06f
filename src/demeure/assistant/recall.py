"""Finding again what one asked and was told: the table ``recall``; accents, case and endings do not count."""

import functools
import re
import unicodedata

import sqlalchemy as sa

from demeure.library import French

MOST_WORDS = 8
_CHUNK = re.compile(r"[^\s\"'’«»“”()]+")
_MARKS = re.compile(r"\*\*|\s*\[\d{1,3}\]|(?m:^\s*(?:[-#>]+|\d+\.)\s)|\n+")
"""What Markdown adds to the words of an answer."""
_EXCERPT = 160  # characters around the first word found


_STATEMENTS = {
    "recall": (
        sa.text("DELETE FROM recall WHERE rowid = :id"),
        sa.text("INSERT INTO recall (rowid, owner, words) VALUES (:id, :owner, :words)"),
    ),
    "work_recall": (
        sa.text("DELETE FROM work_recall WHERE rowid = :id"),
        sa.text("INSERT INTO work_recall (rowid, owner, words) VALUES (:id, :owner, :words)"),
    ),
}


@functools.cache
def _french() -> French:
    return French()


def index(db: sa.Connection, message: int, owner: str, text: str, table: str = "recall") -> None:
    """Make ``text`` the words of that message, inside the transaction that writes it. ``table``: ``recall``, or
    ``work_recall`` for a draft."""
    words = f"{plain(text)}\n{' '.join(dict.fromkeys(_french().stems(text)))}"
    put_out, put_in = _STATEMENTS[table]
    db.execute(put_out, {"id": message})
    db.execute(put_in, {"id": message, "owner": owner, "words": words})


def plain(text: str) -> str:
    """Case folded, without accents nor ligatures."""
    opened = text.casefold().replace("œ", "oe").replace("æ", "ae")
    return "".join(c for c in unicodedata.normalize("NFKD", opened) if not unicodedata.combining(c))


def terms(said: str) -> list[str]:
    """What to look for, each a plain word; stop words only when there is nothing else."""
    chunks = [c for c in _CHUNK.findall(plain(said)[:1000]) if any(map(str.isalnum, c))]
    telling = [c for c in chunks if _french().stems(c)]
    return list(dict.fromkeys(telling or chunks))[:MOST_WORDS]


def match(owner: str, term: str) -> str:
    """The FTS5 expression of one term: the beginning of a word, or any form of it."""
    forms = [f"{_quoted(term)}*", *(_quoted(stem) for stem in dict.fromkeys(_french().stems(term)))]
    return f"owner : {_quoted(owner)} AND words : ({' OR '.join(forms)})"


def excerpt(text: str, wanted: list[str]) -> tuple[str, str, str] | None:
    """(before, the word found, after) around the first of ``wanted`` in ``text``; None when it holds none."""
    text = _MARKS.sub(" ", text)
    stems = {stem for term in wanted for stem in _french().stems(term)}
    for found in re.finditer(r"[^\W_]+", text):
        word = plain(found[0])
        if any(word.startswith(term) for term in wanted) or stems.intersection(_french().stems(found[0])):
            return _around(text, found.start(), found.end())
    return None


def held(text: str, wanted: list[str]) -> int:
    """How many of ``wanted`` the text holds, in any form."""
    said = plain(text)
    stems = set(_french().stems(text))
    return sum(term in said or bool(stems.intersection(_french().stems(term))) for term in wanted)


def _around(text: str, start: int, end: int) -> tuple[str, str, str]:
    first, last = max(0, start - _EXCERPT // 2), min(len(text), end + _EXCERPT)
    before, after = text[first:start], text[end:last]
    if first and " " in before:
        before = "…" + before[before.index(" ") :]
    if last < len(text) and " " in after:
        after = after[: after.rindex(" ")] + " …"
    return before, text[start:end], after


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""').replace("\0", "") + '"'
