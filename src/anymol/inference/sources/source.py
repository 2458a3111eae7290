"""What a source of answers is: it says which tasks it can answer, and tries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from anymol.errors import AnyMolError
from anymol.inference.answers import Answer, Method
from anymol.inference.options import PredictOptions
from anymol.tasks.task import Task, TaskInput


@dataclass(frozen=True)
class Question:
    """One question, understood.

    Attributes:
        task: What is asked.
        task_input: What it is asked about; molecules canonical.
        options: How the answers are wanted.
        shown: What was asked about, as given; messages repeat it.
    """

    task: Task
    task_input: TaskInput
    options: PredictOptions = field(default_factory=PredictOptions)
    shown: str | Mapping[str, str] | None = None


@dataclass(frozen=True)
class Found:
    """What a source found for one question.

    Attributes:
        answers: Best first, each with its method and evidence, checked at most against the source's own store:
            :mod:`anymol.inference.ranking` pools what all sources found, checks it and puts it in order.
        notes: What must be said of the search, answers or not.
        settled: Whether the answers are what is right by definition, so that no later source is asked.
    """

    answers: tuple[Answer, ...] = ()
    notes: tuple[str, ...] = ()
    settled: bool = False


class AnswerSource(Protocol):
    """Someone who may know the answer: a program, a reader of what was given, a store, the model.

    A new one is an object with these, added to the list in :mod:`anymol.inference.sources.order`.
    """

    @property
    def method(self) -> Method:
        """How its answers are found."""
        ...

    def can_answer(self, task: Task) -> bool:
        """Whether questions of this task are worth trying at all; cheap, and the same at each call."""
        ...

    def try_answer(self, question: Question) -> Found | None:
        """Return what was found; None where this source has nothing to say.

        Raises:
            AnyMolError: The question itself is wrong, so that no source shall answer it.
        """
        ...


@runtime_checkable
class BatchSource(Protocol):
    """A source that answers many questions of one task together faster than one by one."""

    def try_answers(self, questions: Sequence[Question]) -> Sequence[Found | AnyMolError | None]:
        """Return for each question what was found, or why nothing could be."""
        ...


def ask_alone(source: BatchSource, question: Question) -> Found | None:
    """Return what a source of batches finds for one question.

    Raises:
        AnyMolError: Why nothing could be found.
    """
    (outcome,) = source.try_answers([question])
    if isinstance(outcome, AnyMolError):
        raise outcome
    return outcome
