"""What a model said to one question, scored: plain records, which need no torch."""

from __future__ import annotations

from dataclasses import dataclass

from anymol.inference.answers import Interval, Method
from anymol.inference.confidence import Candidate
from anymol.tasks.task import Value


@dataclass(frozen=True)
class DecodedText:
    """One decoded answer as text.

    Attributes:
        text: The answer, molecule tags kept.
        log_prob: Sum of the natural-log probabilities of its tokens, end token included.
        complete: Whether the model ended it itself.
    """

    text: str
    log_prob: float
    complete: bool


@dataclass(frozen=True)
class DecodingBudget:
    """How hard the model looks for an answer.

    Attributes:
        beams: Beams for molecules, and for texts where several are asked for.
        draws: Draws for a number, whose median is the answer and whose spread scales the interval.
        molecule_tokens: Most tokens of a molecule or mixture.
        text_tokens: Most tokens of a text.
        constrained: Whether grammars constrain decoding.
        text_no_repeat: No text holds the same run of this many tokens twice: a small model falls into loops. None for
            any run.
    """

    beams: int = 5
    draws: int = 32
    molecule_tokens: int = 192
    text_tokens: int = 192
    constrained: bool = True
    text_no_repeat: int | None = 6


@dataclass(frozen=True)
class ScoredAnswer:
    """One distinct answer of the model.

    Attributes:
        value: Parsed value.
        text: What the model wrote; for a number, the value in its form.
        log_prob: Log-probability of the answer, merged over its spellings; of the median draw, for a number. None where
            no model of ours gave the answer.
        probability: Probability that it is exactly right; None for numbers.
        interval: 90 % interval of a number, where one was fitted.
        calibrated: Whether probability or interval were fitted on validation data.
        candidate: Features of a molecule or text, for calibration.
        spread: Spread of a number's draws, for calibration.
        method: How the assistant found it, where the assistant was asked.
    """

    value: Value
    text: str
    log_prob: float | None
    probability: float | None = None
    interval: Interval | None = None
    calibrated: bool = False
    candidate: Candidate | None = None
    spread: float | None = None
    method: Method | None = None


@dataclass(frozen=True)
class AnsweredRow:
    """The model's answers to one question.

    Attributes:
        answers: Distinct readable answers, the most probable first.
        written: All that the search found, as written.
        unreadable: How many of those could not be read.
    """

    answers: tuple[ScoredAnswer, ...]
    written: tuple[DecodedText, ...]
    unreadable: int
