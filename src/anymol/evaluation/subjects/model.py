"""A model of anymol by itself, without the programs and collections that answer before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from anymol.errors import AnyMolError
from anymol.evaluation.results import EvaluatedRow
from anymol.evaluation.subjects.subject import Answered, AskedRow
from anymol.evaluation.subjects.writing import write_plain
from anymol.files import hash_file
from anymol.inference.answering import Answerer
from anymol.inference.confidence import Calibration
from anymol.inference.generation import Generator
from anymol.inference.scored import DecodingBudget
from anymol.models.checkpoint import load_checkpoint
from anymol.models.manifest import MODEL_DIRECTORY
from anymol.models.prompt_writer import EncodedExample
from anymol.models.weight_dtype import WeightDtype
from anymol.tasks.task import Task


class ModelSubject:
    """A model, asked each row in the row's own phrasing.

    Args:
        answerer: The model with its calibration and budget.
        name: Its name.
        details: What else the report shall say of it.
        trained_on: Names of the tasks that it was trained on; None where that is not known.
    """

    def __init__(
        self,
        answerer: Answerer,
        name: str,
        details: Mapping[str, Any] | None = None,
        trained_on: frozenset[str] | None = None,
    ) -> None:
        self.answerer = answerer
        self.name = name
        self._details = dict(details or {})
        self._trained_on = trained_on

    @classmethod
    def load(
        cls,
        directory: str | Path,
        *,
        budget: DecodingBudget | None = None,
        device: str = "cpu",
        dtype: WeightDtype = WeightDtype.AUTO,
    ) -> ModelSubject:
        """Load a model directory.

        Raises:
            CheckpointError: The model is missing or damaged.
        """
        from anymol.models import register

        register()
        path = Path(directory)
        model, processor, manifest = load_checkpoint(path, device=device, dtype=dtype.resolve(path))
        answerer = Answerer(Generator(model, processor), Calibration.load(path), budget)
        details = {"device": device, "model sha256": hash_file(path / MODEL_DIRECTORY.manifest)}
        return cls(answerer, str(manifest.provenance.get("name") or path.name), details, manifest.tasks)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Decoding, device and the checksum of the model's manifest, which holds those of its files."""
        budget = self.answerer.budget
        return {
            "subject": "model",
            "template": "the phrasing of each row",
            "beams": budget.beams,
            "draws": budget.draws,
            "constrained": budget.constrained,
            "trained on": None if self._trained_on is None else sorted(self._trained_on),
            **self._details,
        }

    def answer(self, task: Task, rows: Sequence[AskedRow], *, seed: int) -> list[Answered]:
        """Answer rows of one task, together."""
        encoded = self._encode(rows)
        prompts = [one for one in encoded if not isinstance(one, AnyMolError)]
        answered = iter(self.answerer.answer(task, [(prompt,) for prompt in prompts], seed=seed) if prompts else ())
        return [one if isinstance(one, AnyMolError) else next(answered) for one in encoded]

    def _encode(self, rows: Sequence[AskedRow]) -> list[EncodedExample | AnyMolError]:
        """Return the prompt of each row, or why it has none: a record, say, that the model does not read."""
        processor = self.answerer.generator.processor
        try:
            return [*processor.encode_many([(row.example.messages, None) for row in rows])]
        except AnyMolError as error:
            return [error] if len(rows) == 1 else [one for row in rows for one in self._encode([row])]

    def write_question(self, row: AskedRow) -> str:
        """Return the prompt, with the marks that the tokenizer reads."""
        try:
            return self.answerer.generator.processor.render(row.example.messages)
        except AnyMolError:  # a row that this model cannot be asked
            return write_plain(row)

    def list_notes(self, rows: Sequence[EvaluatedRow]) -> Sequence[str]:
        """Return which tasks the model never met, and on what rows the stated certainty was fitted."""
        asked = dict.fromkeys(row.example.task for row in rows)
        unmet = [] if self._trained_on is None else [task for task in asked if task not in self._trained_on]
        unknown = (
            [f"the model was not trained on {', '.join(unmet)}: what it answers there is a guess"] if unmet else []
        )
        fitted_on = self.answerer.calibration.fitted_on
        if not fitted_on:
            return (*unknown, "probabilities are not calibrated: each is an answer's share of what the search found")
        return (
            *unknown,
            f"probabilities and intervals were fitted on {fitted_on}; the figures of certainty count only "
            "where other rows are measured here",
        )
