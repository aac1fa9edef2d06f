"""After the storm: what is on the disk of a closed house, against what people were told."""

import collections
import hashlib
import traceback
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from real_house import WrittenJournal
from storm import Fate, Storm

from demeure.assistant.prompt import NOT_FOUND
from demeure.clock import SystemClock
from demeure.library import Rooms, Shelf
from demeure.library.search.query import French
from demeure.store import Keys, keys_folder, open_house, read_house_key
from demeure.store.space_tables import parts, passages, vector_cache, vectors
from demeure.store.tables import documents, messages

LEFT = ("run/lock", "run/engine", "run/engine/chat", "run/engine/embed")
"""All that a closed house leaves in run/."""


class Reckoning:
    """Opened on the folder of a house that was closed."""

    def __init__(self, storm: Storm) -> None:
        self.storm, self.instance = storm, storm.house.instance
        self.journal = WrittenJournal(self.instance)
        keys = Keys(read_house_key(self.instance), keys_folder(self.instance))
        self.house = open_house(self.instance, keys)
        self.rooms = Rooms(self.instance, keys)
        self.shelf = Shelf(self.house, SystemClock())
        self.space = self.rooms.database(storm.space)
        with self.house.read() as db:
            self.rows = {row.id: row for row in db.execute(sa.select(documents))}

    def close(self) -> None:
        self.rooms.close()
        self.house.close()

    def everything(self) -> list[str]:
        """What does not agree, whole: one failure must not hide another."""
        found = []
        for name in (n for n in dir(self) if n.startswith("check_")):
            try:
                getattr(self, name)()
            except AssertionError as problem:
                place = traceback.extract_tb(problem.__traceback__)[-1]
                found.append(f"{name}, {place.line}: {str(problem)[:1500]}")
        self.close()
        return found

    def read(self, query: Any) -> list[Any]:
        with self.space.read() as db:
            return list(db.execute(query).all())

    # -- documents ------------------------------------------------------------------------------------------------

    def check_documents(self) -> None:
        """Everything accepted is there once, nothing deleted is there, and each is ready."""
        by_name = collections.Counter(row.name for row in self.rows.values())
        assert max(by_name.values()) == 1, [name for name, times in by_name.items() if times > 1]
        for fate in self.storm.fates:
            times = by_name[fate.paper.name]
            assert fate.there is None or times == fate.there, (fate, times)
        assert not [fate for fate in self.storm.fates if fate.deleted & self.rows.keys()]
        assert by_name.keys() <= {fate.paper.name for fate in self.storm.fates}
        assert not [row for row in self.rows.values() if row.deleting or row.lease_owner]
        assert {row.state for row in self.rows.values()} == {"ready"}, self.failures()

    def failures(self) -> list[tuple[str, Any]]:
        return [(row.name, row.reason) for row in self.rows.values() if row.state != "ready"]

    def check_index(self) -> None:
        """Exactly the passages it should have, each with its vector; nothing of anything else."""
        papers = {fate.paper.name: fate.paper for fate in self.storm.fates}
        found = self.read(sa.select(passages).order_by(passages.c.document, passages.c.ordinal))
        of = collections.defaultdict(list)
        for row in found:
            of[row.document].append(row)
        assert of.keys() == self.rows.keys()
        for document, row in self.rows.items():
            wanted = papers[row.name].passages()
            assert [(p.context, p.text) for p in of[document]] == wanted, row.name
            assert [p.ordinal for p in of[document]] == list(range(len(wanted)))
            assert row.passages == row.embedded == len(wanted)
        assert {p.document for p in self.read(sa.select(parts.c.document))} == self.rows.keys()
        ids = {p.id for p in found}
        assert {v.passage for v in self.read(sa.select(vectors.c.passage))} == ids
        assert {c.digest for c in self.read(sa.select(vector_cache.c.digest))} == {p.digest for p in found}
        self._check_stems(ids)

    def _check_stems(self, ids: set[int]) -> None:
        with self.space.write() as db:
            db.exec_driver_sql("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'stems', 'instance')")
            rows = db.exec_driver_sql("SELECT DISTINCT term, doc FROM temp.terms").all()
        assert {doc for _, doc in rows} == ids
        terms, french = {term for term, _ in rows}, French()
        there = {row.name for row in self.rows.values()}
        for fate in self.storm.fates:
            (stem,) = french.stems(fate.paper.word)
            assert (stem in terms) == (fate.paper.name in there), fate

    def check_originals(self) -> None:
        """One whole original a document, and nothing else in the folder."""
        blobs = self.rooms.blobs(self.storm.space)
        assert sorted(s.sha256 for s in blobs.list()) == sorted(row.sha256 for row in self.rows.values())
        papers = {fate.paper.name: fate.paper for fate in self.storm.fates}
        for row in self.rows.values():
            kept = b"".join(blobs.open(row.sha256))
            assert hashlib.sha256(kept).hexdigest() == row.sha256 and kept == papers[row.name].data
        folder = self.instance / "spaces" / self.storm.space / "blobs"
        assert len(list(folder.iterdir())) == len(self.rows)

    def check_databases(self) -> None:
        assert self.house.damages() == [] and self.space.damages() == []

    # -- the journal ----------------------------------------------------------------------------------------------

    def check_journal(self) -> None:
        """Every intention closed; no effect without its entry."""
        assert self.journal.open() == []
        for row in self.rows.values():
            (added,) = self.journal.of(row.chain, "document-add")
            assert added["object"] == row.id
            for name in ("document-add-closed", "document-read-closed", "document-embed-closed"):
                assert self.journal.outcomes(row.chain, name).count("done") >= 1, (row.name, name)
            assert self.journal.outcomes(row.chain, "document-add-closed") == ["done"]
        assert [e["object"] for e in self.journal.entries if e["name"] == "space-create"] == [self.storm.space]
        asked = [e for e in self.journal.entries if e["name"] == "document-delete"]
        wanted = {document for fate in self.storm.fates for document in fate.deleted}
        assert wanted <= {e["object"] for e in asked}
        adds = {e["object"]: e["chain"] for e in self.journal.entries if e["name"] == "document-add"}
        for fate in self.storm.fates:
            for document in fate.accepted:
                assert document in adds
                assert self.journal.outcomes(adds[document], "document-add-closed") == ["done"], fate

    def check_answers(self) -> None:
        """What a reader saw is in the conversation and in the journal; nobody was shown what was deleted."""
        with self.house.read() as db:
            rows = list(db.execute(sa.select(messages).order_by(messages.c.id)))
        assert not [row for row in rows if row.state == "open"]
        answers = collections.defaultdict(list)
        for row in rows:
            answers[row.chain, row.role].append(row)
        for told in self.storm.told:
            (question,), (answer,) = answers[told.chain, "user"], answers[told.chain, "assistant"]
            assert question.text == told.question and str(answer.id) == told.message
            assert answer.text.startswith(told.shown), told
            assert not told.gone & set(told.sources), told
            written = self.journal.of(told.chain, "answer-closed")
            assert len(written) == 1 if told.shown else len(written) <= 1, told
            if told.shown:
                assert self.journal.payload(written[0])["text"] == answer.text, (told, answer, written)
            if told.outcome == "done":
                assert written[0]["outcome"] == "done" and answer.state == "closed"
                assert answer.text == told.shown
        for chain, _ in answers:
            assert self.journal.of(chain, "question-asked"), chain

    # -- the folder -----------------------------------------------------------------------------------------------

    def check_folder(self) -> None:
        """No temporary file, no socket."""
        run = self.instance / "run"
        assert sorted(str(p.relative_to(self.instance)) for p in run.rglob("*")) == sorted(LEFT)
        names = [p for p in self.instance.rglob("*") if _temporary(p)]
        assert names == []


def _temporary(path: Path) -> bool:
    return path.name.endswith((".new", ".tmp", ".part")) or path.name.startswith(".incoming") or path.is_socket()


def summary(storm: Storm) -> dict[str, Any]:
    """What a run can say of itself."""

    def count(fates: list[Fate], there: bool | None) -> int:
        return sum(fate.there is there for fate in fates)

    return {
        "kills": dict(sorted(storm.killed.items())),
        "dealt": storm.dealt,
        "papers": len(storm.fates),
        "there": count(storm.fates, True),
        "deleted": count(storm.fates, False),
        "unknown": count(storm.fates, None),
        "questions": len(storm.told),
        "shown": sum(bool(told.shown) for told in storm.told),
        "of_the_model": sum(bool(told.shown) and told.shown not in NOT_FOUND["fr"] for told in storm.told),
        "done": sum(told.outcome == "done" for told in storm.told),
        "left": sum(told.left for told in storm.told),
        "cut": sum(bool(told.shown) and not told.outcome and not told.left for told in storm.told),
    }
