"""The matrix in memory follows the database, whatever is added, deleted or embedded meanwhile."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.typing import NDArray

from demeure.library.erasing import clear_index
from demeure.library.indexing import index, store_vectors, unembedded
from demeure.library.search.lexical import Lexicon
from demeure.library.search.query import French
from demeure.library.search.vectors import SpaceVectors, quantised
from demeure.library.vector_source import EmbeddingModel, adopt
from demeure.store.space_tables import passages, vectors
from demeure.testing.store import Instance, make_instance
from demeure.workshop import Part

FRENCH = French()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = make_instance(tmp_path)
    yield made
    made.close()


def units(count: int, seed: int) -> NDArray[np.float32]:
    values = np.random.default_rng(seed).normal(size=(count, 384)).astype(np.float32)
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


def put(instance: Instance, name: str, sentences: int = 60) -> int:
    text = " ".join(
        f"Phrase {name} numéro {n}, écrite pour occuper de la place sur la page." for n in range(sentences)
    )
    return index(instance.space, FRENCH, name, "", [Part({"kind": "page", "page": 1}, text)])


def embed(instance: Instance, name: str, seed: int, limit: int = 1000) -> None:
    adopt(instance.space, EmbeddingModel("m", "m"))
    found = unembedded(instance.space, name, "m", 0, limit)
    store_vectors(instance.space, "m", found, units(sum(p.cached is None for p in found), seed))


def truth(instance: Instance) -> dict[int, bytes]:
    with instance.space.read() as db:
        return {row.passage: row.vector for row in db.execute(sa.select(vectors))}


def held(view_of: SpaceVectors) -> dict[int, bytes]:
    view = view_of.snapshot()
    return {int(i): view.matrix[n].tobytes() for n, i in enumerate(view.ids)}


def test_quantised_vectors_keep_their_cosines() -> None:
    values = units(500, 1)
    matrix, scales = quantised(values)
    assert matrix.dtype == np.int8 and np.abs(matrix * scales[:, None] - values).max() <= scales.max()
    back = matrix.astype(np.float32) * scales[:, None]
    assert np.abs(back @ back.T - values @ values.T).max() < 0.02
    zero, one = quantised(np.zeros((1, 384), np.float32))
    assert not zero.any() and one[0] == 1.0


def test_what_is_in_memory_is_what_is_in_the_database(instance: Instance) -> None:
    kept = SpaceVectors(instance.space)
    assert held(kept) == {}
    for step, name in enumerate(("a", "b", "c")):
        put(instance, name)
        embed(instance, name, step, limit=2)  # partly
        assert held(kept) == truth(instance) and len(truth(instance)) == 2 * (step + 1)
    embed(instance, "b", 9)
    assert held(kept) == truth(instance)
    with instance.space.write() as db:
        clear_index(db, "b")
    assert held(kept) == truth(instance)
    put(instance, "b", 30)  # read again: same document, new passages
    embed(instance, "b", 10)
    embed(instance, "a", 11)
    assert held(kept) == truth(instance) == held(SpaceVectors(instance.space))
    with instance.space.read() as db:
        owners = {row.id: row.document for row in db.execute(sa.select(passages.c.id, passages.c.document))}
    view = kept.snapshot()
    assert all(view.document(n) == owners[int(i)] for n, i in enumerate(view.ids))


def test_a_snapshot_never_changes_under_its_reader(instance: Instance) -> None:
    put(instance, "a")
    embed(instance, "a", 1)
    kept = SpaceVectors(instance.space)
    view = kept.snapshot()
    before = (view.ids.copy(), view.matrix.copy(), view.documents.copy())
    put(instance, "b", 2000)
    embed(instance, "b", 2)
    kept.snapshot()
    with instance.space.write() as db:
        clear_index(db, "a")
    kept.snapshot()
    for old, now in zip(before, (view.ids, view.matrix, view.documents), strict=True):
        assert (old == now).all()


def test_cosines_are_those_of_float_vectors_within_a_hundredth(instance: Instance) -> None:
    count = put(instance, "a", 400)
    values = units(count, 3)
    adopt(instance.space, EmbeddingModel("m", "m"))
    store_vectors(instance.space, "m", unembedded(instance.space, "a", "m", 0, count), values)
    view = SpaceVectors(instance.space).snapshot()
    assert np.abs(view.cosines(values[7]) - values @ values[7]).max() < 0.01
    assert int(np.argmax(view.cosines(values[7]))) == 7


def test_the_surroundings_stay_inside_their_document(instance: Instance) -> None:
    for name in ("a", "b"):
        assert put(instance, name, 400) > 20
    for name, seed in (("b", 1), ("a", 2)):  # loaded in another order than written
        embed(instance, name, seed)
    view = SpaceVectors(instance.space).snapshot()
    cosines = np.where([view.document(n) == "a" for n in range(len(view.ids))], 1.0, 0.0).astype(np.float32)
    every = np.arange(len(view.ids))
    assert all(np.allclose(means, cosines) for means in view.around(cosines, every))
    one = np.zeros(len(view.ids), np.float32)
    one[view.layout.order[10]] = 9.0
    (around,) = view.around(one, view.layout.order, (4,))
    assert np.allclose(around[6:15], 1.0) and around[5] == around[15] == 0
    assert np.allclose(view.around(one, view.layout.order[3:12], (4,)), [around[3:12]])
    lengths = {name: sum(view.document(row) == name for row in every.tolist()) for name in ("a", "b")}
    assert view.lengths(every).tolist() == [lengths[view.document(row)] for row in every.tolist()]


def test_each_row_knows_the_opening_of_its_document_and_is_found_by_its_passage(instance: Instance) -> None:
    for name, seed in (("a", 1), ("b", 2), ("c", 3)):
        put(instance, name, 100)
        embed(instance, name, seed)
    with instance.space.write() as db:
        clear_index(db, "a")
    put(instance, "a", 50)  # its rows now come last
    embed(instance, "a", 4)
    view = SpaceVectors(instance.space).snapshot()
    every = np.arange(len(view.ids))
    with instance.space.read() as db:
        said = {r.id: (r.document, r.ordinal) for r in db.execute(sa.select(passages))}
    for row, opening in zip(every, view.openings(every), strict=True):
        assert said[int(view.ids[opening])] == (said[int(view.ids[row])][0], 0)
    assert (view.rows(view.ids) == every).all()
    assert view.rows(np.array([10**9, int(view.ids[3])])).tolist() == [-1, 3]


def test_threads_may_ask_while_documents_come_and_go(instance: Instance) -> None:
    kept, wrong = SpaceVectors(instance.space), []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            view = kept.snapshot()
            if len(view.ids) != len(view.matrix) or len(set(view.ids.tolist())) != len(view.ids):
                wrong.append(len(view.ids))
            view.around(view.cosines(units(1, 5)[0]), np.arange(len(view.ids)))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(12):
        put(instance, f"d{turn}", 40)
        embed(instance, f"d{turn}", turn)
        if turn % 3 == 2:
            with instance.space.write() as db:
                clear_index(db, f"d{turn - 1}")
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == [] and held(kept) == truth(instance)


def test_a_word_is_unheard_when_nothing_in_the_space_begins_with_it(instance: Instance) -> None:
    text = "La sonorisation de la salle est prêtée au club des aînés."
    index(instance.space, FRENCH, "a", "", [Part({"kind": "page", "page": 1}, text)])
    lexicon = Lexicon(instance.space)
    asked = French().question("Le prix de la sono pour le club de pétanque ?")
    assert lexicon.unheard(asked.named) == {"petanqu"}
    assert lexicon.unheard(()) == set()
