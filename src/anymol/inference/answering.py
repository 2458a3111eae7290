"""From prompts to scored answers: the part of answering that the Assistant and the evaluation share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anymol.errors import UnreadableAnswerError
from anymol.inference.answers import Interval
from anymol.inference.confidence import Calibration, Candidate, measure_spread, merge_candidates, share
from anymol.inference.generation import Decoding, Generator, Search, Written
from anymol.processor import EncodedExample
from anymol.tasks.task import AnswerKind, Task, Value


@dataclass(frozen=True)
class Effort:
    """How hard the model looks for an answer.

    Attributes:
        beams: Beams for molecules, and for texts where several are asked for.
        draws: Draws for a number, whose median is the answer and whose spread scales the interval.
        molecule_tokens: Most tokens of a molecule or mixture.
        text_tokens: Most tokens of a text.
        constrained: Whether grammars constrain decoding.
    """

    beams: int = 5
    draws: int = 32
    molecule_tokens: int = 192
    text_tokens: int = 192
    constrained: bool = True


@dataclass(frozen=True)
class ScoredAnswer:
    """One distinct answer of the model.

    Attributes:
        value: Parsed value.
        text: What the model wrote; for a number, the value in its form.
        log_prob: Log-probability of the answer, merged over its spellings; of the median draw, for a number.
        probability: Probability that it is exactly right; None for numbers.
        interval: 90 % interval of a number, where one was fitted.
        calibrated: Whether probability or interval were fitted on validation data.
        candidate: Features of a molecule or text, for calibration.
        spread: Spread of a number's draws, for calibration.
    """

    value: Value
    text: str
    log_prob: float
    probability: float | None = None
    interval: Interval | None = None
    calibrated: bool = False
    candidate: Candidate | None = None
    spread: float | None = None


@dataclass(frozen=True)
class AnsweredRow:
    """The model's answers to one question.

    Attributes:
        answers: Distinct readable answers, the most probable first.
        written: All that the search found, as written.
        unreadable: How many of those could not be read.
    """

    answers: tuple[ScoredAnswer, ...]
    written: tuple[Written, ...]
    unreadable: int


class Answerer:
    """Asks a model and scores what it says.

    Args:
        generator: The model.
        calibration: What was fitted for it.
        effort: How hard to look.
    """

    def __init__(
        self, generator: Generator, calibration: Calibration | None = None, effort: Effort | None = None
    ) -> None:
        self.generator = generator
        self.calibration = calibration or Calibration()
        self.effort = effort or Effort()

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
                case AnswerKind.MOLECULE | AnswerKind.MIXTURE | AnswerKind.TEXT:
                    rows.append(self._read_values(task, written, len(variants)))
        return rows

    def choose_decoding(self, task: Task, top_k: int = 1) -> Decoding:
        """Return how answers of a task are looked for."""
        effort = self.effort
        match task.answer:
            case AnswerKind.NUMBER:
                return Decoding(Search.SAMPLED, effort.draws, 16, constrained=effort.constrained)
            case AnswerKind.TEXT if top_k == 1:
                return Decoding(Search.GREEDY, 1, effort.text_tokens, constrained=effort.constrained)
            case AnswerKind.TEXT:
                return Decoding(Search.BEAM, top_k, effort.text_tokens, constrained=effort.constrained)
            case AnswerKind.MOLECULE | AnswerKind.MIXTURE:
                beams = max(effort.beams, top_k)
                return Decoding(Search.BEAM, beams, effort.molecule_tokens, constrained=effort.constrained)

    def _read_values(self, task: Task, written: Sequence[Written], variants: int) -> AnsweredRow:
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

    def _read_numbers(self, task: Task, written: Sequence[Written]) -> AnsweredRow:
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
            f"{value:.2f}",
            next(log_prob for number, log_prob in draws if number == value),
            interval=None if scale is None else scale.apply(value, spread),
            calibrated=scale is not None,
            spread=spread,
        )
        return AnsweredRow((answer,), tuple(written), unreadable)
