"""The Merkle tree against the published vectors, its own definition, and two independent programs."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from aics import agrees, needs_aics
from hypothesis import given, settings
from hypothesis import strategies as st

from demeure.journal.checkpoint import Signer, plain
from demeure.journal.disk import Disk
from demeure.journal.tiles import Published, Tiles, tile_node
from demeure.journal.tree import (
    EMPTY_ROOT,
    WIDTH,
    Tree,
    check_consistency,
    consistency,
    inclusion,
    leaf_hash,
    node_hash,
    root_from_inclusion,
    subtree_root,
    tile_path,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
    )
]  # fmt: skip
ROOTS = """
6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77
d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4
76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c
5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328
"""
"""The vectors of the Certificate Transparency reference implementation."""


def definition(hashes: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node_hash(definition(hashes[:k]), definition(hashes[k:]))


def node_of(hashes: list[bytes], level: int, number: int) -> bytes:
    return subtree_root(hashes[number << level : (number + 1) << level])


def grown(hashes: list[bytes]) -> Tree:
    tree = Tree()
    for hashed in hashes:
        tree.append(hashed)
    return tree


def some_hashes(count: int) -> list[bytes]:
    return [leaf_hash(str(n).encode()) for n in range(count)]


def test_reference_vectors() -> None:
    assert hashlib.sha256(b"").digest() == EMPTY_ROOT == Tree().root()
    tree = Tree()
    for data, root in zip(LEAVES, ROOTS.split(), strict=True):
        tree.append(leaf_hash(data))
        assert tree.root().hex() == root
    hashes = [leaf_hash(data) for data in LEAVES]
    assert [h.hex()[:8] for h in inclusion(0, 8, lambda lv, n: node_of(hashes, lv, n))] == [
        "96a296d2", "5f083f0a", "6b47aaf2"
    ]  # fmt: skip
    assert [h.hex()[:8] for h in consistency(6, 8, lambda lv, n: node_of(hashes, lv, n))] == [
        "0ebc5d34", "ca854ea1", "d37ee418"
    ]  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 700), st.data())
def test_proofs_convince_and_only_of_the_truth(size: int, data: st.DataObject) -> None:
    hashes = some_hashes(size)
    root = definition(hashes)
    assert grown(hashes).root() == root
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    path = inclusion(index, size, lambda lv, n: node_of(hashes, lv, n))
    assert root_from_inclusion(index, size, hashes[index], path) == root
    assert root_from_inclusion(index, size, leaf_hash(b"other"), path) != root
    assert root_from_inclusion(index, size, hashes[index], [*path, root]) is None
    if path:
        assert root_from_inclusion(index, size, hashes[index], path[1:]) != root
    proof = consistency(old, size, lambda lv, n: node_of(hashes, lv, n))
    old_root = definition(hashes[:old])
    assert check_consistency(old, old_root, size, root, proof)
    assert not check_consistency(old, leaf_hash(b"other"), size, root, proof)
    if 0 < old < size:
        assert not check_consistency(old, old_root, size, leaf_hash(b"other"), proof)
        assert not check_consistency(old, old_root, size, root, proof[:-1])


def test_tiles_come_out_complete_in_order_at_every_level() -> None:
    tree, complete = Tree(), []
    for hashed in some_hashes(WIDTH * WIDTH + 3):
        complete += [(level, number) for level, number, row in tree.append(hashed) if len(row) == WIDTH]
    assert [t for t in complete if t[0] == 0] == [(0, n) for n in range(WIDTH)]
    assert [t for t in complete if t[0] == 1] == [(1, 0)]
    assert [(level, number, len(row)) for level, number, row in tree.partial_tiles()] == [(0, 256, 3), (2, 0, 1)]


def test_a_copy_grows_alone() -> None:
    tree = grown(some_hashes(300))
    root = tree.root()
    other = tree.copy()
    other.append(leaf_hash(b"x"))
    assert (tree.size, tree.root()) == (300, root)
    assert other.root() == definition([*some_hashes(300), leaf_hash(b"x")])


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 999, 1, "tile/0/999.p/1"),
        (1, 1000, 256, "tile/1/x001/000"),
        ("entries", 1_234_067, 256, "tile/entries/x001/x234/067"),
        (63, 0, 255, "tile/63/000.p/255"),
    ],
)
def test_tile_paths(level: int | str, number: int, width: int, path: str) -> None:
    assert tile_path(level, number, width) == path


def published(folder: Path, steps: list[int], signer: Signer) -> tuple[Tiles, Published, list[bytes]]:
    """A published journal of ``sum(steps)`` entries, in that many publications."""
    tiles, state, leaves = Tiles(folder, Disk()), Published(), []
    for step in steps:
        new = [f"entry {len(leaves) + n}\n".encode() for n in range(step)]
        state = tiles.publish(state, new, signer)
        leaves += new
    return tiles, state, leaves


def edge(state: Published) -> dict[tuple[int, int], tuple[bytes, ...]]:
    return {(level, number): row for level, number, row in state.tree.partial_tiles()}


def test_publishing_in_any_steps_gives_the_same_files(tmp_path: Path) -> None:
    signer, found = Signer(b"k" * 32), []
    for name, steps in (("once", [800]), ("steps", [1, 254, 1, 1, 255, 88, 200]), ("few", [256, 256, 288])):
        (tmp_path / name).mkdir()
        published(tmp_path / name, steps, signer)
        files = (p for p in (tmp_path / name).rglob("*") if p.is_file())
        read = {str(p.relative_to(tmp_path / name)): p.read_bytes() for p in files}
        read["checkpoint"] = plain(read["checkpoint"].decode()).encode()  # the other signature has its own chance
        found.append(read)
    assert found[0] == found[1] == found[2]
    assert set(found[0]) == {
        "checkpoint", "signed", "tile/0/000", "tile/0/001", "tile/0/002", "tile/0/003.p/32", "tile/1/000.p/3",
        "tile/entries/000", "tile/entries/001", "tile/entries/002", "tile/entries/003.p/32",
    }  # fmt: skip


def test_proofs_from_tiles_equal_those_from_hashes(tmp_path: Path) -> None:
    tiles, state, leaves = published(tmp_path, [700], Signer(b"k" * 32))
    hashes = [leaf_hash(data) for data in leaves]
    for index in (0, 255, 256, 511, 512, 699):
        proof = inclusion(index, 700, lambda lv, n: tile_node(tiles, edge(state), lv, n))
        assert proof == inclusion(index, 700, lambda lv, n: node_of(hashes, lv, n))
    for old in (1, 255, 256, 300, 512, 699):
        proof = consistency(old, 700, lambda lv, n: tile_node(tiles, edge(state), lv, n))
        assert proof == consistency(old, 700, lambda lv, n: node_of(hashes, lv, n))


@needs_aics
def test_an_independent_library_reads_our_tiles_and_checkpoint(tmp_path: Path) -> None:
    signer = Signer(b"k" * 32, "mairie-exemple.test/journal")
    tiles, state, leaves = published(tmp_path, [256, 700, 4], signer)

    def node(level: int, number: int) -> bytes:
        return tile_node(tiles, edge(state), level, number)

    told: dict[str, Any] = {
        "folder": str(tmp_path),
        "size": 960,
        "root": state.tree.root().hex(),
        "leaves": [leaf.hex() for leaf in leaves],
        "inclusion": {n: [one.hex() for one in inclusion(n, 960, node)] for n in (0, 255, 300, 617, 959)},
        "consistency": {n: [one.hex() for one in consistency(n, 960, node)] for n in (1, 256, 700, 959)},
        "vkey": signer.vkey,
        "note": state.note,
    }
    assert agrees("tiles", told)
    assert not agrees("tiles", told | {"root": "00" * 32}), "it would say so"


SPICY = shutil.which("spicy-litetlog")


@pytest.mark.skipif(SPICY is None, reason="oracle spicy-litetlog absent: Debian package litetlog")
def test_debian_s_verifier_accepts_our_proof_and_refuses_a_changed_entry(tmp_path: Path) -> None:
    import base64

    signer = Signer(b"k" * 32, "mairie-exemple.test/journal")
    tiles, state, leaves = published(tmp_path, [1000], signer)
    path = inclusion(617, 1000, lambda lv, n: tile_node(tiles, edge(state), lv, n))
    lines = [base64.b64encode(hashed).decode() for hashed in path]
    event = tmp_path / "event.txt"
    (tmp_path / "event.txt.spicy").write_text("index 617\n" + "\n".join(lines) + "\n\n" + state.note)
    for content, code in ((leaves[617], 0), (leaves[618], 1)):
        event.write_bytes(content)
        run = subprocess.run([str(SPICY), "-verify", signer.vkey, str(event)], capture_output=True, text=True)
        assert run.returncode == code, run.stderr
