"""What a person gets back: answers with how sure they are, how they were found and what was checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from anymol.calculations.calculation import Result, Subject
from anymol.errors import AnyMolError
from anymol.inference.disagreement.judgement import Judgement
from anymol.inference.explanation import Explanation
from anymol.tasks.evidence import Evidence, ReactionEvidence
from anymol.tasks.task import AnswerKind, Check, TaskInput, Value


class Method(StrEnum):
    """How a value was found."""

    COMPUTED = "computed"
    MODEL = "model"
    SEARCHED = "searched"
    PREDICTED = "predicted"
    READ = "read"


@dataclass(frozen=True)
class Interval:
    """Where the true number lies with probability `level`.

    Attributes:
        low: Lower end, in the unit of the answer.
        high: Upper end.
        level: Nominal coverage, 0 to 1.
    """

    low: float
    high: float
    level: float = 0.9

    def to_json(self) -> dict[str, float]:
        """Return both ends and the nominal coverage."""
        return {"low": self.low, "high": self.high, "level": self.level}


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        value: Canonical SMILES, number or text.
        text: The answer as a reader sees it; for a model's, what it wrote.
        kind: Kind of the value.
        method: Whether a program computed it, the model gave it, it was searched for (among known molecules, or by
            changing them), a predictor was fitted to measurements of such molecules, or it was read off a drawing.
        unit: Unit of a number.
        program: The program that computed it, or what it was searched by and how well it fits.
        probability: Probability that a molecule, text or class is exactly right, or that an edit or design is what was
            asked for; None for computed ones, and where nothing was fitted.
        interval: Where a number of the model or a predictor lies; None for computed ones.
        calibrated: Whether probability or interval were fitted on validation data. Where they were not, the probability
            is only the share of this answer among those the search found, and there is no interval.
        checks: What was checked.
        log_prob: Natural logarithm of the model's own probability of the answer, summed over its spellings.
        evidence: What it rests on. An answer that several sources gave holds the evidence of all.
        exact: Whether a computed answer is right by definition: a count, a formula, a conversion, what a file states;
            or whether a store holds this very answer: it was recorded, or measured of this very molecule.
        result: What a calculation found, with its sentence and its parts; None for answers of tasks.
        is_perceived: Whether it is about a molecule whose bonds were perceived from a geometry.
        doubts: Why another molecule or name may be meant or right, in sentences; what is not a model's guess is then
            called doubtful, whatever its probability would be.
        decimals: Decimals that a number is shown with.
        is_measured: Whether what a store holds was measured.
    """

    value: Value
    text: str
    kind: AnswerKind
    method: Method
    unit: str | None = None
    program: str | None = None
    probability: float | None = None
    interval: Interval | None = None
    calibrated: bool = False
    checks: tuple[Check, ...] = ()
    log_prob: float | None = None
    evidence: tuple[Evidence, ...] = ()
    exact: bool = False
    result: Result | None = None
    is_perceived: bool = False
    doubts: tuple[str, ...] = ()
    decimals: int = 2
    is_measured: bool = False

    @property
    def shown(self) -> str:
        """The value as a reader sees it, with its unit."""
        if self.result is not None:
            return self.result.shown
        if self.kind is AnswerKind.NUMBER:
            return f"{float(self.value):.{self.decimals}f} {self.unit or ''}".rstrip()
        return str(self.value)

    @property
    def certainty(self) -> str:
        """How sure the answer is, in words that do not claim more than was fitted."""
        if self.method is Method.COMPUTED and not self.passed:
            return "doubtful"
        if self.method not in (Method.MODEL, Method.PREDICTED) and self.doubts:
            return "doubtful"
        if self.method is Method.COMPUTED:
            if self.is_perceived:
                return "bonds perceived"
            return "exact" if self.exact else "computed"
        if self.method is Method.SEARCHED and self.probability is None:
            if not self.exact:
                return "see fit"
            return "measured" if self.is_measured else "recorded"
        return f"{self._bounds} (doubtful)" if self.doubts and self.method is Method.PREDICTED else self._bounds

    @property
    def _bounds(self) -> str:
        """How sure a guess is, as far as that was fitted."""
        if self.kind is AnswerKind.NUMBER:
            if self.interval is None:
                return "not fitted"
            return f"{self.interval.low:.{self.decimals}f} to {self.interval.high:.{self.decimals}f}"
        if self.probability is None:
            return "unknown"
        return f"{self.probability:.2f}{'' if self.calibrated else ' (not calibrated)'}"

    @property
    def origin(self) -> str:
        """Who gave the answer."""
        return self.program or next((str(one) for one in self.evidence), self.method.value)

    def __str__(self) -> str:
        said = self.shown if self.result is None else self.result.statement
        return f"{said}  ({self.certainty}; {self.origin})"

    def render(self, reaction: str | None = None) -> str:
        """Return the answer as HTML.

        Args:
            reaction: The reaction that the answer completes, drawn in its place.
        """
        from anymol.inference.page import render_answer  # draws, which few callers do

        found = self.result
        lines = [
            found.statement if found else self.shown,
            f"{self.certainty}; {self.origin}",
            *(found.notes if found else ()),
        ]
        return render_answer(self.kind, reaction or str(self.value), lines, self.checks, self.precedents)

    def _repr_html_(self) -> str:
        return self.render()

    @property
    def precedents(self) -> tuple[ReactionEvidence, ...]:
        """Recorded reactions that it rests on, the nearest first."""
        return tuple(one for one in self.evidence if isinstance(one, ReactionEvidence))

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return all(check.passed is not False for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        shown: dict[str, Any] = {"value": self.value, "text": self.text}
        if self.unit is not None:
            shown["unit"] = self.unit
        match self.kind:
            case AnswerKind.NUMBER:
                shown["interval"] = None if self.interval is None else self.interval.to_json()
            case _:
                shown["probability"] = None if self.probability is None else round(self.probability, 4)
        shown["method"] = self.method.value
        if self.is_perceived:
            shown["bonds"] = "perceived"
        match self.method:
            case Method.COMPUTED:
                shown["exact"] = self.exact
                shown["program"] = self.program
            case Method.SEARCHED:
                shown["exact"] = self.exact
                shown["program"] = self.program
                shown["calibrated"] = self.calibrated
            case Method.READ:
                shown["program"] = self.program
                shown["calibrated"] = self.calibrated
            case Method.PREDICTED:
                shown["program"] = self.program
                shown["calibrated"] = self.calibrated
            case Method.MODEL:
                shown["calibrated"] = self.calibrated
        shown["checks"] = [
            {"name": check.name, "passed": check.passed, "detail": check.detail} for check in self.checks
        ]
        shown["evidence"] = [one.to_json() for one in self.evidence]
        if self.result is not None:
            shown = {"name": self.result.name} | shown | {"statement": self.result.statement}
            shown |= {key: value for key, value in self.result.to_json().items() if key in ("parts", "smiles", "notes")}
        if self.doubts:
            shown["doubts"] = list(self.doubts)
        return shown


@dataclass(frozen=True)
class Prediction:
    """All answers to one question.

    Attributes:
        task: Name of the task, or of the calculations, comma-joined.
        input: What was asked about, as written.
        answers: The answers, the most probable first; with verification, those that failed a check stand last. Of
            calculations there is one for each of them, in the order asked for.
        model: Name of the model, whether or not it was needed.
        asked: What the input was understood as.
        seconds: Wall time without loading the model; for a row of a batch, its share.
        notes: How the input was understood, where that is not obvious, and what was left out of the answers.
        question: The question of `ask`.
        subjects: The molecules that calculations were about, in the order in which they were named.
        agreement: What is told of each pair of forms in which the molecule was given; empty where it was one.
        explanation: What each of them contributed, where that was asked for.
    """

    task: str
    input: str | Mapping[str, str]
    answers: tuple[Answer, ...]
    model: str
    asked: TaskInput
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    question: str | None = None
    subjects: tuple[Subject, ...] = ()
    agreement: tuple[Judgement, ...] = ()
    explanation: Explanation | None = None

    def __str__(self) -> str:
        lines = [f"{self.task}  {_write_input(self.input)}", *(f"  {note}" for note in self.notes)]
        for number, answer in enumerate(self.answers, 1):
            lines.append(f"  {f'{number}. ' if len(self.answers) > 1 else ''}{answer}")
            lines += [f"     {note}" for note in (answer.result.notes if answer.result is not None else ())]
            marks = {True: "ok", False: "FAILED", None: "?"}
            lines += [f"     {marks[check.passed]} {check.name}: {check.detail}" for check in answer.checks]
            lines += [f"     precedent {one}" for one in answer.precedents]
        if self.explanation is not None:
            lines += [f"  {line}" for line in str(self.explanation).splitlines()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from anymol.inference.page import render_page, write_reaction

        answers = [one.render(write_reaction(self.task, self.asked, one.kind, one.value)) for one in self.answers]
        return render_page(self.task, self.question or _write_input(self.input), self.notes, answers, self.model)

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        shown: dict[str, Any] = {} if self.question is None else {"question": self.question}
        shown |= {
            "task": self.task,
            "input": self.input if isinstance(self.input, str) else dict(self.input),
            "answers": [answer.to_json() for answer in self.answers],
            "model": self.model,
            "seconds": round(self.seconds, 3),
        }
        if self.notes:
            shown["notes"] = list(self.notes)
        if self.agreement:
            shown["agreement"] = [one.to_json() for one in self.agreement]
        if self.explanation is not None:
            shown["explanation"] = self.explanation.to_json()
        return shown


@dataclass(frozen=True)
class FailedPrediction:
    """A row of a batch that has no answer.

    Attributes:
        task: Name of the task.
        input: What was asked about, as written.
        error: Why there is no answer.
    """

    task: str
    input: str | Mapping[str, str]
    error: AnyMolError

    def __str__(self) -> str:
        return f"{self.task}  {_write_input(self.input)}\n  {self.error}"

    def _repr_html_(self) -> str:
        from anymol.inference.page import render_failure

        return render_failure(self.task, _write_input(self.input), str(self.error))

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        written = self.input if isinstance(self.input, str) else dict(self.input)
        return {"task": self.task, "input": written, "error": self.error.to_json()}


def _write_input(written: str | Mapping[str, str]) -> str:
    """Return an input as one line."""
    return written if isinstance(written, str) else ", ".join(f"{name}: {value}" for name, value in written.items())
