"""Does the base seem to hold an answer? Signs that are each weak alone, put together. Pure.

Tuned on the sample base and on questions written later (60 answerable, 16 without answer): one answerable is
refused, 15 of the 16 are declined here, the last is left to the model. No question of 784 on public-service sheets
is refused for its peak. benchmarks/questions.py measures it again.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Features:
    """``cosine``: of the closest passage (None: no vector). ``coverage``: share of the question's words held by the
    best three passages, rare words counting more, 0…1. ``peak``: fused score of the best passage, in deviations
    above the mean of the ``candidates`` compared. ``unheard``: nouns of the question that no document holds.
    ``words``: how many the question has, small ones apart."""

    cosine: float | None
    coverage: float
    peak: float = 0.0
    candidates: int = 0
    unheard: int = 0
    words: int = 0


@dataclass(frozen=True)
class Confidence:
    """Least values to believe that an answer is there. ``closeness`` (cosine + ``share`` × coverage) belongs to an
    embedding model: E5 gives 0.7 to texts that have nothing in common. ``peak`` only means something among
    ``enough`` candidates: nothing stands out of three passages. ``unheard``: the closeness wanted when the question
    names something that no document does: « la subvention du club de pétanque » is close to every grant; not wanted
    of a passage that ``stands`` out so far: « allergique aux arachides » is answered by what says « allergies ».
    ``few``: a question of so many words (« cimetière ») is far from any sentence: all of them there is enough."""

    closeness: float = 0.897
    share: float = 0.1
    coverage: float = 0.3
    peak: float = 2.75
    enough: int = 60
    unheard: float = 0.945
    stands: float = 6.0
    few: int = 2

    def holds_an_answer(self, features: Features) -> bool:
        """False: the assistant says that it did not find, without asking the model."""
        if 0 < features.words <= self.few and features.coverage > 0.99:
            return True
        if features.candidates >= self.enough and features.peak < self.peak:
            return False
        if features.cosine is None:
            return features.coverage >= self.coverage and not features.unheard
        stands = features.candidates >= self.enough and features.peak >= self.stands
        wanted = self.unheard if features.unheard and not stands else self.closeness
        return features.cosine + self.share * features.coverage >= wanted
