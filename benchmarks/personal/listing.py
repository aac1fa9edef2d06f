"""Makes the lists of names and words that src/demeure/personal reads, from published packages already unpacked.

    python benchmarks/personal/listing.py --dic fr.dic --zxcvbn DIR --faker person.py

``fr.dic``: Debian's hunspell-fr-classical (Dicollecte, MPL-2.0). ``DIR``: package/src of
@zxcvbn-ts/language-fr (MIT). ``person.py``: faker/providers/person/fr_FR/__init__.py (MIT). Writes
src/demeure/personal/lists/*.txt.gz, the same bytes from the same packages; SOURCES.md there says what each holds.
"""

import argparse
import ast
import gzip
import json
import re
from collections.abc import Iterable
from pathlib import Path

from demeure.personal.words import fold

LISTS = Path(__file__).parents[2] / "src" / "demeure" / "personal" / "lists"
SHORTEST = 3
PROPER = {"prn", "patr", "npr"}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--dic", type=Path, required=True)
    options.add_argument("--zxcvbn", type=Path, required=True)
    options.add_argument("--faker", type=Path, required=True)
    given = options.parse_args()
    kinds = dictionary(given.dic)
    faker = constants(given.faker)
    # in that package the file of first names holds surnames, and the other way round
    surnames = json.loads((given.zxcvbn / "firstnames.json").read_text(encoding="utf-8"))
    firsts = json.loads((given.zxcvbn / "lastnames.json").read_text(encoding="utf-8"))
    written(
        "first_names",
        kinds["prn"] | folded(firsts) | folded(faker["first_names_male"] + faker["first_names_female"]),
    )
    written("surnames", kinds["patr"] | folded(surnames) | folded(faker["last_names"]))
    written("frequent", folded(faker["last_names"]))
    written("places", kinds["npr"])
    written("words", kinds["word"])


def dictionary(path: Path) -> dict[str, set[str]]:
    """Folded words of a Dicollecte file by what they are: prn, patr, npr, and « word » for all the rest."""
    found: dict[str, set[str]] = {kind: set() for kind in (*PROPER, "word")}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        word = fold(re.split(r"[/ ]", line, maxsplit=1)[0])
        kinds = set(re.findall(r"po:(\w+)", line))
        for kind in kinds & PROPER:
            found[kind].add(word)
        if kinds - PROPER and word.isalpha():
            found["word"].add(word)
    return found


def constants(path: Path) -> dict[str, list[str]]:
    """Tuples of texts that a module of Faker assigns in its class."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = list(ast.literal_eval(node.value))
            except (ValueError, TypeError):
                continue
    return found


def folded(names: Iterable[str]) -> set[str]:
    return {fold(name) for name in names}


def written(name: str, words: set[str]) -> None:
    kept = sorted(word for word in words if len(word) >= SHORTEST and re.fullmatch(r"[a-z' -]+", word))
    packed = gzip.compress("\n".join(kept).encode(), 9, mtime=0)
    (LISTS / f"{name}.txt.gz").write_bytes(packed)
    print(f"{name}: {len(kept)} words, {len(packed)} bytes")


if __name__ == "__main__":
    main()
