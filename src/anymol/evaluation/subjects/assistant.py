"""The whole assistant, or all of it but the model: any source of answers may answer a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from anymol.evaluation.results import EvaluatedRow
from anymol.evaluation.subjects.subject import Answered, AskedRow
from anymol.evaluation.subjects.writing import write_plain
from anymol.files import hash_file
from anymol.inference.answers import Answer, FailedPrediction
from anymol.inference.assistant import Assistant
from anymol.inference.options import PredictOptions, SourceChoice
from anymol.inference.scored import AnsweredRow, ScoredAnswer
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import RecordPart
from anymol.modalities.modality import Modality
from anymol.models.manifest import MODEL_DIRECTORY
from anymol.models.weight_dtype import WeightDtype
from anymol.readers.resolve import MolType
from anymol.tasks.task import Task, TaskInput

_TOP_K: Final = 5
"""Answers wanted: as many as the longest list that figures look at."""


class AssistantSubject:
    """The assistant, given what each row is about; it chooses its own words.

    Args:
        assistant: The assistant.
        source: Which of its sources may answer.
        details: What else the report shall say of it.
    """

    def __init__(
        self, assistant: Assistant, source: SourceChoice = SourceChoice.AUTO, details: Mapping[str, Any] | None = None
    ) -> None:
        self._assistant = assistant
        self._source = source
        self._details = dict(details or {})

    @classmethod
    def load(
        cls,
        directory: Path,
        source: SourceChoice = SourceChoice.AUTO,
        *,
        device: str | None = None,
        dtype: WeightDtype = WeightDtype.AUTO,
    ) -> AssistantSubject:
        """Load the assistant with the model of a directory, which is read when it is first needed.

        Raises:
            CheckpointError: The model is missing or damaged.
        """
        assistant = Assistant.load(directory, device=device, dtype=dtype, lazy=True)
        return cls(assistant, source, {"model sha256": hash_file(directory / MODEL_DIRECTORY.manifest)})

    @property
    def name(self) -> str:
        """Name of the model, and which sources stand beside it."""
        return f"{self._assistant.name}, sources {self._source}"

    @property
    def settings(self) -> Mapping[str, Any]:
        """Which sources answer, and how the model among them decodes."""
        decoding = {} if self._source is SourceChoice.TOOL else asdict(self._assistant.answerer.budget)
        return {
            "subject": "assistant",
            "source": self._source.value,
            "template": "the assistant's own",
            "top_k": _TOP_K,
            **decoding,
            **self._details,
        }

    def answer(self, task: Task, rows: Sequence[AskedRow], *, seed: int) -> list[Answered]:
        """Answer rows of one task; a row that is refused has the reason as its result."""
        options = PredictOptions(
            top_k=_TOP_K,
            source=self._source,
            seed=seed,
            mol_type=MolType.SMILES,
            read_files=False,
            notebooks=False,  # a figure must not depend on what its user has written down
        )
        found: list[Answered] = []
        for one in self._assistant.predict_many(task, [_hide_notation(row.about) for row in rows], options):
            if isinstance(one, FailedPrediction):
                found.append(one.error)
                continue
            found.append(AnsweredRow(tuple(_score(answer) for answer in one.answers), (), 0))
        return found

    def write_question(self, row: AskedRow) -> str:
        """Return the question in plain text."""
        return write_plain(row)

    def list_notes(self, rows: Sequence[EvaluatedRow]) -> Sequence[str]:
        """Return how many first answers each way of answering gave."""
        first = [row.found.answers[0].method for row in rows if row.found.answers]
        counts = Counter(method.value for method in first if method is not None)
        counted = ", ".join(f"{method} {count:,}" for method, count in sorted(counts.items()))
        return (
            f"first answers by how they were found: {counted or 'none'}",
            "an answer that a program computes by the rule that made the reference is right by definition",
        )


def _score(answer: Answer) -> ScoredAnswer:
    return ScoredAnswer(
        answer.value,
        answer.text,
        answer.log_prob,
        answer.probability,
        answer.interval,
        answer.calibrated,
        method=answer.method,
    )


def _hide_notation(about: TaskInput) -> TaskInput:
    """Return what a row is about, its pictures, spectra and geometries without the notation that a shard keeps of them.

    Only a graph states its molecule; who brings a file of the others has no notation to it.
    """
    records = {slot: tuple(_hide(part) for part in parts) for slot, parts in about.records.items()}
    return replace(about, records=records)


def _hide(part: RecordPart) -> RecordPart:
    if part.modality is Modality.GRAPH:
        return part
    record = replace(part.record, smiles=None) if isinstance(part.record, Conformer) else part.record
    return replace(part, record=record, smiles=None)
