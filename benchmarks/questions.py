"""Questions over a base of documents, through the real house: documents, places, facts, refusals; misses listed.

``--questions`` lines: {"id", "space", "question", "document", "place": {"page"} or {"heading"} or null,
"facts": [[spelling, …], …], "format", "answerable"}, and "before": [question, …] when others were asked first in
the same conversation. ``--documents``: a folder; each sub-folder is a space.

``--chosen``: each question is asked of its own document, chosen by hand and read whole; one without an answer, of
the document of its space that a search finds first. Counted then: right, wrongly declined, wrong, refusals.
``--without``: long documents take minutes to be read on a busy machine; they and their questions are left out.
"""

import argparse
import asyncio
import json
import re
import tempfile
import time
import unicodedata
from pathlib import Path
from typing import Any

from houses import furnish
from measure import engines_ready, fetched, finish, parser, percentile, say

READABLE = {"pdf", "docx", "odt", "html", "md", "txt", "xlsx", "ods", "pptx", "eml", "scan"}


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--questions", type=Path, default=Path("tests/data/questions.jsonl"))
    options.add_argument("--documents", type=Path, default=Path("sample/documents"))
    options.add_argument("--model", default=None, help="chat model id (default: starter-chat)")
    options.add_argument(
        "--chosen", action="store_true", help="of the question's own document, chosen and read whole"
    )
    options.add_argument("--without", nargs="*", default=[], help="names of documents")
    options.add_argument("--only", nargs="*", default=None, help="ids of questions")
    options.add_argument("--keep", type=Path, default=None, help="folder to keep the instance in, for another run")
    chosen = options.parse_args()
    questions = [
        json.loads(line) for line in chosen.questions.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    if chosen.only:
        questions = [q for q in questions if q["id"] in chosen.only]
    questions = [q for q in questions if q["document"] not in chosen.without]
    asked = [q for q in questions if not q["answerable"] or (q.get("format") or "") in READABLE]
    if chosen.chosen:  # those of one document follow each other: it is read once
        asked.sort(key=lambda q: (q.get("space") or "", q["document"] or ""))
    with tempfile.TemporaryDirectory() as scratch:
        results = asyncio.run(run(chosen, asked, chosen.keep or Path(scratch) / "instance"))
    told = verdict(results, skipped=len(questions) - len(asked))
    finish("questions", told | of_chosen(results) if chosen.chosen else told)


async def run(options: argparse.Namespace, asked: list[dict[str, Any]], instance: Path) -> list[dict[str, Any]]:
    """A private house on a fresh instance; every question in its space."""
    from demeure.cli.ask_cmd import tell
    from demeure.cli.house import private_house

    fresh = not instance.exists()  # noqa: ASYNC240 - nothing else runs yet
    if fresh:
        furnish(instance, fetched("chat", options.model, "starter-chat", "small-chat")[0])
    results = []
    async with private_house(instance, "fr") as door:
        if fresh:
            await load(door, options)
        await engines_ready(door)
        for question in asked:
            space = question.get("space") or "documents"
            asking: dict[str, Any] = {"spaces": [space], "language": "fr"}
            if options.chosen:
                asking["documents"] = [question["document"] or await nearest(door, question, options.without)]
            for earlier in question.get("before", ()):
                answer = await tell(door, asking | {"question": earlier}, "fr", show=False)
                asking["conversation"] = answer["conversation"]
            start = time.perf_counter()
            answer = await tell(door, asking | {"question": question["question"]}, "fr", show=False)
            row = judge(question, answer) | {"seconds": round(time.perf_counter() - start, 2)}
            row |= {"chosen": asking["documents"]} if options.chosen else {}
            say(options, f"{row['id']} {'ok' if row['ok'] else 'MISS'} {row['seconds']} s {answer['text'][:90]!r}")
            results.append(row)
    return results


async def nearest(door: Any, question: dict[str, Any], without: list[str]) -> str:
    """Name of the document of its space that a search finds first, whatever it lacks of the question."""
    space = question.get("space") or "documents"
    found = (await door.call("search", {"sought": question["question"], "spaces": [space]})).data["documents"]
    rows = found + (await door.call("documents.list", {"space": space})).data["documents"]
    return next(str(row["name"]) for row in rows if row["name"] not in without)


async def load(door: Any, options: argparse.Namespace) -> None:
    """Every readable file, each sub-folder in its space, until all are ready."""
    from demeure.cli.documents_cmd import send, settled

    rows = []
    for path in sorted(p for p in options.documents.rglob("*") if p.is_file() and p.suffix[1:] in READABLE):
        inside = path.relative_to(options.documents)
        space = inside.parts[0] if len(inside.parts) > 1 else "documents"
        if space not in {s["name"] for s in (await door.call("spaces.list")).data["spaces"]}:
            await door.call("spaces.create", {"name": space})
        rows.append(await send(door, path, space, "fr"))
    for row in await settled(door, rows, until=("ready", "failed")):
        say(options, f"{row['name']}: {row['state']}, {row.get('passages')} passages")


def plain(text: str) -> str:
    """NFKC, case folded, white space collapsed, thousands separators gone."""
    flat = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold().replace("’", "'"))
    return re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", flat)


def at_place(place: dict[str, Any] | None, found: dict[str, Any]) -> bool:
    """Same page; or the wanted heading is on the found passage's heading path. No place wanted: true."""
    if not place:
        return True
    if "page" in place:
        return bool(found.get("page") == place["page"])
    wanted = plain(str(place.get("heading", "")))
    named = (found.get("sheet"), found.get("title"), found.get("of"))
    steps = [plain(str(s)) for s in (*found.get("path", ()), *filter(None, named))]
    return any(wanted == s or wanted in s or (s and s in wanted) for s in steps) or found.get("kind") == "lines"


def judge(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """What the reader got, compared with what was expected."""
    sources = answer["sources"]
    cited = [s for s in sources if s["number"] in answer.get("citations", ())]
    row: dict[str, Any] = {"id": question["id"], "answerable": question["answerable"], "text": answer["text"]}
    if not question["answerable"]:
        row["ok"] = not answer.get("found", True)
        return row

    def right(items: list[dict[str, Any]], with_place: bool) -> bool:
        return any(
            s["document"] == question["document"] and (not with_place or at_place(question["place"], s["place"]))
            for s in items
        )

    said = plain(answer["text"])
    facts = [any(plain(spelling) in said for spelling in spellings) for spellings in question["facts"]]
    row |= {
        "document": right(cited, False),
        "page": right(cited, True),
        "document_in_sources": right(sources, False),
        "page_in_sources": right(sources, True),
        "facts": sum(facts),
        "facts_wanted": len(facts),
        "found": answer.get("found"),
        "wanted": question["facts"],
    }
    row["ok"] = row["document"] and row["page"] and all(facts)
    return row


def verdict(rows: list[dict[str, Any]], skipped: int) -> dict[str, Any]:
    """Shares over answerable questions, refusals over the others, and every miss."""
    known = [r for r in rows if r["answerable"]]
    unknown = [r for r in rows if not r["answerable"]]

    def share(key: str) -> float | None:
        return round(sum(bool(r[key]) for r in known) / len(known), 3) if known else None

    wanted = sum(r["facts_wanted"] for r in known)
    return {
        "answerable": len(known),
        "document": share("document"),
        "page": share("page"),
        "document_in_sources": share("document_in_sources"),
        "page_in_sources": share("page_in_sources"),
        "facts": round(sum(r["facts"] for r in known) / wanted, 3) if wanted else None,
        "refusals": f"{sum(r['ok'] for r in unknown)}/{len(unknown)}",
        "skipped_formats": skipped,
        "seconds_p50": percentile([r["seconds"] for r in rows], 0.5) if rows else None,
        "misses": [r for r in rows if not r["ok"]],
    }


def of_chosen(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How many of the answerable questions were answered rightly, declined though the document answers, answered
    wrongly; ``invented``: ids of those without an answer that got one."""
    known = [r for r in rows if r["answerable"]]
    declined = [r["id"] for r in known if not r["found"]]
    return {
        "right": sum(r["ok"] for r in known),
        "wrongly_declined": declined,
        "wrong": [r["id"] for r in known if r["found"] and not r["ok"]],
        "invented": [r["id"] for r in rows if not r["answerable"] and not r["ok"]],
    }


if __name__ == "__main__":
    main()
