"""Does the base seem to hold an answer? Signs that are each weak alone, put together. Pure.

Tuned on the sample base (27 answerable questions, 8 without answer): no answerable question is refused, 6 of 8
are declined here, the others are left to the model. benchmarks/questions.py measures it again.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Features:
    """``cosine``: of the closest passage (None: no vector). ``coverage``: share of the question's words held by the
    best three passages, rare words counting more, 0…1. ``peak``: fused score of the best passage, in deviations
    above the mean of the ``candidates`` compared."""

    cosine: float | None
    coverage: float
    peak: float = 0.0
    candidates: int = 0


@dataclass(frozen=True)
class Confidence:
    """Least values to believe that an answer is there. ``closeness`` (cosine + ``share`` × coverage) belongs to an
    embedding model: E5 gives 0.7 to texts that have nothing in common. ``peak`` only means something among
    ``enough`` candidates: nothing stands out of three passages."""

    closeness: float = 0.897
    share: float = 0.1
    coverage: float = 0.3
    peak: float = 2.5
    enough: int = 60

    def holds_an_answer(self, features: Features) -> bool:
        """False: the assistant says that it did not find, without asking the model."""
        if features.candidates >= self.enough and features.peak < self.peak:
            return False
        if features.cosine is None:
            return features.coverage >= self.coverage
        return features.cosine + self.share * features.coverage >= self.closeness
