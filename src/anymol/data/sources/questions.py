"""Questions about drugs with short answers, asked freely or with four answers to choose from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow.compute as pc

from anymol.data.config import QuestionsConfig, QuestionTask
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.captions import GRAPH_ALONE
from anymol.data.sources.molecules import write_variant
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows, keep_values, with_row_numbers
from anymol.errors import DataError
from anymol.tasks.molecule_questions import LETTERS, write_options
from anymol.tasks.task import TaskInput

FILE: Final = "molecule_qa.parquet"
_COLUMNS: Final = ("row", "smiles", "question", "answer", "source")


@dataclass(frozen=True)
class QuestionsSource:
    """Examples of questions about drugs.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: QuestionsConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, smiles, question, answer, source, other answers to the same question) of a split, shuffled.

        The other answers come from training rows, in both splits: what is offered says nothing of what is right.
        """
        table = with_row_numbers(origin.read(FILE, [*_COLUMNS[1:], "split"]))
        said: dict[str, dict[str, None]] = {}
        for question, answer in iterate_rows(table.filter(pc.equal(table["split"], "train")), ("question", "answer")):
            said.setdefault(question, {})[answer] = None
        fits = pc.and_(
            pc.less_equal(pc.utf8_length(table["smiles"]), self.config.max_smiles),
            pc.less_equal(pc.utf8_length(table["answer"]), self.config.max_text),
        )
        kept = table.filter(pc.and_(fits, pc.equal(table["split"], split)))
        if origin.shippable:
            kept = keep_values(kept, "source", self.licences.allowed("molecule_qa"))
        for row, smiles, question, answer, source in iterate_rows(
            origin.shuffled(kept, f"questions/{split}"), _COLUMNS
        ):
            others = tuple(other for other in said.get(question, ()) if other.lower() != answer.lower())
            yield row, smiles, question, answer, source, others[:_OFFERED]

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the molecule."""
        return (row[1],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask one question in each way that it can be asked.

        Raises:
            DataError: There are too few answers to choose from, and no other way is wanted.
        """
        number, smiles, question, answer, source, others = row
        licence = self.licences.find("molecule_qa", source).licence
        made = []
        for task in self.config.tasks:
            written = write_variant(smiles, self.config.randomized, split, rng)
            match task:
                case QuestionTask.FREE:
                    text, right = question, answer
                case QuestionTask.CHOICE:
                    if len(others) < len(LETTERS) - 1:
                        continue
                    options = [answer, *rng.sample(others, len(LETTERS) - 1)]
                    rng.shuffle(options)
                    text, right = write_options(question, options), LETTERS[options.index(answer)]
            draft = Draft(
                f"questions/{number}/{task}",
                task.value,
                TaskInput(molecule=written, text=text),
                right,
                f"molecule_qa:{source}",
                licence,
                split,
            )
            made.append(phrase_draft(draft, rng, self.config, graph_alone=GRAPH_ALONE))
        if not made:
            raise DataError(f"{len(others)} other answers are known", value=question)
        return made


_OFFERED: Final = 40
"""Most other answers that are drawn from."""
