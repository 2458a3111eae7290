"""Answers that the model writes itself, on the same validation rows each time, during training.

The loss on true answers says what a model knows of the next token; whether what it writes is right also where it is
written in another way (another order of the atoms, another name) only its own answers say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from anymol.data.shards import PRETRAIN
from anymol.errors import ConfigError
from anymol.models.modeling import AnyMolForCausalLM
from anymol.training.corpus import EncodedCorpus
from anymol.training.packing import pad_left
from anymol.training.processes import Processes
from anymol.training.validation import evaluation_mode

USUAL_TASKS: Final = ("forward_reaction", "retrosynthesis", "name_to_molecule", "molecule_to_name")
"""Tasks that are measured where a stage names none and there are rows of them."""
_ROWS: Final = 32
"""Rows of a batch: enough to fill the arithmetic of a small model, few enough to be of nearly one length."""
_SLACK: Final = 8
"""Tokens beyond the reference that all rows may write before those that go on are gathered."""


class Judge(Protocol):
    """Says whether an answer is right."""

    def __call__(self, task: str, answer: str, reference: str) -> bool | None:
        """Return whether the text `answer` is as right as `reference`; None where it cannot be read."""


def same_text(task: str, answer: str, reference: str) -> bool | None:
    """Return whether an answer is written as the reference is, whatever the task: it may be right and not so written.

    This is the judge where no chemistry is at hand.
    """
    return answer == reference


@dataclass(frozen=True)
class TaskGenerated:
    """What was measured on one task.

    Attributes:
        right: Part of the rows whose answer the judge finds right.
        exact: Part of the rows answered token by token as the reference. As decoding is greedy, this is `exact` of
            :class:`anymol.training.validation.TaskLoss` on the same rows, up to rounding.
        readable: Part of the rows whose answer the judge could read.
        n: Rows.
    """

    right: float
    exact: float
    readable: float
    n: int


@dataclass(frozen=True)
class _Row:
    """A validation row.

    Attributes:
        example: Its number in the corpus.
        prompt: Tokens up to the answer.
        reference: Tokens of the true answer, with the one that ends it.
    """

    example: int
    prompt: tuple[int, ...]
    reference: tuple[int, ...]

    @property
    def limit(self) -> int:
        """Most tokens of an answer: room for a longer way to write it, and an end to what does not end."""
        return 2 * len(self.reference) + 16


class GenerationValidator:
    """Lets a model answer the first rows of each task, greedily.

    Args:
        corpus: Encoded examples of the ``val`` split.
        tasks: Tasks to measure; empty for the usual ones that are present.
        per_task: Rows of a task.
        positions: Positions that the decoder has; longer questions are left out.
        end_id: Token that ends an answer.
        pad_id: Token of the padding.
        decode: Tokens of an answer -> its text.
        judge: Whether an answer is right.

    Raises:
        ConfigError: There is no row of a task that is named.
    """

    def __init__(
        self,
        corpus: EncodedCorpus,
        tasks: Sequence[str],
        *,
        per_task: int,
        positions: int,
        end_id: int,
        pad_id: int,
        decode: Callable[[Sequence[int]], str],
        judge: Judge = same_text,
    ) -> None:
        self._corpus, self._end_id, self._pad_id, self._positions = corpus, end_id, pad_id, positions
        self._decode, self._judge = decode, judge
        if absent := [task for task in tasks if task == PRETRAIN or task not in corpus.tasks]:
            present = ", ".join(task for task in corpus.tasks if task != PRETRAIN)
            raise ConfigError(f"there is no validation row of {absent[0]} to answer", hint=f"there are: {present}")
        self._rows: dict[str, list[_Row]] = {}
        for task in tasks or [task for task in USUAL_TASKS if task in corpus.tasks]:
            rows = map(self._read, np.flatnonzero(corpus.task == corpus.tasks.index(task))[:per_task].tolist())
            fitting = [row for row in rows if row.reference and len(row.prompt) + row.limit <= positions]
            if fitting:
                self._rows[task] = sorted(fitting, key=lambda row: len(row.reference))

    @torch.no_grad()
    def measure(self, model: AnyMolForCausalLM, processes: Processes | None = None) -> dict[str, TaskGenerated]:
        """Measure each task, in the arithmetic of the model's weights; the model's mode is restored afterwards.

        Args:
            model: The model, whole.
            processes: Those that share the rows, where there are several.
        """
        with evaluation_mode(model):
            return {task: self._measure(model, task, rows, processes) for task, rows in self._rows.items()}

    def _measure(
        self, model: AnyMolForCausalLM, task: str, rows: Sequence[_Row], processes: Processes | None
    ) -> TaskGenerated:
        right, exact, readable = 0, 0, 0
        n = len(rows)
        rows = rows if processes is None else processes.share(rows)
        for row, answer in zip(rows, self._answer(model, rows), strict=True):
            same = answer == row.reference
            # The reference is right by definition, even where its own text cannot be read.
            verdict = same or self._judge(task, self._decode(answer), self._decode(row.reference))
            exact += same
            right += verdict is True
            readable += verdict is not None
        if processes is not None:
            right, exact, readable = map(int, processes.sum((right, exact, readable)))
        return TaskGenerated(right=right / n, exact=exact / n, readable=readable / n, n=n)

    def _answer(self, model: AnyMolForCausalLM, rows: Sequence[_Row]) -> list[tuple[int, ...]]:
        """Return the tokens of each answer, up to and with the end token, or to the row's limit.

        A batch runs as long as its longest answer. Most end where the reference does, so all rows are written that far
        first; the few that go on are then gathered into batches of their own.
        """
        answers: list[tuple[int, ...]] = [()] * len(rows)
        # Where a molecule should stand there is none to show in an answer: it is not continued, and it is wrong anyway.
        last = {self._end_id, *model.config.placeholder_token_ids.values()}
        to_limit = False
        while going := [
            place
            for place, (row, answer) in enumerate(zip(rows, answers, strict=True))
            if last.isdisjoint(answer) and len(answer) < row.limit
        ]:
            for start in range(0, len(going), _ROWS):
                places = going[start : start + _ROWS]
                batch = [rows[place] for place in places]
                written = [answers[place] for place in places]
                length = max(row.limit if to_limit else len(row.reference) + _SLACK for row in batch)
                # A row with a long question may stand beside one with a long answer, which is then gathered once more.
                widest = max(len(row.prompt) + len(answer) for row, answer in zip(batch, written, strict=True))
                count = min(length - min(map(len, written)), self._positions - widest)
                more = self._continue(model, batch, written, count)
                for place, row, before, after in zip(places, batch, written, more, strict=True):
                    answers[place] = (*before, *after)[: row.limit]
            to_limit = True
        return answers

    def _continue(
        self, model: AnyMolForCausalLM, rows: Sequence[_Row], written: Sequence[tuple[int, ...]], count: int
    ) -> Iterator[tuple[int, ...]]:
        """Yield at most `count` further tokens of each answer, up to and with the end token."""
        prompts = [(*row.prompt, *before) for row, before in zip(rows, written, strict=True)]
        ids, mask = pad_left(prompts, self._pad_id)
        device = model.device
        found = model.generate(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            max_new_tokens=count,
            do_sample=False,
            eos_token_id=self._end_id,
            pad_token_id=self._pad_id,
            molecules={
                modality: {name: tensor.to(device) for name, tensor in batch.items()}
                for modality, batch in self._corpus.molecules_of([row.example for row in rows]).items()
            },
        )
        for line in found[:, ids.shape[1] :].tolist():
            end = line.index(self._end_id) + 1 if self._end_id in line else len(line)
            yield tuple(line[:end])

    def _read(self, example: int) -> _Row:
        """Split an example into prompt and reference."""
        return _Row(example, *split_answer(*self._corpus.tokens_of(example)))


def split_answer(tokens: NDArray[np.integer], learned: NDArray[np.uint8]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Split an example where its first token with loss stands; return the tokens of its prompt and of its answer.

    Args:
        tokens: Shape (L,).
        learned: Shape (L,). 1 where a token carries loss.
    """
    answer = int(np.argmax(learned)) if learned.any() else len(tokens)
    return tuple(tokens[:answer].tolist()), tuple(tokens[answer:].tolist())
