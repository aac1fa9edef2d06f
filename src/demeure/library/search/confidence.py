"""Does the base seem to hold an answer? Two weak signs: closeness of meaning, and rare words found. Pure."""

from dataclasses import dataclass

COSINE = 0.80
COVERAGE = 0.30


@dataclass(frozen=True)
class Features:
    """``cosine``: of the closest passage (None: no vector). ``coverage``: share of the question's words held by the
    best three passages, rare words counting more, 0…1."""

    cosine: float | None
    coverage: float


def holds_an_answer(features: Features) -> bool:
    """False: the assistant says that it did not find, without asking the model."""
    if features.cosine is None:
        return features.coverage >= COVERAGE
    return features.cosine >= COSINE and features.coverage >= COVERAGE
