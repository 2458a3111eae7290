"""From prompts to scored answers: the part of answering that the Assistant and the evaluation share."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from anymol.errors import UnreadableAnswerError
from anymol.inference.confidence import Calibration, measure_spread, merge_candidates, share
from anymol.inference.generation import Decoding, Generator, Search
from anymol.inference.scored import AnsweredRow, DecodedText, DecodingBudget, ScoredAnswer
from anymol.models.prompt_writer import EncodedExample
from anymol.tasks.task import AnswerKind, Task


class Answerer:
    """Asks a model and scores what it says.

    Args:
        generator: The model.
        calibration: What was fitted for it.
        budget: How hard to look.
    """

    def __init__(
        self, generator: Generator, calibration: Calibration | None = None, budget: DecodingBudget | None = None
    ) -> None:
        self.generator = generator
        self.calibration = calibration or Calibration()
        self.budget = budget or DecodingBudget()

    def answer(
        self,
        task: Task,
        questions: Sequence[Sequence[EncodedExample]],
        *,
        top_k: int = 1,
        seed: int = 0,
    ) -> list[AnsweredRow]:
        """Answer rows of one task.

        Args:
            task: The task, which reads the answers.
            questions: For each row its prompt, in one or several equivalent spellings whose answers are merged.
            top_k: Answers wanted per row; sets the least number of beams.
            seed: Seeds the draws of numbers.
        """
        prompts = [prompt for variants in questions for prompt in variants]
        found = iter(self.generator.generate(prompts, task.answer, self.choose_decoding(task, top_k), seed=seed))
        rows = []
        for variants in questions:
            written = [one for _ in variants for one in next(found)]
            match task.answer:
                case AnswerKind.NUMBER:
                    rows.append(self._read_numbers(task, written))
                case _:
                    rows.append(self._read_values(task, written, len(variants)))
        return rows

    def choose_decoding(self, task: Task, top_k: int = 1) -> Decoding:
        """Return how answers of a task are looked for."""
        budget = self.budget
        match task.answer:
            case AnswerKind.NUMBER:
                return Decoding(Search.SAMPLED, budget.draws, 16, constrained=budget.constrained)
            case AnswerKind.CLASS:
                # As many beams as labels find each of them, whatever its probability.
                return Decoding(Search.BEAM, len(task.labels), 64, labels=task.labels)
            case AnswerKind.TEXT:
                search = Search.GREEDY if top_k == 1 else Search.BEAM
                return Decoding(
                    search,
                    top_k,
                    budget.text_tokens,
                    constrained=budget.constrained,
                    no_repeat=budget.text_no_repeat,
                )
            case AnswerKind.REACTION:
                # The grammars know molecules, not the arrow between them.
                return Decoding(Search.BEAM, max(budget.beams, top_k), 2 * budget.molecule_tokens, constrained=False)
            case AnswerKind.MOLECULE | AnswerKind.MIXTURE:
                beams = max(budget.beams, top_k)
                return Decoding(Search.BEAM, beams, budget.molecule_tokens, constrained=budget.constrained)

    def _read_values(self, task: Task, written: Sequence[DecodedText], variants: int) -> AnsweredRow:
        candidates, unreadable = merge_candidates(
            [(one.text, one.log_prob) for one in written], task.parse, variants=variants
        )
        scale = self.calibration.probabilities.get(task.name)
        probabilities = share(candidates) if scale is None else [scale.apply(candidate) for candidate in candidates]
        answers = [
            ScoredAnswer(
                candidate.value,
                candidate.text,
                candidate.log_prob,
                probability=probability,
                calibrated=scale is not None,
                candidate=candidate,
            )
            for candidate, probability in zip(candidates, probabilities, strict=True)
        ]
        return AnsweredRow(tuple(answers), tuple(written), unreadable)

    def _read_numbers(self, task: Task, written: Sequence[DecodedText]) -> AnsweredRow:
        draws: list[tuple[float, float]] = []
        for one in written:
            try:
                number = float(task.parse(one.text))
            except UnreadableAnswerError:
                continue
            if math.isfinite(number):
                draws.append((number, one.log_prob))
        unreadable = len(written) - len(draws)
        if not draws:
            return AnsweredRow((), tuple(written), unreadable)
        numbers = [number for number, _ in draws]
        # The median keeps the mean absolute error low; the middle draw itself is taken, never a number between two.
        value = float(np.quantile(numbers, 0.5, method="lower"))
        spread = measure_spread(numbers)
        scale = self.calibration.intervals.get(task.name)
        answer = ScoredAnswer(
            value,
            f"{value:.{task.decimals}f}",
            next(log_prob for number, log_prob in draws if number == value),
            interval=None if scale is None else scale.apply(value, spread),
            calibrated=scale is not None,
            spread=spread,
        )
        return AnsweredRow((answer,), tuple(written), unreadable)
