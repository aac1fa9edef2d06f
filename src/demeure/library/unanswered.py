"""Questions that the base could not answer, grouped, without who asked them nor when exactly.

They stay where they are, in conversations: nothing is copied, and erasing a conversation takes its questions from
here.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from demeure.library.search.query import French
from demeure.store import Database
from demeure.store.tables import messages

MOST = 5_000  # answers looked at, the latest
_LONGEST = 300  # characters of a question


@dataclass(frozen=True)
class Gap:
    """A question, or several that have the same words; ``times``: how often; ``month``: of the last one,
    YYYY-MM."""

    question: str
    times: int
    month: str


def gaps(house: Database, space: str, seen: Collection[str], since: Mapping[str, str]) -> list[Gap]:
    """Questions asked of ``space`` without finding an answer, most frequent first. One asked of several spaces is
    told only to who manages them all (``seen``); none was asked before its spaces gathered them (``since``)."""
    if space not in seen:
        return []
    m, asked = messages.c, messages.alias("asked")
    query = (
        sa.select(asked.c.text, m.details, m.created_at)
        .join(
            asked, sa.and_(asked.c.conversation == m.conversation, asked.c.chain == m.chain, asked.c.role == "user")
        )
        .where(
            m.role == "assistant",
            m.state == "closed",
            m.created_at >= since[space],
            sa.func.json_extract(m.details, "$.found") == 0,
            sa.func.json_extract(m.details, "$.aside").is_(None),  # « Bonjour » lacks no document
        )
        .order_by(m.id.desc())
        .limit(MOST)
    )
    french, groups = French(), defaultdict[tuple[str, ...], list[tuple[str, str]]](list)
    with house.read() as db:
        for text, details, when in db.execute(query):
            of = set(details.get("spaces", ()))
            if space in of and of <= set(seen) and all(when >= since[one] for one in of):
                groups[tuple(sorted(french.stems(text)))].append((" ".join(text.split())[:_LONGEST], when[:7]))
    found = [
        Gap(Counter(text for text, _ in told).most_common(1)[0][0], len(told), max(month for _, month in told))
        for told in groups.values()
    ]
    return sorted(found, key=lambda gap: (-gap.times, gap.month, gap.question))
