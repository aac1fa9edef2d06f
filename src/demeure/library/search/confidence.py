"""Does the base seem to hold an answer? Two weak signs: closeness of meaning, and rare words found. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Features:
    """``cosine``: of the closest passage (None: no vector). ``coverage``: share of the question's words held by the
    best three passages, rare words counting more, 0…1."""

    cosine: float | None
    coverage: float


@dataclass(frozen=True)
class Confidence:
    """Least values to believe that an answer is there. ``cosine`` belongs to an embedding model: E5 gives 0.7 to
    texts that have nothing in common."""

    cosine: float = 0.80
    coverage: float = 0.30

    def holds_an_answer(self, features: Features) -> bool:
        """False: the assistant says that it did not find, without asking the model."""
        if features.cosine is not None and features.cosine < self.cosine:
            return False
        return features.coverage >= self.coverage
