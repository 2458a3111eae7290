"""Beam search: the most probable answers.

Canonical beam search on the sum of log-probabilities (``length_penalty=0`` in transformers' words): a score is the
logarithm of a probability, which the calibration needs, and a running beam may stop as soon as it cannot beat the worst
of k finished answers any more, since scores only fall.
"""

from __future__ import annotations

import math

from anymol.inference.searches.search import Bounds, Hypothesis, RankedSearch, Ranking, Step


class BeamSearch(RankedSearch):
    """The `beams` most probable answers.

    Args:
        bounds: What holds for every answer.
        beams: k, also the most answers.
    """

    def __init__(self, bounds: Bounds, beams: int) -> None:
        super().__init__(bounds)
        self._beams = beams
        self._finished: list[Hypothesis] = []

    @property
    def width(self) -> int:
        """Most branches there are at a time: k."""
        return self._beams

    @property
    def candidates(self) -> int:
        """Twice the beams, so that k remain running even when the k best all end here."""
        return 2 * self._beams

    @property
    def answers(self) -> list[Hypothesis]:
        """The finished answers, the most probable first. Answers cut at the limit are marked incomplete."""
        return list(self._finished)

    def choose(self, ranking: Ranking) -> list[Step]:
        """Return the next beams, the most probable first."""
        end, branches = self.bounds.end, self.branches
        best = sorted(
            (
                (branch.log_prob + gain, source, token)
                for source, branch in enumerate(branches)
                for gain, token in zip(ranking.log_probs[source], ranking.tokens[source], strict=True)
                if not math.isinf(gain)
            ),
            key=lambda one: -one[0],
        )[: self.candidates]
        self.steps += 1
        last = not self.remaining
        # Only candidates among the k best may end (the others are spare beams). At the last step whatever stands there
        # is kept, as incomplete.
        for score, source, token in best[: self._beams]:
            if token == end:
                self._finish(Hypothesis(branches[source].tokens, score, complete=True))
            elif last:
                self._finish(Hypothesis((*branches[source].tokens, token), score, complete=False))
        running = [one for one in best if one[2] != end][: self._beams]
        if len(self._finished) == self._beams:
            # Scores only fall: what is no better than the worst finished answer never becomes one.
            running = [one for one in running if one[0] > self._finished[-1].log_prob]
        if last or not running:
            return []
        self.branches = [
            self.grow(branches[source], token, score - branches[source].log_prob) for score, source, token in running
        ]
        return [Step(source, token) for _, source, token in running]

    def _finish(self, found: Hypothesis) -> None:
        self._finished = sorted([*self._finished, found], key=lambda one: -one.log_prob)[: self._beams]
