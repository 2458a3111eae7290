"""What every subject of an evaluation does: it is asked rows of one task and gives its answers, or says why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from anymol.data.example import InstructionExample
from anymol.errors import AnyMolError
from anymol.evaluation.results import EvaluatedRow
from anymol.inference.scored import AnsweredRow
from anymol.tasks.task import Task, TaskInput


@dataclass(frozen=True)
class AskedRow:
    """One row as a subject is asked it. The reference stands in `example.answer`; no subject may look at it.

    Attributes:
        example: The row.
        about: What it asks about.
    """

    example: InstructionExample
    about: TaskInput


Answered = AnsweredRow | AnyMolError
"""The answers to one row, or why there are none."""


class Subject(Protocol):
    """A system whose answers are measured."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """How it answers: decoding, checksums, versions; repeated in the report, and equal where a run is resumed."""
        ...

    def answer(self, task: Task, rows: Sequence[AskedRow], *, seed: int) -> list[Answered]:
        """Answer rows of one task: one result per row, in order.

        What is wrong with one row is its result. What is wrong with all of them raises.
        """
        ...

    def write_question(self, row: AskedRow) -> str:
        """Return a row's question as this subject reads it, for the file of answers."""
        ...

    def list_notes(self, rows: Sequence[EvaluatedRow]) -> Sequence[str]:
        """Return what a reader of the report must know, once all rows are asked: by this run or by one it goes on."""
        ...
