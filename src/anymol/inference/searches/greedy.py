"""The most probable token, again and again."""

from __future__ import annotations

import math

from anymol.inference.searches.search import Bounds, Branch, Hypothesis, RankedSearch, Ranking, Step


class GreedySearch(RankedSearch):
    """One answer, which at each step takes what is most probable there."""

    width = 1
    candidates = 1

    def __init__(self, bounds: Bounds) -> None:
        super().__init__(bounds)
        self._best = self.branches[0]
        self._complete = False

    @property
    def answers(self) -> list[Hypothesis]:
        """The answer as far as it is written."""
        return [Hypothesis(self._best.tokens, self._best.log_prob, self._complete)]

    def choose(self, ranking: Ranking) -> list[Step]:
        """Return the next branch, or nothing."""
        token, gain = ranking.tokens[0][0], ranking.log_probs[0][0]
        self.steps += 1
        if math.isinf(gain):  # the grammar and the ban of repeats leave nothing
            return []
        if token == self.bounds.end:
            self._best = Branch(self._best.tokens, self._best.log_prob + gain, self._best.state)
            self._complete = True
            return []
        self._best = self.grow(self._best, token, gain)
        self.branches = [self._best]
        return [Step(0, token)] if self.remaining else []
