"""Text cut in passages: megabytes a second of processor, against finding the words of the same text.

    python benchmarks/cutting.py [--rounds 5] [--json]

French prose with the abbreviations, amounts and articles that a cut must not fall on, by parts of 40,000 signs.
"""

import re
import time
from collections.abc import Callable

from demeure.library.chunking import passages
from demeure.workshop import Part
from measure import finish, parser, say, spread

PROSE = (
    "La commune gère la cantine scolaire avec M. Petit, art. 12, au tarif de 3,20 € le repas. "
    "Mme Roux répond aux familles (tél. 01 23 45 67 89), au plus tard le 30 juin : nul n’attend. "
)
PART = 40_000


def main() -> None:
    options = parser(str(__doc__))
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    text = PROSE * 6_000
    parts = [Part({"kind": "heading", "path": []}, text[at : at + PART]) for at in range(0, len(text), PART)]
    megabytes = len(text.encode()) / 1e6
    cut, words = [], []
    for turn in range(given.rounds):
        words.append(megabytes / spent(lambda: sum(1 for _ in re.finditer(r"\w+", text))))
        cut.append(megabytes / spent(lambda: sum(1 for _ in passages(parts))))
        say(given, f"round {turn + 1}: cut {cut[-1]:.1f} MB/s, words found {words[-1]:.1f} MB/s")
    ratios = [mine / bare for mine, bare in zip(cut, words, strict=True)]
    result = {"cut_mb_per_second": spread(cut), "words_mb_per_second": spread(words), "ratio": spread(ratios, 3)}
    finish("cutting", {"megabytes": round(megabytes, 2), "passages": sum(1 for _ in passages(parts)), **result})


def spent(work: Callable[[], int]) -> float:
    """Seconds of processor."""
    begun = time.process_time()
    assert work()
    return time.process_time() - begun


if __name__ == "__main__":
    main()
