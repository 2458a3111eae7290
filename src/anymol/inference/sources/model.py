"""The model as a source: questions become prompts, what it writes becomes answers, many rows at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from anymol.chem.variants import randomize_smiles
from anymol.errors import (
    AnyMolError,
    InvalidTaskInputError,
    NotFiniteError,
    UnreadableAnswerError,
    UntrainedTaskError,
)
from anymol.inference.answers import Answer, Method
from anymol.inference.options import SourceChoice
from anymol.inference.scored import AnsweredRow
from anymol.inference.sources.source import Found, Question, ask_alone
from anymol.tasks.evidence import ModelEvidence
from anymol.tasks.prompt import ROLES, render_prompt
from anymol.tasks.task import STRUCTURES, Task, TaskInput

if TYPE_CHECKING:
    from anymol.inference.answering import Answerer
    from anymol.models.prompt_writer import EncodedExample


class ModelSource:
    """A language model, loaded when it is first asked.

    Args:
        load: Loads the model with its calibration.
        name: Name of the model.
        tasks: Names of the tasks that it was trained on; None where that is not known, and then it is asked any.
        digest: Hash of its weights; empty where that is not known.
    """

    method = Method.MODEL

    def __init__(
        self, load: Callable[[], Answerer], name: str, tasks: frozenset[str] | None = None, digest: str = ""
    ) -> None:
        self._load = load
        self.name = name
        self.tasks = tasks
        self.digest = digest
        self.seconds_loading = 0.0
        self._answerer: Answerer | None = None
        self._loading = Lock()

    @property
    def answerer(self) -> Answerer:
        """The model with its calibration, read from disk when it is first asked for, once for all threads."""
        with self._loading:
            if self._answerer is None:
                started = time.perf_counter()
                self._answerer = self._load()
                self.seconds_loading = time.perf_counter() - started
            return self._answerer

    def can_answer(self, task: Task) -> bool:
        """Whether the model may be asked: always. A task that it was not trained on it declines, with the reason."""
        return True

    def try_answer(self, question: Question) -> Found | None:
        """Ask the model one question.

        Raises:
            AnyMolError: It gave no readable answer, or the question is too long for it.
        """
        return ask_alone(self, question)

    def try_answers(self, questions: Sequence[Question]) -> list[Found | AnyMolError]:
        """Ask the model several questions of one task, with the same options, together."""
        outcomes: list[Found | AnyMolError | None] = []
        prompts: list[tuple[EncodedExample, ...]] = []
        for question in questions:
            try:
                self._require_trained(question)
                prompts.append(self.encode(question))
                outcomes.append(None)
            except AnyMolError as error:
                outcomes.append(error)
        answered = iter(self._answer_each(questions[0], prompts) if prompts else ())
        return [
            outcome if outcome is not None else self._read(question, next(answered))
            for question, outcome in zip(questions, outcomes, strict=True)
        ]

    def _answer_each(
        self, question: Question, prompts: Sequence[tuple[EncodedExample, ...]]
    ) -> list[AnsweredRow | NotFiniteError]:
        """Answer questions together; where the figures of one are no numbers, one by one: it alone has the error."""
        try:
            return [*self.answer(question, prompts)]
        except NotFiniteError as error:
            if len(prompts) == 1:
                return [error]
        return [one for alone in prompts for one in self._answer_each(question, [alone])]

    def knows(self, task: Task) -> bool:
        """Whether the model was trained on a task, as far as that is known."""
        return self.tasks is None or task.name in self.tasks

    def _require_trained(self, question: Question) -> None:
        """Refuse a task that the model was not trained on: its answer would look as sure as any other.

        Raises:
            UntrainedTaskError: Unless the question asks for it all the same.
        """
        name = question.task.name
        if self.knows(question.task) or question.options.untrained:
            return
        raise UntrainedTaskError(
            f"the model {self.name} was not trained on {name}",
            value=question.shown,
            hint="give a model that was; 'untrained' asks this one all the same, for what it is worth",
        )

    def encode(self, question: Question) -> tuple[EncodedExample, ...]:
        """Return the prompts of a question: one, or one per spelling that was asked for.

        Raises:
            InvalidTaskInputError: The question is too long for the model, or it reads no graphs.
        """
        task, options = question.task, question.options
        generator = self.answerer.generator
        if options.as_graph and "graph" not in generator.model.modalities:
            raise InvalidTaskInputError(f"the model {self.name} reads no graphs", hint="leave as_graph out")
        asked = _show_what_counts(question)
        prompts = tuple(
            generator.processor.encode(render_prompt(task, variant, as_graph=ROLES if options.as_graph else ()))
            for variant in _spell(asked, options.augment, options.seed)
        )
        longest = max(len(prompt) for prompt in prompts)
        room = generator.positions - self.answerer.choose_decoding(task, options.top_k).max_new_tokens
        if longest > room:
            raise InvalidTaskInputError(
                f"the question is too long for the model: {longest} tokens", hint=f"at most {room} tokens fit"
            )
        return prompts

    def answer(self, question: Question, prompts: Sequence[tuple[EncodedExample, ...]]) -> list[AnsweredRow]:
        """Return what the model says to the prompts of several questions like `question`."""
        options = question.options
        return self.answerer.answer(question.task, prompts, top_k=options.top_k, seed=options.seed)

    def _read(self, question: Question, row: AnsweredRow | NotFiniteError) -> Found | AnyMolError:
        if isinstance(row, NotFiniteError):
            return row
        task = question.task
        if not row.answers:
            return UnreadableAnswerError(
                f"the model gave no {task.answer.value} that can be read in {row.unreadable} attempts",
                value=row.written[0].text if row.written else None,
            )
        known = self.knows(task)
        notes = (
            () if known else (f"the model {self.name} was not trained on {task.name}: this is no more than a guess",)
        )
        return Found(
            tuple(
                Answer(
                    one.value,
                    str(one.value) if task.answer in STRUCTURES else one.text,
                    task.answer,
                    self.method,
                    task.unit,
                    decimals=task.decimals,
                    # How sure it is of what it never learnt says nothing.
                    probability=one.probability if known else None,
                    interval=one.interval,
                    # What was fitted holds for one spelling.
                    calibrated=one.calibrated and question.options.augment == 1,
                    log_prob=one.log_prob,
                    evidence=(ModelEvidence(self.name),),
                )
                for one in row.answers
            ),
            notes,
        )


def _show_what_counts(question: Question) -> TaskInput:
    """Return the input as the model shall see it: its text in the wording of the training examples.

    Records of molecules that are written are left out: beside notation they make answers worse, as
    ``docs/results/modality_ablation.md`` measures. The model alone (``--source model``) is shown all that is given.
    """
    task, asked = question.task, question.task_input
    if task.tidy_text is not None and asked.text is not None:
        asked = replace(asked, text=task.tidy_text(asked.text))
    if question.options.source is SourceChoice.MODEL or task.recognises:
        return asked
    return replace(asked, records={slot: parts for slot, parts in asked.records.items() if not asked.get(slot)})


def _spell(asked: TaskInput, count: int, seed: int) -> Iterator[TaskInput]:
    """Yield the input as it is and then, for augmentation, with its molecules written at random."""
    yield asked
    rng = random.Random(seed)
    for _ in range(count - 1):
        molecule, reactants, reagents, products = (
            None if not (smiles := asked.get(slot)) else randomize_smiles(smiles, rng) for slot in ROLES
        )
        yield replace(asked, molecule=molecule, reactants=reactants, reagents=reagents, products=products)
