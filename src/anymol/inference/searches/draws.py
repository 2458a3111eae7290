"""Draws from the distribution of answers, by inversion of its cumulative form."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from anymol.inference.searches.search import Bounds, Branch, Hypothesis, Search, Step


class DrawnSearch(Search):
    """Independent answers drawn from the model.

    Draws that have written the same so far share a branch, which costs what one does.

    Args:
        bounds: What holds for every answer.
        uniforms: (n, max_new_tokens) numbers in [0, 1): n draws, each of which depends on its own numbers only and not
            on its neighbours in the batch.
        temperature: Divides the logits before a draw; log-probabilities stay those of temperature 1.
    """

    def __init__(self, bounds: Bounds, uniforms: Tensor, temperature: float = 1.0) -> None:
        super().__init__(bounds)
        self.temperature = temperature
        self._numbers: list[list[float]] = uniforms.double().tolist()
        self._places: list[int] = [0] * len(self._numbers)
        self._found: list[Hypothesis | None] = [None] * len(self._numbers)

    @property
    def width(self) -> int:
        """Draws."""
        return len(self._numbers)

    @property
    def answers(self) -> list[Hypothesis]:
        """The draws, in order of drawing."""
        return [
            found or Hypothesis(self.branches[place].tokens, self.branches[place].log_prob, complete=False)
            for found, place in zip(self._found, self._places, strict=True)
        ]

    @property
    def running(self) -> list[int]:
        """Numbers of the draws that are not at their end."""
        return [draw for draw, found in enumerate(self._found) if found is None]

    @property
    def aims(self) -> tuple[list[int], list[float]]:
        """For each running draw its branch and its number at this step."""
        running = self.running
        return [self._places[draw] for draw in running], [self._numbers[draw][self.steps] for draw in running]

    def choose(self, tokens: Sequence[int], gains: Sequence[float]) -> list[Step]:
        """Return the next branches, none where every draw is at its end.

        Args:
            tokens: What each running draw has met.
            gains: The natural-log probability of each.
        """
        steps: dict[Step, int] = {}
        grown: list[Branch] = []
        for draw, token, gain in zip(self.running, tokens, gains, strict=True):
            source = self._places[draw]
            branch = self.branches[source]
            if token == self.bounds.end:
                self._found[draw] = Hypothesis(branch.tokens, branch.log_prob + gain, complete=True)
                self._places[draw] = 0
                continue
            step = Step(source, token)
            if step not in steps:
                steps[step] = len(steps)
                grown.append(self.grow(branch, token, gain))
            self._places[draw] = steps[step]
        self.steps += 1
        if not grown:
            return []
        self.branches = grown
        return list(steps) if self.remaining else []
