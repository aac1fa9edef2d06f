"""What the PyPI package aics-tlog finds in what we wrote: facts as JSON on standard input; ends with 1 when it
disagrees. Run by a Python that has the package (3.12 or later), which needs nothing of Demeure's."""

import json
import sys
from typing import Any

import aics_tlog as oracle


def tiles(told: dict[str, Any]) -> None:
    """The folder of tiles, its signed note, proofs of both kinds."""
    size, leaves = told["size"], [bytes.fromhex(leaf) for leaf in told["leaves"]]
    reader, reference = oracle.FileSystemTileReader(told["folder"]), oracle.MerkleTree(leaves)
    assert oracle.tree_root_from_tiles(reader, size).hex() == told["root"]
    for index, path in told["inclusion"].items():
        assert oracle.read_entry(reader, int(index), size) == leaves[int(index)]
        assert [one.hex() for one in reference.inclusion_proof(int(index))] == path
    for old, path in told["consistency"].items():
        assert [one.hex() for one in reference.consistency_proof(int(old))] == path
    vkey = oracle.parse_vkey(told["vkey"])
    assert oracle.verify_note(oracle.parse_note(told["note"]), [vkey])
    assert not oracle.verify_note(oracle.parse_note(told["note"].replace(f"\n{size}\n", f"\n{size + 1}\n")), [vkey])


def cosignature(told: dict[str, Any]) -> None:
    """A note that a witness cosigned, of ``size`` entries under ``root``; of another size it does not hold."""
    key, read = oracle.parse_vkey(told["vkey"]), oracle.parse_note(told["note"])
    (mine,) = [line.signature for line in read.signatures if line.name == key.name]
    origin, root = read.text.split("\n")[0], bytes.fromhex(told["root"])
    assert oracle.verify_cosignature(mine, key.name, key.public_key, origin, told["size"], root)
    assert not oracle.verify_cosignature(mine, key.name, key.public_key, origin, told["size"] + 1, root)


if __name__ == "__main__":
    {"tiles": tiles, "cosignature": cosignature}[sys.argv[1]](json.load(sys.stdin))
    print("agreed")
